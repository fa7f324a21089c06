import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FloorResult, PttAction, PttEvent, PttState } from '../../src/web/ptt/ptt-machine.ts';
import {
  activeTalk,
  answerMsMax,
  initialPtt,
  microphoneOn,
  noticeMs,
  overrunMsMax,
  pttDeadlineMs,
  stepPtt,
} from '../../src/web/ptt/ptt-machine.ts';

const group = 'xb-pours-1';
const space = 'space';

/** An operator at a console whose link and microphone stand. */
class Operator {
  state: PttState = { ...initialPtt, linkReady: true, voiceFault: '' };
  nowMs = 1000;
  /** What the microphone actions add up to. */
  microphone = false;

  feed(event: PttEvent): string[] {
    const { state, actions } = stepPtt(this.state, event, this.nowMs);
    this.state = state;
    for (const action of actions) if (action.name === 'microphone') this.microphone = action.on;
    return actions.map(say);
  }

  pass(ms: number): string[] {
    const untilMs = this.nowMs + ms;
    const said: string[] = [];
    while (pttDeadlineMs(this.state) <= untilMs) {
      this.nowMs = Math.max(this.nowMs, pttDeadlineMs(this.state));
      said.push(...this.feed({ name: 'tick' }));
    }
    this.nowMs = untilMs;
    return said;
  }

  press(source = space): string[] {
    return this.feed({ name: 'press', group, source, fault: '' });
  }

  release(source = space): string[] {
    return this.feed({ name: 'release', source });
  }

  answer(result: FloorResult, more: { requestId?: number; cause?: string; position?: number; limitMs?: number } = {}) {
    const requestId = more.requestId ?? this.state.lastRequestId;
    const { cause = '', position = 0, limitMs = 30_000 } = more;
    return this.feed({ name: 'answer', group, requestId, result, cause, position, talkLimitMs: limitMs });
  }
}

function say(action: PttAction): string {
  if (action.name === 'microphone') return action.on ? 'microphone on' : 'microphone off';
  if (action.name === 'tone') return `${action.tone} tone`;
  return `${action.name} ${action.requestId}`;
}

function talking(): Operator {
  const operator = new Operator();
  operator.press();
  operator.answer('granted');
  return operator;
}

describe('push-to-talk: press and release', () => {
  it('opens the microphone in the same step as the request, before any grant', () => {
    expect(new Operator().press()).toEqual(['microphone on', 'request 1']);
  });

  it('sounds the permit tone at the grant', () => {
    const operator = new Operator();
    operator.press();
    operator.nowMs += 60;
    expect(operator.answer('granted')).toEqual(['microphone on', 'permit tone']);
    expect(operator.state.phase.name).toBe('talking');
  });

  it('closes the microphone and gives the floor back at the release', () => {
    expect(talking().release()).toEqual(['microphone off', 'release 1']);
  });

  it('cancels a request that is released before its answer, and gives a grant that comes late back', () => {
    const operator = new Operator();
    operator.press();
    expect(operator.release()).toEqual(['microphone off', 'release 1']);
    expect(operator.answer('granted', { requestId: 1 })).toEqual(['release 1']);
    expect(operator.microphone).toBe(false);
  });

  it('does not take a late grant of the last press for an answer to this one', () => {
    const operator = new Operator();
    operator.press();
    operator.release();
    operator.press();
    expect(operator.answer('granted', { requestId: 1 })).toEqual(['release 1']);
    expect(operator.state.phase.name).toBe('requested');
  });

  it('ignores a press that comes while the key is down', () => {
    const operator = talking();
    expect(operator.press()).toEqual([]);
  });

  it('ignores another key while one talks: its release ends nothing', () => {
    const operator = talking();
    expect(operator.press('pointer 1')).toEqual([]);
    expect(operator.release('pointer 1')).toEqual([]);
    expect(operator.microphone).toBe(true);
  });
});

describe('push-to-talk: refusals', () => {
  it('closes the microphone when denied, says why, and wants the key pressed again', () => {
    const operator = new Operator();
    operator.press();
    expect(operator.answer('denied', { cause: 'busy' })).toEqual(['microphone off', 'denied tone']);
    expect(operator.state.notice).toMatchObject({ kind: 'denied', cause: 'busy' });
    expect(operator.press()).toEqual([]);
    operator.release();
    expect(operator.press()).toEqual(['microphone on', 'request 2']);
  });

  it('keeps the reason while the key is down and for 3 s at most after it', () => {
    const operator = new Operator();
    operator.press();
    operator.answer('denied', { cause: 'busy' });
    operator.pass(20_000);
    expect(operator.state.notice).toBeDefined();
    operator.release();
    operator.pass(noticeMs);
    expect(operator.state.notice).toBeUndefined();
  });

  it('waits silently in the queue, and speaks when the turn comes', () => {
    const operator = new Operator();
    operator.press();
    expect(operator.answer('queued', { position: 2 })).toEqual(['microphone off', 'queued tone']);
    expect(operator.answer('queued', { position: 1 })).toEqual([]);
    expect(operator.state.phase).toMatchObject({ name: 'queued', position: 1 });
    expect(operator.answer('granted', { requestId: 0 })).toEqual(['microphone on', 'permit tone']);
  });

  it('leaves the queue at the release', () => {
    const operator = new Operator();
    operator.press();
    operator.answer('queued', { position: 1 });
    expect(operator.release()).toEqual(['microphone off', 'release 1']);
  });

  it('warns once, and cuts when revoked', () => {
    const operator = talking();
    operator.pass(20_000);
    expect(operator.answer('warned', { requestId: 0 })).toEqual(['warning tone']);
    expect(operator.answer('warned', { requestId: 0 })).toEqual([]);
    operator.pass(10_000);
    expect(operator.answer('revoked', { cause: 'talk-limit' })).toEqual(['microphone off', 'revoked tone']);
    expect(operator.press()).toEqual([]);
  });

  it('gives up a request that nobody answers for 3 s', () => {
    const operator = new Operator();
    operator.press();
    expect(operator.pass(answerMsMax - 1)).toEqual([]);
    expect(operator.pass(1)).toEqual(['microphone off', 'release 1', 'denied tone']);
    expect(operator.state.notice?.cause).toBe('no-answer');
  });

  it('ends by itself 0.5 s after the limit when the gateway does not', () => {
    const operator = talking();
    expect(operator.pass(30_000 + overrunMsMax - 1)).toEqual([]);
    expect(operator.pass(1)).toEqual(['microphone off', 'release 1', 'revoked tone']);
  });

  it('sets no limit of its own where the gateway sets none', () => {
    const operator = new Operator();
    operator.press();
    operator.answer('granted', { limitMs: 0 });
    operator.pass(3_600_000);
    expect(operator.state.phase.name).toBe('talking');
  });

  it('never asks the gateway where it could not talk: no link, no microphone, listening only', () => {
    const without = (change: Partial<PttState>): Operator => {
      const operator = new Operator();
      operator.state = { ...operator.state, ...change };
      return operator;
    };
    expect(without({ linkReady: false }).press()).toEqual(['lost tone']);
    expect(without({ voiceFault: 'no-microphone' }).press()).toEqual(['denied tone']);
    const listener = new Operator();
    expect(listener.feed({ name: 'press', group, source: space, fault: 'receive-only' })).toEqual(['denied tone']);
  });
});

describe('push-to-talk: losses', () => {
  it('cuts at once when the page loses its focus, with a tone and a reason', () => {
    const operator = talking();
    expect(operator.feed({ name: 'blur' })).toEqual(['microphone off', 'release 1', 'revoked tone']);
    expect(operator.state.notice?.cause).toBe('focus-lost');
    expect(operator.release()).toEqual([]);
  });

  it('cuts at once when the link is lost, and does not go on by itself when it is back', () => {
    const operator = talking();
    expect(operator.feed({ name: 'link', ready: false })).toEqual(['microphone off', 'release 1', 'lost tone']);
    expect(operator.feed({ name: 'link', ready: true })).toEqual([]);
    expect(operator.press()).toEqual([]);
    operator.release();
    expect(operator.press()).toEqual(['microphone on', 'request 2']);
  });

  it('cuts at once when the microphone is lost', () => {
    const operator = talking();
    const said = operator.feed({ name: 'voice', fault: 'no-microphone' });
    expect(said).toEqual(['microphone off', 'release 1', 'lost tone']);
  });

  it('is silent about a loss that interrupts nothing', () => {
    expect(new Operator().feed({ name: 'link', ready: false })).toEqual([]);
    expect(new Operator().feed({ name: 'blur' })).toEqual([]);
  });
});

const sources = ['space', 'pointer 1'] as const;
const anyEvent: fc.Arbitrary<PttEvent> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      name: fc.constant('press' as const),
      group: fc.constantFrom('a', 'b'),
      source: fc.constantFrom(...sources),
      fault: fc.constantFrom('', 'receive-only', 'not-joined'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ name: fc.constant('release' as const), source: fc.constantFrom(...sources) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      name: fc.constant('answer' as const),
      group: fc.constantFrom('a', 'b'),
      requestId: fc.nat(6),
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

describe('push-to-talk: any sequence of events', () => {
  it('never has the microphone open without a key down, a link and a voice path, nor longer than it may', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyEvent, fc.nat(4000)), { maxLength: 80 }), (steps) => {
        const operator = new Operator();
        const down = new Set<string>();
        for (const [event, waitMs] of steps) {
          if (event.name === 'press') down.add(event.source);
          if (event.name === 'release') down.delete(event.source);
          if (event.name === 'blur') down.clear();
          operator.feed(event);
          operator.pass(waitMs);
          const { state } = operator;
          expect(operator.microphone).toBe(microphoneOn(state));
          if (!operator.microphone) continue;
          expect(down).toContain(activeTalk(state)?.source);
          expect(state.linkReady && state.voiceFault === '').toBe(true);
          if (state.phase.name === 'talking') expect(operator.nowMs).toBeLessThan(state.phase.limitAtMs + overrunMsMax);
          if (state.phase.name === 'requested') expect(operator.nowMs).toBeLessThan(state.phase.deadlineMs);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('leaves no floor behind: after the last key-up every request was released or ended by the gateway', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyEvent, fc.nat(4000)), { maxLength: 80 }), (steps) => {
        const operator = new Operator();
        const open = new Set<number>();
        const note = (said: readonly string[]): void => {
          for (const line of said) {
            const [verb, id] = line.split(' ');
            if (verb === 'request') open.add(Number(id));
            if (verb === 'release') open.delete(Number(id));
          }
        };
        for (const [event, waitMs] of steps) {
          const talk = activeTalk(operator.state);
          note(operator.feed(event));
          const ended = event.name === 'answer' && ['denied', 'revoked', 'released'].includes(event.result);
          if (ended && talk !== undefined && activeTalk(operator.state) === undefined) open.delete(talk.requestId);
          note(operator.pass(waitMs));
        }
        note(operator.feed({ name: 'blur' }));
        expect([...open]).toEqual([]);
        expect(operator.microphone).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });
});
