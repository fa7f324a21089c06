import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/base/clock.ts';
import { Events } from '../../src/base/events.ts';
import { createLog } from '../../src/base/logger.ts';
import { Meter } from '../../src/base/meter.ts';
import { Refusals, type RepeatedRefusals } from '../../src/base/refusals.ts';

/** A log and an audit log that both take all lines. */
function standing() {
  const lines: Record<string, unknown>[] = [];
  const recorded: string[] = [];
  const meter = new Meter();
  const clock = new ManualClock({ nowMs: 0, utcMs: 0 });
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const { logger } = createLog({ level: 'info', personalData: 'shown', form: 'lines', stream });
  const events = new Events(logger, meter, (_, event) => void recorded.push(event), clock);
  return { lines, recorded, meter, clock, events };
}
const refused = { operator: 'Lille 1', role: 'observer', controlRoom: 'lille', permission: 'open_group' };

describe('refusals of one person in a loop', () => {
  it('are 20 lines and one that counts the others, in the log and in the audit log', async () => {
    const { lines, recorded, meter, clock, events } = standing();
    for (let asked = 0; asked < 500; asked++) events.consoles.notPermitted({ ...refused, group: `g${asked}` });
    expect(lines).toHaveLength(20);
    expect(lines[0]).toMatchObject({ group: 'g0' });
    clock.advance(60_000);
    expect(lines).toHaveLength(21);
    expect(recorded).toHaveLength(21);
    expect(lines[20]).toMatchObject({
      level: 'warn',
      event: 'refusal.repeated',
      of: 'permission.refused',
      operator: 'Lille 1',
      controlRoom: 'lille',
      more: 480,
      withinMs: 60_000,
      kinds: { open_group: 480 },
    });
    expect(await meter.value('refusals_counted_total', { of: 'permission.refused' })).toBe(480);
    expect(await meter.value('not_permitted_total', { permission: 'open_group' })).toBe(500);
  });

  it('hide neither the first of another kind, nor those of others, nor anything that is done', () => {
    const { lines, events } = standing();
    for (let asked = 0; asked < 100; asked++) events.consoles.notPermitted({ ...refused, group: 'g' });
    lines.splice(0);
    events.consoles.notPermitted({ ...refused, group: 'g', permission: 'talk' });
    events.consoles.notPermitted({ ...refused, group: 'g', permission: 'talk' });
    events.consoles.notPermitted({ ...refused, group: 'g', operator: 'Lille 2' });
    const bridging = { group: 'g', operator: 'Lille 1', role: 'observer', controlRoom: 'lille' };
    for (let done = 0; done < 50; done++) events.operations.bridging({ ...bridging, what: 'open' });
    expect(lines.map(({ event }) => event).slice(0, 2)).toEqual(['permission.refused', 'permission.refused']);
    expect(lines).toHaveLength(52);
  });

  it('are told when the gateway stops', () => {
    const { lines, events } = standing();
    for (let asked = 0; asked < 25; asked++) events.consoles.notPermitted({ ...refused, group: 'g' });
    events.gateway.stopping({ reason: 'SIGTERM' });
    expect(lines.slice(20)).toMatchObject([{ event: 'refusal.repeated', more: 5 }, { event: 'gateway.stopping' }]);
  });
});

describe('refusals', () => {
  it('of any parties in any order are each written or counted, and bounded in a minute', () => {
    const asked = fc.record({
      client: fc.integer({ min: 0, max: 400 }).map(String),
      reason: fc.integer({ min: 0, max: 30 }).map(String),
      afterMs: fc.constantFrom(0, 0, 0, 0, 7),
    });
    const property = fc.property(fc.array(asked, { maxLength: 1000, size: 'max' }), (all) => {
      const clock = new ManualClock({ nowMs: 0, utcMs: 0 });
      const told: RepeatedRefusals[] = [];
      const refusals = new Refusals(clock, (repeated) => told.push(repeated));
      let written = 0;
      for (const { afterMs, ...about } of all) {
        clock.advance(afterMs);
        if (refusals.admits('console.refused', about)) written += 1;
      }
      refusals.flush();
      expect(written + told.reduce((sum, { more }) => sum + more, 0)).toBe(all.length);
      expect(told.length).toBeLessThanOrEqual(101);
    });
    fc.assert(property, { numRuns: 30 });
  });

  it('of more parties than can be told apart share a count', () => {
    const clock = new ManualClock({ nowMs: 0, utcMs: 0 });
    const told: RepeatedRefusals[] = [];
    const refusals = new Refusals(clock, (repeated) => told.push(repeated));
    let written = 0;
    for (let remote = 0; remote < 10_000; remote++)
      if (refusals.admits('sip.refused', { remote: `192.0.2.1:${remote}`, reason: 'unknown' })) written += 1;
    expect(written).toBe(120);
    clock.advance(60_000);
    expect(told).toEqual([{ of: 'sip.refused', more: 9880, withinMs: 60_000, kinds: { unknown: 9880 } }]);
  });
});
