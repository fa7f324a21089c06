/** What the whole user agent, gate to socket, answers to the messages of RFC 4475 and RFC 5118. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Hop } from '../../../src/protocols/sip/hop.ts';
import { plan } from '../attachment-stand.ts';
import { gatewayAt, SipStand } from './stand.ts';

const torture = new URL('../../vectors/sip-torture/', import.meta.url);
const names = readdirSync(torture)
  .filter((file) => file.endsWith('.dat'))
  .map((file) => file.slice(0, -4));
const far: Hop = { transport: 'udp', address: '192.0.2.10', port: 5060 };

/** Start line of each answer, and the header fields that the RFC says it must have. */
interface Answers {
  readonly lines: readonly string[];
  readonly text: string;
}

/** All that the gateway says to one message from its far end, with a leg for `number`. */
async function answersTo(name: string, number = '530 0110'): Promise<Answers> {
  const stand = await SipStand.make({ sip: { mode: 'accept', mediaHosts: ['192.0.2.0/24'] } });
  stand.box.mindsMalformed = false;
  stand.attachment.start();
  stand.attachment.openLeg({ ...plan, number });
  const said: string[] = [];
  const carry = stand.network.carry.bind(stand.network);
  stand.network.carry = (octets, from, to, refused) => {
    if (from.address === gatewayAt.address) said.push(Buffer.from(octets).toString('utf8'));
    carry(octets, from, to, refused);
  };
  carry(readFileSync(new URL(`${name}.dat`, torture)), far, gatewayAt, () => undefined);
  await stand.advance(200);
  const answers = said.filter((text) => text.startsWith('SIP/2.0'));
  await stand.close();
  return { lines: answers.map((text) => text.split('\r\n')[0]?.split(' ')[1] ?? ''), text: answers.join('\n') };
}

/** Final answers by message; a REGISTER that is in order is asked for credentials. */
const expected: Record<string, readonly string[]> = {
  // RFC 4475 §3.1.1, well-formed: whatever is answered, it is not 400.
  wsinv: ['481'], // its To has a tag: a dialog that we do not have
  intmeth: ['501'],
  esc01: ['404'],
  escnull: ['401'],
  esc02: ['501'],
  lwsdisp: ['200'],
  longreq: ['404'],
  dblreq: ['401'], // one answer: the second request in the datagram is no message
  semiuri: ['200'],
  transports: ['200'],
  mpart01: ['404'], // no talkgroup has its number
  unreason: [],
  noreason: [],
  // §3.1.2, malformed.
  badinv01: ['400'],
  clerr: ['400'],
  ncl: ['400'],
  scalar02: ['400'],
  scalarlg: [],
  quotbal: ['400'],
  ltgtruri: ['400'],
  lwsruri: ['400'],
  lwsstart: ['400'],
  trws: ['400'],
  escruri: ['400'],
  baddate: ['404'], // its Date is not looked at
  regbadct: ['400'],
  badaspec: ['400'],
  baddn: ['200'], // its quotes are inferred
  badvers: ['505'],
  mismatch01: ['400'],
  mismatch02: ['400'],
  bigcode: [],
  // §3.2–3.4.
  badbranch: ['200'],
  insuf: ['400'],
  unkscm: ['416'],
  novelsc: ['416'],
  unksm2: ['400'],
  bext01: ['420'],
  invut: ['415'],
  regaut01: ['401'],
  multi01: ['400'],
  mcl01: ['400'],
  bcast: [],
  zeromf: ['200'],
  cparam01: ['401'],
  cparam02: ['401'],
  regescrt: ['401'],
  sdp01: ['406'],
  inv2543: ['404'],
  // RFC 5118: only ipv6-bad is refused for its form.
  'ipv6-good': ['401'],
  'ipv6-bad': ['400'],
  'port-ambiguous': ['401'],
  'port-unambiguous': ['401'],
  'via-received-param-no-delim': ['200'],
  'via-received-param-with-delim': ['481'],
  'ipv6-in-sdp': ['404'],
  'mult-ip-in-header': ['481'],
  'mult-ip-in-sdp': ['404'],
  'ipv4-mapped-ipv6': ['404'],
  'ipv6-bug-abnf-3-colons': ['200'],
  'ipv6-correct-abnf-2-colons': ['200'],
};

describe('answers of the user agent to RFC 4475 and RFC 5118', () => {
  it('knows every message', () => {
    expect(Object.keys(expected).sort()).toEqual([...names].sort());
  });

  for (const [name, statuses] of Object.entries(expected)) {
    it(`${name}: ${statuses.join(', ') || 'nothing'}`, async () => {
      const { lines } = await answersTo(name);
      expect(lines).toEqual(statuses);
    });
  }

  it('takes the calls of those that are well-formed, where a leg has the number that they call', async () => {
    expect((await answersTo('esc01', 'sips:user@example.com')).lines).toEqual(['200']);
    expect((await answersTo('longreq', 'user')).lines).toEqual(['200']);
    expect((await answersTo('mult-ip-in-sdp', 'user')).lines).toEqual(['200']);
    expect((await answersTo('ipv6-in-sdp', 'user')).lines).toEqual(['488']); // only G.726 is offered
  });

  it('takes the call of inv2543, a far end that knows RFC 2543 only', async () => {
    expect((await answersTo('inv2543', 'UserB')).lines).toEqual(['200']);
  });

  it('says in a refusal what it would have taken', async () => {
    expect((await answersTo('intmeth')).text).toMatch(/^Allow: .*INVITE/m);
    expect((await answersTo('bext01')).text).toMatch(
      /^Unsupported: nothingSupportsThis, ?nothingSupportsThisEither\r$/m,
    );
    expect((await answersTo('invut')).text).toMatch(/^Accept: .*application\/sdp/m);
  });
});
