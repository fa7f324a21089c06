import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/base/clock.ts';
import type { RecallAnswer } from '../../src/console/wire.ts';
import { Recall } from '../../src/gateway/recall.ts';
import { OpusSpeechEncoder } from '../../src/media/opus.ts';
import { defaultPermissions, refusalOf } from '../../src/operations/permissions.ts';
import { type Person, roles } from '../../src/operations/terms.ts';
import { VoiceTape } from '../../src/talkgroups/voice-tape.ts';
import type { VoiceCommand } from '../../src/voice/contract.ts';
import { framesOf, tone } from '../media/signals.ts';

const minute = 60_000;
const dispatcher: Person = { person: 'op-1', display: 'CCPD 1', role: 'dispatcher', controlRoom: 'ccpd' };

class Stand {
  readonly clock = new ManualClock({ nowMs: 1000, utcMs: Date.UTC(2026, 0, 1) });
  readonly tape = new VoiceTape();
  readonly lines: (readonly [string, object])[] = [];
  /** What the voice process has been asked for and not answered. */
  readonly asked: Extract<VoiceCommand, { name: 'recall' }>[] = [];
  readonly recall: Recall;
  readonly exercises = new Set<number>();
  readonly #encoder = new OpusSpeechEncoder();

  constructor() {
    const sharedGroups = [
      { id: 'acc', monitoredBy: [], legs: [] },
      { id: 'patr', monitoredBy: ['cic'], legs: [] },
    ];
    const nothing = { directLines: [], controlRooms: [], talkgroups: [], networks: [], people: [] };
    this.recall = new Recall({ ...nothing, sharedGroups } as unknown as ConstructorParameters<typeof Recall>[0], {
      clock: this.clock,
      events: {
        consoles: {
          notPermitted: (at) => this.lines.push(['notPermitted', at]),
          recalled: (at) => this.lines.push(['recalled', at]),
        },
      },
      sendVoice: (command) => {
        if (command.name === 'recall') this.asked.push(command);
      },
      isExercise: (_group, over) => this.exercises.has(over),
      talkerOf: (_group, over) => ({ partyId: 'acc/be', callSign: `TANGO ${over}` }),
    });
  }

  /** An over that has just ended. */
  said(over: number, seconds = 1, group = 'acc'): void {
    const tap = seconds === 0 ? undefined : this.tape.begin({ group: group, over: over });
    for (const [i, frame] of framesOf(tone(700, -20, 16_000 * seconds)).entries()) {
      const packet = this.#encoder.encode(frame);
      tap?.hear(packet, 0, packet.length, 20 * i, 20, 20 * i);
    }
    tap?.end(1000 * seconds, 'released');
    const report = { group, over, party: 'acc/be', priority: 5, emergency: false, lostMs: {}, packetsLost: 0 };
    const durationMs = 1000 * seconds;
    const startUtcMs = this.clock.utcMs() - durationMs;
    this.recall.voiceEvent({ name: 'over', report: { ...report, startUtcMs, durationMs, end: 'released' } });
  }

  ask(wish: Parameters<Recall['ask']>[1], person = dispatcher): () => RecallAnswer | undefined {
    let answer: RecallAnswer | undefined;
    this.recall.ask(person, wish, (given) => {
      expect(answer).toBeUndefined();
      answer = given;
    });
    return () => answer;
  }

  /** The voice process answers what it has been asked. */
  answer(): number {
    let answered = 0;
    for (let command = this.asked.shift(); command !== undefined; command = this.asked.shift()) {
      answered += 1;
      const { request, group, over, part } = command;
      const read = this.tape.read(group, over, part);
      const packets = read === undefined ? {} : { packets: Buffer.from(read.bytes).toString('base64') };
      this.recall.voiceEvent({ name: 'recalled', request, ...packets, last: read?.last ?? true });
    }
    return answered;
  }

  /** The whole file, part by part. */
  file(over: number, group = 'acc'): Buffer {
    const parts: Uint8Array[] = [];
    for (let offset = 0; ; ) {
      const answer = this.ask({ name: 'over', group, over, offset });
      this.answer();
      const part = answer();
      if (part === undefined || !('part' in part)) throw new Error(JSON.stringify(part));
      parts.push(part.part.ogg);
      offset += part.part.ogg.length;
      if (offset >= part.part.total) return Buffer.concat(parts);
    }
  }
}

describe('recall', () => {
  it('gives an over part by part, and fetches it once', () => {
    const stand = new Stand();
    stand.said(7, 30);
    const first = stand.ask({ name: 'over', group: 'acc', over: 7, offset: 0 });
    expect(stand.answer()).toBeGreaterThan(2); // one part after the other
    expect(first()).toMatchObject({ part: { total: expect.any(Number) } });
    const file = stand.file(7);
    expect(file.toString('latin1', 28, 36)).toBe('OpusHead');
    expect(file.length).toBeGreaterThan(32 * 1024);
    expect(stand.asked).toEqual([]);
  });

  it('marks what was an exercise, in the list and in the file itself', () => {
    const stand = new Stand();
    stand.exercises.add(8);
    stand.said(7);
    stand.said(8);
    const list = stand.ask({ name: 'list', group: 'acc', lastMs: 60_000 })();
    expect(list).toMatchObject({
      overs: [
        { over: 7, exercise: false },
        { over: 8, exercise: true },
      ],
    });
    expect(stand.file(7).includes('EXERCISE')).toBe(false);
    expect(stand.file(8).includes('EXERCISE=1')).toBe(true);
  });

  it('codes what no console had listened to', () => {
    const stand = new Stand();
    const tap = stand.tape.begin({ group: 'acc', over: 8 });
    for (const [i, frame] of framesOf(tone(700, -20, 16_000)).entries()) tap.hearFrame(frame, 20 * i, 20 * i);
    stand.said(8, 0);
    expect(stand.file(8).length).toBeGreaterThan(1000);
  });

  it('writes down who listened to which over, once a listening', () => {
    const stand = new Stand();
    stand.said(7, 30);
    stand.file(7);
    const who = { operator: 'CCPD 1', role: 'dispatcher', controlRoom: 'ccpd' };
    expect(stand.lines).toEqual([['recalled', { group: 'acc', over: 7, ...who }]]);
  });

  it('asks the permission matrix for every role, of its own groups and of others', () => {
    for (const role of roles) {
      for (const [group, controlRooms] of [
        ['acc', ['ccpd']],
        ['patr', ['cic']],
      ] as const) {
        const stand = new Stand();
        stand.said(7, 1, group);
        const person = { ...dispatcher, role };
        const answer = stand.ask({ name: 'over', group, over: 7, offset: 0 }, person);
        stand.answer();
        const cause = refusalOf(defaultPermissions, person, 'instant_replay_15min', { controlRooms });
        const refusal = cause === 'role' ? 'not-permitted' : cause;
        if (refusal === undefined) expect(answer()).toHaveProperty('part');
        else {
          expect(answer()).toEqual({ refusal });
          expect(stand.lines.map(([name]) => name)).toEqual(['notPermitted']);
        }
        expect(stand.ask({ name: 'list', group, lastMs: minute }, person)()).toEqual(
          refusal === undefined ? { overs: [expect.anything()] } : { refusal },
        );
      }
    }
  });

  it('says which overs there are of the last minutes, oldest first, with their talkers', () => {
    const stand = new Stand();
    stand.said(1);
    stand.clock.advance(10 * minute);
    stand.said(2);
    stand.clock.advance(4 * minute);
    stand.said(3);
    const overs = (minutes: number) => {
      const answer = stand.ask({ name: 'list', group: 'acc', lastMs: minutes * minute })();
      return answer !== undefined && 'overs' in answer ? answer.overs : [];
    };
    expect(overs(15).map(({ over }) => over)).toEqual([1, 2, 3]);
    expect(overs(5).map(({ over }) => over)).toEqual([2, 3]);
    expect(overs(2)).toMatchObject([{ over: 3, talker: { callSign: 'TANGO 3' }, durationMs: 1000, end: 'released' }]);
    stand.clock.advance(2 * minute);
    expect(overs(60).map(({ over }) => over)).toEqual([2, 3]);
  });

  it('has words for what it has not', () => {
    const stand = new Stand();
    stand.said(7);
    expect(stand.ask({ name: 'over', group: 'none', over: 7, offset: 0 })()).toEqual({ refusal: 'unknown-group' });
    expect(stand.ask({ name: 'over', group: 'acc', over: 8, offset: 0 })()).toEqual({ refusal: 'not-kept' });
    stand.clock.advance(16 * minute);
    expect(stand.ask({ name: 'over', group: 'acc', over: 7, offset: 0 })()).toEqual({ refusal: 'not-kept' });
  });

  it('tells whoever waits when the voice process is gone, and does not ask the next for what it had', () => {
    const stand = new Stand();
    stand.said(7);
    const answers = [1, 2].map(() => stand.ask({ name: 'over', group: 'acc', over: 7, offset: 0 }));
    expect(stand.asked).toHaveLength(1); // both want the same
    stand.recall.voiceEvent({ name: 'ready' });
    expect(answers.map((answer) => answer())).toEqual([{ refusal: 'not-kept' }, { refusal: 'not-kept' }]);
    stand.answer(); // what the dead one had still said
    expect(stand.ask({ name: 'list', group: 'acc', lastMs: minute })()).toEqual({ overs: [] });
  });

  it('fetches few at a time', () => {
    const stand = new Stand();
    for (let over = 1; over <= 17; over++) stand.said(over);
    const answers = Array.from({ length: 17 }, (_, i) =>
      stand.ask({ name: 'over', group: 'acc', over: i + 1, offset: 0 }),
    );
    expect(answers[16]!()).toEqual({ refusal: 'busy' });
    stand.answer();
    expect(answers.slice(0, 16).every((answer) => 'part' in answer()!)).toBe(true);
  });
});
