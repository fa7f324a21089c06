import { afterEach, expect, it } from 'vitest';
import { FloorLeg } from '../../../src/bridges/mcptt/floor-leg.ts';
import type { FloorRole } from '../../../src/bridges/mcptt/floor-role.ts';
import type { FloorTerms } from '../../../src/protocols/mcptt/floor-sdp.ts';
import type { Endpoint } from '../../../src/voice/contract.ts';

const terms: FloorTerms = { queueing: true, priority: 255, granted: false, implicitRequest: false };
const v4: Endpoint = { address: '192.0.2.10', port: 9000 };
const v6: Endpoint = { address: '2001:db8::10', port: 9000 };
const role: FloorRole = {
  connect: () => undefined,
  disconnect: () => undefined,
  receive: () => undefined,
  voiceEvent: () => undefined,
  namesChanged: () => undefined,
  tick: () => undefined,
  deadlineMs: Infinity,
};

let leg: FloorLeg;
afterEach(() => leg.close());

it('hears at ours of the IP version of its far end, wherever that moves', () => {
  const open = new Set<string>();
  const given: number[] = [];
  leg = new FloorLeg(
    {
      addressFor: (far) => (far?.includes(':') ? '2001:db8::1' : '192.0.2.1'),
      latch: false,
      open: ({ address, port }) => {
        open.add(`${address} ${port}`);
        return { send: () => undefined, close: () => open.delete(`${address} ${port}`) };
      },
      secrecy: undefined,
      meter: { add: () => undefined },
      nowMs: () => 0,
      takePort: () => undefined,
      giveBackPort: (port) => given.push(port),
      moved: () => undefined,
    },
    40_002,
    () => role,
  );
  expect([...open]).toEqual(['192.0.2.1 40002']);
  leg.connect(v4, terms, true, 0);
  expect([...open]).toEqual(['192.0.2.1 40002']);
  leg.connect(v6, terms, true, 0);
  expect([...open]).toEqual(['2001:db8::1 40002']);
  leg.connect(v4, terms, true, 0);
  expect([...open]).toEqual(['192.0.2.1 40002']);
  expect(given).toEqual([]);
});
