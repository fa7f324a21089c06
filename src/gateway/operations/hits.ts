/**
 * Hits of number-plate cameras made real: what the intake lets in and what persons say of it is judged by
 * operations/anpr-hit.ts, shown at consoles, logged and kept. Neither plate nor photo comes in here.
 */
import { z } from 'zod';
import type { HitsPort, TakenRead } from '../../api/hits-intake.ts';
import { Alarm, type Clock } from '../../base/clock.ts';
import type { SomeEvents } from '../../base/events.ts';
import { bySection } from '../../config/live-config.ts';
import type { Config } from '../../config/schema.ts';
import type { ConsoleServer } from '../../console/console-server.ts';
import type { ExerciseHit, HitOperation } from '../../console/operation.ts';
import type { OperationRefusal } from '../../console/ports.ts';
import type { Fields, Words } from '../../operations/announcement-text.ts';
import {
  announcementFields,
  deadlineMs,
  type Hit,
  type HitAction,
  type HitEvent,
  type HitState,
  hitRules,
  knownHits,
  mayBeAnnounced,
  noHits,
  type Read,
  step,
} from '../../operations/anpr-hit.ts';
import { defaultPermissions, refusalOf } from '../../operations/permissions.ts';
import type { Person } from '../../operations/terms.ts';
import type { KeptFile } from '../../store/kept-file.ts';
import type { OlderItems } from '../../store/older-items.ts';
import { keptPerson } from './kept-person.ts';
import { readKept } from './read-kept.ts';

export interface HitsPorts {
  readonly clock: Clock;
  readonly events: SomeEvents<'operations.hit' | 'state.notKept'>;
  readonly console: Pick<ConsoleServer, 'setHit' | 'forget'>;
  readonly kept: Pick<KeptFile, 'read' | 'write'>;
  readonly older: Pick<OlderItems, 'put' | 'forget'>;
}

const wordsSchema = z.object({ fr: z.string(), nl: z.string(), en: z.string(), de: z.string().exactOptional() });
const readSchema = z.object({
  source: z.string(),
  reference: z.string(),
  camera: wordsSchema,
  heading: wordsSchema.exactOptional(),
  vehicle: wordsSchema,
  reason: wordsSchema,
  readUtcMs: z.number(),
  exercise: z.literal(true).exactOptional(),
});
const keptSchema = z.object({
  version: z.literal(1),
  counted: z.int(),
  hits: z
    .array(
      readSchema.extend({
        hit: z.int(),
        name: z.enum(['unvalidated', 'confirmed', 'rejected', 'lapsed']),
        sinceUtcMs: z.number(),
        merged: z.array(readSchema).max(hitRules.mergedMax),
        validated: z.object({ by: keptPerson, checked: z.string(), atUtcMs: z.number() }).exactOptional(),
      }),
    )
    .max(hitRules.keptMax + hitRules.exercisesMax),
});
type Kept = z.infer<typeof keptSchema>;

/** Who confirms a hit may make a plan of it, and nobody else does (alert plan `plan-anpr`). */
const mayValidate = { openedBy: ['dispatcher', 'supervisor'] } as const;

export class Hits implements HitsPort {
  readonly #sources: ReadonlyMap<string, Config['hits']['sources'][number]>;
  readonly #rooms: () => ReadonlyMap<string, Config['controlRooms'][number]>;
  readonly #ports: HitsPorts;
  readonly #alarm: Alarm;
  #state: HitState;

  constructor(config: Config, ports: HitsPorts) {
    this.#ports = ports;
    this.#sources = new Map(config.hits.sources.map((source) => [source.id, source]));
    this.#rooms = bySection(config, 'controlRooms', ({ controlRooms }) => {
      return new Map(controlRooms.map((room) => [room.id, room]));
    });
    this.#state = noHits(hitRules);
    this.#alarm = new Alarm(ports.clock, () => this.#feed({ name: 'tick' }));
  }

  start(): void {
    const kept = readKept(this.#ports.kept, keptSchema);
    if (kept === undefined) return;
    const hits = kept.hits.map((each) => this.#known(each));
    this.#state = knownHits(this.#state.rules, hits, kept.counted);
    for (const hit of this.#state.hits.values()) this.#show(hit);
    this.#feed({ name: 'tick' });
  }

  stop(): void {
    this.#alarm.clear();
  }

  take(read: Read, sameAs: string | undefined, tokenId?: string): TakenRead {
    const { as, hit } = this.#taken(read, sameAs);
    const { source, reference, exercise } = read;
    const by = tokenId === undefined ? {} : { tokenId };
    if (as !== 'conflict')
      this.#ports.events.operations.hit({ what: as, hit, source, reference, ...by, ...(exercise && { exercise }) });
    return { as, hit, state: this.#state.hits.get(hit)?.name ?? 'unvalidated' };
  }

  operate(person: Person, operation: HitOperation, answer: (refusal: OperationRefusal | undefined) => void): void {
    const refused = refusalOf(defaultPermissions, person, 'activate_alert_plan', mayValidate);
    if (operation.name === 'enterExerciseHit') {
      answer(this.#enter(person, operation, refused === undefined ? undefined : 'not-permitted'));
      return;
    }
    const { hit, checked, confirmed } = operation;
    const result = confirmed ? 'confirmed' : 'rejected';
    const refusal = refused === undefined ? this.#validate(person, hit, result, checked) : 'not-permitted';
    const { source, reference, exercise } = this.#state.hits.get(hit) ?? {};
    this.#ports.events.operations.hit({
      what: result,
      hit,
      ...(source === undefined ? {} : { source }),
      ...(reference === undefined ? {} : { reference }),
      ...(exercise && { exercise }),
      checked,
      operator: person.display,
      role: person.role,
      controlRoom: person.controlRoom,
      ...(refusal === undefined ? {} : { refusal }),
    });
    answer(refusal === undefined ? undefined : { cause: refusal });
  }

  hit(id: number): Hit | undefined {
    return this.#state.hits.get(id);
  }

  /** They have been kept as long as they may be, by the names of store/kept-items.ts. True: no document has them any more. */
  forget(names: readonly string[]): boolean {
    this.#feed({ name: 'forget', hits: names.map(Number) });
    const isKept = this.#keep();
    return this.#ports.older.forget(names) && isKept;
  }

  /**
   * For alert plans: what may be said of a hit, by its number or its reference; of several the newest. Undefined unless a
   * person has confirmed it, and of a hit of an exercise unless the plan is one.
   */
  sayable(id: string, exercise: boolean): Fields | undefined {
    const found = [...this.#state.hits.values()].findLast(
      (each) => (String(each.hit) === id || each.reference === id) && (each.exercise ?? false) === exercise,
    );
    return found !== undefined && mayBeAnnounced(found) ? announcementFields(found) : undefined;
  }

  #taken(read: Read, sameAs?: string): Extract<HitAction, { name: 'taken' }> {
    const actions = this.#feed({ name: 'read', read, ...(sameAs === undefined ? {} : { sameAs }) });
    const taken = actions.find((action) => action.name === 'taken');
    if (taken === undefined) throw new Error('a read that nothing became of');
    return taken;
  }

  /** Made up by a person, in the name of his control room. */
  #enter(person: Person, said: ExerciseHit, refused: string | undefined): OperationRefusal | undefined {
    const { display: operator, role, controlRoom } = person;
    const { camera, heading, vehicle, reason } = said;
    const isWhole = camera !== '' && vehicle !== '' && reason !== '';
    const refusal = refused ?? (isWhole ? undefined : 'hit-incomplete');
    const source = controlRoom;
    const about = { what: 'new', source, exercise: true, operator, role, controlRoom } as const;
    if (refusal !== undefined) {
      this.#ports.events.operations.hit({ ...about, hit: 0, refusal });
      return { cause: refusal };
    }
    const inAll = (text: string): Words => ({ fr: text, nl: text, en: text });
    const reference = `X-${this.#state.counted + 1}`;
    const { hit } = this.#taken({
      source,
      reference,
      camera: inAll(camera),
      ...(heading !== '' && { heading: inAll(heading) }),
      vehicle: inAll(vehicle),
      reason: inAll(reason),
      readUtcMs: this.#ports.clock.utcMs(),
      exercise: true,
    });
    this.#ports.events.operations.hit({ ...about, hit, reference });
    return undefined;
  }

  #validate(person: Person, hit: number, result: 'confirmed' | 'rejected', checked: string): string | undefined {
    const actions = this.#feed({ name: 'validate', request: 0, person, hit, result, checked });
    return actions.find((action) => action.name === 'answer')?.refusal;
  }

  #feed(event: HitEvent): readonly HitAction[] {
    const { state, actions } = step(this.#state, event, this.#ports.clock.nowMs());
    this.#state = state;
    const gone = actions.flatMap((action) => (action.name === 'gaveWay' ? [action.hit] : []));
    if (gone.length > 0) this.#giveWay(gone);
    const forgotten = actions.flatMap((action) => (action.name === 'forgotten' ? [action.hit] : []));
    const hits = [...gone.map(({ hit }) => hit), ...forgotten];
    if (hits.length > 0) this.#ports.console.forget({ hits });
    for (const action of actions) {
      if (action.name !== 'changed') continue;
      this.#show(action.hit);
      const { name, hit, exercise } = action.hit;
      if (name === 'lapsed') this.#ports.events.operations.hit({ what: 'lapsed', hit, ...(exercise && { exercise }) });
    }
    if (actions.some(({ name }) => name === 'changed' || name === 'forgotten')) this.#keep();
    this.#alarm.setAt(deadlineMs(state));
    return actions;
  }

  /** Before the document that they leave. */
  #giveWay(gone: readonly Hit[]): void {
    const fault = this.#ports.older.put(
      gone.map((hit) => {
        const item = this.#keptOf(hit);
        return { name: `${hit.hit}`, utcMs: item.sinceUtcMs, item };
      }),
    );
    if (fault !== undefined) this.#ports.events.state.notKept({ reason: fault });
  }

  // ── What consoles and the disk are told ──────────────────────────────────────────────────────────────────────────

  #show(hit: Hit): void {
    const { validated } = hit;
    this.#ports.console.setHit({
      id: hit.hit,
      read: this.#readOf(hit),
      merged: hit.merged.map((read) => this.#readOf(read)),
      vehicle: hit.vehicle,
      reason: hit.reason,
      state: hit.name,
      exercise: hit.exercise ?? false,
      cameUtcMs: this.#utcOf(hit.sinceMs),
      ...(validated && {
        validatedBy: validated.by.display,
        controlRoom: this.#rooms().get(validated.by.controlRoom)?.callSign ?? validated.by.controlRoom,
        checked: validated.checked,
        validatedUtcMs: this.#utcOf(validated.atMs),
      }),
    });
  }

  #readOf({ source, reference, camera, heading, readUtcMs }: Read) {
    const from = this.#sources.get(source);
    const room = this.#rooms().get(source);
    return {
      source: from?.name ?? room?.callSign ?? source,
      country: from?.country ?? room?.country ?? '',
      reference,
      camera,
      ...(heading && { heading }),
      readUtcMs,
    };
  }

  /** The document is as the state is. */
  #keep(): boolean {
    const { counted, hits } = this.#state;
    const document: Kept = { version: 1, counted, hits: [...hits.values()].map((hit) => this.#keptOf(hit)) };
    const fault = this.#ports.kept.write(document);
    if (fault !== undefined) this.#ports.events.state.notKept({ reason: fault });
    return fault === undefined;
  }

  /** Without the word of the vehicle: it dies with the process. */
  #keptOf({ sameAs: _, sameUntilMs: __, sinceMs, validated, ...hit }: Hit): Kept['hits'][number] {
    const kept = { ...hit, merged: [...hit.merged], sinceUtcMs: this.#utcOf(sinceMs) };
    if (validated === undefined) return kept;
    const { by, checked, atMs } = validated;
    return { ...kept, validated: { by, checked, atUtcMs: this.#utcOf(atMs) } };
  }

  #known({ sinceUtcMs, validated, ...hit }: Kept['hits'][number]): Hit {
    const known = { ...hit, sinceMs: this.#msOf(sinceUtcMs), sameUntilMs: -Infinity };
    if (validated === undefined) return known;
    const { by, checked, atUtcMs } = validated;
    return { ...known, validated: { by, checked, atMs: this.#msOf(atUtcMs) } };
  }

  /** To the second: what is told and kept does not change by itself. */
  #utcOf(atMs: number): number {
    const { clock } = this.#ports;
    return 1000 * Math.round((clock.utcMs() + (atMs - clock.nowMs())) / 1000);
  }

  #msOf(utcMs: number): number {
    const { clock } = this.#ports;
    return clock.nowMs() + (utcMs - clock.utcMs());
  }
}
