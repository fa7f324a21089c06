/**
 * Exports of recordings that two persons answer for, each at his own console: ordered, approved, built, fetched once. What
 * happens to an order is decided in operations/export-order.ts; who may, in operations/recording-access.ts.
 *
 *   order ─▶ second person's consoles ─approves─▶ escaut export (a process) ─▶ package ─ticket─▶ either of the two
 *
 * A package lies here for a day, encrypted where recordings are; its hash stays in the log. Orders outlive this process: one
 * that was being built is built again.
 */
import { z } from 'zod';
import type { Served } from '../api/recordings-door.ts';
import { Alarm, type Clock } from '../base/clock.ts';
import { systemCode } from '../base/errors.ts';
import type { Events, SomeEvents } from '../base/events.ts';
import { type ExportFault, exportFaults } from '../operations/export-fault.ts';
import {
  dueUtcMs,
  type ExportOrder,
  forgottenUtcMs,
  isUnderWay,
  newOrder,
  type OrderEvent,
  type OrderState,
  type OrderWish,
  orderStates,
  stepOrder,
} from '../operations/export-order.ts';
import type { Hearer } from '../operations/recording-access.ts';
import type { Person, PersonId } from '../operations/terms.ts';
import type { KeptFile } from '../store/kept-file.ts';
import { packagePlace, packagesIn, readPackage, removePackage } from '../store/kept-package.ts';
import { KeyMissing, type MasterKeys } from '../voice/recording-keys.ts';
import type { BuildNews } from './export-process.ts';
import { keptPerson } from './operations/kept-person.ts';
import { readKept } from './operations/read-kept.ts';

export interface ExportDeskPorts {
  readonly clock: Clock;
  readonly events: SomeEvents<'recordings.exportOrdered' | 'state.notKept'>;
  readonly kept: Pick<KeptFile, 'read' | 'write'>;
  /** That unwrap the keys of packages. */
  readonly masters: MasterKeys;
  /** What is left on it is for evidence. */
  isDiskNearlyFull(): boolean;
  /** `out`: where it is to lie. */
  build(order: ExportOrder, out: string, news: BuildNews): void;
  /** To the consoles of the two. */
  show(order: ExportOrder): void;
}

type Refused = { readonly refusal: string };
type What = Parameters<Events['recordings']['exportOrdered']>[0]['what'];

/** That wait for somebody or for the machine. */
const underWayMax = 20;
/** Packages that lie here. */
const readyMax = 10;
const ordersMax = 50;

const hearer = keptPerson.extend({ country: z.string() });
const keptSchema = z.object({
  version: z.literal(1),
  counted: z.int(),
  orders: z
    .array(
      z.object({
        ...{ id: z.int(), state: z.enum(orderStates), by: hearer, second: hearer, reason: z.string() },
        ...{
          fromUtcMs: z.number(),
          toUtcMs: z.number(),
          groups: z.array(z.string()).min(1).readonly(),
          incident: z.string(),
        },
        ...{ askedUtcMs: z.number(), sinceUtcMs: z.number(), tries: z.int() },
        ...{ done: z.int(), all: z.int(), words: z.string() },
        // That of another version is one that this one has no words for.
        fault: z.enum(exportFaults).optional().catch('other'),
        made: z
          .object({
            ...{ octets: z.int(), recordings: z.int(), gaps: z.int() },
            ...{ manifestSha256: z.string(), fingerprint: z.string() },
          })
          .optional(),
      }),
    )
    .max(ordersMax + underWayMax + readyMax),
});
const whats: Readonly<Partial<Record<OrderState, What>>> = {
  building: 'approved',
  refused: 'refused',
  withdrawn: 'withdrawn',
  lapsed: 'lapsed',
  ready: 'built',
  failed: 'failed',
  gone: 'removed',
};

export class ExportDesk {
  readonly #folder: string;
  readonly #gateway: string;
  readonly #ports: ExportDeskPorts;
  readonly #alarm: Alarm;
  readonly #orders = new Map<number, ExportOrder>();
  #lastId = 0;

  /** `folder`: of packages, this desk's alone. */
  constructor(gateway: string, folder: string, ports: ExportDeskPorts) {
    this.#folder = folder;
    this.#gateway = gateway;
    this.#ports = ports;
    this.#alarm = new Alarm(ports.clock, () => this.#tick());
  }

  /** Goes on where the process before has ended. */
  start(): void {
    const kept = readKept(this.#ports.kept, keptSchema);
    this.#lastId = kept?.counted ?? 0;
    for (const order of kept?.orders ?? []) this.#orders.set(order.id, order);
    const orders = [...this.#orders.values()];
    const known = new Set(orders.filter(({ state }) => state === 'ready').map(nameOf));
    // What was half built, and what nobody knows whose it was.
    for (const name of packagesIn(this.#folder)) if (!known.has(name)) removePackage(this.#folder, name);
    for (const order of orders) {
      if (order.state === 'building') {
        this.#step(order, { name: 'again' });
        const again = this.#orders.get(order.id);
        if (again?.state === 'building') {
          this.#tell('begun-again', again, undefined, {});
          this.#build(order.id);
        }
      }
      const fault = order.state === 'ready' ? this.#faultOf(order) : undefined;
      if (fault !== undefined) this.#step(order, { name: 'lost', ...fault });
    }
    this.#tick();
  }

  stop(): void {
    this.#alarm.clear();
  }

  /** Of those that concern him, the oldest first. */
  shown(person: PersonId): readonly ExportOrder[] {
    return [...this.#orders.values()].filter(({ by, second }) => by.person === person || second.person === person);
  }

  of(id: number): ExportOrder | undefined {
    return this.#orders.get(id);
  }

  /** Both may; that has been seen to. */
  order(wish: OrderWish): Refused | { readonly order: number } {
    if (this.#ports.isDiskNearlyFull()) return { refusal: 'disk-nearly-full' };
    const orders = [...this.#orders.values()];
    if (orders.filter(isUnderWay).length >= underWayMax) return { refusal: 'too-many' };
    const order = newOrder(++this.#lastId, wish);
    this.#tell('ordered', order, order.by, {});
    this.#set(order);
    const [oldest] = orders.filter((each) => !isUnderWay(each) && each.state !== 'ready');
    if (this.#orders.size > ordersMax && oldest !== undefined) this.#orders.delete(oldest.id);
    return { order: order.id };
  }

  answer(
    hearer: Hearer,
    id: number,
    answer: 'approve' | 'refuse' | 'withdraw',
    words: string,
  ): Refused | { readonly order: number } {
    const order = this.#orders.get(id);
    if (order === undefined) return { refusal: 'not-open' };
    const by = hearer.person;
    if (answer === 'approve' && this.#ports.isDiskNearlyFull()) return { refusal: 'disk-nearly-full' };
    const refusal = this.#step(order, answer === 'refuse' ? { name: answer, by, words } : { name: answer, by }, hearer);
    if (refusal !== undefined) {
      const what = ({ approve: 'approved', refuse: 'refused', withdraw: 'withdrawn' } as const)[answer];
      this.#tell(what, order, hearer, { refusal });
      return { refusal };
    }
    if (answer === 'approve') this.#build(id);
    return { order: id };
  }

  /** Who has been disabled: what he ordered and nobody has approved yet is withdrawn. */
  left(person: PersonId): void {
    for (const order of [...this.#orders.values()]) {
      if (order.by.person === person) this.#step(order, { name: 'withdraw', by: person }, order.by);
    }
  }

  /** Logged before anything is given. Undefined: there is nothing for him. */
  fetch(hearer: Hearer, id: number): { readonly order: number } | undefined {
    const order = this.#orders.get(id);
    const isHis = order?.by.person === hearer.person || order?.second.person === hearer.person;
    if (order?.state !== 'ready' || !isHis) return undefined;
    this.#tell('fetched', order, hearer, {});
    return { order: id };
  }

  open(id: number): Served {
    const order = this.#orders.get(id);
    if (order?.made === undefined) return 'unknown';
    try {
      const file = readPackage(this.#folder, nameOf(order), this.#ports.masters);
      if (file === undefined) return 'unknown';
      return { file, octets: order.made.octets, name: `escaut-${this.#gateway}-${id}.zip` };
    } catch (error) {
      if (systemCode(error) === undefined && !(error instanceof KeyMissing)) throw error;
      return 'unknown';
    }
  }

  /** Undefined: its package can be given. */
  #faultOf(order: ExportOrder): { readonly fault: ExportFault; readonly words: string } | undefined {
    try {
      const file = readPackage(this.#folder, nameOf(order), this.#ports.masters);
      file?.destroy();
      if (file !== undefined) return undefined;
      return { fault: 'package-lost', words: 'its package is not there any more' };
    } catch (error) {
      if (systemCode(error) === undefined && !(error instanceof KeyMissing)) throw error;
      const words = `its package cannot be read: ${error instanceof Error ? error.message : String(error)}`;
      return { fault: error instanceof KeyMissing ? 'recording-key-missing' : 'package-unreadable', words };
    }
  }

  #build(id: number): void {
    const order = this.#orders.get(id);
    if (order === undefined) return;
    const step = (event: OrderEvent) => {
      const now = this.#orders.get(id);
      if (now !== undefined) this.#step(now, event);
    };
    this.#ports.build(order, packagePlace(this.#folder, nameOf(order)), {
      progress: (done, all) => step({ name: 'progress', done, all }),
      built: (made) => step({ name: 'built', made }),
      failed: (fault, words) => step({ name: 'failed', fault, words }),
    });
  }

  #step(order: ExportOrder, event: OrderEvent, by?: Hearer): string | undefined {
    const next = stepOrder(order, event, this.#ports.clock.utcMs());
    if (typeof next === 'string') return next;
    if (next === order) return undefined;
    const what = next.state === order.state ? undefined : whats[next.state];
    if (what !== undefined) {
      const { made, words, fault } = next;
      const hash = made === undefined ? {} : { manifestSha256: made.manifestSha256 };
      this.#tell(what, next, by, { ...hash, ...(words !== '' && { words }), ...(fault && { fault }) });
    }
    if (next.state === 'gone' || next.state === 'failed') removePackage(this.#folder, nameOf(order));
    this.#set(next, event.name !== 'progress');
    if (next.state === 'ready') this.#makeRoom();
    return undefined;
  }

  #set(order: ExportOrder, isKept = true): void {
    this.#orders.set(order.id, order);
    if (isKept) this.#keep();
    this.#ports.show(order);
    this.#await();
  }

  /** Of too many the oldest goes before its time. */
  #makeRoom(): void {
    const ready = [...this.#orders.values()].filter(({ state }) => state === 'ready');
    for (const order of ready.slice(0, -readyMax)) this.#step({ ...order, sinceUtcMs: 0 }, { name: 'tick' });
  }

  #tick(): void {
    const nowUtcMs = this.#ports.clock.utcMs();
    for (const order of [...this.#orders.values()]) {
      if (forgottenUtcMs(order) > nowUtcMs) this.#step(order, { name: 'tick' });
      else if (this.#orders.delete(order.id)) this.#keep();
    }
    this.#await();
  }

  #keep(): void {
    const { kept, events } = this.#ports;
    const orders = [...this.#orders.values()];
    const document: z.input<typeof keptSchema> = { version: 1, counted: this.#lastId, orders };
    const fault = kept.write(document);
    if (fault !== undefined) events.state.notKept({ reason: fault });
  }

  #await(): void {
    const { clock } = this.#ports;
    const due = Math.min(
      Infinity,
      ...[...this.#orders.values()].flatMap((each) => [dueUtcMs(each), forgottenUtcMs(each)]),
    );
    this.#alarm.setAt(clock.nowMs() + Math.max(0, due - clock.utcMs()));
  }

  #tell(
    what: What,
    { id, by, second, reason, fromUtcMs, toUtcMs, groups, incident }: ExportOrder,
    who: Person | undefined,
    more: {
      readonly refusal?: string;
      readonly words?: string;
      readonly fault?: ExportFault;
      readonly manifestSha256?: string;
    },
  ): void {
    const acting = who ?? by;
    this.#ports.events.recordings.exportOrdered({
      ...{ what, order: id, reason, groups },
      ...{ operator: acting.display, role: acting.role, controlRoom: acting.controlRoom },
      second: acting.person === second.person ? by.display : second.display,
      ...{ fromUtc: new Date(fromUtcMs).toISOString(), toUtc: new Date(toUtcMs).toISOString() },
      ...(incident !== '' && { incident }),
      ...more,
    });
  }
}

/** Of its package's folder; each try has one of its own: of the one before, somebody may still be writing. */
function nameOf({ id, tries }: ExportOrder): string {
  return `${id}-${tries}`;
}
