/**
 * Exports of recordings that two persons answer for, each at his own console: ordered, approved, built, fetched once. What
 * happens to an order is decided in operations/export-order.ts; who may, in operations/recording-access.ts.
 *
 *   order ─▶ second person's consoles ─approves─▶ escaut export (a process) ─▶ package ─ticket─▶ either of the two
 *
 * Orders and packages are forgotten with this process and after a day: the package's hash stays in the log.
 */
import { createReadStream, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Served } from '../api/recordings-door.ts';
import { Alarm, type Clock } from '../base/clock.ts';
import { systemCode } from '../base/errors.ts';
import type { Events } from '../base/events.ts';
import {
  dueUtcMs,
  type ExportOrder,
  isUnderWay,
  newOrder,
  type OrderEvent,
  type OrderState,
  type OrderWish,
  stepOrder,
} from '../operations/export-order.ts';
import type { Hearer } from '../operations/recording-access.ts';
import type { Person, PersonId } from '../operations/terms.ts';
import type { BuildNews } from './export-process.ts';

export interface ExportDeskPorts {
  readonly clock: Clock;
  readonly events: Pick<Events, 'exportOrdered'>;
  build(order: ExportOrder, out: string, news: BuildNews): void;
  /** To the consoles of the two. */
  show(order: ExportOrder): void;
}

type Refused = { readonly refusal: string };
type What = Parameters<Events['exportOrdered']>[0]['what'];

/** That wait for somebody or for the machine. */
const underWayMax = 20;
/** Packages that lie here. */
const readyMax = 10;
const ordersMax = 50;
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

  /** Nobody knows any more whose these were. */
  start(): void {
    rmSync(this.#folder, { recursive: true, force: true });
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
    const refusal = this.#step(order, answer === 'refuse' ? { name: answer, by, words } : { name: answer, by }, hearer);
    if (refusal !== undefined) {
      const what = ({ approve: 'approved', refuse: 'refused', withdraw: 'withdrawn' } as const)[answer];
      this.#tell(what, order, hearer, { refusal });
      return { refusal };
    }
    if (answer === 'approve') this.#build(id);
    return { order: id };
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
    const path = this.#pathOf(id);
    try {
      const octets = statSync(path).size;
      return { file: createReadStream(path), octets, name: `escaut-${this.#gateway}-${id}.zip` };
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      return 'unknown';
    }
  }

  #build(id: number): void {
    const order = this.#orders.get(id);
    if (order === undefined) return;
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const step = (event: OrderEvent) => {
      const now = this.#orders.get(id);
      if (now !== undefined) this.#step(now, event);
    };
    this.#ports.build(order, this.#pathOf(id), {
      progress: (done, all) => step({ name: 'progress', done, all }),
      built: (made) => step({ name: 'built', made }),
      failed: (words) => step({ name: 'failed', words }),
    });
  }

  #step(order: ExportOrder, event: OrderEvent, by?: Hearer): string | undefined {
    const next = stepOrder(order, event, this.#ports.clock.utcMs());
    if (typeof next === 'string') return next;
    if (next === order) return undefined;
    const what = next.state === order.state ? undefined : whats[next.state];
    if (what !== undefined) {
      const { made, words } = next;
      const hash = made === undefined ? {} : { manifestSha256: made.manifestSha256 };
      this.#tell(what, next, by, { ...hash, ...(words !== '' && { words }) });
    }
    if (next.state === 'gone') rmSync(this.#pathOf(next.id), { force: true });
    this.#set(next);
    if (next.state === 'ready') this.#makeRoom();
    return undefined;
  }

  #set(order: ExportOrder): void {
    this.#orders.set(order.id, order);
    this.#ports.show(order);
    this.#await();
  }

  /** Of too many the oldest goes before its time. */
  #makeRoom(): void {
    const ready = [...this.#orders.values()].filter(({ state }) => state === 'ready');
    for (const order of ready.slice(0, -readyMax)) this.#step({ ...order, sinceUtcMs: 0 }, { name: 'tick' });
  }

  #tick(): void {
    for (const order of [...this.#orders.values()]) this.#step(order, { name: 'tick' });
    this.#await();
  }

  #await(): void {
    const { clock } = this.#ports;
    const due = Math.min(Infinity, ...[...this.#orders.values()].map(dueUtcMs));
    this.#alarm.setAt(clock.nowMs() + Math.max(0, due - clock.utcMs()));
  }

  #pathOf(id: number): string {
    return join(this.#folder, `${id}.zip`);
  }

  #tell(
    what: What,
    { id, by, second, reason, fromUtcMs, toUtcMs, groups, incident }: ExportOrder,
    who: Person | undefined,
    more: { readonly refusal?: string; readonly words?: string; readonly manifestSha256?: string },
  ): void {
    const acting = who ?? by;
    this.#ports.events.exportOrdered({
      ...{ what, order: id, reason, groups },
      ...{ operator: acting.display, role: acting.role, controlRoom: acting.controlRoom },
      second: acting.person === second.person ? by.display : second.display,
      ...{ fromUtc: new Date(fromUtcMs).toISOString(), toUtc: new Date(toUtcMs).toISOString() },
      ...(incident !== '' && { incident }),
      ...more,
    });
  }
}
