import { describe, expect, it } from 'vitest';
import { startPlacement, stepPlacement } from '../../src/bridges/leg-placement.ts';
import type { Attachment, AttachmentDetails, AttachmentStatus } from '../../src/bridges/ports.ts';
import { loadConfig } from '../../src/config/load.ts';
import { planGroups, planWays } from '../../src/gateway/group-plan.ts';
import { StatusBoard } from '../../src/gateway/status-board.ts';
import type { LegMedia, VoiceEvent, VoiceStatistics } from '../../src/voice/contract.ts';

const { config: demo } = loadConfig({ file: 'config/demo.yaml', environment: {}, workingFolder: process.cwd() });
const [first] = demo.attachments;
if (first === undefined) throw new Error('the demo has no attachment');
const config = {
  ...demo,
  attachments: demo.attachments.flatMap((each) => (each === first ? [each, spare()] : [each])),
};
const planned = new Map(planGroups(config).flatMap(({ legs }) => legs.map((leg) => [leg.plan.leg, leg] as const)));
const leg = [...planned.values()].find(({ need }) => need.network === first.network)!.plan.leg;
const utcMs = 1_800_000_000_000;

function spare() {
  return { ...first!, id: 'spare', rank: 2 };
}

const of = (status: Partial<AttachmentStatus>, details?: Partial<AttachmentDetails>) =>
  ({
    status: () => ({ attachment: '', state: 'up', legs: 1, channels: 8, ...status }),
    details: () => ({ legFaults: new Map(), ...details }),
  }) as unknown as Attachment;

function stand(
  healthOfFirst: 'up' | 'down' | 'unknown' = 'up',
  attachment: Attachment = of({ state: healthOfFirst }),
  plan = config,
) {
  const board = new StatusBoard(plan, planned, 0);
  const needs = [...planned.values()].map(({ need }) => need);
  let placement = startPlacement({ legPatienceMs: 8000, returnAfterMs: 60_000 }, planWays(config), needs);
  const step = (event: Parameters<typeof stepPlacement>[1], nowMs: number): void => {
    placement = stepPlacement(placement, event, nowMs).state;
  };
  for (const { id } of config.attachments)
    if (id !== first!.id || healthOfFirst !== 'unknown') step({ name: 'attachment', attachment: id, health: 'up' }, 0);
  step({ name: 'start' }, 0);
  if (healthOfFirst === 'down') step({ name: 'attachment', attachment: first!.id, health: 'down' }, 1000);
  const says = (event: VoiceEvent, nowMs: number): void => board.voiceEvent(event, { nowMs, utcMs: utcMs + nowMs });
  const seen = (nowMs: number) => {
    const report = board.report(
      { attachments: new Map([[first!.id, attachment]]), placement },
      { nowMs, utcMs: utcMs + nowMs },
    );
    const attachmentSeen = (id: string) => report.attachments.find((each) => each.id === id)!;
    return {
      report,
      leg: report.legs.find(({ id }) => id === leg)!,
      first: attachmentSeen(first!.id),
      spare: attachmentSeen('spare'),
    };
  };
  return { board, step, says, seen };
}

type RowDetails = Partial<VoiceStatistics['legs'][number]>;

const heard = (packetsReceived: number, strangers = 0, more: RowDetails = {}): VoiceEvent => ({
  name: 'statistics',
  statistics: {
    counters: {},
    gauges: {},
    legs: [{ leg, packetsReceived, packetsSent: 0, packetsLost: 2, strangers, jitterMs: 3.4, ...more }],
  },
});

describe('what is shown of attachments', () => {
  it('tells the carrier from its stand-by', () => {
    const { seen } = stand();
    expect(seen(5000).first).toMatchObject({ state: 'up', sinceUtcMs: utcMs, rank: 1 });
    expect(seen(5000).spare).toMatchObject({ state: 'standby', carried: 0, rank: 2 });
  });

  it('shows what took over, and when legs return to the better one', () => {
    const { step, seen } = stand('down');
    expect(seen(2000).first).toMatchObject({ state: 'down', fault: 'unreachable', carried: 0 });
    expect(seen(2000).spare.carried).toBeGreaterThan(0);
    expect(seen(2000).report.allUp).toBe(false);
    for (const each of planned.keys()) step({ name: 'leg', leg: each, attachment: 'spare', up: true }, 2000);
    step({ name: 'attachment', attachment: first.id, health: 'up' }, 10_000);
    expect(seen(28_000).first).toMatchObject({ state: 'standby', returnsUtcMs: utcMs + 70_000 });
  });

  it('shows a certificate that is about to end, and what the far end is called; never a password', () => {
    const { seen } = stand('up', of({ certificateExpiresUtcMs: utcMs + 86_400_000 }, { address: '192.0.2.1:5060' }));
    expect(seen(0).first).toMatchObject({ certificateExpiring: true, address: '192.0.2.1:5060' });
    expect(JSON.stringify(seen(0).report)).not.toMatch(/password|keySalt|secret/i);
  });

  it('says of one that was never heard of that it is down, once it had time to be', () => {
    const { seen } = stand('unknown');
    expect(seen(9999).first).toMatchObject({ state: 'coming-up' });
    expect(seen(9999).first.fault).toBeUndefined();
    expect(seen(10_000).first).toMatchObject({ state: 'down', fault: 'never-heard', reason: expect.any(String) });
    const known = stand(
      'unknown',
      of({ state: 'unknown', reason: 'it is refused' }, { fault: { code: 'no-address' } }),
    );
    expect(known.seen(10_000).first).toMatchObject({ state: 'down', fault: 'no-address', reason: 'it is refused' });
  });

  it('says of one that is not enabled that it is off', () => {
    const board = new StatusBoard(config, planned, 0);
    const placement = startPlacement({ legPatienceMs: 1, returnAfterMs: 1 }, [], []);
    const report = board.report({ attachments: new Map(), placement }, { nowMs: 0, utcMs });
    expect(report.attachments.map(({ state }) => state)).toEqual(config.attachments.map(() => 'off'));
  });
});

describe('what is shown of legs', () => {
  it('keeps the last fault of a leg that is up again', () => {
    const { board, seen } = stand();
    const at = { leg, attachment: first.id };
    board.legShown(
      { ...at, state: 'down', reason: '404', sinceMs: 1000 },
      { code: 'unknown-number', answer: 404 },
      {
        nowMs: 1000,
        utcMs: utcMs + 1000,
      },
    );
    const lastFault = { lastFault: 'unknown-number', lastFaultAnswer: 404 };
    expect(seen(2000).leg).toMatchObject({ state: 'down', reason: '404', ...lastFault });
    board.legShown({ ...at, state: 'up', sinceMs: 3000 }, undefined, { nowMs: 3000, utcMs: utcMs + 3000 });
    expect(seen(4000).leg).toMatchObject({
      state: 'up',
      sinceUtcMs: utcMs + 3000,
      lastFault: 'unknown-number',
      lastFaultUtcMs: utcMs + 1000,
    });
  });

  it('notices voice without a key, and forgets the doubt once a key was seen', () => {
    const { board, says, seen } = stand();
    board.legShown({ leg, attachment: first.id, state: 'up', sinceMs: 0 }, undefined, { nowMs: 0, utcMs });
    says(heard(50, 0, { unkeyedDbov: -24 }), 1000);
    expect(seen(1500).leg).toMatchObject({
      received: 50,
      lost: 2,
      jitterMs: 3,
      fault: 'no-key',
      heardUtcMs: utcMs + 1000,
    });
    says({ name: 'leg', report: { leg, receiving: true, transmission: 'idle', blocked: false } }, 2000);
    const holder = { party: leg, priority: 1, emergency: false, over: 1, sinceUtcMs: utcMs + 2001 };
    says({ name: 'floor', floor: { group: 'any', holder, queue: [] } }, 2001);
    expect(seen(2100).leg).toMatchObject({ receiving: true, keyUtcMs: utcMs + 2000, floorUtcMs: utcMs + 2001 });
    expect(seen(2100).leg.fault).toBeUndefined();
  });

  it('says that a leg is isolated for a loop, as long as it is', () => {
    const { board, says, seen } = stand();
    board.legShown({ leg, attachment: first.id, state: 'up', sinceMs: 0 }, undefined, { nowMs: 0, utcMs });
    const report = { leg, receiving: true, transmission: 'idle', blocked: true } as const;
    says({ name: 'leg', report: { ...report, isolated: true } }, 1000);
    expect(seen(1100).leg.fault).toBe('loop');
    says({ name: 'leg', report }, 2000);
    expect(seen(2100).leg.fault).toBeUndefined();
  });

  it('lets a box stream silence until its first key', () => {
    const { board, says, seen } = stand();
    board.legShown({ leg, attachment: first.id, state: 'up', sinceMs: 0 }, undefined, { nowMs: 0, utcMs });
    says(heard(50, 0, { unkeyedDbov: -62 }), 1000);
    expect(seen(1500).leg).toMatchObject({ received: 50, heardUtcMs: utcMs + 1000 });
    expect(seen(1500).leg.fault).toBeUndefined();
  });

  it('shows packets a second while they come, and whose they are', () => {
    const { says, seen } = stand();
    says(heard(10), 1000);
    says(heard(60, 0, { ssrc: 0xbeef, signal: 'RSSI -74 dBm' }), 2000);
    expect(seen(2500).leg).toMatchObject({ receivedPerS: 50, ssrc: '0000beef', signal: 'RSSI -74 dBm' });
    expect(seen(4001).leg).toMatchObject({ receivedPerS: 0, ssrc: '0000beef' });
    says(heard(110), 60_000);
    expect(seen(60_500).leg.receivedPerS).toBe(0);
  });

  it('takes what keeps a radio session alive for no voice', () => {
    const { board, says, seen } = stand();
    const radio = { terms: {}, payloadType: 123, confirmation: 'pttId', urgentFrom: 12, measureEveryMs: 0 };
    const media = { remote: { address: '192.0.2.1', port: 5004 }, codec: 'PCMA', radio } as unknown as LegMedia;
    board.commanded({ name: 'connectLeg', leg, media });
    board.legShown({ leg, attachment: first.id, state: 'up', sinceMs: 0 }, undefined, { nowMs: 0, utcMs });
    says(heard(50), 1000);
    expect(seen(1500).leg).toMatchObject({ received: 50 });
    expect(seen(1500).leg.fault).toBeUndefined();
    expect(seen(1500).leg.heardUtcMs).toBeUndefined();
    says({ name: 'leg', report: { leg, receiving: true, transmission: 'idle', blocked: false } }, 2000);
    says(heard(100), 3000);
    expect(seen(3000).leg.heardUtcMs).toBe(utcMs + 3000);
  });

  it('says of a line without signalling that nothing was ever heard of it, up or not', () => {
    const rtp = { ...first, kind: 'rtp', rtp: { remote: '192.0.2.20:5004' } } as unknown as typeof first;
    const plan = { ...config, attachments: config.attachments.map((each) => (each === first ? rtp : each)) };
    const { board, says, seen } = stand('up', undefined, plan);
    const media = { remote: { address: '192.0.2.20', port: 5004 }, codec: 'PCMA', receive: true } as never;
    board.commanded({ name: 'connectLeg', leg, media });
    expect(seen(100).leg).toMatchObject({ state: 'coming-up', fault: 'never-heard' });
    board.legShown({ leg, attachment: first.id, state: 'up', sinceMs: 0 }, undefined, { nowMs: 0, utcMs });
    expect(seen(100).leg).toMatchObject({ state: 'up', fault: 'never-heard' });
    says(heard(1), 1000);
    says({ name: 'leg', report: { leg, receiving: true, transmission: 'idle', blocked: false } }, 1000);
    expect(seen(1100).leg.fault).toBeUndefined();
    expect(stand('up').seen(100).leg.fault).toBeUndefined();
  });

  it('says when voice comes from a stranger', () => {
    const { board, says, seen } = stand();
    board.legShown({ leg, attachment: first.id, state: 'up', sinceMs: 0 }, undefined, { nowMs: 0, utcMs });
    says(heard(0, 9), 1000);
    expect(seen(2000).leg.fault).toBe('strangers');
    expect(seen(60_000).leg.fault).toBeUndefined();
  });

  it('shows the codec and the place that were agreed, and forgets them with the call', () => {
    const { board, seen } = stand();
    const remote = { address: '2001:db8::1', port: 4000 };
    const srtp = { suite: 'AES_CM_128_HMAC_SHA1_80', keySalt: 'c2VjcmV0' } as const;
    const media = { remote, codec: 'G722', srtp: { send: srtp, receive: srtp } } as never;
    board.commanded({ name: 'connectLeg', leg, media });
    expect(seen(0).leg).toMatchObject({ codec: 'G722', remote: '[2001:db8::1]:4000', srtp: srtp.suite });
    expect(JSON.stringify(seen(0).report)).not.toContain('c2VjcmV0');
    board.commanded({ name: 'disconnectLeg', leg });
    expect(seen(0).leg.codec).toBeUndefined();
  });
});
