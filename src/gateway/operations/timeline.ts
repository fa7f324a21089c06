/**
 * The timeline made real: hears what is logged, who talked and what units said, puts it down by operations/timeline.ts,
 * shows it to consoles and keeps it. Whatever a part of the gateway logs of persons and units comes in here by
 * base/events.ts; no part is asked to tell it twice.
 *
 *   events ─┐
 *   overs ──┼─▶ entry ──▶ disk, consoles of those who may hear its group
 *   units ──┘
 *
 * What belongs to an exercise says so; distress never does.
 *
 * Neither words of a text nor places of units are put down: they may say what the gateway must not store.
 */
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import type { EventsListener, SomeEvents } from '../../base/events.ts';
import type { Meter } from '../../base/meter.ts';
import { bySection } from '../../config/live-config.ts';
import type { Config } from '../../config/schema.ts';
import type { ConsoleServer } from '../../console/console-server.ts';
import type { Talker } from '../../console/directory.ts';
import type { TimelineAsked, WireTimeline, WireTimelineEntry } from '../../console/wire.ts';
import {
  type Actor,
  add,
  type Crowding,
  type EntryFacts,
  emptyTimeline,
  entryKinds,
  forget,
  pageOf,
  restored,
  type Timeline as State,
  type TimelineEntry,
  timelineRules,
} from '../../operations/timeline.ts';
import type { KeptLines } from '../../store/kept-lines.ts';
import type { OlderItems } from '../../store/older-items.ts';
import type { OverReport, VoiceEvent } from '../../voice/contract.ts';
import type { DataSaid } from './unit-said.ts';

export interface TimelinePorts {
  readonly clock: Clock;
  readonly meter: Pick<Meter, 'add'>;
  readonly events: SomeEvents<'state.notKept'>;
  readonly console: Pick<
    ConsoleServer,
    'identify' | 'talkerOf' | 'addToTimeline' | 'forget' | 'isExercise' | 'inExercise' | 'raiseAlarm' | 'clearAlarm'
  >;
  readonly kept: Pick<KeptLines, 'read' | 'append' | 'replace'>;
  readonly older: Pick<OlderItems, 'put' | 'forget'>;
}

const actorSchema = z.object({
  name: z.string(),
  of: z.string(),
  country: z.string(),
  isPerson: z.boolean(),
  unverified: z.boolean().exactOptional(),
});
const entrySchema = z.object({
  id: z.int().min(1),
  kind: z.enum(entryKinds),
  utcMs: z.number(),
  group: z.string(),
  what: z.string(),
  who: actorSchema.exactOptional(),
  about: z.string().exactOptional(),
  words: z.string().exactOptional(),
  refusal: z.string().exactOptional(),
  exercise: z.boolean().exactOptional(),
  over: z.object({ over: z.int(), durationMs: z.number(), lostMs: z.number(), emergency: z.boolean() }).exactOptional(),
  fault: z.string().exactOptional(),
  answer: z.int().exactOptional(),
  code: z.int().exactOptional(),
  meaning: z.object({ fr: z.string(), nl: z.string(), en: z.string(), de: z.string().exactOptional() }).exactOptional(),
});
const crowdingSchema = z.object({ crowdedOut: z.int(), crowdedUtcMs: z.number() });

/** Entries that one answer holds at most. */
const pageMax = 200;
const againMs = 10_000;

/** A person as the log names him. */
interface Logged {
  readonly operator?: string;
  readonly controlRoom?: string;
}

export class Timeline implements EventsListener {
  readonly #ports: TimelinePorts;
  readonly #rooms: () => ReadonlyMap<string, Config['controlRooms'][number]>;
  readonly #groups: () => ReadonlySet<string>;
  /** Direct lines by name. */
  readonly #lines: ReadonlyMap<string, string>;
  /** Legs that were lost and have not come back; bounded by the legs that there are. */
  readonly #lostLegs = new Set<string>();
  #state: State;
  /** At hand no more, and of the older ones with the next shortening of the file, which has them until then; bounded by it. */
  #gone: TimelineEntry[] = [];
  #linesKept = 0;
  /** The disk lacks entries, and is not asked before that. */
  #behindUntilMs: number | undefined;

  constructor(
    config: Pick<Config, 'controlRooms' | 'sharedGroups' | 'directLines'>,
    ports: TimelinePorts,
    rules = timelineRules,
  ) {
    this.#ports = ports;
    this.#state = emptyTimeline(rules);
    this.#lines = new Map(config.directLines.map(({ id, name }) => [id, name]));
    this.#rooms = bySection(config, 'controlRooms', ({ controlRooms }) => {
      return new Map(controlRooms.map((room) => [room.id, room]));
    });
    this.#groups = bySection(config, 'sharedGroups', ({ sharedGroups }) => new Set(sharedGroups.map(({ id }) => id)));
  }

  /** Takes up what was kept, and puts down that the gateway began anew. */
  start(): void {
    const entries: TimelineEntry[] = [];
    let crowding: Crowding = { crowdedOut: 0, crowdedUtcMs: 0 };
    for (const line of this.#ports.kept.read()) {
      const entry = entrySchema.safeParse(line);
      if (entry.success) entries.push(entry.data);
      else crowding = crowdingSchema.safeParse(line).data ?? crowding;
    }
    const { timeline, gone } = restored(entries, crowding, this.#state.rules);
    this.#state = timeline;
    this.#gone.push(...gone);
    this.#shorten();
    this.put({ kind: 'gateway', group: '', what: 'started' });
  }

  /** They have been kept as long as they may be, by the names of store/kept-items.ts. True: the disk has them no more. */
  forget(names: readonly string[]): boolean {
    // Those of older ones are no numbers: they have their day before them.
    const ids = new Set(names.map(Number).filter((id) => !Number.isNaN(id)));
    const entries = this.#state.entries.flatMap(({ id }) => (ids.has(id) ? [id] : []));
    this.#state = forget(this.#state, ids);
    this.#gone = this.#gone.filter(({ id }) => !ids.has(id));
    if (entries.length > 0) this.#ports.console.forget({ entries });
    const isForgotten = this.#ports.older.forget(names);
    // The file is long: it is not written anew for what is not in it.
    if (ids.size > 0 || this.#behindUntilMs !== undefined) this.#shorten();
    return isForgotten && this.#behindUntilMs === undefined;
  }

  /** What a console may see of it: the newest, or those before an entry. */
  shown(hears: ReadonlySet<string>, { beforeId, group, kinds, limit }: TimelineAsked): WireTimeline {
    const known = entryKinds.filter((kind) => kinds.includes(kind));
    const wish = { hears, beforeId, group, kinds: known, limit: Math.min(limit || pageMax, pageMax) };
    const { entries, more } = pageOf(this.#state, wish);
    const { crowdedOut, crowdedUtcMs } = this.#state;
    return { entries: entries.map(wireOf), more, crowdedOut, crowdedUtcMs };
  }

  /** To be told after consoles: they know who talked. */
  voiceEvent(event: VoiceEvent): void {
    if (event.name === 'over') this.#overEnded(event.report);
    else if (event.name === 'cut' && event.late) this.#cutLate(event);
  }

  dataSaid({ group, leg, address, unproven, word, meaning }: DataSaid): void {
    const who = unitOf(this.#ports.console.identify(leg, address), unproven);
    if (word.name === 'text') this.put({ kind: 'text', group, what: 'text', who, about: leg });
    else if (word.name === 'status') {
      this.put({ kind: 'status', group, what: 'status', who, code: word.code, ...(meaning && { meaning }) });
    }
  }

  bridging(at: Parameters<EventsListener['bridging']>[0]): void {
    const { what, group, talkgroup, reason } = at;
    const exercise = at.exercise === 'under-way';
    this.put({ kind: 'group', group, what, about: talkgroup, words: reason, exercise, ...this.#said(at) });
  }

  alertPlan(at: Parameters<EventsListener['alertPlan']>[0]): void {
    const { plan, level, place, manned, unit, words = [], exercise = false } = at;
    const what = manned === undefined ? at.what : manned ? 'post-manned' : 'post-released';
    const said = words.map((each) => this.#rooms().get(each)?.callSign ?? each);
    const about = place === undefined ? plan : `${plan} ${place}`;
    this.put({
      kind: 'plan',
      group: '',
      what,
      about,
      code: level,
      words: unit ?? (said.length === 0 ? undefined : said.join(' · ')),
      exercise,
      ...this.#said(at),
    });
  }

  borderRecord(at: Parameters<EventsListener['borderRecord']>[0]): void {
    const { what, group, record, place, callSign } = at;
    const about = [record, callSign, place].filter((part) => part !== undefined).join(' ');
    this.put({ kind: 'crossing', group, what, about, ...this.#said(at) });
  }

  hit(at: Parameters<EventsListener['hit']>[0]): void {
    const { what, hit, source, reference, checked, exercise = false } = at;
    if (what === 'repeated') return;
    const about = [`${hit}`, source, reference].filter((part) => part !== undefined).join(' ');
    this.put({ kind: 'hit', group: '', what, about, words: checked, exercise, ...this.#said(at) });
  }

  /** Reminders are for the consoles that they ring on. */
  emergency(at: Parameters<EventsListener['emergency']>[0]): void {
    const { what, emergency, group = '', leg, talker, words, operator } = at;
    if (what === 'reminded') return;
    const unit = leg === undefined ? undefined : unitOf(this.#ports.console.identify(leg, talker ?? ''), undefined);
    const about = operator === undefined ? `${emergency}` : (unit?.name ?? `${emergency}`);
    const said = operator === undefined ? { who: unit } : this.#said(at);
    this.put({ kind: 'emergency', group, what, about, words, ...said });
  }

  announcement(at: Parameters<EventsListener['announcement']>[0]): void {
    const { group, announcement, end, texts, exercise = false } = at;
    this.put({ kind: 'announcement', group, what: end, about: announcement, words: texts.join(' · '), exercise });
  }

  textSent(at: Parameters<EventsListener['textSent']>[0]): void {
    this.put({ kind: 'text', group: at.group, what: 'sent', ...this.#said(at) });
  }

  talkerRemoved(at: Parameters<EventsListener['talkerRemoved']>[0]): void {
    const { group, talker: about, reason: words } = at;
    this.put({ kind: 'group', group, what: 'removeTalker', about, words, ...this.#said(at) });
  }

  /** Who called whom, as all control rooms see it; what was said nobody keeps. */
  intercom(at: Parameters<EventsListener['intercom']>[0]): void {
    const { what, end, called } = at;
    this.put({ kind: 'intercom', group: '', what: end ?? what, about: called, ...this.#said(at) });
  }

  directLine(at: Parameters<EventsListener['directLine']>[0]): void {
    const { what, end, line } = at;
    const name = this.#lines.get(line) ?? line;
    this.put({ kind: 'line', group: '', what: end ?? what, about: name, ...this.#said(at) });
  }

  /** All control rooms see it; the note is for one alone. */
  handOver(at: Parameters<EventsListener['handOver']>[0]): void {
    const { what, colleague } = at;
    this.put({ kind: 'hand-over', group: '', what, about: colleague, ...this.#said(at) });
  }

  legChanged({ leg, state, fault = 'other', answer }: Parameters<EventsListener['legChanged']>[0]): void {
    const wasLost = this.#lostLegs.has(leg);
    if (state === 'down' && !wasLost) {
      this.#lostLegs.add(leg);
      this.put({ kind: 'leg', group: groupOf(leg), what: 'lost', about: leg, fault, answer });
    } else if (state === 'up' && wasLost) {
      this.#lostLegs.delete(leg);
      this.put({ kind: 'leg', group: groupOf(leg), what: 'back', about: leg });
    } else if (state === 'closed') this.#lostLegs.delete(leg);
  }

  legMoved({ leg, to, why }: Parameters<EventsListener['legMoved']>[0]): void {
    const what = why === 'return' ? 'returned' : 'moved';
    this.put({ kind: 'leg', group: groupOf(leg), what, about: leg, words: to });
  }

  legShed({ leg }: Parameters<EventsListener['legShed']>[0]): void {
    this.put({ kind: 'leg', group: groupOf(leg), what: 'shed', about: leg });
  }

  notPermitted(at: Parameters<EventsListener['notPermitted']>[0]): void {
    const { permission: what, group } = at;
    this.put({ kind: 'permission', group, what, ...this.#said(at), refusal: 'not-permitted' });
  }

  #overEnded({ group, party, over, startUtcMs, durationMs, end, lostMs, emergency }: OverReport): void {
    const talker = this.#ports.console.talkerOf(group, over);
    const lost = Math.max(0, ...Object.values(lostMs));
    this.put({
      kind: 'over',
      utcMs: startUtcMs,
      group,
      what: end,
      about: party,
      who: talker && unitOf(talker, undefined),
      exercise: this.#ports.console.isExercise(group, over),
      over: { over, durationMs: Math.max(0, Math.round(durationMs)), lostMs: Math.round(lost), emergency },
    });
  }

  /** An entry is never changed: that an over was cut off after all is one of its own. */
  #cutLate({ group, over, party }: Extract<VoiceEvent, { name: 'cut' }>): void {
    const talker = this.#ports.console.talkerOf(group, over);
    this.put({ kind: 'leg', group, what: 'cut', about: party, who: talker && unitOf(talker, undefined) });
  }

  /**
   * Without a time: now; without a word of it: of an exercise if its group is one now. What is about a group that there
   * is not nobody may see.
   */
  put(told: Told): void {
    const { clock, meter, console } = this.#ports;
    const nowUtcMs = clock.utcMs();
    if (told.group !== '' && !this.#groups().has(told.group)) return;
    const { kind, group, exercise = kind !== 'emergency' && console.inExercise(group) } = told;
    const facts = {
      utcMs: nowUtcMs,
      ...(exercise && { exercise }),
      ...Object.fromEntries(Object.entries(told).filter(([, each]) => each !== undefined && each !== false)),
    };
    const { timeline, entry, gone } = add(this.#state, facts as EntryFacts);
    this.#state = timeline;
    if (gone !== undefined) {
      this.#gone.push(gone);
      meter.add('timeline_crowded_out_total', 1);
    }
    if (entry === undefined) {
      meter.add('timeline_repeated_total', 1);
      return;
    }
    this.#keep(entry);
    console.addToTimeline(wireOf(entry));
  }

  /** What the disk did not take is not lost: all that is shown is put on it once it takes something again. */
  #keep(entry: TimelineEntry): void {
    if (this.#behindUntilMs !== undefined) {
      if (this.#ports.clock.nowMs() >= this.#behindUntilMs) this.#shorten();
      return;
    }
    this.#note(this.#ports.kept.append(entry));
    this.#linesKept += 1;
    if (this.#linesKept > 2 * this.#state.rules.entriesMax) this.#shorten();
  }

  /** Of what is on the disk no more than what is shown. */
  #shorten(): void {
    const { entries, crowdedOut, crowdedUtcMs } = this.#state;
    const gone = this.#gone.splice(0);
    // Before the file that they leave; what is not taken waits there.
    if (gone.length > 0)
      this.#ports.older.put(gone.map((item) => ({ name: `${item.id}`, utcMs: item.utcMs, item: { ...item } })));
    this.#note(this.#ports.kept.replace([{ crowdedOut, crowdedUtcMs }, ...entries]));
    this.#linesKept = entries.length;
  }

  /** Told once, until the disk has taken something. */
  #note(fault: string | undefined): void {
    const { clock, events, console } = this.#ports;
    if (fault === undefined) console.clearAlarm('state-not-kept', 'timeline');
    else console.raiseAlarm('state-not-kept', 'timeline');
    if (fault !== undefined && this.#behindUntilMs === undefined) events.state.notKept({ reason: fault });
    this.#behindUntilMs = fault === undefined ? undefined : clock.nowMs() + againMs;
  }

  #said({
    operator,
    controlRoom = '',
    refusal,
  }: Logged & { readonly refusal?: string }): Pick<EntryFacts, 'who' | 'refusal'> {
    const room = this.#rooms().get(controlRoom);
    const who = { of: room?.callSign ?? controlRoom, country: room?.country ?? '', isPerson: true };
    return {
      ...(operator ? { who: { name: operator, ...who } } : {}),
      ...(refusal === undefined ? {} : { refusal }),
    };
  }
}

/** What is not known may be undefined. */
type Told = Pick<EntryFacts, 'kind' | 'group' | 'what'> & {
  readonly [Name in keyof Omit<EntryFacts, 'kind' | 'group' | 'what'>]?: EntryFacts[Name] | undefined;
};

function unitOf(talker: Talker, unproven: true | undefined): Actor {
  const { callSign, address, organisation, country, isConsole, verified } = talker;
  return {
    name: callSign || address || '',
    of: organisation ?? '',
    country: country ?? '',
    isPerson: isConsole ?? false,
    ...(verified !== true || unproven ? { unverified: true } : {}),
  };
}

/** A leg's id is that of its group, a slash and that of its talkgroup. */
function groupOf(leg: string): string {
  return leg.slice(0, leg.indexOf('/'));
}

function wireOf({
  id,
  utcMs,
  group,
  kind,
  what,
  who,
  about,
  words,
  refusal,
  exercise,
  over,
  code,
  meaning,
  fault,
  answer,
}: TimelineEntry): WireTimelineEntry {
  return {
    id,
    atUtcMs: utcMs,
    groupId: group,
    kind,
    what,
    ...(who && { who: { ...who, unverified: who.unverified ?? false } }),
    about: about ?? '',
    // Of a leg that was lost it is English, from before there were codes.
    words: kind === 'leg' && what === 'lost' ? '' : (words ?? ''),
    refusal: refusal ?? '',
    ...(exercise && { exercise }),
    ...(over && { over }),
    ...(code !== undefined && { code }),
    ...(meaning && { meaning }),
    ...(fault !== undefined && { fault }),
    ...(answer !== undefined && { faultAnswer: answer }),
  };
}
