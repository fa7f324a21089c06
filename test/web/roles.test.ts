/** What the page offers by roles is what the matrix lets them do: the page cannot import it, so that this holds them equal. */
import { expect, it } from 'vitest';
import { defaultPermissions, type Right } from '../../src/operations/permissions.ts';
import { roles } from '../../src/operations/terms.ts';
import { applySnapshot } from '../../src/web/model/apply.ts';
import { emptyModel } from '../../src/web/model/console-model.ts';
import { mayBridge } from '../../src/web/model/joined.ts';
import { isDispatching, mayReplay } from '../../src/web/model/operator.ts';
import { demoSnapshot } from './demo-groups.ts';

const may = (right: Right) => right !== 'deny';

it.each(['acknowledge_emergency', 'clear_emergency', 'activate_alert_plan', 'use_direct_lines'] as const)(
  'offers to those who dispatch what only they may: %s',
  (permission) => {
    for (const role of roles)
      expect([role, isDispatching({ role })]).toEqual([role, may(defaultPermissions[permission][role])]);
  },
);

it('offers to hear again to those who may', () => {
  for (const role of roles) {
    expect([role, mayReplay({ role })]).toEqual([role, may(defaultPermissions.instant_replay_15min[role])]);
  }
  expect([mayReplay(undefined), isDispatching(undefined)]).toEqual([false, false]);
});

it('offers to open and close groups to those who may, on those for tests to some alone', () => {
  const [group] = applySnapshot(emptyModel, demoSnapshot(), { nowMs: 0, gatewayUtcMs: 0 }).groups;
  const of = (role: string, use: string) => mayBridge({ ...group!, use }, { personId: 'x', controlRoomId: 'y', role });
  for (const role of roles) {
    const right = defaultPermissions.open_close_bridge[role];
    expect([role, of(role, 'pursuit'), of(role, 'test')]).toEqual([role, right === 'allow', may(right)]);
  }
});
