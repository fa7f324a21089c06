import { describe, expect, it } from 'vitest';
import { Texts } from '../../../src/gateway/operations/texts.ts';
import type { Person, Role } from '../../../src/operations/terms.ts';
import { demoConfig } from '../demo-config.ts';

const person = (role: Role, controlRoom = 'cr-ccpd'): Person => ({ person: 'p', display: 'CCPD 1', role, controlRoom });

function stand({ open = true, exercise = false, monitoredBy = [] as string[], language = 'nl' as 'nl' | 'de' } = {}) {
  const sent: unknown[] = [];
  const lines: object[] = [];
  const sharedGroups = demoConfig.sharedGroups.map((group) => ({ ...group, monitoredBy }));
  const texts = new Texts(
    { ...demoConfig, sharedGroups, talkgroups: demoConfig.talkgroups.map((each) => ({ ...each, language })) },
    {
      events: { operations: { textSent: (at) => lines.push(at) } },
      attachments: { sendText: (group, { display }, text) => sent.push([group, display, text]) + 2 },
      isOpen: () => open,
      inExercise: () => exercise,
    },
  );
  const write = (by: Person, text = 'RDV PF-04', group = 'xb-acc') => {
    let answer = 'unanswered';
    texts.operate(by, { name: 'sendText', group, text }, (refusal) => {
      answer = refusal?.cause ?? 'done';
    });
    return answer;
  };
  return { sent, lines, write };
}

describe('a text of an operator', () => {
  it('goes to all sides of the group in his name, and the log has who wrote to how many, not what', () => {
    const { sent, lines, write } = stand();
    expect(write(person('dispatcher'))).toBe('done');
    expect(sent).toEqual([['xb-acc', 'CCPD 1', 'RDV PF-04']]);
    expect(lines).toEqual([
      { group: 'xb-acc', legs: 3, operator: 'CCPD 1', role: 'dispatcher', controlRoom: 'cr-ccpd' },
    ]);
  });

  it('says in an exercise that it is one', () => {
    const { sent, write } = stand({ exercise: true });
    write(person('dispatcher'));
    expect(sent).toEqual([['xb-acc', 'CCPD 1', 'EXERCICE/OEFENING: RDV PF-04']]);
    const german = stand({ exercise: true, language: 'de' });
    german.write(person('dispatcher'));
    expect(german.sent).toEqual([['xb-acc', 'CCPD 1', 'EXERCICE/OEFENING/ÜBUNG: RDV PF-04']]);
  });

  it('is refused, logged and sent nowhere without the right, the group, an open link or words', () => {
    const { sent, lines, write } = stand();
    expect(write(person('observer'))).toBe('not-permitted');
    expect(write(person('dispatcher'), 'x', 'xb-none')).toBe('unknown-group');
    expect(write(person('dispatcher'), '')).toBe('no-text');
    expect(stand({ open: false }).write(person('dispatcher'))).toBe('not-open');
    expect(stand({ monitoredBy: ['cr-tn59'] }).write(person('dispatcher'))).toBe('not-permitted');
    expect(sent).toEqual([]);
    expect(lines).toMatchObject([
      { refusal: 'not-permitted', legs: 0 },
      { refusal: 'unknown-group' },
      { refusal: 'no-text' },
    ]);
  });
});
