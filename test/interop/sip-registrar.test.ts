/** Our registration at Kamailio's registrar, which checks our credentials itself. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort, loopback, SipRig, until } from './sip-rig.ts';
import { Registrar, type RegistrarSettings, registrarHost } from './support/registrar.ts';

const password = 's3cret, with spaces';
let rig: SipRig;
let registrar: Registrar;
let port: number;
beforeEach(async () => {
  rig = await SipRig.make();
  port = await freePort();
});
afterEach(async () => {
  await rig.close();
  await registrar.close();
});

const start = async (changes: Partial<RegistrarSettings> = {}) => {
  const settings = { port, algorithm: 'MD5', realm: 'radio.example', password, expiresSMax: 60, ...changes } as const;
  registrar = await Registrar.start(settings);
};
/** The peer is on another host, on a port where nobody is: all that is heard comes from the registrar. */
const register = async (transport: 'udp' | 'tcp', secret: string) =>
  rig.attach(
    {
      peer: `sip:${loopback}:${await freePort()}`,
      registerWith: `sip:${registrarHost}:${port}`,
      username: 'escaut',
      transport,
    },
    secret,
  );
const told = () => rig.lines.flatMap(({ event, fields }) => (event === 'registrationChanged' ? [fields] : []));

describe('at the registrar of another make', () => {
  it.each([
    ['MD5', 'udp'],
    ['SHA-256', 'udp'],
    ['MD5', 'tcp'],
    ['SHA-256', 'tcp'],
  ] as const)('we register with %s over %s, are bound, and no more when we stop', async (algorithm, transport) => {
    await start({ algorithm });
    await register(transport, password);
    await until('registered', () => told().length > 0);
    expect(told()).toEqual([{ attachment: 'as-1', state: 'registered' }]);
    await until('noted', () => registrar.notes.length === 1);
    expect(registrar.notes).toMatchObject([{ transport, algorithm, expires: '120', bound: true }]);
    await rig.attachment.stop();
    await until('the binding is gone', () => registrar.notes.length === 2);
    expect(registrar.notes[1]).toMatchObject({ expires: '0', bound: false });
    expect(registrar.challenged).toBe(2);
  });

  it('we register anew at 80 % of the life that it gives, on the connection of before, which stays open', async () => {
    await start({ expiresSMax: 15 });
    await register('tcp', password);
    await until('registered twice', () => registrar.notes.length === 2, 16_000);
    const ports = new Set(
      rig.passed
        .filter(({ from }) => from.transport === 'tcp' && from.port === port)
        .map(({ from }) => from.connection),
    );
    expect(ports.size).toBe(1);
    expect(registrar.notes.map(({ bound }) => bound)).toEqual([true, true]);
    expect(told()).toHaveLength(1);
    expect(rig.counts.get('sip_messages_dropped_total stranger')).toBeUndefined();
  });

  it.each(['MD5', 'SHA-256'] as const)(
    'a wrong password is told as such, and not tried again soon: %s',
    async (algorithm) => {
      await start({ algorithm });
      await register('udp', 'guess');
      await until('refused', () => told().length > 0);
      const reason = 'wrong user name or password (401 Unauthorized)';
      expect(told()).toEqual([{ attachment: 'as-1', state: 'refused', reason }]);
      expect(registrar.notes).toEqual([]);
      // Its log comes after its answer: the request without credentials, and the one with wrong ones.
      await until('both are in its log', () => registrar.challenged >= 2);
      const tries = registrar.challenged;
      expect(tries).toBeLessThanOrEqual(3);
      await new Promise((done) => setTimeout(done, 2500));
      expect(registrar.challenged).toBe(tries);
    },
  );
});
