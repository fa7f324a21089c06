import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/base/clock.ts';
import { Events } from '../../src/base/events.ts';
import { createLog } from '../../src/base/logger.ts';
import { Meter } from '../../src/base/meter.ts';
import { VoiceReports } from '../../src/gateway/voice-reports.ts';
import type { FloorAnswer, OverReport, VoiceEvent, VoiceStatistics } from '../../src/voice/contract.ts';

const talkers = new Map([
  ['xb 8', { address: '5317 031', callSign: 'Mouscron 31' }],
  ['xb 9', { address: '', callSign: 'CCPD Tournai 1' }],
]);

/** Real log lines and a real meter. */
function standing(isRecorded: boolean) {
  const lines: Record<string, unknown>[] = [];
  const meter = new Meter();
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const { logger } = createLog({ level: 'debug', personalData: 'shown', form: 'lines', stream });
  const talkerOf = (group: string, over: number) => talkers.get(`${group} ${over}`);
  const events = new Events(logger, meter);
  const clock = new ManualClock({ nowMs: 0, utcMs: 0 });
  const reports = new VoiceReports({ clock, events, meter, talkerOf, isExercise: (_, over) => over === 9 }, isRecorded);
  return { lines, meter, clock, reports };
}

/** Events into them, where nothing is recorded. */
function taken(...events: VoiceEvent[]): { lines: Record<string, unknown>[]; meter: Meter } {
  const { lines, meter, reports } = standing(false);
  for (const event of events) reports.take(event);
  return { lines, meter };
}

const answer = (answer: FloorAnswer): VoiceEvent => ({ name: 'answer', party: 'xb/as:1', group: 'xb', answer });
const report: OverReport = {
  group: 'xb',
  over: 7,
  party: 'xb/as:1',
  priority: 5,
  emergency: false,
  startUtcMs: 0,
  durationMs: 2500,
  end: 'released',
  lostMs: { 'xb/in:1': 120, 'xb/ru:1': 60 },
  packetsLost: 3,
};

describe('reports of the voice process', () => {
  it('an over becomes a line with what its legs missed together, and counts 2.5 s of talk and 0.18 s of loss', async () => {
    const { lines, meter } = taken({ name: 'over', report });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: 'info',
      event: 'over.ended',
      group: 'xb',
      party: 'xb/as:1',
      over: 7,
      end: 'released',
      durationMs: 2500,
      lostMs: 180,
      packetsLost: 3,
      emergency: false,
    });
    expect(await meter.value('overs_total', { end: 'released' })).toBe(1);
    expect(await meter.value('over_lost_seconds_total')).toBeCloseTo(0.18, 9);
    expect(await meter.text()).toContain('escaut_over_seconds_sum 2.5');
  });

  it('a recording that is amended is one recording, and a second line', async () => {
    const kept = { name: 'recorded', group: 'xb', over: 7, party: 'xb/as:1', exercise: false } as const;
    const file = { file: 'a.opus', octets: 900, sha256: 'ab', durationMs: 2500, end: 'released' } as const;
    const { lines, meter } = taken(
      { ...kept, ...file },
      { ...kept, ...file, sha256: 'cd', end: 'left', amended: true },
    );
    expect(lines).toMatchObject([{ end: 'released' }, { event: 'recording.kept', end: 'left', amended: true }]);
    expect(await meter.value('recordings_total', { whole: 'yes' })).toBe(1);
  });

  it('an over says who talked, as consoles were shown, and nothing of whom nobody knows', () => {
    const { lines } = taken(...[7, 8, 9].map((over): VoiceEvent => ({ name: 'over', report: { ...report, over } })));
    expect(lines.map(({ talker, callSign }) => ({ talker, callSign }))).toEqual([
      { talker: undefined, callSign: undefined },
      { talker: '5317031', callSign: 'Mouscron 31' },
      { talker: undefined, callSign: 'CCPD Tournai 1' },
    ]);
    // Over 9 was one of an exercise, as consoles were shown.
    expect(lines.map(({ exercise }) => exercise)).toEqual([undefined, undefined, true]);
  });

  it('answers become lines with their cause and are counted, but not warnings and releases', async () => {
    const { lines, meter } = taken(
      answer({ result: 'granted', talkLimitMs: 30_000 }),
      answer({ result: 'queued', position: 1 }),
      answer({ result: 'denied', cause: 'queue-full' }),
      answer({ result: 'revoked', cause: 'pre-empted' }),
      answer({ result: 'warned', remainingMs: 10_000 }),
      answer({ result: 'released' }),
    );
    expect(lines.map(({ event, result, cause }) => [event, result, cause])).toEqual([
      ['floor.answered', 'granted', undefined],
      ['floor.answered', 'queued', undefined],
      ['floor.answered', 'denied', 'queue-full'],
      ['floor.answered', 'revoked', 'pre-empted'],
    ]);
    for (const result of ['granted', 'queued', 'denied', 'revoked']) {
      expect(await meter.value('floor_answers_total', { result })).toBe(1);
    }
  });

  it('a command that failed becomes an error with its reason', () => {
    const { lines } = taken({ name: 'failed', id: 'xb/as:1', command: 'openLeg', reason: 'EADDRINUSE' });
    expect(lines[0]).toMatchObject({
      level: 'error',
      event: 'voice.refused',
      id: 'xb/as:1',
      command: 'openLeg',
      reason: 'EADDRINUSE',
    });
  });

  it('statistics become metrics that go on counting when the process was restarted, and no line', async () => {
    const statistics = (packetsReceived: number): VoiceEvent => ({
      name: 'statistics',
      statistics: { counters: { packetsReceived }, gauges: { legs: 8 }, legs: [] },
    });
    const { lines, meter } = taken(statistics(100), statistics(150), { name: 'ready' }, statistics(20));
    expect(lines).toEqual([]);
    expect(await meter.text()).toMatch(/^escaut_voice_packets_received_total 170$/m);
    expect(await meter.text()).toMatch(/^escaut_voice_legs 8$/m);
  });

  it('shows the jitter, loss and round trip of each leg, and what its far end says of ours', async () => {
    const leg = { leg: 'xb/as:1', packetsSent: 0, strangers: 0 };
    const measured = (rows: VoiceStatistics['legs']): VoiceEvent => ({
      name: 'statistics',
      statistics: { counters: {}, gauges: {}, legs: rows },
    });
    const { meter } = taken(
      measured([{ ...leg, packetsReceived: 100, packetsLost: 2, jitterMs: 7.5 }]),
      measured([
        { ...leg, packetsReceived: 150, packetsLost: 5, jitterMs: 8.5, roundTripMs: 31.2, farLoss: 0.05 },
        { ...leg, leg: 'xb/in:1', packetsReceived: 9, packetsLost: 0, jitterMs: 0 },
      ]),
    );
    const at = { leg: 'xb/as:1' };
    expect(await meter.value('leg_packets_received_total', at)).toBe(150);
    expect(await meter.value('leg_packets_lost_total', at)).toBe(5);
    expect(await meter.value('leg_jitter_seconds', at)).toBe(0.0085);
    expect(await meter.value('leg_round_trip_seconds', at)).toBe(0.0312);
    expect(await meter.value('leg_far_loss_ratio', at)).toBe(0.05);
    expect(await meter.value('leg_packets_received_total', { leg: 'xb/in:1' })).toBe(9);
  });

  it('lists an over of which no recording comes, with its leg, talker, beginning and end', async () => {
    const { lines, meter, clock, reports } = standing(true);
    reports.take({ name: 'over', report: { ...report, over: 8, startUtcMs: Date.UTC(2026, 10, 29, 2, 15) } });
    clock.advance(30_000);
    expect(lines.slice(1)).toMatchObject([
      {
        level: 'error',
        event: 'recording.missing',
        ...{ group: 'xb', over: 8, party: 'xb/as:1', talker: '5317031', callSign: 'Mouscron 31' },
        ...{ from: '2026-11-29T02:15:00.000Z', to: '2026-11-29T02:15:02.500Z' },
        reason: 'nothing was told of its recording',
      },
    ]);
    expect(await meter.value('recording_gaps_total')).toBe(1);
  });

  it('lists at once what a voice process that died, or the end of the gateway, leaves untold', () => {
    const { lines, reports } = standing(true);
    const recorded = { name: 'recorded', group: 'xb', party: 'xb/as:1', exercise: false, sha256: '' } as const;
    reports.take({ name: 'over', report });
    reports.take({ name: 'ready' });
    reports.take({ ...recorded, over: 8, file: 'x.opus', octets: 9, durationMs: 9 });
    reports.take({ name: 'over', report: { ...report, over: 8 } });
    reports.take({ name: 'over', report: { ...report, over: 10 } });
    reports.stop();
    expect(lines.filter(({ event }) => event === 'recording.missing')).toMatchObject([
      { over: 7, reason: 'the voice process died before it had told of it' },
      { over: 10, reason: 'the gateway was stopped' },
    ]);
  });

  it('says nothing of what consoles are told instead', () => {
    const leg = { leg: 'xb/as:1', receiving: true, transmission: 'idle', blocked: false } as const;
    const { lines } = taken(
      { name: 'ready' },
      { name: 'floor', floor: { group: 'xb', queue: [] } },
      { name: 'leg', report: leg },
      { name: 'identity', leg: 'xb/as:1', address: '5317031' },
    );
    expect(lines).toEqual([]);
  });
});
