/** What real far ends sent, played again to a gateway on virtual time: whole, and with octets changed on the way. */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Hop } from '../../../src/protocols/sip/hop.ts';
import { plan } from '../attachment-stand.ts';
import { gatewayAt, SipStand } from './stand.ts';

const farEnd: Hop = { transport: 'udp', address: '192.0.2.9', port: 5060 };
const vectors = new URL('../../vectors/sip-captured/', import.meta.url);

interface Exchange {
  readonly name: string;
  readonly messages: readonly string[];
}

const exchanges: readonly Exchange[] = readdirSync(vectors, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => ({
    name,
    messages: readdirSync(new URL(`${name}/`, vectors))
      .sort()
      .map((file) => moved(readFileSync(new URL(`${name}/${file}`, vectors), 'latin1'))),
  }));

/** Takes an exchange from loopback to the addresses of the stand, which are as long, so that Content-Length holds. */
function moved(message: string): string {
  const [, gatewayPort = ''] = /^\S+ sip:\S*127\.0\.0\.1:(\d+)/.exec(message) ?? [];
  const [, ownPort = ''] = /^Via: \S+ 127\.0\.0\.1:(\d+)/m.exec(message) ?? [];
  return message
    .replaceAll(`127.0.0.1:${gatewayPort}`, `${gatewayAt.address}:${gatewayPort}`)
    .replaceAll(`127.0.0.1:${ownPort}`, `${farEnd.address}:${farEnd.port}`)
    .replaceAll('127.0.0.1', farEnd.address);
}

let stand: SipStand;
/** What the gateway sends to the far end. */
let received: string[];

beforeEach(async () => {
  stand = await SipStand.make({ sip: { mode: 'accept', peer: `sip:${farEnd.address}` } });
  stand.network.place('udp', farEnd, {
    receive: (octets) => void received.push(Buffer.from(octets).toString('latin1')),
  });
  received = [];
  stand.attachment.start();
  stand.attachment.openLeg(plan);
});
afterEach(() => stand.close());

/** Plays an exchange, each message as `change` makes it. */
function play({ messages }: Exchange, change: (message: string, index: number) => string = (message) => message): void {
  let tag = '';
  for (const [index, message] of messages.entries()) {
    const tagged = message.replace(/^(To: .*;tag=).*$/m, `$1${tag}`);
    const octets = Buffer.from(change(tagged, index), 'latin1');
    stand.network.carry(octets, farEnd, gatewayAt, () => undefined);
    const from = received.length;
    stand.clock.advance(50);
    const answer = received.slice(from).findLast((text) => text.startsWith('SIP/2.0 '));
    tag = /^To: .*;tag=([^;\r\n]+)/m.exec(answer ?? '')?.[1] ?? tag;
  }
}

const answers = () => received.flatMap((text) => /^SIP\/2\.0 (\d+)/.exec(text)?.[1] ?? []);

describe('what real far ends sent', () => {
  it.each([
    ['sipp-loses-acks', ['200', '200']],
    ['sipp-changes-media', ['200', '200', '200', '200', '200']],
    ['sipp-asks-for-short-session', ['422', '200', '200']],
    ['baresip-calls', ['200', '200']],
  ])('is understood when played again: %s', (name, statuses) => {
    play(exchanges.find((exchange) => exchange.name === name)!);
    expect(answers()).toEqual(statuses);
    expect(stand.states).toEqual(['down', 'up', 'down']);
    expect(stand.bridge.sizes.calls).toBe(0);
  });

  it('is survived with octets changed, and leaves a gateway that keeps nothing and understands it again', async () => {
    const piece = fc.record({
      at: fc.nat({ max: 1000 }),
      cut: fc.nat({ max: 20 }),
      text: fc.uint8Array({ maxLength: 12 }),
    });
    const mutation = fc.record({
      exchange: fc.constantFrom(...exchanges),
      of: fc.dictionary(fc.nat({ max: 7 }).map(String), fc.array(piece, { minLength: 1, maxLength: 3 }), {
        maxKeys: 3,
      }),
    });
    fc.assert(
      fc.property(mutation, ({ exchange, of }) => {
        play(exchange, (message, index) => {
          let text = message;
          for (const { at, cut, text: put } of of[String(index)] ?? []) {
            const from = at % (text.length + 1);
            text = text.slice(0, from) + Buffer.from(put).toString('latin1') + text.slice(from + cut);
          }
          return text;
        });
        received = [];
        expect(stand.bridge.sizes.calls).toBeLessThan(2000);
      }),
      { numRuns: 2000, seed: 20_261_129 },
    );
    // A call whose BYE was lost stands until its leg is closed.
    stand.attachment.closeLeg(plan.leg);
    await stand.advance(100_000);
    expect(stand.bridge.sizes).toMatchObject({ calls: 0, dialogs: 0 });
    stand.attachment.openLeg(plan);
    received = [];
    play(exchanges.find(({ name }) => name === 'sipp-changes-media')!);
    expect(answers()).toEqual(['200', '200', '200', '200', '200']);
    await stand.advance(100_000);
    expect(stand.bridge.sizes).toMatchObject({ calls: 0, dialogs: 0 });
    expect(stand.bridge.sizes.transactions).toBeLessThanOrEqual(1); // our own question whether the far end is there
  });
});
