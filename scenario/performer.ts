/**
 * Plays the steps of a scenario on a stage and records what happened; judges nothing. A step that the product cannot do
 * yet is noted with the reason, and the scenario goes on.
 */
import type { Config } from '../src/config/schema.ts';
import { announcementTexts } from '../src/operations/announcement-texts.ts';
import type { LogLine } from '../test/interop/support/gateway.ts';
import { playing, until } from '../test/interop/support/until.ts';
import type { Sound } from '../test/interop/support/wav.ts';
import { actions, type Names } from './actions.ts';
import { utcMs } from './clock.ts';
import { type Desk, type Recorded, soundOfPage } from './consoles.ts';
import type { AwaitedAnnouncement, DoneFact, Facts, SaidLine } from './facts.ts';
import type { Begins } from './plan.ts';
import { groupsOf } from './plan-groups.ts';
import { placeOf, type Scenario, type Step, type StepOf, spokenLanguages } from './scenario-file.ts';
import { alawOf, LineSpeaker } from './speech.ts';
import type { Stage } from './stage.ts';
import { cutOff } from './testbed.ts';

export interface Performance {
  readonly facts: Facts;
  /** Steps that could not be done, with the reason. */
  readonly undone: ReadonlyMap<number, string>;
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
  readonly png: Buffer;
}

interface Place {
  readonly group?: string;
  readonly talkgroup?: string;
  readonly console: boolean;
}

export interface PerformerOptions {
  readonly fast: boolean;
  readonly silenceMs: number;
  /** Told of each step as it begins. */
  readonly onStep: (index: number, step: Step) => void;
}

/** Between two lines: longer than the guard and the release of any leg. */
const pauseMs = 450;
const overEndsMs = 8000;
const announcedMs = 15_000;
/** Plans end with a minute of notice. */
const closedMs = 80_000;
/** Of a fast run. What is judged by its sound lasts until voice that was kept for a slow network has been caught up. */
const fastLineMs = { overlap: 900, judged: 3000, other: 1200 } as const;
const bySound = new Set(['A-01', 'A-02', 'A-03', 'A-24', 'A-25']);
/** Steps after which the consoles are looked at. */
const pictured = new Set(['activate-plan', 'add-member', 'close-bridge', 'emg', 'overlap', 'acknowledge-emergency']);

type Undone = { readonly undone: string };

export class Performer {
  readonly #stage: Stage;
  readonly #scenario: Scenario;
  readonly #options: PerformerOptions;
  readonly #speaker = new LineSpeaker();
  readonly #lines = new Map<number, Sound>();
  readonly #said: (Omit<SaidLine, 'played'> & { readonly recorded: ReadonlyMap<string, Recorded> })[] = [];
  readonly #done: DoneFact[] = [];
  readonly #announced: AwaitedAnnouncement[] = [];
  readonly #undone = new Map<number, string>();
  readonly #begun = new Map<number, number>();
  readonly #screenshots: Screenshot[] = [];
  /** Talkgroups that persons have joined, by group; a group that is not here is not open. */
  readonly #members = new Map<string, Set<string>>();
  readonly #cut = new Set<string>();
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
    if (this.#incident !== '') for (const desk of this.#stage.consoles.desks) await desk.choose(this.#incident);
    const startMs = utcMs();
    const settled: Promise<void>[] = [];
    for (const [index, step] of this.#scenario.steps.entries()) {
      await this.#await(plan[index] ?? { when: 'settled' }, settled, startMs);
      this.#options.onStep(index, step);
      this.#begun.set(index, utcMs());
      settled.push(this.#perform(index, step));
    }
    await Promise.all(settled);
    const fromMs = utcMs();
    await playing(this.#options.silenceMs);
    const silence = { fromMs, toMs: utcMs() };
    return {
      facts: await this.#facts(startMs),
      undone: this.#undone,
      begun: this.#begun,
      screenshots: this.#screenshots,
      silence,
      synthetic: this.#speaker.synthetic,
    };
  }

  async #prepareLines(): Promise<void> {
    for (const [index, step] of this.#scenario.steps.entries()) {
      if (step.do !== 'say') continue;
      const next = this.#scenario.steps[index + 1];
      const spokenOver = next?.do === 'say' && next.overlap;
      const maxMs = lineMsOf(step, spokenOver, this.#options);
      this.#lines.set(index, await this.#speaker.line(step.by, step.text, step.lang, maxMs));
    }
  }

  async #await(begins: Begins, settled: readonly Promise<void>[], startMs: number): Promise<void> {
    if (begins.when === 'settled') await Promise.all(settled);
    else if (begins.when === 'at') await playing(Math.max(0, startMs + begins.ms - utcMs()));
    else {
      // The step itself begins with an await or two; its line is on the air at once.
      await until('the other step has begun', () => this.#begun.has(begins.of), overEndsMs);
      await playing(Math.max(0, (this.#begun.get(begins.of) ?? 0) + begins.afterMs - utcMs()));
    }
  }

  async #perform(index: number, step: Step): Promise<void> {
    try {
      const result = await this.#do(index, step);
      if (result !== undefined) this.#undone.set(index, result.undone);
      if (pictured.has(step.do === 'ui' ? step.action : step.do) || (step.do === 'say' && step.overlap)) {
        await this.#look(index);
      }
    } catch (error) {
      this.#undone.set(
        index,
        `failed: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`,
      );
      await this.#look(index).catch(() => undefined);
    }
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
        return this.#tell(step);
      case 'emg':
        return this.#pressEmergency(step);
      case 'ui':
        return this.#act(index, step);
      case 'ann':
        return this.#awaitAnnouncement(index, step);
      case 'fault':
      case 'heal':
        return this.#changeLinks(step);
      case 'hit':
        return { undone: 'the gateway takes no ANPR hits yet' };
      case 'call':
      case 'intercom':
        return { undone: 'the gateway has no telephone and no intercom' };
      case 'check':
        return undefined;
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
    const line = gateway.lines.length;
    const listening = await this.#listeners(place.group, step);
    const speaking = networks.speak(place.talkgroup, address, alawOf(speech));
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
      members: this.#membersOf(place.group),
      sentMs: speaking.sentMs,
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
    const line = this.#stage.gateway.lines.length;
    const listening = await this.#listeners(group, step);
    const { keyedMs, startMs, endMs } = await desk.talk(group, speech);
    if (startMs === undefined) return { undone: 'failed: the console was not let through' };
    await this.#overEnded(line, (party) => !party.includes('/'));
    const recorded = await listening();
    this.#said.push({
      ...{ step: index, by: step.by, speech, startMs: keyedMs, endMs, group },
      ...{ members: this.#membersOf(group), recorded, whole: true },
    });
    await playing(pauseMs);
    return undefined;
  }

  /** The over's report waits for the leg that hears it last. */
  async #overEnded(fromLine: number, isParty: (party: string) => boolean): Promise<void> {
    const { gateway } = this.#stage;
    const ended = () => gateway.linesOf('over.ended', fromLine).some(({ party }) => isParty(String(party)));
    await until('the over has ended', ended, overEndsMs).catch(() => undefined);
  }

  /** Consoles that listen to the group, where its reach is judged; what they played is asked for afterwards. */
  async #listeners(
    group: string | undefined,
    step: StepOf<'say'>,
  ): Promise<() => Promise<ReadonlyMap<string, Recorded>>> {
    const recorded = new Map<string, Recorded>();
    if (group === undefined || !step.expect.includes('A-01')) return async () => recorded;
    const desks: { readonly desk: Desk; readonly from: number }[] = [];
    for (const desk of this.#stage.consoles.desks) {
      if (desk.person === step.by || !(await desk.listensTo(group))) continue;
      desks.push({ desk, from: await desk.now() });
    }
    return async () => {
      await playing(pauseMs);
      for (const { desk, from } of desks) recorded.set(desk.person, await desk.played(from));
      return recorded;
    };
  }

  async #pressEmergency(step: StepOf<'emg'>): Promise<Undone | undefined> {
    const { talkgroup } = this.#placeOf(step.tg);
    const address = this.#addressOf(step.by);
    if (talkgroup === undefined || address === undefined) return { undone: `${step.by} has no radio on ${step.tg}` };
    this.#stage.networks.pressEmergency(talkgroup);
    this.#stage.networks.tell(talkgroup, address, { name: 'alarm' });
    return undefined;
  }

  // ── Beside voice ─────────────────────────────────────────────────────────────────────────────────────────────────

  async #tell(step: StepOf<'status'> | StepOf<'pos'>): Promise<Undone | undefined> {
    const place = this.#stands.get(step.by);
    const talkgroup = place === undefined ? undefined : this.#placeOf(place).talkgroup;
    const address = this.#addressOf(step.by);
    if (talkgroup === undefined || address === undefined) return { undone: `${step.by} stands nowhere` };
    const { networks, config } = this.#stage;
    const network = config.talkgroups.find(({ id }) => id === talkgroup)?.network;
    const word =
      step.do === 'pos'
        ? ({ name: 'position', latitudeDeg: step.lat, longitudeDeg: step.lon } as const)
        : ({ name: 'status', code: numberOf(config, step.code, network) } as const);
    if (!networks.tell(talkgroup, address, word)) return { undone: 'the gateway has no call there' };
    await playing(this.#options.fast ? 1000 : 0);
    return undefined;
  }

  // ── Faults ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Links are cut or repaired; far ends at sites that nothing leads to are not heard any more, nor hear. */
  async #changeLinks({ do: what, target }: StepOf<'fault'> | StepOf<'heal'>): Promise<undefined> {
    const { networks, testbed } = this.#stage;
    for (const link of target) {
      if (what === 'fault') this.#cut.add(link);
      else this.#cut.delete(link);
    }
    const gone = cutOff(testbed, this.#cut);
    for (const attachment of Object.keys(testbed.attachments)) {
      if (gone.has(attachment)) networks.cut(attachment);
      else await networks.start(attachment);
    }
    return undefined;
  }

  // ── Persons ──────────────────────────────────────────────────────────────────────────────────────────────────────

  async #act(index: number, step: StepOf<'ui'>): Promise<Undone | undefined> {
    const desk = this.#stage.consoles.desk(step.by);
    const action = actions[step.action];
    if (action === undefined || desk === undefined) return { undone: `the page has no ${step.action} yet` };
    this.#sinceLine = this.#stage.gateway.lines.length;
    const { refusal, pressedMs } = await action(desk, step.args, this.#names);
    this.#done.push({ step: index, person: step.by, action: step.action, pressedMs, refusal });
    if (refusal !== '') return undefined;
    const groups = groupsOf(this.#stage.config, step.args);
    const joined = Array.isArray(step.args.add) ? step.args.add.map(String) : [];
    if (step.action === 'close-bridge' || step.action === 'end-plan') return undefined;
    for (const [at, group] of groups.entries()) await this.#legsUp(this.#opened(group, at === 0 ? joined : []));
    const [incident] = groups;
    if (incident === undefined) return undefined;
    this.#incident = incident;
    for (const each of this.#stage.consoles.desks) await each.choose(incident);
    return undefined;
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
    await this.#stage.gateway.legsUp(legs, 5000).catch(() => undefined);
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
    const told = () => new Set(ended().flatMap(({ talkgroups }) => (Array.isArray(talkgroups) ? talkgroups : [])));
    const waitMs = step.id === 'ann-closed' ? closedMs : announcedMs;
    await until('it is announced', () => told().size > 0, waitMs).catch(() => undefined);
    if (told().size === 0) return { undone: `${step.id} was not announced` };
    // Each leg that joins later hears it later.
    const all = step.to.flatMap((place) => this.#membersIn(placeOf(place).id));
    await until('all have heard it', () => all.every((each) => told().has(each)), announcedMs).catch(() => undefined);
    // What was said last on a group: it is closed.
    if (step.id === 'ann-closed') for (const group of groups) this.#members.delete(group);
    this.#announced.push({ step: index, startMs, ended: ended(), words: await this.#wordsOf(ended()) });
    await playing(pauseMs);
    return undefined;
  }

  /** The same words as the gateway's own program says them, to be looked for by their sound. */
  async #wordsOf(ended: readonly LogLine[]): Promise<readonly Sound[]> {
    const texts = new Set(ended.flatMap(({ texts: said }) => (Array.isArray(said) ? said.map(String) : [])));
    return Promise.all(
      [...texts].flatMap((text) => spokenLanguages.map((language) => this.#stage.spoken(text, language))),
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

  async #look(step: number): Promise<void> {
    for (const desk of this.#stage.consoles.desks) {
      this.#screenshots.push({ step, person: desk.person, png: await desk.page.screenshot({ timeout: 5000 }) });
    }
  }

  async #facts(startMs: number): Promise<Facts> {
    const { networks, gateway, consoles } = this.#stage;
    for (const desk of consoles.desks) await desk.note();
    return {
      heard: networks.heard,
      told: networks.told,
      said: this.#said
        .map(({ recorded, ...line }) => ({
          ...line,
          played: new Map([...recorded].map(([person, sound]) => [person, soundOfPage(sound)])),
        }))
        .sort((a, b) => a.step - b.step),
      shown: consoles.desks.flatMap(({ shown }) => shown),
      noticed: consoles.desks.flatMap(({ noticed }) => noticed),
      done: this.#done,
      announced: this.#announced,
      log: gateway.lines as readonly LogLine[],
      startMs,
      endMs: utcMs(),
    };
  }
}

function lineMsOf({ overlap, expect }: StepOf<'say'>, spokenOver: boolean, { fast }: PerformerOptions): number {
  if (!fast) return Infinity;
  if (overlap) return fastLineMs.overlap;
  return spokenOver || expect.some((assertion) => bySound.has(assertion)) ? fastLineMs.judged : fastLineMs.other;
}

/** A status by the number that its sender's network has for it. */
function numberOf({ statuses }: Config, code: number, network: string | undefined): number {
  const status = statuses.find((each) => each.code === code);
  return status?.numbers.find((each) => each.network === network)?.number ?? code;
}
