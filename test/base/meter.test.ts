import { describe, expect, it } from 'vitest';
import { Meter } from '../../src/base/meter.ts';
import { ProcessMeter } from '../../src/base/process-meter.ts';

describe('meter', () => {
  it('shows counters, gauges and histograms under escaut_ in the Prometheus text format', async () => {
    const meter = new Meter();
    meter.add('overs_total', 2, { end: 'released' });
    meter.set('consoles', 7);
    meter.observe('over_seconds', 4);
    const text = await meter.text();
    expect(text).toContain('escaut_overs_total{end="released"} 2');
    expect(text).toContain('escaut_consoles 7');
    expect(text).toContain('escaut_over_seconds_bucket{le="5"} 1');
    expect(text).toContain('escaut_over_seconds_bucket{le="2"} 0');
    expect(meter.contentType).toContain('text/plain');
  });

  it('mirrors another process: names in snake case, restarts do not take back what was counted', async () => {
    const meter = new Meter();
    meter.mirror('voice', { packetsReceived: 100 }, { talkingLegs: 3 });
    meter.mirror('voice', { packetsReceived: 150 }, { talkingLegs: 2 });
    meter.mirrorAfresh();
    meter.mirror('voice', { packetsReceived: 10 }, { talkingLegs: 0 });
    meter.mirror('voice', { packetsReceived: 30 }, { talkingLegs: 0 });
    const text = await meter.text();
    expect(text).toContain('escaut_voice_packets_received_total 180');
    expect(text).toContain('escaut_voice_talking_legs 0');
  });

  it('counts nothing twice of a total that falls by a packet that was held lost and came late', async () => {
    const meter = new Meter();
    for (const lost of [100, 99, 100, 101]) meter.mirrorTotal('leg_packets_lost_total', lost, { leg: 'xb/as:1' });
    for (const packetsLost of [100, 99, 101]) meter.mirror('voice', { packetsLost }, {});
    expect(await meter.value('leg_packets_lost_total', { leg: 'xb/as:1' })).toBe(101);
    expect(await meter.text()).toContain('escaut_voice_packets_lost_total 101');
  });

  it('takes nothing odd from another process: bad names, negative or infinite numbers, thousands of names', async () => {
    const meter = new Meter();
    meter.mirror('voice', { 'a b': 1, 'x{le="1"}': 1, down: -5, endless: Infinity, none: Number.NaN }, { 'y\n': 1 });
    expect(await meter.text()).not.toMatch(/escaut_voice_(?!process)/);
    meter.mirror('voice', Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`n${index}`, 1])), {});
    expect((await meter.text()).match(/^escaut_voice_n\d+_total /gm)?.length).toBeLessThan(250);
  });

  it('reads memory, CPU, handles and event loop delay of the process', async () => {
    const meter = new Meter();
    const process = new ProcessMeter(meter);
    process.read();
    process.stop();
    expect(await meter.value('memory_bytes', { kind: 'resident' })).toBeGreaterThan(10_000_000);
    expect(await meter.value('open_handles')).toBeGreaterThanOrEqual(0);
  });
});
