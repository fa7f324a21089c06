import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { Attachment, Config, SharedGroup } from '../../src/config/schema.ts';
import { planGroups, planWays, planWished } from '../../src/gateway/group-plan.ts';

const folder = join(import.meta.dirname, '../../config');
const { config: demo } = loadConfig({ file: join(folder, 'demo.yaml'), environment: {}, workingFolder: folder });
const [astrid, inpt, rubis] = demo.attachments as unknown as [Attachment, Attachment, Attachment];
const [pours, acc, patr] = demo.sharedGroups as unknown as [SharedGroup, SharedGroup, SharedGroup];

/** The demonstration with one leg of its first group changed. */
const withLeg = (change: Partial<SharedGroup['legs'][number]>, group: Partial<SharedGroup> = {}): Config => {
  const [leg] = pours.legs as [SharedGroup['legs'][number]];
  return { ...demo, sharedGroups: [{ ...pours, ...group, legs: [{ ...leg, ...change }] }] };
};
const planned = (config: Config) => planGroups(config)[0]?.legs[0];

describe('plan of the shared groups', () => {
  it('gives each leg of the demonstration an id, the number in its network, and what its placing needs', () => {
    const [first] = planGroups(demo);
    expect(first?.settings).toEqual({
      group: 'xb-pours-1',
      talkLimitMs: 30_000,
      talkWarnMs: 20_000,
      queueLimit: 8,
      leaseMs: 1000,
      graceMs: 0,
      override: 'cut',
      loops: { likenessMin: 0.75, holdMs: 10_000, holdMsMax: 300_000 },
    });
    expect(first?.legs[1]).toEqual({
      need: { leg: 'xb-pours-1/in:590-911', group: 'xb-pours-1', network: 'inpt', pinned: undefined, priority: 9 },
      plan: {
        leg: 'xb-pours-1/in:590-911',
        group: 'xb-pours-1',
        number: '590-911',
        display: 'FRBE POURS 1',
        priority: 9,
        priorityMax: 14,
        mayTalk: true,
        mayQueue: true,
        names: { charactersMax: 12, alphabet: 'latin1' },
        firstWordMsMax: 3000,
      },
    });
  });

  it('looks for loops where neither the group nor the whole says no', () => {
    const looked = (group: boolean, recognise: boolean) =>
      planGroups({ ...withLeg({}, { loops: group }), loops: { ...demo.loops, recognise } })[0]?.settings.loops;
    expect(looked(true, true)).toBeDefined();
    expect([looked(false, true), looked(true, false)]).toEqual([undefined, undefined]);
  });

  it("takes a group's own talk limit before the common one", () => {
    expect(planGroups(demo).map(({ settings }) => settings.talkLimitMs)).toEqual([30_000, 60_000, 30_000]);
  });

  it('places legs among the enabled attachments', () => {
    const config = { ...demo, attachments: [{ ...astrid, enabled: false }, inpt, rubis] };
    expect(planWays(config)).toEqual([
      { attachment: 'in-sim-1', network: 'inpt', rank: 1, channels: inpt.channels },
      { attachment: 'ru-sim-1', network: 'rubis', rank: 1, channels: rubis.channels },
    ]);
  });

  it('pins a leg to the attachment that it names', () => {
    expect(planned(withLeg({ attachment: 'as-2' }))?.need.pinned).toBe('as-2');
    expect(planned(withLeg({}))?.need.pinned).toBeUndefined();
  });

  it('leaves out groups that are opened on demand or disabled', () => {
    const config: Config = {
      ...demo,
      sharedGroups: [{ ...pours, mode: 'disabled' }, { ...acc, mode: 'on-demand' }, patr],
    };
    expect(planGroups(config).map(({ settings }) => settings.group)).toEqual(['xb-patr-b1']);
  });

  it("takes the leg's priority before the group's, and neither above the leg's highest", () => {
    const prioritiesOf = (config: Config) => {
      const plan = planned(config)?.plan;
      return [plan?.priority, plan?.priorityMax];
    };
    expect(prioritiesOf(withLeg({}))).toEqual([9, 14]);
    expect(prioritiesOf(withLeg({ priority: 3 }))).toEqual([3, 14]);
    expect(prioritiesOf(withLeg({ priorityMax: 4 }))).toEqual([4, 4]);
    expect(prioritiesOf(withLeg({ priority: 12, priorityMax: 7 }))).toEqual([7, 7]);
    expect(prioritiesOf(withLeg({ priority: 0 }))).toEqual([0, 14]);
  });

  it('hands on that a leg only listens', () => {
    expect(planned(withLeg({ mayTalk: false }))?.plan.mayTalk).toBe(false);
  });

  it('counts a talkgroup once, whoever wishes it in as many groups as there are', () => {
    const talkgroups = [...demo.talkgroups, ...demo.talkgroups].map(({ id }) => id);
    const wished = [...demo.sharedGroups, ...demo.sharedGroups].map(({ id: group }) => {
      return { group, talkgroups: [...talkgroups, '__proto__'], exercise: false };
    });
    expect(planWished(demo, wished)).toHaveLength(demo.talkgroups.length);
    expect(planWished(demo, [{ group: 'none', talkgroups, exercise: false }])).toEqual([]);
  });
});
