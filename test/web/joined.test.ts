/** Which of a group's members a person sees as joined, and what he may do about them. */
import { describe, expect, it } from 'vitest';
import type { escaut } from '../../src/protocols/generated/console.js';
import { applySnapshot } from '../../src/web/model/apply.ts';
import { emptyModel } from '../../src/web/model/console-model.ts';
import type { Onlooker } from '../../src/web/model/emergency.ts';
import { isPermanent, joinedTo, mayBridge } from '../../src/web/model/joined.ts';

const owner: Onlooker = { personId: 'tn-1', controlRoomId: 'cr-tn59', role: 'dispatcher' };
const other: Onlooker = { ...owner, personId: 'ccpd-1', controlRoomId: 'cr-ccpd' };

/** A group with two legs of its own and two that were joined; one of each needs the consent of TN 59. */
function shown(change: escaut.console.v1.Group.$Properties = {}) {
  const ids = ['own', 'own-asked', 'joined', 'joined-asked'];
  const talkgroups = ids.map((id) => ({ id, shortName: id, consentOf: id.endsWith('asked') ? 'cr-tn59' : '' }));
  const members = ids.map((talkgroupId) => ({ talkgroupId, own: talkgroupId.startsWith('own') }));
  const bridging = { state: 'open', members: [...members, { talkgroupId: 'gone' }] };
  const snapshot = { talkgroups, groups: [{ id: 'xb', bridging, ...change }] };
  const model = applySnapshot(emptyModel, snapshot, { nowMs: 0, gatewayUtcMs: 0 });
  const [group] = model.groups;
  if (group === undefined) throw new Error('no group');
  return { model, group };
}

describe('what is joined', () => {
  const idsFor = (who: Onlooker | undefined) => {
    const { model, group } = shown();
    return joinedTo(group, model, who).map(({ talkgroup, isOwners }) => `${talkgroup.id}${isOwners ? '!' : ''}`);
  };

  it('is what persons joined; its owner also sees what the configuration has of his', () => {
    expect(idsFor(other)).toEqual(['joined', 'joined-asked']);
    expect(idsFor(owner)).toEqual(['own-asked!', 'joined', 'joined-asked!']);
    expect(idsFor(undefined)).toEqual(['joined', 'joined-asked']);
  });

  it('of a talkgroup without an owner is nobody’s, not even of one without a control room', () => {
    expect(idsFor({ ...owner, controlRoomId: '' })).toEqual(['joined', 'joined-asked']);
  });

  it('may be changed by those who open groups; by technicians where the group is for tests', () => {
    const may = (role: string, use = '') => mayBridge(shown({ use }).group, { ...owner, role });
    expect(['dispatcher', 'supervisor'].map((role) => may(role))).toEqual([true, true]);
    expect(['technician', 'observer', 'auditor', ''].map((role) => may(role))).toEqual([false, false, false, false]);
    expect(may('technician', 'test')).toBe(true);
    expect(mayBridge(shown().group, undefined)).toBe(false);
  });

  it('has an end of its own on a group that has none', () => {
    expect(isPermanent(shown().group)).toBe(true);
    expect(isPermanent(shown({ bridging: {} }).group)).toBe(true);
    expect(isPermanent(shown({ bridging: { by: 'CCPD 1', endsUtcMs: 1 } }).group)).toBe(false);
    expect(isPermanent(shown({ onDemand: true }).group)).toBe(false);
  });
});
