import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { staticFarEndOf } from '../../src/simulator/static-places.ts';

it('a simulated network is where its attachment sends, and sends where that hears', () => {
  const { config: demo } = loadConfig({ file: 'config/demo.yaml', environment: {}, workingFolder: process.cwd() });
  const file = join(mkdtempSync(join(tmpdir(), 'escaut-simulator-')), 'escaut.yaml');
  const rtp = {
    remote: '239.192.59.1:5{number}',
    talkgroups: [{ number: '921', remote: '127.0.0.1:6000', listenPort: 6010 }],
    sources: ['127.0.0.1'],
    loopback: true,
    payloadType: 98,
    telephoneEventPayloadType: 101,
    keyOut: { mode: 'telephone-event', on: '*', off: '#' },
  };
  const world = {
    ...demo,
    attachments: [
      ...demo.attachments.filter(({ network }) => network !== 'rubis'),
      { id: 'line', network: 'rubis', kind: 'rtp', rtp },
    ],
    talkgroups: demo.talkgroups.map((each) => ({ ...each, number: each.number.replace('59-', '') })),
    simulator: { networks: [{ network: 'rubis' }] },
  };
  writeFileSync(file, JSON.stringify(world));
  const { config } = loadConfig({ file, environment: {}, workingFolder: process.cwd() });
  const group = { address: '239.192.59.1', port: 5900 };
  expect(staticFarEndOf('rubis', config)).toEqual({
    lines: [
      { number: '900', ours: group, gateway: group, multicast: true },
      {
        number: '921',
        ours: { address: '127.0.0.1', port: 6000 },
        gateway: { address: '127.0.0.1', port: 6010 },
        multicast: false,
      },
    ],
    payloadType: 98,
    telephoneEventPayloadType: 101,
    digits: { keyDigits: { mode: 'telephone-event', on: '*', off: '#' } },
  });
  expect(staticFarEndOf('astrid', config).lines).toEqual([]);
});
