/**
 * Counters, gauges and histograms: one table says which exist, and the types hold every caller to it.
 *
 * Names on the wire are `escaut_` + the table's key. Labels take few values, all listed here or bounded by the
 * configuration (a network's id); identifiers of calls, people and sessions go to the log line instead.
 * docs/operations.md is checked against this table.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

type Definition =
  | { readonly kind: 'counter' | 'gauge'; readonly help: string; readonly labels: readonly string[] }
  | {
      readonly kind: 'histogram';
      readonly help: string;
      readonly labels: readonly string[];
      readonly buckets: readonly number[];
    };

const metrics = {
  // SIP and attachments
  sip_messages_total: { kind: 'counter', labels: ['direction'], help: 'SIP messages by direction: in, out.' },
  sip_messages_dropped_total: {
    kind: 'counter',
    labels: ['reason'],
    help: 'SIP input not acted on: malformed, stranger, overload, too-long.',
  },
  floor_messages_total: {
    kind: 'counter',
    labels: ['direction'],
    help: 'Floor control messages (MCPTT) by direction: in, out.',
  },
  floor_messages_dropped_total: {
    kind: 'counter',
    labels: ['reason'],
    help: 'Floor control input not acted on: stranger, overload, malformed, not-genuine; or not sent: not-sealed.',
  },
  sip_calls_total: {
    kind: 'counter',
    labels: ['direction', 'result'],
    help: 'Leg calls that ended their set-up: answered, refused, timed-out.',
  },
  legs: { kind: 'gauge', labels: ['state'], help: 'Legs by state: up, connecting, down, closed.' },
  leg_changes_total: { kind: 'counter', labels: ['network', 'state'], help: "Changes of a leg's state." },
  leg_packets_received_total: { kind: 'counter', labels: ['leg'], help: 'RTP packets of a leg that were taken.' },
  leg_packets_lost_total: {
    kind: 'counter',
    labels: ['leg'],
    help: 'RTP packets of a leg that never came (RFC 3550 A.3).',
  },
  leg_jitter_seconds: {
    kind: 'gauge',
    labels: ['leg'],
    help: "Interarrival jitter of a leg's RTP (RFC 3550 A.8), at its last packets.",
  },
  leg_round_trip_seconds: {
    kind: 'gauge',
    labels: ['leg'],
    help: "Round trip to a leg's far end, from its RTCP reports (RFC 3550 §6.4.1).",
  },
  leg_far_loss_ratio: {
    kind: 'gauge',
    labels: ['leg'],
    help: 'Loss of our RTP as the far end of a leg last reported it, 0 to 1.',
  },
  attachment_up: {
    kind: 'gauge',
    labels: ['attachment'],
    help: '1 while the far end of an attachment answers, else 0.',
  },
  data_received_total: {
    kind: 'counter',
    labels: ['attachment', 'data'],
    help: 'What networks sent beside voice: status, text, position, alarm.',
  },
  data_refused_total: {
    kind: 'counter',
    labels: ['attachment', 'why'],
    help: 'SIP messages of a far end that were not taken: too-many, too-long, unreadable, not-carried, echo, reserved.',
  },
  data_passed_total: {
    kind: 'counter',
    labels: ['attachment', 'data'],
    help: 'What arrived at a far end of what other networks sent beside voice.',
  },
  data_undelivered_total: {
    kind: 'counter',
    labels: ['network', 'why'],
    help: 'What did not arrive there: not-carried, not-reached, refused, too-long, too-many.',
  },
  bridging_total: {
    kind: 'counter',
    labels: ['what', 'result'],
    help: 'What persons and schedules did with groups, done or refused, and what came to its end.',
  },
  emergencies_total: {
    kind: 'counter',
    labels: ['what'],
    help: 'What became of emergencies: raised, repeated, reminded, escalated, acknowledge, clear, confirm, refused …',
  },
  not_permitted_total: {
    kind: 'counter',
    labels: ['permission'],
    help: 'What persons asked for and their role may not do.',
  },
  older_lost_total: {
    kind: 'counter',
    labels: ['list'],
    help: 'Items that made room for newer ones, and found it neither on the disk nor in memory: they are lost.',
  },
  timeline_crowded_out_total: {
    kind: 'counter',
    labels: [],
    help: 'Entries of the timeline that made room for newer ones: they are kept, and shown no more.',
  },
  timeline_repeated_total: {
    kind: 'counter',
    labels: [],
    help: 'Refusals that were like the one before and stand in the timeline once.',
  },
  exports_ordered_total: {
    kind: 'counter',
    labels: ['what'],
    help: 'Exports of recordings ordered at consoles: ordered, approved, refused, withdrawn, lapsed, built, failed, fetched, removed; not-done.',
  },
  recordings_searched_total: { kind: 'counter', labels: [], help: 'Searches of permanent recordings by persons.' },
  recordings_heard_total: {
    kind: 'counter',
    labels: [],
    help: 'Permanent recordings that persons were given to hear.',
  },
  recalled_total: { kind: 'counter', labels: [], help: 'Overs that persons listened to again.' },
  intercom_calls_total: {
    kind: 'counter',
    labels: ['what'],
    help: 'Calls between consoles: called, answered, busy; over as hung-up, refused, cancelled, unanswered, lost.',
  },
  direct_line_calls_total: {
    kind: 'counter',
    labels: ['what'],
    help: 'Calls on direct lines: dialled, called, answered, busy, unattended, refused; over as hung-up, refused, cancelled, unanswered, busy, unknown-number, unreachable, failed, lost.',
  },
  hits_total: {
    kind: 'counter',
    labels: ['what', 'result'],
    help: 'Hits of number-plate cameras: new, merged, repeated reads; confirmed, rejected by a person, or refused to one; lapsed.',
  },
  exercise_hits_total: {
    kind: 'counter',
    labels: ['what', 'result'],
    help: 'Hits that were made up for exercises, as `hits_total` counts the real ones.',
  },
  hits_refused_total: {
    kind: 'counter',
    labels: ['reason'],
    help: 'Messages to the intake of hits that were not taken: token, token-expired, token-revoked, token-scope, token-away, locked, rate, malformed, photo, plate-in-text, conflict, too-long, media-type.',
  },
  logins_total: {
    kind: 'counter',
    labels: ['result'],
    help: 'Logins: in, or why not: credentials, code-needed, code, wait, elsewhere, invitation, busy, away, or what is wrong with a new password.',
  },
  announcements_total: {
    kind: 'counter',
    labels: ['announcement', 'end'],
    help: 'What the gateway said on the air: played, cut, late, refused, unspoken (no voice), silent (switched off).',
  },
  certificate_expires_time_seconds: {
    kind: 'gauge',
    labels: ['certificate'],
    help: 'When a certificate ends, s since 1970: ours by listener (sip.listen[0], console.tls), the last that a far end showed by attachment.',
  },
  certificates_refused_total: {
    kind: 'counter',
    labels: [],
    help: 'TLS connections refused over certificates, and changed certificate files that cannot be used.',
  },
  attachment_losses_total: {
    kind: 'counter',
    labels: ['attachment'],
    help: 'Times that an attachment stopped answering.',
  },
  link_refused_total: {
    kind: 'counter',
    labels: ['attachment', 'reason'],
    help: 'Connections to a link turned away: stranger, overload, handshake, credentials, version, voice, busy; by service token token, token-expired, token-revoked, token-scope, token-away, token-busy.',
  },
  link_irregularities_total: {
    kind: 'counter',
    labels: ['attachment', 'what'],
    help: 'On links: malformed, unknown, repeated and stale messages, no-such-talkgroup, voice-dropped, event-dropped, event-lost-by-agent, undeclared (what Hello did not name).',
  },
  link_clock_offset_seconds: {
    kind: 'gauge',
    labels: ['attachment'],
    help: "How far the clock of a link's agent is ahead of ours.",
  },
  link_round_trip_seconds: { kind: 'gauge', labels: ['attachment'], help: 'Round trip to the agent of a link.' },

  leg_moves_total: {
    kind: 'counter',
    labels: ['network', 'why'],
    help: 'Times that another attachment took a leg: lost, not-up, return.',
  },
  loops_total: {
    kind: 'counter',
    labels: ['group'],
    help: 'Times that a leg was isolated because what we sent came back on it.',
  },
  path_loops_total: {
    kind: 'counter',
    labels: ['attachment'],
    help: 'Calls and talkgroups refused because they lead back to us.',
  },
  leg_sheds_total: { kind: 'counter', labels: ['network'], help: 'Times that a leg lost its channel to others (R7).' },
  clock_offset_seconds: {
    kind: 'gauge',
    labels: [],
    help: "How far this machine's clock is ahead of the time servers; absent while that is not known.",
  },
  clock_bound_seconds: { kind: 'gauge', labels: [], help: 'By how much that may be wrong.' },
  clock_steps_total: { kind: 'counter', labels: [], help: "Times that this machine's clock was set by 10 ms or more." },
  audit_lines_waiting: {
    kind: 'gauge',
    labels: [],
    help: 'Lines of the audit log that wait for its database, on the disk or in memory.',
  },
  service_tokens_ending: {
    kind: 'gauge',
    labels: [],
    help: 'Service tokens that end within two weeks, or have, and are not revoked.',
  },
  audit_store_up: { kind: 'gauge', labels: [], help: '0 while the database of the audit log cannot be written.' },
  audit_lines_lost_total: { kind: 'counter', labels: [], help: 'Lines of the audit log for which there was no room.' },
  disk_free_bytes: { kind: 'gauge', labels: ['of'], help: 'Free on the disk of the state folder, and of recordings.' },
  administration_open: {
    kind: 'gauge',
    labels: [],
    help: '0 while a disk is nearly full, so that nothing but evidence is written.',
  },
  recording_up: {
    kind: 'gauge',
    labels: [],
    help: '0 while recordings cannot be written, or hardly any room is left.',
  },
  cards_unchecked: {
    kind: 'gauge',
    labels: [],
    help: '1 while some smart cards, or all, are refused since it cannot be known whether they are revoked.',
  },
  signing_key_kept: {
    kind: 'gauge',
    labels: [],
    help: '0 while the key that signs evidence cannot be kept: after a restart it is another one.',
  },
  retention_up: {
    kind: 'gauge',
    labels: [],
    help: '0 while nothing is deleted, however old: the clock is doubted, or nothing can be signed.',
  },
  recordings_total: { kind: 'counter', labels: ['whole'], help: 'Overs recorded; whole=no: a part is missing.' },
  recording_gaps_total: {
    kind: 'counter',
    labels: [],
    help: 'Overs that lack a part in their recording, or all of it; each is in the audit log.',
  },
  refusals_counted_total: {
    kind: 'counter',
    labels: ['of'],
    help: 'Refusals that were counted and not written, since one party had many within a minute; of: their event.',
  },
  proofs_total: { kind: 'counter', labels: ['verdict'], help: 'Proofs of lines to the networks, and test calls.' },
  proof_green: { kind: 'gauge', labels: [], help: '1 if the last proof of all lines was green.' },
  legs_shed: {
    kind: 'gauge',
    labels: [],
    help: 'Legs for which no attachment that works has a channel; not those of proofs and trials.',
  },
  network_on_second_way: {
    kind: 'gauge',
    labels: ['network'],
    help: '1 while a network is reached by another attachment than the best ranked, else 0.',
  },

  // Talk
  overs_cut_total: {
    kind: 'counter',
    labels: ['end'],
    help: 'Overs whose speech was cut, by how: pre-empted, left, silence …',
  },
  overs_total: { kind: 'counter', labels: ['end'], help: 'Overs by how they ended: released, talk-limit, silence …' },
  over_seconds: {
    kind: 'histogram',
    labels: [],
    buckets: [0.5, 1, 2, 5, 10, 20, 30, 60],
    help: 'Length of an over.',
  },
  over_lost_seconds_total: { kind: 'counter', labels: [], help: 'Speech that a leg should have got and did not.' },
  floor_answers_total: {
    kind: 'counter',
    labels: ['result'],
    help: 'Answers to floor requests: granted, queued, denied, revoked.',
  },

  // Processes
  voice_process_up: { kind: 'gauge', labels: [], help: '1 while the voice process is ready, else 0.' },
  voice_process_deaths_total: { kind: 'counter', labels: [], help: 'Times that the voice process ended unasked.' },
  media_workers: { kind: 'gauge', labels: [], help: 'mediasoup workers that live.' },
  media_worker_deaths_total: { kind: 'counter', labels: [], help: 'Times that a mediasoup worker ended unasked.' },

  // Consoles
  consoles: { kind: 'gauge', labels: [], help: 'Consoles with an open link.' },
  console_links_total: { kind: 'counter', labels: ['result'], help: 'Console links: opened, resumed, refused.' },
  console_links_closed_total: {
    kind: 'counter',
    labels: ['reason'],
    help: 'Console links closed: left, lost, slow, protocol, stopping.',
  },
  console_irregularities_total: {
    kind: 'counter',
    labels: ['kind'],
    help: 'On console links: refused, malformed or ignored messages, stale-answer, floor-taken-back, state messages held, slow consoles cut, too-often: pages that come back without end and were put off.',
  },
  console_round_trip_seconds: {
    kind: 'histogram',
    labels: [],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2],
    help: 'Round trip of the console link, as pages measure it every 5 s.',
  },
  console_jitter_buffer_seconds: {
    kind: 'histogram',
    labels: [],
    buckets: [0.02, 0.04, 0.06, 0.1, 0.2, 0.5, 1],
    help: 'Delay of the jitter buffer at the ear of an operator, as pages measure it.',
  },
  console_concealed_ratio: {
    kind: 'histogram',
    labels: [],
    buckets: [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5],
    help: 'Share of what operators heard that was made up for lost packets, 0–1.',
  },

  // HTTP
  http_requests_total: { kind: 'counter', labels: ['status'], help: 'HTTP answers by class: 2xx, 3xx, 4xx, 5xx.' },
  http_request_seconds: {
    kind: 'histogram',
    labels: [],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2],
    help: 'Time from an HTTP request to its answer.',
  },
  http_refused_total: {
    kind: 'counter',
    labels: ['reason'],
    help: 'HTTP requests refused before any work: host, origin, method, malformed, timeout, full, second-factor.',
  },
  http_limited_total: {
    kind: 'counter',
    labels: ['door'],
    help: 'HTTP requests answered 429, since there were too many: login, fleet, hits …, as below /api/v1/.',
  },

  // The gateway itself
  log_lines_dropped_total: {
    kind: 'counter',
    labels: [],
    help: 'Log lines lost because standard output was not read.',
  },
  event_loop_delay_seconds: {
    kind: 'gauge',
    labels: ['quantile'],
    help: "Delay of the main process' event loop since the last reading: p50, p99, max.",
  },
  cpu_seconds_total: { kind: 'counter', labels: [], help: 'CPU time of the main process.' },
  memory_bytes: { kind: 'gauge', labels: ['kind'], help: 'Memory of the main process: resident, heap, external.' },
  open_handles: { kind: 'gauge', labels: [], help: 'Sockets, timers and pipes that the main process holds.' },
  start_time_seconds: { kind: 'gauge', labels: [], help: 'When the gateway started, s since 1970.' },
} as const satisfies Record<string, Definition>;

type Metrics = typeof metrics;
type NamesOf<K extends Definition['kind']> = {
  [N in keyof Metrics]: Metrics[N]['kind'] extends K ? N : never;
}[keyof Metrics];
type LabelsOf<N extends keyof Metrics> = Metrics[N]['labels'][number];
/** Labels are asked for exactly when the table has them. */
type LabelArguments<N extends keyof Metrics> = [LabelsOf<N>] extends [never]
  ? []
  : [labels: Readonly<Record<LabelsOf<N>, string>>];

const prefix = 'escaut_';

/** The table as Markdown, for docs/operations.md. */
export function describeMetrics(): string {
  const rows = Object.entries<Definition>(metrics).map(
    ([name, { kind, labels, help }]) => `| \`${prefix}${name}\` | ${kind} | ${labels.join(', ')} | ${help} |\n`,
  );
  return `| Name | Kind | Labels | Meaning |\n|---|---|---|---|\n${rows.join('')}`;
}

/** The gateway's numbers, as /metrics shows them. One per process; tests make their own. */
export class Meter {
  readonly #registry = new Registry();
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, Histogram>();
  /** Last totals of mirrored counters, to add only what came since. */
  readonly #mirrored = new Map<string, number>();

  constructor() {
    for (const [key, definition] of Object.entries<Definition>(metrics)) {
      const common = {
        name: prefix + key,
        help: definition.help,
        labelNames: [...definition.labels],
        registers: [this.#registry],
      };
      if (definition.kind === 'histogram') {
        this.#histograms.set(key, new Histogram({ ...common, buckets: [...definition.buckets] }));
      } else if (definition.kind === 'counter') this.#counters.set(key, new Counter(common));
      else this.#gauges.set(key, new Gauge(common));
    }
  }

  /** Adds to a counter; `by` must not be negative. */
  add<N extends NamesOf<'counter'>>(name: N, by: number, ...labels: LabelArguments<N>): void {
    this.#counters.get(name)!.inc(labels[0] ?? {}, by);
  }

  /** Sets a gauge. */
  set<N extends NamesOf<'gauge'>>(name: N, value: number, ...labels: LabelArguments<N>): void {
    this.#gauges.get(name)!.set(labels[0] ?? {}, value);
  }

  /** Takes one reading into a histogram, in the unit of its name. */
  observe<N extends NamesOf<'histogram'>>(name: N, value: number, ...labels: LabelArguments<N>): void {
    this.#histograms.get(name)!.observe(labels[0] ?? {}, value);
  }

  /** Takes a gauge off the page: what it measured is gone. */
  forget<N extends NamesOf<'gauge'>>(name: N, ...labels: LabelArguments<N>): void {
    this.#gauges.get(name)!.remove(labels[0] ?? {});
  }

  /** Shows a total that another process of ours counts, as `mirror` does. */
  mirrorTotal<N extends NamesOf<'counter'>>(name: N, total: number, ...labels: LabelArguments<N>): void {
    const series = Object.values(labels[0] ?? {}).join('\n');
    this.#counters.get(name)!.inc(labels[0] ?? {}, this.#grown(`${name}\n${series}`, total));
  }

  /**
   * Shows the numbers that another process of ours counts: `packetsReceived` of `voice` becomes
   * escaut_voice_packets_received_total. The counters are totals of that process, from 0 again after `mirrorAfresh`.
   * Names beyond a bound are left out.
   */
  mirror(process: 'voice', counters: Readonly<Record<string, number>>, gauges: Readonly<Record<string, number>>): void {
    for (const [name, total] of Object.entries(counters)) {
      if (!(total >= 0 && total < Infinity)) continue;
      const key = `${process}_${snakeCase(name)}_total`;
      const counter = this.#counters.get(key) ?? this.#learn(key, Counter, this.#counters, name);
      counter?.inc(this.#grown(key, total));
    }
    for (const [name, value] of Object.entries(gauges)) {
      const key = `${process}_${snakeCase(name)}`;
      (this.#gauges.get(key) ?? this.#learn(key, Gauge, this.#gauges, name))?.set(value);
    }
  }

  /** The other process was restarted: its totals begin at 0, and counting goes on from what was shown. */
  mirrorAfresh(): void {
    this.#mirrored.clear();
  }

  /** A total that falls a little (a packet held lost came late after all) is not counted twice. */
  #grown(key: string, total: number): number {
    const last = this.#mirrored.get(key) ?? 0;
    if (!(total > last)) return 0;
    this.#mirrored.set(key, total);
    return total - last;
  }

  /** The Prometheus text format, version 0.0.4. */
  async text(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The present value of a counter or gauge; 0 when it has not been touched. For tests and health. */
  async value<N extends NamesOf<'counter' | 'gauge'>>(name: N, ...labels: LabelArguments<N>): Promise<number> {
    const metric = this.#counters.get(name) ?? this.#gauges.get(name);
    const wanted = Object.entries(labels[0] ?? {});
    const { values } = await metric!.get();
    return values.find((entry) => wanted.every(([key, value]) => entry.labels[key] === value))?.value ?? 0;
  }

  #learn<M extends Counter | Gauge>(
    key: string,
    kind: new (options: { name: string; help: string; registers: Registry[] }) => M,
    known: Map<string, M>,
    source: string,
  ): M | undefined {
    if (this.#counters.size + this.#gauges.size >= namesMax || !/^[a-z][a-z0-9_]*$/.test(key)) return undefined;
    const metric = new kind({
      name: prefix + key,
      help: `${source}, as the process counts it.`,
      registers: [this.#registry],
    });
    known.set(key, metric);
    return metric;
  }
}

/** Other processes' names are learnt as they come; a fault there must not grow this process. */
const namesMax = 250;

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
