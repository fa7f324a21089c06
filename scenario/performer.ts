/**
 * Plays the steps of a scenario on a stage and records what happened; judges nothing. A step that the product cannot do
 * yet is noted with the reason, and the scenario goes on.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../src/config/schema.ts';
import { announcementTexts } from '../src/operations/announcement-texts.ts';
import { playing, until } from '../test/interop/support/until.ts';
import type { Sound } from '../test/interop/support/wav.ts';
import { actions, type Names, seeToNational } from './actions.ts';
import { utcMs } from './clock.ts';
import type { Desk, Recorded } from './consoles.ts';
import { FactSheet, listOf } from './fact-sheet.ts';
import type { Facts } from './facts.ts';
import { callByIntercom, callOnLine } from './intercom.ts';
import type { Outage } from './judge-outage.ts';
import { lineSounds } from './line-sounds.ts';
import type { Phase } from './live-table.ts';
import {
  announcedMs,
  crossingSaid,
  floorFree,
  logged,
  overEnded,
  overEndsMs,
  pauseMs,
  recordingsClosed,
  returned,
  settledWithout,
} from './log-waits.ts';
import type { Begins } from './plan.ts';
import { calledBy, groupsOf, lineOf } from './plan-groups.ts';
import { placeOf, type Scenario, type Step, type StepOf } from './scenario-file.ts';
import { alawOf, LineSpeaker } from './speech.ts';
import type { Stage } from './stage.ts';
import { cutOff } from './testbed.ts';
import { Whereabouts } from './whereabouts.ts';

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

/** The last piece of what a page records comes this late. */
const recordedMs = 150;
/** What an announcement of a lost link waits for, and its return. */
const linkNewsMs = 45_000;
/** Plans end with a minute of notice. */
const closedMs = 80_000;
/** Actions after which groups are open that were not. */
const opening = new Set(['activate-plan', 'set-plan-level', 'open-bridge', 'add-member']);
/** What is done beside the gateway's page. */
const evidenceActions = new Set(['export-incident', 'verify-export', 'search-log']);
const linkNews = new Set(['ann-degraded', 'ann-lost', 'ann-back']);
/** Steps after which the consoles are looked at. */
const pictured = new Set([
  ...['activate-plan', 'add-member', 'close-bridge', 'set-plan-level', 'mark-crossing', 'emg', 'overlap', 'fault'],
  ...['acknowledge-emergency', 'acknowledge-on-behalf'],
]);

const picture = { type: 'jpeg', quality: 80, timeout: 5000 } as const;

/** Ends the recording of what consoles play, by person. */
type Listening = () => Promise<ReadonlyMap<string, Recorded>>;

type Undone = { readonly undone: string };

export class Performer {
  readonly #stage: Stage;
  readonly #scenario: Scenario;
  readonly #options: PerformerOptions;
  readonly #speaker = new LineSpeaker();
  #lines: ReadonlyMap<number, Sound> = new Map();
  readonly #noted: FactSheet;
  readonly #where: Whereabouts;
  readonly #undone = new Map<number, string>();
  readonly #begun = new Map<number, number>();
  readonly #groups = new Map<number, string>();
  readonly #incidentAt = new Map<number, string>();
  #outage: Outage | undefined;
  #startMs = 0;
  readonly #screenshots: Screenshot[] = [];
  readonly #looking: Promise<void>[] = [];
  /** Of an open microphone, by its step: consoles are asked to record before the emergency, which it follows at once. */
  readonly #listening = new Map<number, Promise<Listening>>();
  /** Units in distress on a talkgroup that no group has. */
  readonly #national = new Set<string>();
  /** The group that was opened last. */
  #incident: string;
  /** Log line from which on an announcement may be the awaited one. */
  #sinceLine = 0;

  constructor(stage: Stage, scenario: Scenario, options: PerformerOptions) {
    this.#stage = stage;
    this.#scenario = scenario;
    this.#options = options;
    this.#incident = scenario.start_state.bridges[0] ?? '';
    this.#noted = new FactSheet(stage, scenario);
    this.#where = new Whereabouts(stage, scenario);
  }

  async play(plan: readonly Begins[]): Promise<Performance> {
    this.#lines = await lineSounds(this.#scenario, this.#speaker, this.#options.fast);
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
    await this.#noted.audit();
    return this.recorded({ fromMs, toMs });
  }

  /** What has been recorded until now. */
  async recorded(silence = { fromMs: 0, toMs: 0 }): Promise<Performance> {
    return {
      facts: await this.#noted.facts(this.#startMs),
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
        this.#where.stands.set(step.by, step.to);
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
    const place = this.#where.placeOf(step.tg);
    if (place.console) return this.#sayOnConsole(index, step, speech, place.group ?? '');
    const address = this.#where.addressOf(step.by);
    if (address === undefined || place.talkgroup === undefined)
      return { undone: `${step.by} has no radio on ${step.tg}` };
    const { networks, gateway } = this.#stage;
    if (!step.overlap && !step.hot_mic) await floorFree(this.#stage.gateway, place.group);
    const line = gateway.lines.length;
    const listening = await (this.#listening.get(index) ?? this.#listeners(place.group, step));
    const speaking = await networks.speak(place.talkgroup, address, alawOf(speech));
    if (speaking === undefined) return this.#sayNationally(index, step, speech, place.talkgroup);
    await playing(speaking.lengthMs);
    const endMs = utcMs();
    const party = `${place.group}/${place.talkgroup}`;
    if (!step.overlap) await overEnded(this.#stage.gateway, line, (each) => each === party);
    this.#noted.said.push({
      step: index,
      by: step.by,
      speech,
      startMs: speaking.startMs,
      endMs,
      party,
      talkgroup: place.talkgroup,
      members: this.#where.listeningTo(place.group),
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
    this.#noted.said.push({
      ...{ step: index, by: step.by, speech, startMs, endMs: utcMs(), talkgroup },
      ...{ members: [], recorded: new Map(), whole: true },
    });
    return undefined;
  }

  async #sayOnConsole(index: number, step: StepOf<'say'>, speech: Sound, group: string): Promise<Undone | undefined> {
    const desk = this.#stage.consoles.desk(step.by);
    if (desk === undefined) return { undone: `${step.by} has no console` };
    if (!step.overlap) await floorFree(this.#stage.gateway, group);
    const line = this.#stage.gateway.lines.length;
    const listening = await this.#listeners(group, step);
    const { keyedMs, startMs, endMs } = await desk.talk(group, speech);
    if (startMs === undefined) return { undone: 'failed: the console was not let through' };
    await overEnded(this.#stage.gateway, line, (party) => !party.includes('/'));
    const recorded = await listening();
    this.#noted.said.push({
      ...{ step: index, by: step.by, speech, startMs: keyedMs, endMs, group },
      ...{ members: this.#where.listeningTo(group), recorded, whole: true },
    });
    await playing(pauseMs);
    return undefined;
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
    const { talkgroup, group } = this.#where.placeOf(step.tg);
    if (group !== undefined) this.#groups.set(index, group);
    else this.#national.add(step.by);
    const address = this.#where.addressOf(step.by);
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
    const place = this.#where.stands.get(step.by);
    const { talkgroup, group } = place === undefined ? {} : this.#where.placeOf(place);
    if (group !== undefined) {
      this.#groups.set(index, group);
      await this.#chosen(group);
      this.#begun.set(index, utcMs());
    }
    const address = this.#where.addressOf(step.by);
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
      this.#noted.said.push({
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
    this.#noted.said.push({
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
    this.#noted.hits.push(answer);
    return undefined;
  }

  async #check(index: number, { name, expect }: StepOf<'check'>): Promise<undefined> {
    this.#incidentAt.set(index, this.#incident);
    if (expect.includes('A-11')) await logged(this.#stage.gateway, 'emergency.changed', 'escalated');
    if (expect.includes('A-25'))
      await returned(this.#stage.gateway, this.#outage?.healedMs ?? Infinity, this.#stage.stableMs);
    if (expect.includes('A-19')) this.#noted.searched = this.#stage.searchedForPlates();
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

  async #seeUnits(step: number, desk: Desk): Promise<void> {
    this.#noted.seen.push({ step, person: desk.person, units: await desk.unitsOnMap() });
  }

  // ── Faults ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Links are cut or repaired; far ends at sites that nothing leads to are not heard any more, nor hear. */
  async #changeLinks({ do: what, target }: StepOf<'fault'> | StepOf<'heal'>): Promise<undefined> {
    const { networks, testbed } = this.#stage;
    for (const link of target) {
      if (what === 'fault') this.#where.cut.add(link);
      else this.#where.cut.delete(link);
    }
    const atMs = utcMs();
    const gone = cutOff(testbed, this.#where.cut);
    if (what === 'fault') {
      this.#sinceLine = this.#stage.gateway.lines.length;
      this.#outage = { attachments: [...gone], cutMs: atMs, healedMs: Infinity };
    } else if (this.#outage !== undefined) this.#outage = { ...this.#outage, healedMs: atMs };
    for (const attachment of Object.keys(testbed.attachments)) {
      if (gone.has(attachment)) await networks.cut(attachment);
      else await networks.start(attachment);
    }
    if (what === 'fault') await settledWithout(this.#stage.gateway, gone);
    return undefined;
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
    this.#noted.done.push({ step: index, person: step.by, action: step.action, ...result });
    if (result.refusal !== '') return undefined;
    if (step.action === 'mark-crossing') await crossingSaid(this.#stage.gateway, this.#sinceLine);
    const groups = groupsOf(this.#stage.config, step.args);
    const joined = Array.isArray(step.args.add) ? step.args.add.map(String) : [];
    if (step.action === 'close-bridge' && step.expect.includes('A-17')) await this.#seeAbroad(index);
    if (!opening.has(step.action)) return undefined;
    for (const [at, group] of groups.entries()) await this.#legsUp(this.#where.opened(group, at === 0 ? joined : []));
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
    this.#noted.done.push({ ...{ step: index, person: by, action, pressedMs }, refusal: '', answeredMs: utcMs() });
    return undefined;
  }

  /** Once what was said is on the disk; whoever gets it verifies it. */
  async #export(step: number, persons: readonly [string, string], incidents: readonly string[]): Promise<void> {
    const { gateway, evidence } = this.#stage;
    await recordingsClosed(gateway);
    await evidence.export({ step, persons, incidents, platesIn: (text) => this.#stage.platesIn(text) });
    await evidence.verify(step);
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
    const groups = new Set(step.to.flatMap((place) => this.#where.placeOf(place).group ?? placeOf(place).id));
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
    const all = step.to.flatMap((place) => this.#where.hearingOf(placeOf(place).id));
    await until('all have heard it', () => all.every((each) => told().has(each)), announcedMs).catch(() => undefined);
    // What was said last on a group: it is closed.
    if (step.id === 'ann-closed') for (const group of groups) this.#where.closed(group);
    this.#noted.announced.push({ step: index, startMs, ended: ended() });
    await playing(pauseMs);
    return undefined;
  }

  /** The minute before the end is announced because the person who closes the group says so a minute before. */
  async #closeSoon(index: number): Promise<void> {
    const close = this.#scenario.steps.slice(index).find((step) => step.do === 'ui' && step.action === 'close-bridge');
    const desk = close?.do === 'ui' ? this.#stage.consoles.desk(close.by) : undefined;
    if (close?.do !== 'ui' || desk === undefined) return;
    this.#sinceLine = this.#stage.gateway.lines.length;
    await actions['close-bridge-soon']?.(desk, close.args, this.#names);
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
}

/** "codt-op-1" → "codt": of whose console a check speaks. */
function roomOf(person: string): string {
  return person.split('-')[0] ?? person;
}

/** A status by the number that its sender's network has for it. */
function numberOf({ statuses }: Config, code: number, network: string | undefined): number {
  const status = statuses.find((each) => each.code === code);
  return status?.numbers.find((each) => each.network === network)?.number ?? code;
}
