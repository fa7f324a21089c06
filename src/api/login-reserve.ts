/** Logins while the disk is nearly full: people log in and out as ever, and what would change an account is refused. */
import type { LoginPort, LoginRefusal, PasskeyPort } from './login-port.ts';

const refused: LoginRefusal = { as: 'refused', code: 'disk-nearly-full' };

export function loginsWithReserve(port: LoginPort, isNearlyFull: () => boolean): LoginPort {
  const unless = <Answer>(ask: () => Promise<Answer>): Promise<Answer | LoginRefusal> =>
    isNearlyFull() ? Promise.resolve(refused) : ask();
  return {
    login: (wish, from) => port.login(wish, from),
    logout: (from) => port.logout(from),
    signedIn: (token) => port.signedIn(token),
    isEnrolling: (token) => port.isEnrolling(token),
    account: (from) => port.account(from),
    unlock: (password, from) => port.unlock(password, from),
    changePassword: (wish, from) => unless(() => port.changePassword(wish, from)),
    takeInvitation: (wish, from) => unless(() => port.takeInvitation(wish, from)),
    // Whoever cannot come in without it enrols at any time.
    beginSecondFactor: (password, from) =>
      port.isEnrolling(from.token)
        ? port.beginSecondFactor(password, from)
        : unless(() => port.beginSecondFactor(password, from)),
    confirmSecondFactor: (code, from) =>
      port.isEnrolling(from.token)
        ? port.confirmSecondFactor(code, from)
        : unless(() => port.confirmSecondFactor(code, from)),
  };
}

/** One that may have been copied is removed at any time. */
export function passkeysWithReserve(port: PasskeyPort, isNearlyFull: () => boolean): PasskeyPort {
  return {
    begin: (host) => port.begin(host),
    login: (wish, origin, from) => port.login(wish, origin, from),
    beginEnrolment: async (password, host, from) =>
      isNearlyFull() ? refused : port.beginEnrolment(password, host, from),
    enrol: async (wish, origin, from) => (isNearlyFull() ? refused : port.enrol(wish, origin, from)),
    remove: (wish, from) => port.remove(wish, from),
  };
}
