import { describe, expect, it } from 'vitest';
import { Talkers } from '../../../src/gateway/operations/talkers.ts';
import type { Person, Role } from '../../../src/operations/terms.ts';
import { demoConfig } from '../demo-config.ts';

const person = (role: Role, controlRoom = 'cr-ccpd'): Person => ({ person: 'p', display: 'Chief', role, controlRoom });
const party = 'xb-acc/as:5990001';

function stand(holder: object | undefined, monitoredBy: string[] = []) {
  const commands: object[] = [];
  const lines: object[] = [];
  const sharedGroups = demoConfig.sharedGroups.map((group) => ({ ...group, monitoredBy }));
  const talkers = new Talkers(
    { sharedGroups },
    {
      events: { operations: { talkerRemoved: (at) => lines.push(at) } },
      console: { talkerOf: (_group, over) => (over === 7 ? { callSign: 'M 31', address: '5317031' } : undefined) },
      sendVoice: (command) => commands.push(command),
    },
  );
  const talks = { party, priority: 5, emergency: false, over: 7, sinceUtcMs: 0 };
  const floor = { group: 'xb-acc', queue: [], ...(holder && { holder: { ...talks, ...holder } }) };
  talkers.voiceEvent({ name: 'floor', floor });
  const cut = (by = person('supervisor'), { group = 'xb-acc', reason = 'stuck key' } = {}) => {
    let answer = 'unanswered';
    talkers.operate(by, { name: 'removeTalker', group, over: 7, reason }, (refusal) => {
      answer = refusal?.cause ?? 'done';
    });
    return answer;
  };
  return { commands, lines, cut, talkers };
}

describe('a talker whom a supervisor cuts off', () => {
  it('is taken off the floor, and the log has who, whom and why', () => {
    const { commands, lines, cut } = stand({});
    expect(cut()).toBe('done');
    expect(commands).toEqual([{ name: 'removeTalker', group: 'xb-acc', party }]);
    const who = { operator: 'Chief', role: 'supervisor', controlRoom: 'cr-ccpd' };
    expect(lines).toEqual([{ group: 'xb-acc', over: 7, talker: 'M 31', reason: 'stuck key', ...who }]);
  });

  it('is left alone without the right, a reason or the group, by who may not hear it, and in distress', () => {
    const { commands, lines, cut } = stand({});
    expect(cut(person('dispatcher'))).toBe('not-permitted');
    expect(cut(person('supervisor'), { reason: '' })).toBe('no-reason');
    expect(cut(person('supervisor'), { group: 'xb-none' })).toBe('unknown-group');
    const others = [stand({}, ['cr-tn59']), stand({ emergency: true })];
    expect(others.map((each) => each.cut())).toEqual(['not-permitted', 'in-distress']);
    expect([commands, ...others.map((each) => each.commands)].flat()).toEqual([]);
    expect(lines).toMatchObject([{ refusal: 'not-permitted' }, { refusal: 'no-reason' }, { refusal: 'unknown-group' }]);
  });

  it('is not somebody else who talks by now, nor an announcement', () => {
    for (const holder of [undefined, { over: 8 }, { party: 'announcement' }]) {
      const { commands, cut } = stand(holder);
      expect(cut()).toBe('not-talking');
      expect(commands).toEqual([]);
    }
    const { cut, commands, talkers } = stand({});
    talkers.voiceEvent({ name: 'floor', floor: { group: 'xb-acc', queue: [] } });
    expect(cut()).toBe('not-talking');
    expect(commands).toEqual([]);
  });
});
