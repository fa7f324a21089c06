/** What persons do with groups, and what becomes of it. */
import type { AskedLine, Desk } from './desk.ts';

/** All but what was not even read. */
export type OperationListener = {
  readonly [Name in Exclude<keyof OperationEvents, 'hitRefused'>]: (at: Parameters<OperationEvents[Name]>[0]) => void;
};

export class OperationEvents {
  readonly #log: Desk['log'];
  readonly #meter: Desk['meter'];
  readonly #listener: () => OperationListener | undefined;

  constructor(desk: Desk, listener: () => OperationListener | undefined) {
    this.#log = desk.log;
    this.#meter = desk.meter;
    this.#listener = listener;
  }

  /** Somebody did something with a group, or was refused; or an end came. */
  bridging(at: {
    what: string;
    group: string;
    talkgroup?: string;
    operator?: string;
    role?: string;
    controlRoom?: string;
    reason?: string;
    elsewhere?: string;
    refusal?: string;
    exercise?: 'under-way' | 'suspended';
  }): void {
    const result = at.refusal === undefined ? 'done' : 'refused';
    this.#meter.add('bridging_total', 1, { what: at.what, result });
    this.#log.info({ event: 'bridging.changed', ...at });
    this.#listener()?.bridging(at);
  }

  /** Somebody activated, changed or ended an alert plan, with his words, or was refused; or its time came. */
  alertPlan(at: {
    what: string;
    plan: string;
    level?: number;
    place?: string;
    manned?: boolean;
    /** Call sign of whoever holds a post, or leaves it. */
    unit?: string;
    operator?: string;
    role?: string;
    controlRoom?: string;
    /** As persons said them, one by one. */
    words?: readonly string[];
    refusal?: string;
    /** Of a plan that is one. */
    exercise?: true;
  }): void {
    const { level, words, ...rest } = at;
    const said = { ...(level !== undefined && { planLevel: level }), ...(words !== undefined && { texts: words }) };
    this.#log.info({ event: 'plan.changed', ...rest, ...said });
    this.#listener()?.alertPlan(at);
  }

  /** Somebody wrote into a border record, or was refused. */
  borderRecord(at: {
    what: string;
    group: string;
    record?: string;
    place?: string;
    /** Of the unit that crosses. */
    callSign?: string;
    operator?: string;
    role?: string;
    controlRoom?: string;
    refusal?: string;
  }): void {
    this.#log.info({ event: 'border.changed', ...at });
    this.#listener()?.borderRecord(at);
  }

  /** A hit of a number-plate camera came, was validated, or what a person asked about it was refused. Never a plate. */
  hit(at: {
    what: 'new' | 'merged' | 'repeated' | 'confirmed' | 'rejected' | 'lapsed';
    hit: number;
    source?: string;
    reference?: string;
    /** Service token by which it came, by its id. */
    tokenId?: string;
    checked?: string;
    operator?: string;
    role?: string;
    controlRoom?: string;
    refusal?: string;
    /** Made up for one. */
    exercise?: true;
  }): void {
    const result = at.refusal === undefined ? 'done' : 'refused';
    this.#meter.add(at.exercise ? 'exercise_hits_total' : 'hits_total', 1, { what: at.what, result });
    this.#log.info({ event: 'hit.changed', ...at });
    this.#listener()?.hit(at);
  }

  /** A message to the intake of hits was not taken. `fields`: names of those that were wrong, never what is in them. */
  hitRefused(at: {
    source?: string;
    /** Service token, by its id. */
    tokenId?: string;
    client?: string;
    reason: string;
    fields?: readonly string[];
  }): void {
    this.#meter.add('hits_refused_total', 1, { reason: at.reason });
    // Whoever goes on and on is counted alone.
    const often = at.reason === 'locked' || at.reason === 'rate';
    this.#log[often ? 'debug' : 'warn']({ event: 'hit.refused', ...at });
  }

  /** Two operators by intercom: called, answered, over, or one of them was in another call. What is said is not kept. */
  intercom(at: {
    what: 'called' | 'answered' | 'over' | 'busy';
    call?: number;
    operator: string;
    role: string;
    controlRoom: string;
    called: string;
    end?: string;
    durationMs?: number;
  }): void {
    this.#meter.add('intercom_calls_total', 1, { what: at.what === 'over' ? (at.end ?? '') : at.what });
    this.#log.info({ event: 'intercom.changed', ...at });
    this.#listener()?.intercom(at);
  }

  /** A direct line: dialled from here, called from there, answered, over; or whoever wanted it was refused. */
  directLine(at: {
    what: 'dialled' | 'called' | 'answered' | 'over' | 'busy' | 'unattended' | 'refused';
    line: string;
    call?: number;
    operator?: string;
    role?: string;
    controlRoom?: string;
    end?: string;
    durationMs?: number;
    reason?: string;
    refusal?: string;
  }): void {
    this.#meter.add('direct_line_calls_total', 1, { what: at.what === 'over' ? (at.end ?? '') : at.what });
    const { line: directLine, ...rest } = at;
    this.#log.info({ event: 'line.changed', directLine, ...rest });
    this.#listener()?.directLine(at);
  }

  /** An operator wrote to all sides of a group, or was refused; the words themselves are nobody's business here. */
  textSent(at: AskedLine & { group: string; legs: number }): void {
    this.#log.info({ event: 'text.sent', ...at });
    this.#listener()?.textSent(at);
  }

  /** A person took a talker off the floor, or was refused. `talker`: as consoles show him. */
  talkerRemoved(at: AskedLine & { group: string; over: number; talker: string; reason: string }): void {
    this.#log.warn({ event: 'talker.removed', ...at });
    this.#listener()?.talkerRemoved(at);
  }

  /** Somebody hands his shift to a colleague, who confirms or refuses it; or the request was refused, or nobody answered. */
  handOver(at: {
    what: string;
    handOver?: number;
    colleague?: string;
    operator?: string;
    role?: string;
    controlRoom?: string;
    words?: string;
    refusal?: string;
  }): void {
    this.#log.info({ event: 'shift.changed', ...at });
    this.#listener()?.handOver(at);
  }

  /** A unit in distress, and what was done about it, by whom and with which words (cause, proof), or refused. */
  emergency(at: {
    what: string;
    emergency: number;
    group?: string;
    leg?: string;
    talker?: string;
    home?: readonly string[];
    operator?: string;
    role?: string;
    controlRoom?: string;
    words?: string;
    refusal?: string;
  }): void {
    this.#meter.add('emergencies_total', 1, { what: at.refusal === undefined ? at.what : 'refused' });
    this.#log[at.what === 'raised' || at.what === 'escalated' ? 'warn' : 'info']({ event: 'emergency.changed', ...at });
    this.#listener()?.emergency(at);
  }

  /** What the gateway said on the air, and how that ended; `unspoken`: no voice could be made of it. */
  announcement(at: {
    group: string;
    announcement: string;
    end: 'played' | 'cut' | 'late' | 'refused' | 'unspoken' | 'silent';
    texts: readonly string[];
    talkgroups: readonly string[];
    /** Members that it was for and whose leg carried nothing. */
    missed?: readonly string[];
    exercise?: boolean;
    reason?: string;
  }): void {
    this.#meter.add('announcements_total', 1, { announcement: at.announcement, end: at.end });
    const well = at.end === 'played' || at.end === 'silent';
    this.#log[well ? 'info' : 'warn']({ event: 'announcement.ended', ...at });
    this.#listener()?.announcement(at);
  }
}
