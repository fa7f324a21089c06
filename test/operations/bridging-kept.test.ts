/** What of bridging is kept, and had again: another process goes on as the one before. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { initialBridgings, step } from '../../src/operations/bridging.ts';
import { type BothClocks, keptOf, reopening } from '../../src/operations/bridging-kept.ts';
import {
  type BridgingEvent,
  type BridgingState,
  bridgingRules,
  type Fleet,
} from '../../src/operations/bridging-terms.ts';
import type { Person } from '../../src/operations/terms.ts';

const minute = 60_000;
const utcMs = Date.UTC(2026, 10, 29, 2);
const gateway: Person = { person: '', display: '', role: 'sys-admin', controlRoom: '' };
const ccpd: Person = { person: 'op 1', display: 'CCPD 1', role: 'dispatcher', controlRoom: 'cr-ccpd' };
const lille: Person = { person: 'op 2', display: 'TN 59', role: 'dispatcher', controlRoom: 'cr-tn59' };

const talkgroup = (id: string, consentOf?: string) =>
  [
    id,
    { talkgroup: id, network: 'n', endToEndEncrypted: false, ...(consentOf !== undefined && { consentOf }) },
  ] as const;
const group = (id: string, mode: 'permanent' | 'on-demand' | 'scheduled', legs: readonly string[]) =>
  [id, { group: id, mode, legs, autoCloseMs: 90 * minute }] as const;
const fleet: Fleet = {
  groups: new Map([
    group('acc', 'permanent', ['acc be', 'acc fr']),
    group('pours', 'on-demand', ['pours be', 'pours fr']),
    group('patr', 'scheduled', ['patr be']),
  ]),
  talkgroups: new Map([
    talkgroup('acc be'),
    talkgroup('acc fr', 'cr-tn59'),
    talkgroup('pours be'),
    talkgroup('pours fr', 'cr-tn59'),
    talkgroup('patr be'),
    talkgroup('paf', 'cr-tn59'),
    talkgroup('free'),
  ]),
};

const fresh = (nowMs: number) => initialBridgings(fleet, gateway, bridgingRules, nowMs);

/** Another process, on clocks of its own. */
function anew(before: BridgingState, now: BothClocks, later: BothClocks): BridgingState {
  const kept = JSON.parse(JSON.stringify(keptOf(before, now))) as ReturnType<typeof keptOf>;
  const events = reopening(kept, gateway.person, later);
  return events.reduce((state, event) => {
    const numbered = event.name === 'schedule' ? event : { ...event, request: 1 };
    return step(state, numbered, later.nowMs).state;
  }, fresh(later.nowMs));
}

const open = {
  name: 'open',
  request: 1,
  person: ccpd,
  group: 'pours',
  reason: 'vol',
  durationMs: 30 * minute,
} as const;
const add = { name: 'add', request: 1, person: ccpd, group: 'pours', reason: 'vol' } as const;

describe('after a restart', () => {
  it('a member whose time has ended meanwhile is not asked for again; the others are', () => {
    let state = step(fresh(0), open, 0).state;
    state = step(state, { ...add, talkgroup: 'free', durationMs: 5 * minute }, 0).state;
    const again = anew(state, { nowMs: 0, utcMs }, { nowMs: 700, utcMs: utcMs + 10 * minute });
    expect([...(again.bridgings.get('pours')?.members.keys() ?? [])]).toEqual(['pours be', 'pours fr']);
    expect(again.bridgings.get('pours')?.endsMs).toBe(700 + 20 * minute);
    expect(anew(state, { nowMs: 0, utcMs }, { nowMs: 0, utcMs: utcMs + 31 * minute }).bridgings.has('pours')).toBe(
      false,
    );
  });

  it('a talkgroup stays with the group that has it, and not with the one that lacks it', () => {
    const exercise = { ...open, group: 'patr', exercise: 'under-way' } as const;
    const taken = { ...add, talkgroup: 'patr be' } as const;
    const scheduled = { name: 'schedule', group: 'patr', reason: 'accord', scheduledMs: 70 * minute } as const;
    const state = [exercise, open, taken, scheduled].reduce((each, event) => step(each, event, 0).state, fresh(0));
    const again = anew(state, { nowMs: 0, utcMs }, { nowMs: 0, utcMs });
    expect([...(again.bridgings.get('pours')?.members.keys() ?? [])]).toContain('patr be');
    expect(again.bridgings.get('patr')?.lacking).toEqual(new Map([['patr be', 'pours']]));
  });

  it('a wall clock that was set back makes no bridging longer than a person may have it', () => {
    const state = step(fresh(0), { ...open, durationMs: bridgingRules.durationMaxMs }, 0).state;
    const again = anew(state, { nowMs: 0, utcMs }, { nowMs: 0, utcMs: utcMs - 60 * minute });
    expect(again.bridgings.get('pours')?.endsMs).toBe(bridgingRules.durationMaxMs);
  });
});

const anyPerson = fc.constantFrom(ccpd, lille);
const anyGroup = fc.constantFrom('acc', 'pours', 'patr');
const anyTalkgroup = fc.constantFrom(...fleet.talkgroups.keys());
const asked = { request: fc.constant(1), person: anyPerson, group: anyGroup };
const anyEvent: fc.Arbitrary<BridgingEvent> = fc.oneof(
  fc.record({ name: fc.constant('open' as const), ...asked, reason: fc.constant('vol') }),
  fc.record({
    name: fc.constant('open' as const),
    ...asked,
    reason: fc.constant('vol'),
    exercise: fc.constant('under-way'),
  }),
  fc.record({ name: fc.constant('add' as const), ...asked, talkgroup: anyTalkgroup, reason: fc.constant('renfort') }),
  fc.record({
    name: fc.constant('add' as const),
    ...asked,
    talkgroup: anyTalkgroup,
    reason: fc.constant('renfort'),
    durationMs: fc.constant(40 * minute),
  }),
  fc.record({ name: fc.constant('remove' as const), ...asked, talkgroup: anyTalkgroup }),
  fc.record({ name: fc.constant('consent' as const), ...asked, talkgroup: anyTalkgroup, given: fc.boolean() }),
  fc.record({ name: fc.constant('extend' as const), ...asked, durationMs: fc.constant(50 * minute) }),
  fc.record({ name: fc.constant('suspendExercise' as const), ...asked }),
  fc.record({
    name: fc.constant('schedule' as const),
    group: fc.constant('patr'),
    reason: fc.constant('accord'),
    scheduledMs: fc.constant(70 * minute),
  }),
);

/** Of each group: until when it is open, and who was added to it, with whose word. */
function shape({ bridgings }: BridgingState, nowMs: number) {
  return [...bridgings.values()]
    .map(({ group: id, by, reason, endsMs, members, exercise }) => ({
      id,
      // Of a permanent group the configuration is the person and the reason.
      ...(endsMs !== Infinity && { by, reason }),
      leftMs: endsMs - nowMs,
      exercise: exercise?.name,
      added: [...members.values()]
        .filter(({ own }) => !own)
        .map((each) => ({ of: each.talkgroup, by: each.by, consent: each.consent, leftMs: each.endsMs - nowMs }))
        .sort((a, b) => (a.of < b.of ? -1 : 1)),
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function ownOf({ bridgings }: BridgingState): string[] {
  return [...bridgings.values()].flatMap(({ group: id, members }) =>
    [...members.values()].filter(({ own }) => own).map((each) => `${id} ${each.talkgroup}`),
  );
}

it('all is open as it was, whatever has been done', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 30 }), (events) => {
      const state = events.reduce((each, event) => step(each, event, 1000).state, fresh(0));
      const later = { nowMs: 77_000, utcMs };
      const again = anew(state, { nowMs: 1000, utcMs }, later);
      expect(shape(again, later.nowMs)).toEqual(shape(state, 1000));
      expect(ownOf(again).sort()).toEqual(ownOf(state).sort());
      for (const [id, { withdrawn, lacking }] of state.bridgings) {
        const now = again.bridgings.get(id);
        expect([now?.withdrawn, now?.lacking]).toEqual([withdrawn, lacking]);
      }
    }),
    { numRuns: 500 },
  );
});
