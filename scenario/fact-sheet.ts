/** What happened while a scenario was played: noted step by step, and drawn up for the judges. */
import type { LogLine } from '../test/interop/support/gateway.ts';
import { utcMs } from './clock.ts';
import { type Recorded, soundOfPage } from './consoles.ts';
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
import { recordingClosedMs } from './log-waits.ts';
import { languageOf } from './plan-groups.ts';
import { lastOf, playRecording } from './recordings.ts';
import type { Scenario, Step } from './scenario-file.ts';
import type { Stage } from './stage.ts';

const consoleParty = 'console:';

/** A line whose sounds and times are asked for when the run is over. */
interface SaidSoFar extends Omit<SaidLine, 'played' | 'sentMs'> {
  readonly recorded: ReadonlyMap<string, Recorded>;
  readonly firstPacket?: number;
}

export class FactSheet {
  readonly said: SaidSoFar[] = [];
  readonly done: DoneFact[] = [];
  readonly announced: Omit<AwaitedAnnouncement, 'words'>[] = [];
  readonly hits: HitFact[] = [];
  readonly seen: SeenFact[] = [];
  searched: SearchedFact | undefined;
  readonly #recorded = new Map<number, RecordedFact>();
  #audited: AuditedFact | undefined;
  readonly #stage: Stage;
  readonly #scenario: Scenario;

  constructor(stage: Stage, scenario: Scenario) {
    this.#stage = stage;
    this.#scenario = scenario;
  }

  /** What the audit log has of the run. */
  async audit(): Promise<void> {
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
    for (const { step, group: shared, recordedOn, party, startMs, endMs } of this.said) {
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

  /** All that has been noted until now, and what consoles and networks have of it. */
  async facts(startMs: number): Promise<Facts> {
    const { networks, gateway, consoles, evidence } = this.#stage;
    for (const desk of consoles.desks) await desk.note();
    const { heard, told, spoken } = await networks.passed();
    const said = this.said.map(({ recorded, firstPacket, ...line }): SaidLine => {
      const played = new Map([...recorded].map(([person, sound]) => [person, soundOfPage(sound)]));
      const left = firstPacket === undefined ? undefined : spoken.get(line.talkgroup ?? '')?.slice(firstPacket);
      return { ...line, played, ...(left === undefined ? {} : { sentMs: (sample) => sentMsOf(left, sample) }) };
    });
    const announced = this.announced.map(async (each) => ({ ...each, words: await this.#wordsOf(each.ended) }));
    return {
      heard,
      told,
      said: said.sort((a, b) => a.step - b.step),
      shown: consoles.desks.flatMap(({ shown }) => shown),
      noticed: consoles.desks.flatMap(({ noticed }) => noticed),
      done: this.done,
      announced: await Promise.all(announced),
      hits: this.hits,
      seen: this.seen,
      recorded: this.#recordings(),
      exported: [...evidence.exported],
      verified: [...evidence.verified],
      logSearches: [...evidence.searches],
      ...(this.#audited === undefined ? {} : { audited: this.#audited }),
      ...(this.searched === undefined ? {} : { searched: this.searched }),
      log: gateway.lines.slice(),
      startMs,
      endMs: utcMs(),
    };
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

const packetSamples = 160;

/** When a sample of a line left, by when its packets did. */
function sentMsOf(packets: readonly number[], sample: number): number {
  return (packets[Math.floor(sample / packetSamples)] ?? Number.NaN) + (sample % packetSamples) / 8;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
