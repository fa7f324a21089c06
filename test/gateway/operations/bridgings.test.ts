/** What persons do with groups: in which order legs, voice, consoles, disk and log hear of it. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/base/clock.ts';
import type { Config } from '../../../src/config/schema.ts';
import type { BridgingView } from '../../../src/console/console-terms.ts';
import type { Operation } from '../../../src/console/operation.ts';
import { Operations } from '../../../src/gateway/operations/operations.ts';
import type { Person } from '../../../src/operations/terms.ts';
import type { Spoken } from '../../../src/speech/announcement-voice.ts';
import type { VoiceCommand, VoiceEvent } from '../../../src/voice/contract.ts';
import { demoConfig as demo } from '../demo-config.ts';
import { quietConsole, quietEvents, quietOlder } from './quiet-ports.ts';

const minute = 60_000;
const dispatcher: Person = { person: 'op 1', display: 'CCPD 1', role: 'dispatcher', controlRoom: 'CCPD Tournai' };
const pours = 'xb-pours-2';
const legs = [`${pours}/as:5990012`, `${pours}/in:590-912`];

class Stand {
  readonly clock: ManualClock;
  /** Everything that was done, in its order. */
  readonly done: string[] = [];
  readonly commands: VoiceCommand[] = [];
  readonly views: BridgingView[] = [];
  readonly lines: (readonly [string, object])[] = [];
  speaks: (words: string) => Spoken = () => ({ ok: true, samples: new Float32Array(3200).fill(0.1) });
  kept: unknown;
  diskFault: string | undefined;
  readonly operations: Operations;

  constructor(options: { config?: Config; kept?: unknown; utcMs?: number } = {}) {
    this.clock = new ManualClock({ nowMs: 1000, utcMs: options.utcMs ?? Date.UTC(2026, 0, 1) });
    this.kept = options.kept;
    const note = (word: string) => this.done.push(word);
    this.operations = new Operations(options.config ?? demo, {
      clock: this.clock,
      events: {
        ...quietEvents,
        operations: {
          ...quietEvents.operations,
          bridging: (at) => this.lines.push(['bridging', at]),
          announcement: (at) => this.lines.push(['announcement', at]),
          alertPlan: (at) => this.lines.push(['alertPlan', at]),
          borderRecord: (at) => this.lines.push(['borderRecord', at]),
          hit: (at) => this.lines.push(['hit', at]),
          handOver: (at) => this.lines.push(['handOver', at]),
          emergency: (at) => this.lines.push(['emergency', at]),
        },
        state: { ...quietEvents.state, notKept: (at) => this.lines.push(['stateNotKept', at]) },
      },
      console: {
        ...quietConsole,
        setBridging: (view) => {
          note(`show ${view.state}`);
          this.views.push(view);
        },
        identify: () => ({ callSign: 'Mouscron 31' }),
        talkerNow: () => ({ callSign: 'Mouscron 31', address: '5317031', networkId: 'astrid' }),
      },
      attachments: {
        sendText: () => 0,
        join: ({ plan }) => note(`join ${plan.leg}`),
        leave: (leg) => note(`leave ${leg}`),
        prioritise: ({ need }) => note(`priority ${need.leg} ${need.priority}`),
      },
      rtc: {
        openGroup: (group) => note(`rtc open ${group}`),
        joinLeg: (_, leg) => note(`rtc join ${leg}`),
        leaveLeg: (_, leg) => note(`rtc leave ${leg}`),
        closeGroup: (group) => note(`rtc close ${group}`),
      },
      speech: { speak: async (words, language) => this.speaks(`${language} ${words}`) },
      older: quietOlder,
      kept: (name) => ({
        read: () => (name === 'bridgings' ? this.kept : undefined),
        write: (document) => {
          if (name === 'bridgings') this.kept = JSON.parse(JSON.stringify(document));
          return this.diskFault;
        },
      }),
      sendVoice: (command) => {
        this.commands.push(command);
        note(command.name);
      },
    });
  }

  operate(operation: Operation, person = dispatcher): string {
    let answer = 'unanswered';
    this.operations.operate(person, operation, (refusal) => {
      answer = refusal?.cause ?? 'done';
    });
    return answer;
  }

  open(talkgroups: readonly string[] = [], person = dispatcher): string {
    return this.operate({ group: pours, name: 'open', reason: 'vol aggravé', talkgroups, durationMs: 0 }, person);
  }

  async up(...which: readonly string[]): Promise<this> {
    for (const leg of which) this.operations.legState(leg, true, false);
    await settled();
    return this;
  }

  get view(): BridgingView {
    const view = this.views.at(-1);
    if (view === undefined) throw new Error('nothing was shown');
    return view;
  }

  get announcements(): Extract<VoiceCommand, { name: 'announce' }>[] {
    return this.commands.filter((command) => command.name === 'announce');
  }

  played(at = -1): void {
    const { group, announcement } = this.announcements.at(at)!;
    this.operations.voiceEvent({ name: 'announced', group, announcement, end: 'played' });
  }
}

/** Whatever speaks has spoken. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

describe('opening a group', () => {
  it('tells the voice process first, then consoles, then calls the legs', () => {
    const stand = new Stand();
    expect(stand.open(['as:5400110'])).toBe('done');
    expect(stand.done).toEqual([
      'openGroup',
      `rtc open ${pours}`,
      'show opening',
      `rtc join ${legs[0]}`,
      `join ${legs[0]}`,
      `rtc join ${legs[1]}`,
      `join ${legs[1]}`,
      `rtc join ${pours}/as:5400110`,
      `join ${pours}/as:5400110`,
    ]);
    expect(stand.view).toMatchObject({
      state: 'opening',
      by: 'CCPD 1',
      reason: 'vol aggravé',
      endsUtcMs: Date.UTC(2026, 0, 1, 1, 30),
    });
    expect(stand.lines).toEqual([
      ['bridging', expect.objectContaining({ what: 'open', operator: 'CCPD 1', reason: 'vol aggravé' })],
    ]);
  });

  it('is shown open when two sides are up, and said to each in its language', async () => {
    const stand = new Stand();
    const words: string[] = [];
    stand.speaks = (each) => {
      words.push(each);
      return { ok: true, samples: new Float32Array(3200).fill(0.1) };
    };
    stand.open(['as:5400110']);
    await stand.up(legs[0]!, `${pours}/as:5400110`);
    expect(stand.view.state).toBe('open');
    expect(words).toEqual([
      'fr Liaison transfrontalière ouverte sur FRBE POURS 2.',
      'nl Grensverbinding geopend op FRBE POURS 2.',
    ]);
    expect(stand.announcements).toMatchObject([
      {
        group: pours,
        urgency: 'patient',
        consoles: 0,
        voices: [{ legs: [legs[0]] }, { legs: [`${pours}/as:5400110`] }],
      },
    ]);
    expect(stand.announcements[0]?.voices[0]?.packets).toHaveLength(10);
    stand.played();
    expect(stand.lines.at(-1)).toEqual([
      'announcement',
      expect.objectContaining({
        announcement: 'ann-open',
        end: 'played',
        texts: ['Liaison transfrontalière ouverte sur FRBE POURS 2.', 'Grensverbinding geopend op FRBE POURS 2.'],
      }),
    ]);
  });

  it('that the role may not do changes nothing, and is in the log', () => {
    const stand = new Stand();
    expect(stand.open([], { ...dispatcher, role: 'observer' })).toBe('not-permitted');
    expect(stand.done).toEqual([]);
    expect(stand.lines).toEqual([['bridging', expect.objectContaining({ what: 'open', refusal: 'role' })]]);
  });

  it('that the rules refuse changes nothing, and is in the log', () => {
    const stand = new Stand();
    expect(stand.open(['in:590-880'])).toBe('end-to-end-encrypted');
    expect(stand.done).toEqual([]);
    expect(stand.lines).toEqual([['bridging', expect.objectContaining({ refusal: 'end-to-end-encrypted' })]]);
  });

  it('is for technicians where the group is for tests', () => {
    const technician: Person = { ...dispatcher, role: 'technician' };
    expect(new Stand().open([], technician)).toBe('not-permitted');
    const sharedGroups = demo.sharedGroups.map((group) => ({ ...group, use: 'test' as const }));
    expect(new Stand({ config: { ...demo, sharedGroups } }).open([], technician)).toBe('done');
  });
});

describe('consent', () => {
  const owned = 'in:590-131';
  const owner: Person = { person: 'op 2', display: 'TN 59', role: 'dispatcher', controlRoom: 'cr-tn59' };
  const talkgroups = demo.talkgroups.map((each) => (each.id === owned ? { ...each, consentOf: 'cr-tn59' } : each));
  const consent = (given: boolean) => ({ group: pours, name: 'consent', talkgroup: owned, given }) as const;

  it('is given and taken back by whoever opens groups in the owning control room, and by nobody else', () => {
    const stand = new Stand({ config: { ...demo, talkgroups } });
    stand.open([owned]);
    expect(stand.done).not.toContain(`join ${pours}/${owned}`);
    expect(stand.operate(consent(true), { ...owner, role: 'observer' })).toBe('not-permitted');
    expect(stand.operate(consent(true), dispatcher)).toBe('not-owner');
    expect(stand.operate(consent(true), owner)).toBe('done');
    expect(stand.done).toContain(`join ${pours}/${owned}`);
    expect(stand.operate(consent(false), { ...owner, role: 'observer' })).toBe('not-permitted');
    expect(stand.done).not.toContain(`leave ${pours}/${owned}`);
    expect(stand.operate(consent(false), owner)).toBe('done');
    expect(stand.done).toContain(`leave ${pours}/${owned}`);
  });

  const config = { ...demo, talkgroups };
  const memberOf = (stand: Stand) => stand.view.members.find(({ talkgroup }) => talkgroup === owned);

  it('is still given after a restart, and still to be taken back', () => {
    const before = new Stand({ config });
    before.open([owned]);
    before.operate(consent(true), owner);
    const after = new Stand({ config, kept: before.kept });
    after.operations.start();
    expect(after.done).toContain(`join ${pours}/${owned}`);
    expect(memberOf(after)).toMatchObject({ consentAwaited: false, by: 'CCPD 1' });
    expect(after.operate(consent(false), owner)).toBe('done');
    const later = new Stand({ config, kept: after.kept });
    later.operations.start();
    expect(memberOf(later)).toBeUndefined();
    expect(later.done).not.toContain(`join ${pours}/${owned}`);
  });

  it('is still awaited after a restart, also where the owner had opened the group that another added it to', () => {
    const before = new Stand({ config });
    before.open([], owner);
    const addition = { group: pours, name: 'add', talkgroup: owned, reason: 'renfort', durationMs: 0 } as const;
    expect(before.operate(addition)).toBe('done');
    const after = new Stand({ config, kept: before.kept });
    after.operations.start();
    expect(memberOf(after)).toMatchObject({ consentAwaited: true, by: 'CCPD 1' });
    expect(after.done).not.toContain(`join ${pours}/${owned}`);
  });

  it('was that of another owner, where the configuration has changed meanwhile: it is awaited anew', () => {
    const before = new Stand({ config });
    before.open([owned]);
    before.operate(consent(true), owner);
    const moved = talkgroups.map((each) => (each.id === owned ? { ...each, consentOf: 'cr-other' } : each));
    const after = new Stand({ config: { ...demo, talkgroups: moved }, kept: before.kept });
    after.operations.start();
    expect(memberOf(after)).toMatchObject({ consentAwaited: true });
  });

  it('taken back from a group of its own stays so after a restart, until somebody joins it again', () => {
    const own = 'in:590-912';
    const mine = demo.talkgroups.map((each) => (each.id === own ? { ...each, consentOf: 'cr-tn59' } : each));
    const taken = { group: pours, name: 'consent', talkgroup: own, given: false } as const;
    const before = new Stand({ config: { ...demo, talkgroups: mine } });
    before.open();
    expect(before.operate(taken, owner)).toBe('done');
    const after = new Stand({ config: { ...demo, talkgroups: mine }, kept: before.kept });
    after.operations.start();
    expect(after.view.members.map(({ talkgroup }) => talkgroup)).not.toContain(own);
    expect(after.done).not.toContain(`join ${pours}/${own}`);
    after.operate({ group: pours, name: 'add', talkgroup: own, reason: 'accord', durationMs: 0 }, owner);
    const later = new Stand({ config: { ...demo, talkgroups: mine }, kept: after.kept });
    later.operations.start();
    expect(later.view.members).toContainEqual(expect.objectContaining({ talkgroup: own, by: 'TN 59' }));
  });
});

describe('closing a group', () => {
  it('waits until everybody has heard of it, then lets go of legs, media and group', async () => {
    const stand = await ready();
    stand.operate({ group: pours, name: 'close', afterMs: 0 });
    await settled();
    expect(stand.view.state).toBe('closing');
    stand.done.length = 0;
    stand.played();
    expect(stand.done).toEqual([
      'show closed',
      `leave ${legs[0]}`,
      `rtc leave ${legs[0]}`,
      `leave ${legs[1]}`,
      `rtc leave ${legs[1]}`,
      `rtc close ${pours}`,
      'closeGroup',
    ]);
  });

  it('comes though no voice can be made, which is said', async () => {
    const stand = await ready();
    stand.speaks = () => ({ ok: false, reason: 'espeak-ng is not installed' });
    stand.operate({ group: pours, name: 'close', afterMs: 0 });
    await settled();
    expect(stand.view.state).toBe('closed');
    expect(stand.lines).toContainEqual([
      'announcement',
      expect.objectContaining({ end: 'unspoken', reason: 'espeak-ng is not installed' }),
    ]);
  });

  it('comes at its end by itself, announced a minute before', async () => {
    const stand = await ready();
    stand.clock.advance(89 * minute);
    await settled();
    expect(stand.view.ending).toBe(true);
    expect(stand.announcements.at(-1)?.announcement).toMatch(/^ann-close#/);
    stand.played();
    stand.clock.advance(minute);
    await settled();
    stand.played();
    expect(stand.view.state).toBe('closed');
  });

  it('waits for whoever talks, and for an emergency', async () => {
    const stand = await ready();
    const floor = (emergency: boolean): VoiceEvent => ({
      name: 'floor',
      floor: {
        group: pours,
        holder: { party: legs[0]!, priority: 9, emergency, over: 1, sinceUtcMs: 0 },
        queue: [],
      },
    });
    stand.operations.voiceEvent(floor(true));
    stand.clock.advance(100 * minute);
    expect(stand.view.state).toBe('open');
    stand.operations.voiceEvent({ name: 'floor', floor: { group: pours, queue: [] } });
    stand.clock.advance(minute);
    expect(stand.view.state).toBe('open'); // it is over when a person has cleared it
    const home = { ...dispatcher, controlRoom: 'cr-ht' };
    const about = { emergency: 1 };
    expect(stand.operate({ ...about, name: 'acknowledgeEmergency' }, dispatcher)).toBe('not-home-control-room');
    expect(stand.operate({ ...about, name: 'acknowledgeEmergency' }, home)).toBe('done');
    expect(stand.operate({ ...about, name: 'clearEmergency', cause: 'secours sur place' }, home)).toBe('done');
    expect(stand.operate({ ...about, name: 'confirmClear' }, home)).toBe('done');
    stand.clock.advance(minute);
    expect(stand.view.state).toBe('closing');
  });

  it('says nothing on the air where announcements are off, and that in the log', async () => {
    const quiet = { ...demo, announcements: { ...demo.announcements, enabled: false } };
    const stand = new Stand({ config: quiet });
    stand.open();
    await stand.up(...legs);
    stand.operate({ group: pours, name: 'close', afterMs: 0 });
    await settled();
    expect(stand.announcements).toEqual([]);
    expect(stand.lines).toContainEqual(['announcement', expect.objectContaining({ end: 'silent' })]);
    expect(stand.view.state).toBe('closed');
  });
});

describe('an exercise', () => {
  const chief: Person = { ...dispatcher, person: 'sup', display: 'Chef', role: 'supervisor' };
  const start = { group: pours, name: 'open', reason: 'entraînement', talkgroups: [], durationMs: 0 } as const;
  /** Open as an exercise, its legs up. */
  const training = async (talkgroups: readonly string[] = []): Promise<Stand> => {
    const stand = new Stand();
    expect(stand.operate({ ...start, talkgroups, exercise: true }, chief)).toBe('done');
    await stand.up(...legs, ...talkgroups.map((id) => `${pours}/${id}`));
    return stand;
  };
  const emergency = (raised: boolean): VoiceEvent => ({
    name: 'floor',
    floor: {
      group: pours,
      ...(raised && { holder: { party: legs[0]!, priority: 15, emergency: true, over: 1, sinceUtcMs: 0 } }),
      queue: [],
    },
  });
  const talk = (talking: boolean): VoiceEvent => ({
    name: 'floor',
    floor: {
      group: pours,
      ...(talking && { holder: { party: legs[0]!, priority: 9, emergency: false, over: 1, sinceUtcMs: 0 } }),
      queue: [],
    },
  });
  const said = (stand: Stand) => stand.lines.flatMap(([name, at]) => (name === 'announcement' ? [at] : []));

  it('is shown as one, and says the word before everything, in each language', async () => {
    const stand = await training(['as:5400110']);
    expect(stand.view).toMatchObject({ state: 'open', exercise: 'under-way' });
    stand.played();
    expect(said(stand)).toEqual([
      expect.objectContaining({
        exercise: true,
        texts: ['Oefening. Oefening. Grensverbinding geopend op FRBE POURS 2.'],
      }),
    ]);
    stand.played(0);
    expect(said(stand)[1]).toMatchObject({
      exercise: true,
      texts: ['Exercice. Exercice. Liaison transfrontalière ouverte sur FRBE POURS 2.'],
    });
    // The word, a pause of 250 ms, and the text.
    expect(stand.announcements[0]?.voices[0]?.packets).toHaveLength(10 + 13 + 10);
    expect(stand.lines[0]).toEqual(['bridging', expect.objectContaining({ what: 'open', exercise: 'under-way' })]);
  });

  it('says it in German to those who speak German, and in English what has no German', async () => {
    const talkgroups = demo.talkgroups.map((each) => {
      return each.id === 'as:5400110' ? { ...each, language: 'de' as const } : each;
    });
    const closed = { id: 'ann-closed', fr: 'Fermé.', nl: 'Gesloten.', en: 'Closed.' };
    const announcements = { ...demo.announcements, texts: [closed] };
    const stand = new Stand({ config: { ...demo, talkgroups, announcements } });
    const words: string[] = [];
    stand.speaks = (each) => {
      words.push(each);
      return { ok: true, samples: new Float32Array(3200).fill(0.1) };
    };
    stand.operate({ ...start, talkgroups: ['as:5400110'], exercise: true }, chief);
    await stand.up(legs[1]!, `${pours}/as:5400110`);
    expect(words).toContain('de Übung. Übung.');
    expect(words).toContain('de Grenzverbindung auf FRBE POURS 2 geöffnet.');
    stand.operate({ group: pours, name: 'close', afterMs: 0 }, chief);
    await settled();
    expect(words.slice(4).toSorted()).toEqual([
      'en Closed.',
      'en Exercise. Exercise.',
      'fr Exercice. Exercice.',
      'fr Fermé.',
    ]);
  });

  it('says nothing at all rather than something without the word', async () => {
    const stand = new Stand();
    stand.speaks = (words) =>
      words.includes('Exercice') ? { ok: false, reason: 'no voice' } : { ok: true, samples: new Float32Array(320) };
    stand.operate({ ...start, exercise: true }, chief);
    await stand.up(...legs);
    expect(stand.announcements).toEqual([]);
    expect(said(stand)[0]).toMatchObject({ end: 'unspoken', exercise: true });
  });

  it('says the word alone every two minutes, while there is talk', async () => {
    const stand = await training();
    const before = stand.announcements.length;
    stand.clock.advance(10 * minute);
    expect(stand.announcements).toHaveLength(before);
    stand.operations.voiceEvent(talk(true));
    stand.operations.voiceEvent(talk(false));
    await settled();
    expect(stand.announcements.slice(before).map(({ announcement }) => announcement)).toEqual([
      expect.stringMatching(/^ann-exercise#/),
    ]);
    stand.played();
    expect(said(stand).at(-1)).toMatchObject({ texts: ['Exercice. Exercice.'], exercise: true });
  });

  it('gives way to a press: nothing is said with the word any more, its legs count as real, all consoles see it', async () => {
    const stand = await training();
    const waiting = stand.announcements.map(({ announcement }) => announcement);
    stand.done.length = 0;
    stand.operations.voiceEvent(emergency(true));
    await settled();
    expect(stand.view).toMatchObject({ state: 'open', exercise: 'suspended' });
    expect(stand.commands.filter(({ name }) => name === 'withdraw')).toEqual(
      waiting.map((announcement) => ({ name: 'withdraw', group: pours, announcement })),
    );
    expect(stand.done).toContain(`priority ${legs[0]} 9`);
    const [real] = stand.announcements.slice(waiting.length);
    expect(real).toMatchObject({ announcement: expect.stringMatching(/^ann-real#/), urgency: 'urgent' });
    stand.operations.voiceEvent(emergency(false));
    await settled();
    stand.played();
    expect(stand.announcements.at(-1)?.announcement).toMatch(/^ann-emg#/);
    expect(said(stand).at(-1)).toEqual(
      expect.objectContaining({ texts: ['Détresse. Détresse. Mouscron 31. Silence radio.'] }),
    );
    expect(said(stand).at(-1)).not.toHaveProperty('exercise');
    expect(stand.lines).toContainEqual([
      'bridging',
      expect.objectContaining({ what: 'exercise-suspended', exercise: 'suspended' }),
    ]);
    expect(stand.operate({ group: pours, name: 'resumeExercise' }, chief)).toBe('emergency-open');
  });

  it('is not said any more when its voice was still being made as it became real', async () => {
    const stand = await training();
    const before = stand.announcements.length;
    stand.operate({ group: pours, name: 'close', afterMs: minute }, chief);
    stand.operate({ group: pours, name: 'suspendExercise' }, chief);
    await settled();
    const names = stand.announcements.slice(before).map(({ announcement }) => announcement.replace(/#.*/, ''));
    expect(names).toEqual(['ann-real', 'ann-close']);
  });

  it('gives the group to whoever opens it for real', async () => {
    const stand = await training(['as:5400110']);
    stand.done.length = 0;
    expect(stand.open()).toBe('done');
    await settled();
    expect(stand.view).toMatchObject({ state: 'open', by: 'CCPD 1', reason: 'vol aggravé' });
    expect(stand.view).not.toHaveProperty('exercise');
    expect(stand.done).toContain(`leave ${pours}/as:5400110`);
    expect(stand.done).not.toContain('closeGroup');
    const told = stand.commands.findLast((command) => command.name === 'openGroup');
    expect(told?.settings).not.toHaveProperty('exercise'); // what is said from now on is filed as real
    const names = stand.announcements.slice(-2).map(({ announcement }) => announcement.replace(/#.*/, ''));
    expect(names).toEqual(['ann-real', 'ann-open']);
  });

  it('is one again after a restart, under way or suspended', async () => {
    const before = await training();
    const after = new Stand({ kept: before.kept });
    after.operations.start();
    expect(after.view).toMatchObject({ state: 'opening', by: 'Chef', exercise: 'under-way' });
    before.operate({ group: pours, name: 'suspendExercise' }, chief);
    const later = new Stand({ kept: before.kept });
    later.operations.start();
    expect(later.view).toMatchObject({ exercise: 'suspended' });
  });
});

describe('after a restart', () => {
  it('is open again what was open, with its person, reason and end, and with what was joined', async () => {
    const before = await ready(['as:5400110']);
    const after = new Stand({ kept: before.kept, utcMs: Date.UTC(2026, 0, 1, 0, 30) });
    after.operations.start();
    expect(after.done.filter((word) => word.startsWith('join'))).toEqual([
      `join ${legs[0]}`,
      `join ${legs[1]}`,
      `join ${pours}/as:5400110`,
    ]);
    expect(after.view).toMatchObject({
      by: 'CCPD 1',
      reason: 'vol aggravé',
      endsUtcMs: Date.UTC(2026, 0, 1, 1, 30),
    });
  });

  it('is open what was opened for a day, also where the clock has been set back meanwhile', () => {
    const day = { name: 'open', group: pours, reason: 'vol', talkgroups: [], durationMs: 24 * 60 * minute } as const;
    const before = new Stand({ utcMs: Date.UTC(2026, 0, 1) + 700 });
    before.operate(day);
    before.operate({
      name: 'add',
      group: 'xb-acc',
      talkgroup: 'in:590-131',
      reason: 'vol',
      durationMs: day.durationMs,
    });
    for (const utcMs of [Date.UTC(2026, 0, 1), Date.UTC(2025, 11, 31, 22)]) {
      const after = new Stand({ kept: before.kept, utcMs });
      after.operations.start();
      expect(after.done).toContain(`join ${legs[0]}`);
      expect(after.done).toContain('join xb-acc/in:590-131');
    }
  });

  it('is closed what should have closed meanwhile', async () => {
    const before = await ready();
    const after = new Stand({ kept: before.kept, utcMs: Date.UTC(2026, 0, 2) });
    after.operations.start();
    expect(after.done).toEqual([]);
  });

  it('comes back what was joined to a permanent group', () => {
    const before = new Stand();
    const add = { name: 'add', talkgroup: 'in:590-131', reason: 'renfort', durationMs: 10 * minute } as const;
    expect(before.operate({ group: 'xb-acc', ...add })).toBe('done');
    const after = new Stand({ kept: before.kept });
    after.operations.start();
    expect(after.done).toContain('join xb-acc/in:590-131');
    after.clock.advance(10 * minute);
    expect(after.done).toContain('leave xb-acc/in:590-131');
  });

  it('what cannot be read opens nothing', () => {
    for (const kept of [undefined, 'text', { version: 2 }, { version: 1, bridgings: [{ group: 3 }] }]) {
      const stand = new Stand({ kept });
      stand.operations.start();
      expect(stand.done).toEqual([]);
    }
  });

  it('a disk that does not keep it is told of, and costs nothing else', () => {
    const stand = new Stand();
    stand.diskFault = 'state: ENOSPC';
    expect(stand.open()).toBe('done');
    expect(stand.lines).toContainEqual(['stateNotKept', { reason: 'state: ENOSPC' }]);
  });
});

describe('a permanent group whose fleet data changes', () => {
  it('is told of loops before its legs are called anew, for that stands in each call; of nothing else they are', () => {
    const groups = demo.sharedGroups.map((each) => ({ ...each, mode: 'permanent' as const }));
    const config = { ...demo, sharedGroups: groups.filter(({ id }) => id === pours) };
    const stand = new Stand({ config });
    stand.operations.start();
    stand.done.splice(0);
    const change = (fields: object) => {
      config.sharedGroups = config.sharedGroups.map((each) => ({ ...each, ...fields }));
      stand.operations.fleetChanged();
      return stand.done.splice(0).filter((word) => /^(?:openGroup|leave|join)/.test(word));
    };
    expect(change({ short: 'P2' })).toEqual([]);
    expect(change({ talkLimitMs: 55_000 })).toEqual(['openGroup']);
    const [one, other] = legs;
    const anew = ['openGroup', `leave ${one}`, `leave ${other}`, `join ${one}`, `join ${other}`];
    expect(change({ loops: false })).toEqual(anew);
    expect(change({ loops: true })).toEqual(anew);
  });
});

async function ready(talkgroups: readonly string[] = []): Promise<Stand> {
  const stand = new Stand();
  stand.open(talkgroups);
  await stand.up(...legs, ...talkgroups.map((id) => `${pours}/${id}`));
  while (stand.lines.filter(([name]) => name === 'announcement').length < stand.announcements.length) {
    stand.played(stand.lines.filter(([name]) => name === 'announcement').length);
  }
  return stand;
}
