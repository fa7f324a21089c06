import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hop } from '../../../src/protocols/sip/hop.ts';
import { plan } from '../attachment-stand.ts';
import { gatewayAt, SipStand } from './stand.ts';

const torture = new URL('../../vectors/sip-torture/', import.meta.url);
const messages = readdirSync(torture, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(?:dat|sip|bin|txt)$/.test(name))
  .map((name) => ({ name, octets: readFileSync(new URL(name, torture)) }));

/** A box whose leg stands, and what it and others may send; all calls are accepted, so that much is reached. */
let stand: SipStand;
beforeAll(async () => {
  stand = await SipStand.make({ sip: { mode: 'accept' } });
  stand.box.mindsMalformed = false;
  stand.attachment.start();
  stand.attachment.openLeg(plan);
  stand.box.call('5300110', gatewayAt);
  await stand.advance(1000);
});
afterAll(() => stand.close());

const sources: readonly Hop[] = [
  { transport: 'udp', address: '192.0.2.10', port: 5060 },
  { transport: 'udp', address: '192.0.2.10', port: 6666 },
  { transport: 'tcp', address: '192.0.2.10', port: 40_001, connection: 7 },
  { transport: 'udp', address: '203.0.113.5', port: 5060 },
];
const send = (octets: Uint8Array, source: Hop) =>
  stand.network.carry(octets, source, { ...gatewayAt, transport: source.transport }, () => undefined);

describe('hostile input', () => {
  it('every message of RFC 4475 and 5118, from everywhere: survived, and the leg stands', async () => {
    expect(messages.length).toBeGreaterThanOrEqual(61);
    for (const { octets } of messages) {
      for (const source of sources) send(octets, source);
      await stand.advance(50);
    }
    expect(stand.states).toEqual(['down', 'up']);
  });

  it('mutations of those and of real traffic: survived, bounded, and forgotten in the end', async () => {
    const seeds = [
      ...messages.map(({ octets }) => octets),
      ...stand.box.received.map(() => Buffer.from('OPTIONS sip:x SIP/2.0\r\n\r\n')),
    ];
    const mutation = fc.record({
      seed: fc.nat({ max: seeds.length - 1 }),
      source: fc.nat({ max: sources.length - 1 }),
      cuts: fc.array(
        fc.record({ at: fc.nat({ max: 2000 }), length: fc.nat({ max: 20 }), text: fc.uint8Array({ maxLength: 12 }) }),
        {
          minLength: 1,
          maxLength: 4,
        },
      ),
    });
    fc.assert(
      fc.property(mutation, ({ seed, source, cuts }) => {
        let octets = Buffer.from(seeds[seed]!);
        for (const { at, length, text } of cuts) {
          const from = at % (octets.length + 1);
          octets = Buffer.concat([octets.subarray(0, from), text, octets.subarray(from + length)]);
        }
        send(octets, sources[source]!);
        stand.clock.advance(20);
      }),
      { numRuns: 5000 },
    );
    expect(stand.bridge.sizes.transactions).toBeLessThan(16_384);
    await stand.advance(100_000);
    expect(stand.states.at(-1)).toBe('up');
    expect(stand.bridge.sizes.calls).toBe(1);
  });
});
