/** What our user agent can do, as it says in Allow, Supported and Accept, and as requests are screened by. */
import type { Abilities } from './screen.ts';

export const abilities: Abilities = {
  knownMethods: ['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS', 'UPDATE', 'INFO', 'MESSAGE', 'REGISTER'],
  knownExtensions: ['timer', 'from-change'],
  knownSchemes: ['sip', 'sips', 'tel'],
  knownContentTypes: ['application/sdp', 'multipart/mixed', 'multipart/alternative'],
};

/** In INVITE, UPDATE, their 2xx, and answers to OPTIONS (§13.2.1, §11.2). REGISTER is for registrars, not for calls. */
export const allow = abilities.knownMethods.filter((method) => method !== 'REGISTER').join(', ');
export const supported = abilities.knownExtensions.join(', ');
export const accept = 'application/sdp';
