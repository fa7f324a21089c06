import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FloorResult, PttAction } from '../../src/web/ptt/ptt-machine.ts';
import { initialPtt, microphoneOn } from '../../src/web/ptt/ptt-machine.ts';
import type { BoardEvent, TalkBoard } from '../../src/web/ptt/talk-board.ts';
import {
  activeGroups,
  boardDeadlineMs,
  initialBoard,
  pttOf,
  stepBoard,
  talkedGroups,
} from '../../src/web/ptt/talk-board.ts';

class Operator {
  board: TalkBoard = { ...initialBoard, lead: { ...initialPtt, linkReady: true, voiceFault: '' } };
  nowMs = 1000;
  microphone = false;
  /** Floors asked for and not given back or ended, as `group id`. */
  readonly open = new Set<string>();

  feed(event: BoardEvent): string[] {
    const { board, actions } = stepBoard(this.board, event, this.nowMs);
    this.board = board;
    for (const action of actions) this.#note(action);
    return actions.map(say);
  }

  pass(ms: number): string[] {
    const untilMs = this.nowMs + ms;
    const said: string[] = [];
    while (boardDeadlineMs(this.board) <= untilMs) {
      this.nowMs = Math.max(this.nowMs, boardDeadlineMs(this.board));
      said.push(...this.feed({ name: 'tick' }));
    }
    this.nowMs = untilMs;
    return said;
  }

  press(...groups: string[]): string[] {
    return this.feed({ name: 'press', targets: groups.map((group) => ({ group, fault: '' })), source: 'space' });
  }

  release(): string[] {
    return this.feed({ name: 'release', source: 'space' });
  }

  answer(group: string, result: FloorResult, cause = ''): string[] {
    const phase = pttOf(this.board, group).phase;
    const requestId = phase.name === 'idle' ? 99 : phase.talk.requestId;
    return this.feed({ name: 'answer', group, requestId, result, cause, position: 1, talkLimitMs: 30_000 });
  }

  #note(action: PttAction): void {
    if (action.name === 'microphone') this.microphone = action.on;
    if (action.name === 'request') this.open.add(`${action.group} ${action.requestId}`);
    if (action.name === 'release') this.open.delete(`${action.group} ${action.requestId}`);
  }
}

function say(action: PttAction): string {
  if (action.name === 'microphone') return action.on ? 'microphone on' : 'microphone off';
  if (action.name === 'tone') return `${action.tone} tone`;
  return `${action.name} ${action.group} ${action.requestId}`;
}

function talkingOn(...groups: string[]): Operator {
  const operator = new Operator();
  operator.press(...groups);
  for (const group of groups) operator.answer(group, 'granted');
  return operator;
}

describe('one key on several groups', () => {
  it('asks for every floor in the step of the press, each by a number of its own, with one microphone', () => {
    expect(new Operator().press('a', 'b', 'c', 'a')).toEqual([
      'microphone on',
      'request a 1',
      'request b 2',
      'request c 3',
    ]);
  });

  it('sounds the permit when the last has granted, and not before', () => {
    const operator = new Operator();
    operator.press('a', 'b');
    expect(operator.answer('a', 'granted')).toEqual(['microphone on']);
    expect(operator.answer('b', 'granted')).toEqual(['microphone on', 'permit tone']);
    expect(talkedGroups(operator.board)).toEqual(['a', 'b']);
  });

  it('goes on where it is heard when one refuses, and says by its tone that it is not all', () => {
    const operator = new Operator();
    operator.press('a', 'b');
    expect(operator.answer('a', 'denied', 'busy')).toEqual(['microphone on']);
    expect(operator.answer('b', 'granted')).toEqual(['microphone on', 'partly tone']);
    expect(pttOf(operator.board, 'a').notice?.cause).toBe('busy');
    expect(talkedGroups(operator.board)).toEqual(['b']);
    expect(operator.release()).toEqual(['microphone off', 'release b 2']);
  });

  it('is silent while it waits everywhere, and speaks as each turn comes', () => {
    const operator = new Operator();
    operator.press('a', 'b');
    operator.answer('a', 'queued');
    expect(operator.answer('b', 'queued')).toEqual(['microphone off', 'queued tone']);
    expect(operator.answer('b', 'granted')).toEqual(['microphone on', 'permit tone']);
    expect(operator.answer('a', 'granted')).toEqual(['microphone on', 'permit tone']);
  });

  it('sounds denied when none is granted, and wants the key let go', () => {
    const operator = new Operator();
    operator.press('a', 'b');
    operator.answer('a', 'denied', 'busy');
    expect(operator.answer('b', 'denied', 'busy')).toEqual(['microphone off', 'denied tone']);
    expect(operator.press('a', 'b')).toEqual([]);
    operator.release();
    expect(operator.press('a', 'b')).toContain('request a 3');
  });

  it('warns once for all of them', () => {
    const operator = talkingOn('a', 'b');
    expect(operator.answer('a', 'warned')).toEqual(['warning tone']);
    expect(operator.answer('b', 'warned')).toEqual([]);
  });

  it('keeps the others on the air when one is cut off, until the last', () => {
    const operator = talkingOn('a', 'b');
    expect(operator.answer('a', 'revoked', 'pre-empted')).toEqual(['microphone on', 'revoked tone']);
    expect(operator.answer('b', 'revoked', 'talk-limit')).toEqual(['microphone off', 'revoked tone']);
  });

  it('gives every floor back in one step on release, blur and loss', () => {
    const back = ['microphone off', 'release a 1', 'release b 2'];
    expect(talkingOn('a', 'b').release()).toEqual(back);
    expect(talkingOn('a', 'b').feed({ name: 'blur' })).toEqual([...back, 'revoked tone']);
    expect(talkingOn('a', 'b').feed({ name: 'link', ready: false })).toEqual([...back, 'lost tone']);
    expect(talkingOn('a', 'b').feed({ name: 'voice', fault: 'no-microphone' })).toEqual([...back, 'lost tone']);
  });

  it('forgets the other groups once all is said', () => {
    const operator = talkingOn('a', 'b');
    operator.release();
    expect(operator.board.others).toEqual({});
    const refused = new Operator();
    refused.press('a', 'b');
    refused.answer('a', 'denied');
    refused.answer('b', 'denied');
    refused.release();
    expect(Object.keys(refused.board.others)).toEqual(['b']);
    refused.pass(3000);
    expect(refused.board.others).toEqual({});
  });

  it('gives up where nobody answers, and stays where somebody has', () => {
    const operator = new Operator();
    operator.press('a', 'b');
    operator.answer('a', 'granted');
    expect(operator.pass(3000)).toEqual(['microphone on', 'release b 2', 'partly tone']);
    expect(talkedGroups(operator.board)).toEqual(['a']);
  });

  it('gives a grant back that comes when nobody wants it', () => {
    const operator = new Operator();
    operator.press('a', 'b');
    operator.release();
    expect(operator.answer('b', 'granted')).toEqual(['release b 99']);
    expect(operator.microphone).toBe(false);
  });
});

const groups = ['a', 'b', 'c'] as const;
const anyEvent: fc.Arbitrary<BoardEvent> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      name: fc.constant('press' as const),
      targets: fc.array(
        fc.record({ group: fc.constantFrom(...groups), fault: fc.constantFrom('', '', 'receive-only') }),
        {
          maxLength: 4,
        },
      ),
      source: fc.constantFrom('space', 'pedal'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ name: fc.constant('release' as const), source: fc.constantFrom('space', 'pedal') }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      name: fc.constant('answer' as const),
      group: fc.constantFrom(...groups),
      requestId: fc.nat(8),
      result: fc.constantFrom<FloorResult>('granted', 'queued', 'denied', 'revoked', 'warned', 'released'),
      cause: fc.constantFrom('', 'busy'),
      position: fc.nat(3),
      talkLimitMs: fc.constantFrom(0, 5000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ name: fc.constant('link' as const), ready: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ name: fc.constant('voice' as const), fault: fc.constantFrom('', 'no-microphone') }),
  },
  { weight: 1, arbitrary: fc.record({ name: fc.constant('blur' as const) }) },
);

describe('one key on several groups: any sequence of events', () => {
  it('never has the microphone open without a key that is down, and leaves no floor behind', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyEvent, fc.nat(4000)), { maxLength: 80 }), (steps) => {
        const operator = new Operator();
        const down = new Set<string>();
        for (const [event, waitMs] of steps) {
          if (event.name === 'press') down.add(event.source);
          if (event.name === 'release') down.delete(event.source);
          if (event.name === 'blur') down.clear();
          const before = pttOf(operator.board, event.name === 'answer' ? event.group : '').phase;
          operator.feed(event);
          const ended = event.name === 'answer' && ['denied', 'revoked', 'released'].includes(event.result);
          if (ended && before.name !== 'idle' && !activeGroups(operator.board).includes(event.group)) {
            operator.open.delete(`${event.group} ${before.talk.requestId}`);
          }
          operator.pass(waitMs);
          const states = [operator.board.lead, ...Object.values(operator.board.others)];
          expect(operator.microphone).toBe(states.some(microphoneOn));
          if (operator.microphone) expect(down.size).toBeGreaterThan(0);
          const sources = states.flatMap(({ phase }) =>
            phase.name === 'idle' || phase.name === 'spent' ? [] : phase.talk.source,
          );
          expect(new Set(sources).size).toBeLessThanOrEqual(1);
        }
        operator.feed({ name: 'blur' });
        expect([...operator.open]).toEqual([]);
        expect(operator.microphone).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });
});
