/**
 * Plays the steps of a scenario on a stage and records what happened; judges nothing. A step that the product cannot do
 * yet is noted with the reason, and the scenario goes on.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../src/config/schema.ts';
import { announcementTexts } from '../src/operations/announcement-texts.ts';
import { announcementParty } from '../src/talkgroups/terms.ts';
import type { LogLine } from '../test/interop/support/gateway.ts';
import { joined } from '../test/interop/support/sound.ts';
import { playing, until } from '../test/interop/support/until.ts';
import type { Sound } from '../test/interop/support/wav.ts';
import { actions, type Names, seeToNational } from './actions.ts';
import { utcMs } from './clock.ts';
import { type Desk, type Recorded, soundOfPage } from './consoles.ts';
import type {
  AuditEntry,
  AuditedFact,
  AwaitedAnnouncement,
  DoneFact,
  Facts,
  HitFact,
  RecordedFact,
  SaidLine,
  SearchedFact,
  SeenFact,
} from './facts.ts';
import { callByIntercom, callOnLine } from './intercom.ts';
import type { Outage } from './judge-outage.ts';
import type { Phase } from './live-table.ts';
import type { Begins } from './plan.ts';
import { calledBy, groupsOf, languageOf, lineOf } from './plan-groups.ts';
import { lastOf, playRecording } from './recordings.ts';
import { placeOf, type Scenario, type Step, type StepOf } from './scenario-file.ts';
import { alawOf, LineSpeaker } from './speech.ts';
import type { Stage } from './stage.ts';
import { cutOff } from './testbed.ts';

export interface Performance {
  readonly facts: Facts;
  /** Steps that could not be done, with the reason. */
  readonly undone: ReadonlyMap<number, string>;
  /** Shared group of whoever speaks, presses or tells at a step; absent where no group has the talkgroup. */
  readonly groups: ReadonlyMap<number, string>;
  /** Group of the incident at a check. */
  readonly incidentAt: ReadonlyMap<number, string>;
  readonly outage?: Outage;
  /** How long a repaired attachment must have worked before legs return. */
  readonly stableMs: number;
  /** Begin of each step, UTC ms; absent for those that were not done. */
  readonly begun: ReadonlyMap<number, number>;
  readonly screenshots: readonly Screenshot[];
  readonly silence: { readonly fromMs: number; readonly toMs: number };
  /** The words were noise: no synthesiser was there. */
  readonly synthetic: boolean;
}

export interface Screenshot {
  readonly step: number;
  readonly person: string;
  readonly jpeg: Buffer;
}

interface Place {
  readonly group?: string;
  readonly talkgroup?: string;
  readonly console: boolean;
}

export interface PerformerOptions {
  readonly fast: boolean;
  readonly silenceMs: number;
  /** Told when the steps begin, when the last is over, and when there is nothing left but to judge. */
  readonly onPhase: (phase: Phase) => void;
  /** Told of each step as it begins. */
  readonly onStep: (index: number, step: Step) => void;
  /** Told when it is done, or why not; empty: done. */
  readonly onSettled: (index: number, undone: string) => void;
  /** Ends it after the step under way; nothing is waited for any more. */
  readonly signal: AbortSignal;
}

/** Between two lines: longer than the guard and the release of any leg. */
const pauseMs = 350;
/** The last piece of what a page records comes this late. */
const recordedMs = 150;
const overEndsMs = 8000;
/** An announcement lasts 10 s at most. */
const floorFreeMs = 12_000;
const announcedMs = 15_000;
/** An emergency that nobody acknowledges is escalated after 20 s. */
const escalatedMs = 25_000;
/** What a return takes beside the time of stability: the link is found well again, and one leg goes after the other. */
const returnMs = 20_000;
/** Legs change to another attachment within this. */
const failoverMs = 12_000;
const recordingClosedMs = 10_000;
const consoleParty = 'console:';
/** What an announcement of a lost link waits for, and its return. */
const linkNewsMs = 45_000;
/** Plans end with a minute of notice. */
const closedMs = 80_000;
/** Actions after which groups are open that were not. */
const opening = new Set(['activate-plan', 'set-plan-level', 'open-bridge', 'add-member']);
/** What is done beside the gateway's page. */
const evidenceActions = new Set(['export-incident', 'verify-export', 'search-log']);
const linkNews = new Set(['ann-degraded', 'ann-lost', 'ann-back']);
/** Of a fast run. What is judged by its sound lasts until voice that was kept for a slow network has been caught up. */
const fastLineMs = { overlap: 900, judged: 4500, other: 700, overReturn: 8000 } as const;
/** A line that is judged by its sound is said again until it is so long. */
const judgedMsMin = 4500;
const pitchStep = 0.08;
const bySound = new Set(['A-01', 'A-02', 'A-03', 'A-05', 'A-24', 'A-25']);
/** Steps after which the consoles are looked at. */
const pictured = new Set([
  ...['activate-plan', 'add-member', 'close-bridge', 'set-plan-level', 'mark-crossing', 'emg', 'overlap', 'fault'],
  ...['acknowledge-emergency', 'acknowledge-on-behalf'],
]);

const picture = { type: 'jpeg', quality: 80, timeout: 5000 } as const;

/** A line whose sounds and times are asked for when the run is over. */
interface SaidSoFar extends Omit<SaidLine, 'played' | 'sentMs'> {
  readonly recorded: ReadonlyMap<string, Recorded>;
  readonly firstPacket?: number;
}

/** Ends the recording of what consoles play, by person. */
type Listening = () => Promise<ReadonlyMap<string, Recorded>>;

type Undone = { readonly undone: string };

export class Performer {
  readonly #stage: Stage;
  readonly #scenario: Scenario;
  readonly #options: PerformerOptions;
  readonly #speaker = new LineSpeaker();
  readonly #lines = new Map<number, Sound>();
  readonly #said: SaidSoFar[] = [];
  readonly #done: DoneFact[] = [];
  readonly #announced: Omit<AwaitedAnnouncement, 'words'>[] = [];
  readonly #hits: HitFact[] = [];
  readonly #seen: SeenFact[] = [];
  readonly #recorded = new Map<number, RecordedFact>();
  #audited: AuditedFact | undefined;
  #searched: SearchedFact | undefined;
  readonly #undone = new Map<number, string>();
  readonly #begun = new Map<number, number>();
  readonly #groups = new Map<number, string>();
  readonly #incidentAt = new Map<number, string>();
  #outage: Outage | undefined;
  #startMs = 0;
  readonly #screenshots: Screenshot[] = [];
  readonly #looking: Promise<void>[] = [];
  /** Talkgroups that persons have joined, by group; a group that is not here is not open. */
  readonly #members = new Map<string, Set<string>>();
  readonly #cut = new Set<string>();
  /** Of an open microphone, by its step: consoles are asked to record before the emergency, which it follows at once. */
  readonly #listening = new Map<number, Promise<Listening>>();
  /** Units in distress on a talkgroup that no group has. */
  readonly #national = new Set<string>();
  /** The group that was opened last. */
  #incident: string;
  readonly #stands: Map<string, string>;
  /** Log line from which on an announcement may be the awaited one. */
  #sinceLine = 0;

  constructor(stage: Stage, scenario: Scenario, options: PerformerOptions) {
    this.#stage = stage;
    this.#scenario = scenario;
    this.#options = options;
    this.#incident = scenario.start_state.bridges[0] ?? '';
    this.#stands = new Map(Object.entries(scenario.start_state.units));
    for (const group of [...scenario.start_state.permanent, ...scenario.start_state.bridges]) this.#opened(group, []);
  }

  async play(plan: readonly Begins[]): Promise<Performance> {
    await this.#prepareLines();
    if (this.#incident !== '') await this.#chosen(this.#incident);
    const startMs = utcMs();
    this.#startMs = startMs;
    this.#options.onPhase('playing');
    const settled: Promise<void>[] = [];
    for (const [index, step] of this.#scenario.steps.entries()) {
      await this.#await(plan[index] ?? { when: 'settled' }, settled, startMs);
      if (this.#options.signal.aborted) break;
      this.#options.onStep(index, step);
      this.#begun.set(index, utcMs());
      settled.push(this.#perform(index, step));
    }
    await Promise.all([...settled, ...this.#looking]);
    this.#options.onPhase('silence');
    const fromMs = utcMs();
    await this.#pass(this.#options.silenceMs);
    const toMs = utcMs();
    this.#options.onPhase('judging');
    await this.#audit();
    return this.recorded({ fromMs, toMs });
  }

  /** What has been recorded until now. */
  async recorded(silence = { fromMs: 0, toMs: 0 }): Promise<Performance> {
    return {
      facts: await this.#facts(),
      undone: this.#undone,
      begun: this.#begun,
      groups: this.#groups,
      incidentAt: this.#incidentAt,
      ...(this.#outage === undefined ? {} : { outage: this.#outage }),
      stableMs: this.#stage.stableMs,
      screenshots: this.#screenshots,
      silence,
      synthetic: this.#speaker.synthetic,
    };
  }

  async #prepareLines(): Promise<void> {
    for (const [index, step] of this.#scenario.steps.entries()) {
      if (step.do === 'intercom' || step.do === 'call') {
        const language = step.do === 'intercom' ? step.lang : 'fr';
        const fastMs = step.expect.includes('A-05') ? fastLineMs.judged : fastLineMs.other;
        const maxMs = this.#options.fast ? fastMs : Infinity;
        this.#lines.set(index, await this.#speaker.line(step.by, step.text, language, maxMs));
      }
      if (step.do !== 'say') continue;
      const next = this.#scenario.steps[index + 1];
      const spokenOver = next?.do === 'say' && next.overlap;
      const maxMs = lineMsOf(step, spokenOver, this.#options);
      const line = await this.#speaker.line(step.by, step.text, step.lang, maxMs);
      this.#lines.set(index, isBySound(step) ? repeated(line, judgedMsMin) : line);
    }
  }

  async #await(begins: Begins, settled: readonly Promise<void>[], startMs: number): Promise<void> {
    if (begins.when === 'settled') await Promise.all(settled);
    else if (begins.when === 'at') await this.#pass(startMs + begins.ms - utcMs());
    else {
      // The step itself begins with an await or two; its line is on the air at once.
      await until('the other step has begun', () => this.#begun.has(begins.of), overEndsMs);
      await playing(Math.max(0, (this.#begun.get(begins.of) ?? 0) + begins.afterMs - utcMs()));
    }
  }

  /** Lets time pass, unless the run is to end. */
  async #pass(ms: number): Promise<void> {
    const { signal } = this.#options;
    await sleep(Math.max(0, ms), undefined, { signal }).catch(() => undefined);
  }

  async #perform(index: number, step: Step): Promise<void> {
    try {
      const result = await this.#do(index, step);
      if (result !== undefined) this.#undone.set(index, result.undone);
      if (pictured.has(step.do === 'ui' ? step.action : step.do) || (step.do === 'say' && step.overlap)) {
        this.#looking.push(this.#look(index));
      }
    } catch (error) {
      this.#undone.set(
        index,
        `failed: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`,
      );
      this.#looking.push(this.#look(index));
    }
    this.#options.onSettled(index, this.#undone.get(index) ?? '');
  }

  async #do(index: number, step: Step): Promise<Undone | undefined> {
    switch (step.do) {
      case 'say':
        return this.#say(index, step);
      case 'regroup':
        this.#stands.set(step.by, step.to);
        return undefined;
      case 'status':
      case 'pos':
        return this.#tell(index, step);
      case 'emg':
        return this.#pressEmergency(index, step);
      case 'ui':
        return this.#act(index, step);
      case 'ann':
        return this.#awaitAnnouncement(index, step);
      case 'fault':
      case 'heal':
        return this.#changeLinks(step);
      case 'hit':
        return this.#sendHit(index, step);
      case 'call':
      case 'intercom':
        return this.#call(index, step);
      case 'check':
        return this.#check(index, step);
    }
  }

  // ── Voice ────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #say(index: number, step: StepOf<'say'>): Promise<Undone | undefined> {
    const speech = this.#lines.get(index);
    if (speech === undefined) return { undone: 'there is no such line' };
    const place = this.#placeOf(step.tg);
    if (place.console) return this.#sayOnConsole(index, step, speech, place.group ?? '');
    const address = this.#addressOf(step.by);
    if (address === undefined || place.talkgroup === undefined)
      return { undone: `${step.by} has no radio on ${step.tg}` };
    const { networks, gateway } = this.#stage;
    if (!step.overlap && !step.hot_mic) await this.#floorFree(place.group);
    const line = gateway.lines.length;
    const listening = await (this.#listening.get(index) ?? this.#listeners(place.group, step));
    const speaking = await networks.speak(place.talkgroup, address, alawOf(speech));
    if (speaking === undefined) return this.#sayNationally(index, step, speech, place.talkgroup);
    await playing(speaking.lengthMs);
    const endMs = utcMs();
    const party = `${place.group}/${place.talkgroup}`;
    if (!step.overlap) await this.#overEnded(line, (each) => each === party);
    this.#said.push({
      step: index,
      by: step.by,
      speech,
      startMs: speaking.startMs,
      endMs,
      party,
      talkgroup: place.talkgroup,
      members: this.#listeningTo(place.group),
      firstPacket: speaking.firstPacket,
      recorded: await listening(),
      whole: !(step.overlap || step.cut_by_emergency || step.cut_by_fault),
      ...(place.group === undefined ? {} : { group: place.group }),
    });
    await playing(pauseMs);
    return undefined;
  }

  /** The gateway has no call there: the talkgroup's own network carries it, and nobody else. */
  async #sayNationally(index: number, step: StepOf<'say'>, speech: Sound, talkgroup: string): Promise<undefined> {
    const lengthMs = (1000 * speech.samples.length) / speech.rateHz;
    const startMs = utcMs();
    await playing(lengthMs);
    this.#said.push({
      ...{ step: index, by: step.by, speech, startMs, endMs: utcMs(), talkgroup },
      ...{ members: [], recorded: new Map(), whole: true },
    });
    return undefined;
  }

  async #sayOnConsole(index: number, step: StepOf<'say'>, speech: Sound, group: string): Promise<Undone | undefined> {
    const desk = this.#stage.consoles.desk(step.by);
    if (desk === undefined) return { undone: `${step.by} has no console` };
    if (!step.overlap) await this.#floorFree(group);
    const line = this.#stage.gateway.lines.length;
    const listening = await this.#listeners(group, step);
    const { keyedMs, startMs, endMs } = await desk.talk(group, speech);
    if (startMs === undefined) return { undone: 'failed: the console was not let through' };
    await this.#overEnded(line, (party) => !party.includes('/'));
    const recorded = await listening();
    this.#said.push({
      ...{ step: index, by: step.by, speech, startMs: keyedMs, endMs, group },
      ...{ members: this.#listeningTo(group), recorded, whole: true },
    });
    await playing(pauseMs);
    return undefined;
  }

  /** Whoever would speak hears that somebody does, an announcement for one, and waits. */
  async #floorFree(group: string | undefined): Promise<void> {
    const { gateway } = this.#stage;
    const isFree = () => {
      let holder: unknown;
      let announced = 0;
      for (const { event, result, party, group: of } of gateway.lines) {
        if (of !== group) continue;
        const begins = event === 'floor.answered' && result === 'granted';
        if (!begins && event !== 'over.ended') continue;
        if (party === announcementParty) announced += begins ? 1 : -1;
        if (begins) holder = party;
        // Of two announcements the second has the floor before the first is reported.
        else if (party === holder && (party !== announcementParty || announced === 0)) holder = undefined;
      }
      return holder === undefined;
    };
    // Between two announcements it is free for a moment: asked again after the pause.
    const giveUpMs = utcMs() + floorFreeMs;
    while (!isFree() && utcMs() < giveUpMs) {
      await until('the floor is free', isFree, giveUpMs - utcMs()).catch(() => undefined);
      await playing(pauseMs);
    }
  }

  /** The over's report waits for the leg that hears it last. */
  async #overEnded(fromLine: number, isParty: (party: string) => boolean): Promise<void> {
    const { gateway } = this.#stage;
    const ended = () => gateway.linesOf('over.ended', fromLine).some(({ party }) => isParty(String(party)));
    await until('the over has ended', ended, overEndsMs).catch(() => undefined);
  }

  /** Consoles that listen to the group, where its reach is judged; what they played is asked for afterwards. */
  async #listeners(group: string | undefined, step: StepOf<'say'>): Promise<Listening> {
    const recorded = new Map<string, Recorded>();
    if (group === undefined || !step.expect.includes('A-01')) return async () => recorded;
    const desks: Desk[] = [];
    for (const desk of this.#stage.consoles.desks) {
      if (desk.person !== step.by && (await desk.listensTo(group))) desks.push(desk);
    }
    await Promise.all(desks.map((desk) => desk.record()));
    return async () => {
      await playing(recordedMs);
      await Promise.all(desks.map(async (desk) => recorded.set(desk.person, await desk.recorded())));
      return recorded;
    };
  }

  async #pressEmergency(index: number, step: StepOf<'emg'>): Promise<Undone | undefined> {
    const { talkgroup, group } = this.#placeOf(step.tg);
    if (group !== undefined) this.#groups.set(index, group);
    else this.#national.add(step.by);
    const address = this.#addressOf(step.by);
    if (talkgroup === undefined || address === undefined) return { undone: `${step.by} has no radio on ${step.tg}` };
    const open = this.#scenario.steps.findIndex(
      (each, at) => at > index && each.do === 'say' && each.hot_mic && each.by === step.by,
    );
    const said = this.#scenario.steps[open];
    if (said?.do === 'say') {
      const listening = this.#listeners(group, said);
      this.#listening.set(open, listening);
      await listening;
    }
    this.#begun.set(index, utcMs());
    await this.#stage.networks.pressEmergency(talkgroup);
    await this.#stage.networks.tell(talkgroup, address, { name: 'alarm' });
    return undefined;
  }

  // ── Beside voice ─────────────────────────────────────────────────────────────────────────────────────────────────

  async #tell(index: number, step: StepOf<'status'> | StepOf<'pos'>): Promise<Undone | undefined> {
    const place = this.#stands.get(step.by);
    const { talkgroup, group } = place === undefined ? {} : this.#placeOf(place);
    if (group !== undefined) {
      this.#groups.set(index, group);
      await this.#chosen(group);
      this.#begun.set(index, utcMs());
    }
    const address = this.#addressOf(step.by);
    if (talkgroup === undefined || address === undefined) return { undone: `${step.by} stands nowhere` };
    const { networks, config } = this.#stage;
    const network = config.talkgroups.find(({ id }) => id === talkgroup)?.network;
    const word =
      step.do === 'pos'
        ? ({ name: 'position', latitudeDeg: step.lat, longitudeDeg: step.lon } as const)
        : ({ name: 'status', code: numberOf(config, step.code, network) } as const);
    if (!(await networks.tell(talkgroup, address, word))) return { undone: 'the gateway has no call there' };
    return undefined;
  }

  async #call(index: number, step: StepOf<'call'> | StepOf<'intercom'>): Promise<Undone | undefined> {
    const { config, consoles } = this.#stage;
    const from = consoles.desk(step.by);
    const speech = this.#lines.get(index);
    const line = lineOf(step, config);
    if (line !== undefined && from !== undefined && speech !== undefined) {
      const { startMs, endMs } = await callOnLine(from, line.name, speech);
      this.#said.push({
        ...{
          step: index,
          by: step.by,
          speech,
          startMs,
          endMs,
          recordedOn: `line:${line.id}`,
          party: `line:${line.id}`,
        },
        ...{ members: [line.id], recorded: new Map(), whole: true },
      });
      await playing(this.#options.fast ? pauseMs : 0);
      return undefined;
    }
    const called = calledBy(step, config);
    const to = consoles.desk(called?.id ?? '');
    if (called === undefined || from === undefined || to === undefined || speech === undefined) {
      return { undone: `the gateway has no line to ${step.to}` };
    }
    const { startMs, endMs } = await callByIntercom(from, to, called.display, speech);
    this.#said.push({
      ...{ step: index, by: step.by, speech, startMs, endMs },
      ...{ members: [], recorded: new Map(), whole: true },
    });
    await playing(this.#options.fast ? pauseMs : 0);
    return undefined;
  }

  async #sendHit(index: number, step: StepOf<'hit'>): Promise<Undone | undefined> {
    const { hitSources, gateway } = this.#stage;
    const answer = await hitSources.send(index, step, gateway.ports.http);
    if (answer === undefined) return { undone: `there is no source ${step.source}` };
    this.#hits.push(answer);
    return undefined;
  }

  async #check(index: number, { name, expect }: StepOf<'check'>): Promise<undefined> {
    this.#incidentAt.set(index, this.#incident);
    if (expect.includes('A-11')) await this.#logged('emergency.changed', 'escalated');
    if (expect.includes('A-25')) await this.#returned();
    if (expect.includes('A-19')) this.#searched = this.#stage.searchedForPlates();
    if (expect.includes('A-29')) await this.#exportHit(index);
    if (expect.includes('A-17')) {
      const watched = this.#stage.consoles.desks.filter(({ person }) => name.toLowerCase().includes(roomOf(person)));
      for (const desk of watched) await this.#seeUnits(index, desk);
    }
    return undefined;
  }

  /** What is told of the first hit outside; by an auditor of each country. */
  async #exportHit(index: number): Promise<void> {
    const [one = '', other = ''] = this.#stage.config.people.flatMap(({ id, role }) =>
      role === 'auditor' ? [id] : [],
    );
    const hit = this.#scenario.steps.find((step) => step.do === 'hit');
    if (hit?.do === 'hit') await this.#export(index, [one, other], [hit.id]);
  }

  async #logged(event: string, what: string): Promise<void> {
    const { gateway } = this.#stage;
    const there = () => gateway.linesOf(event).some((line) => line.what === what);
    await until(`${event} ${what}`, there, escalatedMs).catch(() => undefined);
  }

  /** Until legs that others carried during the outage are where they belong. */
  async #returned(): Promise<void> {
    const { gateway, stableMs } = this.#stage;
    const healedMs = this.#outage?.healedMs ?? Infinity;
    const away = () => {
      const last = new Map<unknown, LogLine>();
      for (const line of gateway.linesOf('leg.moved'))
        if (line.why === 'return' || Date.parse(line.time) < healedMs) last.set(line.leg, line);
      return [...last.values()].some(({ why }) => why !== 'return');
    };
    await until('legs are back', () => !away(), stableMs + returnMs).catch(() => undefined);
  }

  async #seeUnits(step: number, desk: Desk): Promise<void> {
    this.#seen.push({ step, person: desk.person, units: await desk.unitsOnMap() });
  }

  // ── Faults ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Links are cut or repaired; far ends at sites that nothing leads to are not heard any more, nor hear. */
  async #changeLinks({ do: what, target }: StepOf<'fault'> | StepOf<'heal'>): Promise<undefined> {
    const { networks, testbed } = this.#stage;
    for (const link of target) {
      if (what === 'fault') this.#cut.add(link);
      else this.#cut.delete(link);
    }
    const atMs = utcMs();
    const gone = cutOff(testbed, this.#cut);
    if (what === 'fault') {
      this.#sinceLine = this.#stage.gateway.lines.length;
      this.#outage = { attachments: [...gone], cutMs: atMs, healedMs: Infinity };
    } else if (this.#outage !== undefined) this.#outage = { ...this.#outage, healedMs: atMs };
    for (const attachment of Object.keys(testbed.attachments)) {
      if (gone.has(attachment)) await networks.cut(attachment);
      else await networks.start(attachment);
    }
    if (what === 'fault') await this.#settledWithout(gone);
    return undefined;
  }

  /** Until no leg is on an attachment that was cut off: each is on another, or down. */
  async #settledWithout(gone: ReadonlySet<string>): Promise<void> {
    const { lines } = this.#stage.gateway;
    const settled = () => {
      const last = new Map<unknown, LogLine>();
      for (const line of lines) if (line.event === 'leg.changed') last.set(line.leg, line);
      return [...last.values()].every(({ state, attachment }) => state !== 'up' || !gone.has(String(attachment)));
    };
    await until('every leg has left what was cut off', settled, failoverMs).catch(() => undefined);
    await playing(failoverMs / 3);
  }

  // ── Persons ──────────────────────────────────────────────────────────────────────────────────────────────────────

  async #act(index: number, step: StepOf<'ui'>): Promise<Undone | undefined> {
    if (evidenceActions.has(step.action)) return this.#seeToEvidence(index, step);
    const desk = this.#stage.consoles.desk(step.by);
    const action = actions[step.action];
    if (action === undefined || desk === undefined) return { undone: `the page has no ${step.action} yet` };
    this.#sinceLine = this.#stage.gateway.lines.length;
    const isNational = step.action.endsWith('-emergency') && this.#national.has(String(step.args.unit));
    const result = await (isNational ? seeToNational(desk, step.action) : action(desk, step.args, this.#names));
    this.#done.push({ step: index, person: step.by, action: step.action, ...result });
    if (result.refusal !== '') return undefined;
    if (step.action === 'mark-crossing') await this.#crossingSaid();
    const groups = groupsOf(this.#stage.config, step.args);
    const joined = Array.isArray(step.args.add) ? step.args.add.map(String) : [];
    if (step.action === 'close-bridge' && step.expect.includes('A-17')) await this.#seeAbroad(index);
    if (!opening.has(step.action)) return undefined;
    for (const [at, group] of groups.entries()) await this.#legsUp(this.#opened(group, at === 0 ? joined : []));
    const [incident] = groups;
    if (incident === undefined) return undefined;
    this.#incident = incident;
    await this.#chosen(incident);
    return undefined;
  }

  /** Beside the running gateway, or away from it: nobody needs a console for it. */
  async #seeToEvidence(index: number, { action, by, args }: StepOf<'ui'>): Promise<Undone | undefined> {
    const { evidence } = this.#stage;
    const pressedMs = utcMs();
    if (action === 'search-log') await evidence.searchLog(index, by, String(args.hit));
    else if (action === 'export-incident') {
      const incidents = Array.isArray(args.records) ? args.records.map(String) : [String(args.plan)];
      await this.#export(index, [by, String(args.second_person)], incidents);
    } else return (await evidence.verify(index)) ? undefined : { undone: 'failed: there is no package to verify' };
    this.#done.push({ ...{ step: index, person: by, action, pressedMs }, refusal: '', answeredMs: utcMs() });
    return undefined;
  }

  /** Once what was said is on the disk; whoever gets it verifies it. */
  async #export(step: number, persons: readonly [string, string], incidents: readonly string[]): Promise<void> {
    const { gateway, evidence } = this.#stage;
    const nameOf = ({ group, over }: LogLine) => `${String(group)}/${String(over)}`;
    const recorded = () => {
      const kept = new Set(gateway.linesOf('recording.kept').map(nameOf));
      return gateway.linesOf('over.ended').every((line) => kept.has(nameOf(line)));
    };
    await until('all recordings are closed', recorded, recordingClosedMs).catch(() => undefined);
    await evidence.export({ step, persons, incidents, platesIn: (text) => this.#stage.platesIn(text) });
    await evidence.verify(step);
  }

  /** Whoever marks a crossing has it announced: nobody speaks before. */
  async #crossingSaid(): Promise<void> {
    const { gateway } = this.#stage;
    const said = () =>
      gateway
        .linesOf('announcement.ended', this.#sinceLine)
        .some(({ announcement }) => announcement === 'ann-crossing');
    await until('the crossing is announced', said, announcedMs).catch(() => undefined);
    await playing(pauseMs);
  }

  /** What the consoles of each country but the centre's own show of units, once nothing is shared any more. */
  async #seeAbroad(step: number): Promise<void> {
    for (const desk of this.#stage.consoles.desks) await this.#seeUnits(step, desk);
  }

  /** Everybody has the incident's group before him. */
  async #chosen(group: string): Promise<void> {
    const desks = this.#stage.consoles.desks.map(async (desk) => {
      if ((await desk.tile(group).count()) > 0) await desk.choose(group);
    });
    await Promise.all(desks);
  }

  get #names(): Names {
    const { config } = this.#stage;
    return {
      talkgroup: (id) => config.talkgroups.find((each) => each.id === id)?.short ?? id,
      plan: (id, language) => config.alertPlans.find((each) => each.id === id)?.name[language] ?? id,
      callSign: (unit) => config.units.find(({ id }) => id === unit)?.callSign ?? unit,
      incident: () => this.#incident,
    };
  }

  async #legsUp(legs: readonly string[]): Promise<void> {
    await this.#stage.gateway.legsUp(legs, 10_000).catch(() => undefined);
  }

  async #awaitAnnouncement(index: number, step: StepOf<'ann'>): Promise<Undone | undefined> {
    if (!announcementTexts.some(({ id }) => id === step.id))
      return { undone: `the gateway does not say ${step.id} yet` };
    if (step.id === 'ann-close') await this.#closeSoon(index);
    const { gateway } = this.#stage;
    const startMs = utcMs();
    const from = this.#sinceLine;
    const groups = new Set(step.to.flatMap((place) => this.#placeOf(place).group ?? placeOf(place).id));
    const ended = () =>
      gateway
        .linesOf('announcement.ended', from)
        .filter(
          ({ announcement, group, talkgroups }) =>
            announcement === step.id &&
            (groups.has(String(group)) ||
              (Array.isArray(talkgroups) && talkgroups.some((each) => groups.has(String(each))))),
        );
    const told = () => new Set(ended().flatMap(({ talkgroups, missed }) => [talkgroups, missed].flatMap(listOf)));
    const waitMs = step.id === 'ann-closed' ? closedMs : linkNews.has(step.id) ? linkNewsMs : announcedMs;
    await until('it is announced', () => told().size > 0, waitMs).catch(() => undefined);
    if (told().size === 0) return { undone: `${step.id} was not announced` };
    // Each leg that joins later hears it later.
    const all = step.to.flatMap((place) => this.#hearingOf(placeOf(place).id));
    await until('all have heard it', () => all.every((each) => told().has(each)), announcedMs).catch(() => undefined);
    // What was said last on a group: it is closed.
    if (step.id === 'ann-closed') for (const group of groups) this.#members.delete(group);
    this.#announced.push({ step: index, startMs, ended: ended() });
    await playing(pauseMs);
    return undefined;
  }

  /** The same words as the gateway's own program says them, to be looked for by their sound. */
  async #wordsOf(ended: readonly LogLine[]): Promise<AwaitedAnnouncement['words']> {
    const texts = new Set(ended.flatMap(({ texts: said }) => listOf(said).map(String)));
    const { config } = this.#stage;
    const hearing = ended.flatMap(({ talkgroups }) => listOf(talkgroups).map(String));
    const languages = new Set(hearing.flatMap((talkgroup) => languageOf(talkgroup, config) ?? []));
    return Promise.all(
      [...texts].flatMap((text) =>
        [...languages].map(async (language) => ({ language, ...(await this.#stage.spoken(text, language)) })),
      ),
    );
  }

  /** The minute before the end is announced because the person who closes the group says so a minute before. */
  async #closeSoon(index: number): Promise<void> {
    const close = this.#scenario.steps.slice(index).find((step) => step.do === 'ui' && step.action === 'close-bridge');
    const desk = close?.do === 'ui' ? this.#stage.consoles.desk(close.by) : undefined;
    if (close?.do !== 'ui' || desk === undefined) return;
    this.#sinceLine = this.#stage.gateway.lines.length;
    await actions['close-bridge-soon']?.(desk, close.args, this.#names);
  }

  // ── What stands where ────────────────────────────────────────────────────────────────────────────────────────────

  #opened(group: string, joined: readonly string[]): readonly string[] {
    const own = this.#stage.config.sharedGroups.find(({ id }) => id === group)?.legs.map(({ talkgroup }) => talkgroup);
    const members = this.#members.get(group) ?? new Set(own);
    for (const talkgroup of joined) members.add(talkgroup);
    this.#members.set(group, members);
    return [...members].map((talkgroup) => `${group}/${talkgroup}`);
  }

  #membersOf(group: string | undefined): readonly string[] {
    return group === undefined ? [] : [...(this.#members.get(group) ?? [])];
  }

  /** Talkgroups of a group; a talkgroup is its own. */
  #membersIn(id: string): readonly string[] {
    return this.#members.has(id) ? this.#membersOf(id) : [id];
  }

  /** Talkgroups of a group; in an outage those that are not lost by it. */
  #listeningTo(group: string | undefined): readonly string[] {
    if (group === undefined) return [];
    return this.#cut.size > 0 ? this.#hearingOf(group) : this.#membersOf(group);
  }

  /** As they are now, without those whose leg is down. */
  #hearingOf(id: string): readonly string[] {
    const { gateway } = this.#stage;
    return this.#membersIn(id).filter((talkgroup) => {
      const { state } = gateway.legState(`${id}/${talkgroup}`);
      return state === '' || state === 'up';
    });
  }

  #placeOf(place: string): Place {
    const { id, leg } = placeOf(place);
    if (leg === 'console') return { group: id, console: true };
    if (leg === undefined) {
      const group = [...this.#members].find(([, members]) => members.has(id))?.[0];
      return { talkgroup: id, console: false, ...(group === undefined ? {} : { group }) };
    }
    const { sharedGroups, talkgroups } = this.#stage.config;
    const own = sharedGroups.find((group) => group.id === id)?.legs.map(({ talkgroup }) => talkgroup) ?? [];
    const talkgroup = talkgroups.find((each) => each.network === leg && own.includes(each.id))?.id;
    return { group: id, console: false, ...(talkgroup === undefined ? {} : { talkgroup }) };
  }

  /** Of a unit's radio, or that of a person's control room on its own network. */
  #addressOf(by: string): string | undefined {
    const { config, testbed } = this.#stage;
    const unit = testbed.desks[by] ?? by;
    return config.units.find(({ id }) => id === unit)?.address;
  }

  /** The console of whoever acts, and of what happens on the air two; the scenario goes on meanwhile. */
  async #look(index: number): Promise<void> {
    const step = this.#scenario.steps[index];
    const acting = step?.do === 'ui' ? this.#stage.consoles.desk(step.by) : undefined;
    const desks = acting === undefined ? this.#stage.consoles.desks.slice(0, 2) : [acting];
    for (const { person, page } of desks) {
      const jpeg = await page.screenshot(picture).catch(() => undefined);
      if (jpeg !== undefined) this.#screenshots.push({ step: index, person, jpeg });
    }
  }

  async #audit(): Promise<void> {
    const { gateway } = this.#stage;
    const atMs = utcMs();
    const chain = await gateway.audited('--verify');
    const { output } = await gateway.audited();
    const entries = output.split('\n').flatMap((line) => (line === '' ? [] : (JSON.parse(line) as AuditEntry)));
    this.#audited = { atMs, isWhole: chain.code === 0, words: chain.output.trim(), entries };
  }

  /** Of the lines that are judged by theirs; while a run goes on only those that are closed. */
  #recordings(): readonly RecordedFact[] {
    const { gateway } = this.#stage;
    const kept = gateway.linesOf('recording.kept');
    for (const { step, group: shared, recordedOn, party, startMs, endMs } of this.#said) {
      const group = shared ?? recordedOn;
      if (!isPlayed(this.#scenario.steps[step])) continue;
      const own = lastOf(
        kept,
        (line) =>
          line.group === group &&
          isOf(String(line.party), party) &&
          Date.parse(line.time) >= startMs &&
          Date.parse(line.time) <= endMs + recordingClosedMs,
      );
      if (own === undefined || this.#recorded.get(step)?.kept === own) continue;
      const path = gateway.pathOf(String(own.file));
      if (path !== undefined) this.#recorded.set(step, { step, kept: own, ...playRecording(path) });
    }
    return [...this.#recorded.values()];
  }

  async #facts(): Promise<Facts> {
    const { networks, gateway, consoles, evidence } = this.#stage;
    for (const desk of consoles.desks) await desk.note();
    const { heard, told, spoken } = await networks.passed();
    const said = this.#said.map(({ recorded, firstPacket, ...line }): SaidLine => {
      const played = new Map([...recorded].map(([person, sound]) => [person, soundOfPage(sound)]));
      const left = firstPacket === undefined ? undefined : spoken.get(line.talkgroup ?? '')?.slice(firstPacket);
      return { ...line, played, ...(left === undefined ? {} : { sentMs: (sample) => sentMsOf(left, sample) }) };
    });
    const announced = this.#announced.map(async (each) => ({ ...each, words: await this.#wordsOf(each.ended) }));
    return {
      heard,
      told,
      said: said.sort((a, b) => a.step - b.step),
      shown: consoles.desks.flatMap(({ shown }) => shown),
      noticed: consoles.desks.flatMap(({ noticed }) => noticed),
      done: this.#done,
      announced: await Promise.all(announced),
      hits: this.#hits,
      seen: this.#seen,
      recorded: this.#recordings(),
      exported: [...evidence.exported],
      verified: [...evidence.verified],
      logSearches: [...evidence.searches],
      ...(this.#audited === undefined ? {} : { audited: this.#audited }),
      ...(this.#searched === undefined ? {} : { searched: this.#searched }),
      log: gateway.lines.slice(),
      startMs: this.#startMs,
      endMs: utcMs(),
    };
  }
}

/** Its recording is judged. */
function isPlayed(step: Step | undefined): boolean {
  if (step?.do === 'say' && (step.cut_by_emergency || step.cut_by_fault)) return true;
  return step?.expect.includes('A-05') === true;
}

/** A console's party is named anew with each link: it is known by its kind. */
function isOf(kept: string, party: string | undefined): boolean {
  return party === undefined ? kept.startsWith(consoleParty) : kept === party;
}

function lineMsOf(step: StepOf<'say'>, spokenOver: boolean, { fast }: PerformerOptions): number {
  if (!fast) return Infinity;
  if (step.overlap) return fastLineMs.overlap;
  if (step.expect.includes('A-25')) return fastLineMs.overReturn;
  const isLong = spokenOver || step.cut_by_emergency || step.cut_by_fault || isBySound(step);
  return isLong ? fastLineMs.judged : fastLineMs.other;
}

const packetSamples = 160;

/** When a sample of a line left, by when its packets did. */
function sentMsOf(packets: readonly number[], sample: number): number {
  return (packets[Math.floor(sample / packetSamples)] ?? Number.NaN) + (sample % packetSamples) / 8;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** "codt-op-1" → "codt": of whose console a check speaks. */
function roomOf(person: string): string {
  return person.split('-')[0] ?? person;
}

function isBySound({ expect }: StepOf<'say'>): boolean {
  return expect.some((assertion) => bySound.has(assertion));
}

/** Said again until it is so long, each time in another pitch: else nobody could tell which time he hears. */
function repeated({ rateHz, samples }: Sound, msMin: number): Sound {
  const enough = Math.ceil((msMin * rateHz) / 1000);
  const parts: Float32Array[] = [];
  for (let length = 0; length < enough; length += parts.at(-1)?.length ?? enough) {
    const pitch = 1 + pitchStep * parts.length;
    parts.push(
      Float32Array.from({ length: Math.floor(samples.length / pitch) }, (_, index) => {
        const at = Math.floor(index * pitch);
        const [here = 0, next = here] = [samples[at], samples[at + 1]];
        return here + (next - here) * (index * pitch - at);
      }),
    );
  }
  return { rateHz, samples: joined(...parts) };
}

/** A status by the number that its sender's network has for it. */
function numberOf({ statuses }: Config, code: number, network: string | undefined): number {
  const status = statuses.find((each) => each.code === code);
  return status?.numbers.find((each) => each.network === network)?.number ?? code;
}
