/**
 * Tries an agent of the link against proto/link.proto: plays the gateway, over four connections of the agent.
 *
 *   1  Hello is judged, and refused             hello, credentials, reconnect-paced
 *   2  welcomed; then cut without warning       affiliation … credit
 *   3  resumed; then a message that cannot be   resume, events-again, onward-taken, receipts, oversized-closed
 *   4  welcomed; the gateway falls silent       talk-ends, dead-gateway
 */
import {
  capability,
  type Hello,
  linkCodec,
  linkVersion,
  type OutBody,
  receiptResult,
  refusedReason,
  talkResult,
  voiceMode,
} from '../protocols/link/frames.ts';
import { type Connection, Judge, pause } from './link-judge.ts';

export interface LinkConformanceOptions {
  readonly host: string;
  readonly port: number;
  readonly talkgroup: string;
  readonly agent?: string;
  readonly token?: string;
  readonly voice: 'rtp' | 'frames';
  /** How long the agent may take to begin a talk of its own; then those checks are passed over. */
  readonly talkWaitMs: number;
}

export interface CheckResult {
  readonly check: string;
  readonly result: 'pass' | 'fail' | 'skipped';
  /** What was seen. */
  readonly detail: string;
}

const resumeToken = 'conformance-1';
const pingIntervalMs = 500;
const deadAfterMs = 2000;
/** The first connection may wait for somebody to start the agent. */
const firstMs = 60_000;
const againMs = 10_000;
const everyAbility = Object.values(capability).filter((each) => typeof each === 'number' && each > 0) as number[];

/** Runs all checks in order. @throws GatewayError when the address cannot be listened on. */
export async function runLinkConformance(
  options: LinkConformanceOptions,
  onListening: (port: number) => void,
  onResult: (result: CheckResult) => void,
): Promise<readonly CheckResult[]> {
  const judge = await Judge.open(options.host, options.port);
  onListening(judge.port);
  const results: CheckResult[] = [];
  const say = (result: CheckResult): void => {
    results.push(result);
    onResult(result);
  };
  try {
    await new Trial(judge, options, say).run();
  } finally {
    await judge.close();
  }
  return results;
}

class Trial {
  readonly #judge: Judge;
  readonly #options: LinkConformanceOptions;
  readonly #say: (result: CheckResult) => void;
  #talksSeen = 0;

  constructor(judge: Judge, options: LinkConformanceOptions, say: (result: CheckResult) => void) {
    this.#judge = judge;
    this.#options = options;
    this.#say = say;
  }

  async run(): Promise<void> {
    if (!(await this.#first())) return;
    const second = await this.#judge.next(againMs);
    if (second === undefined) return this.#check('reconnects', false, 'did not connect again within 10 s');
    await this.#welcomed(second);
    const acknowledged = Math.max(0, ...second.heard.map(({ frame }) => frame.ack));
    const events = eventsOf(second);
    second.cut();
    const third = await this.#judge.next(againMs);
    if (third === undefined) return this.#check('resume', false, 'did not connect again within 10 s');
    await this.#resumed(third, acknowledged, events);
    const fourth = await this.#judge.next(againMs);
    if (fourth === undefined) return this.#check('dead-gateway', false, 'did not connect again within 10 s');
    await this.#deserted(fourth);
  }

  #check(check: string, passed: boolean, detail: string): void {
    this.#say({ check, result: passed ? 'pass' : 'fail', detail });
  }

  #skip(check: string, detail: string): void {
    this.#say({ check, result: 'skipped', detail });
  }

  // ── 1 ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #first(): Promise<boolean> {
    const connection = await this.#judge.next(firstMs);
    const first = connection?.heard[0]?.frame.body;
    if (connection === undefined || first?.name !== 'hello') {
      this.#check(
        'hello',
        false,
        connection === undefined ? 'nobody connected' : `began with ${first?.name ?? 'nothing'}`,
      );
      return false;
    }
    const { agent, token, voice } = this.#options;
    const mode = voice === 'rtp' ? voiceMode.RTP : voiceMode.FRAMES;
    const faults = [
      ...(first.versionMin <= linkVersion && first.versionMax >= linkVersion ? [] : ['version 1 is not in its range']),
      ...(first.voice.includes(mode) ? [] : [`does not offer voice by ${voice}`]),
      ...(first.codecs.length > 0 ? [] : ['offers no codec']),
    ];
    this.#check('hello', faults.length === 0, faults.join('; ') || `${first.agent}, ${first.software}`);
    const known = (agent === undefined || agent === first.agent) && (token === undefined || token === first.token);
    this.#check('credentials', known, known ? '' : 'another name or token than said on the command line');
    const refusedMs = performance.now();
    connection.say({ refused: { reason: refusedReason.BUSY, detail: 'conformance test' } });
    connection.cut();
    const again = await this.#returned(this.#judge.connections.length, refusedMs);
    this.#check(
      'reconnect-paced',
      again !== undefined && again >= 350,
      again === undefined
        ? 'did not come back within 10 s'
        : `back after ${Math.round(again)} ms (0.5 s ± 20 % asked for)`,
    );
    return again !== undefined;
  }

  /** How long until there is one more connection. */
  async #returned(count: number, sinceMs: number): Promise<number | undefined> {
    for (let waited = 0; waited < againMs; waited += 10) {
      const connection = this.#judge.connections[count];
      if (connection !== undefined) return connection.sinceMs - sinceMs;
      await pause(10);
    }
    return undefined;
  }

  // ── 2 ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #welcomed(connection: Connection): Promise<void> {
    const welcomedMs = performance.now();
    connection.credit = 1;
    this.#welcome(connection, false, 0);
    connection.live();
    await this.#affiliates(connection);
    await this.#lives(connection, welcomedMs);
    await this.#acknowledges(connection);
    await this.#answersTalk(connection);
    await this.#talks(connection);
    await this.#skipsUnknown(connection);
    const beyond = eventsOf(connection).filter(({ seq }) => seq > 1);
    const events = eventsOf(connection).length;
    if (events === 0) this.#skip('credit', 'the agent sent no event');
    else
      this.#check('credit', beyond.length === 0, `${events} events, ${beyond.length} of them beyond the credit of 1`);
  }

  async #affiliates(connection: Connection): Promise<void> {
    const { talkgroup, voice } = this.#options;
    connection.say({ join: { talkgroup, name: 'CONFORMANCE', rtpPort: voice === 'rtp' ? this.#judge.rtpPort : 0 } });
    const said = () => connection.find('affiliation').find((each) => each.talkgroup === talkgroup);
    await connection.until(() => said() !== undefined, 5000);
    const { carried, rtpPort = 0, reason } = said() ?? {};
    const port = voice === 'frames' || (rtpPort > 0 && rtpPort % 2 === 0);
    this.#check(
      'affiliation',
      carried === true && port,
      carried === undefined
        ? 'no answer to Join within 5 s'
        : carried
          ? port
            ? ''
            : `RTP port ${rtpPort} is not an even one`
          : `does not carry ${talkgroup}: ${reason}`,
    );
  }

  async #lives(connection: Connection, sinceMs: number): Promise<void> {
    const sentUtcUs = 1_234_567_890_123_456;
    const askedMs = performance.now();
    connection.say({ ping: { sentUtcUs } });
    const pong = () => connection.find('pong', askedMs).find((each) => each.sentUtcUs === sentUtcUs);
    await connection.until(() => pong() !== undefined, 1000);
    const clock = Math.abs((pong()?.receivedUtcUs ?? 0) / 1000 - Date.now()) < 86_400_000;
    this.#check(
      'ping-answered',
      pong() !== undefined && clock,
      pong() === undefined ? 'no Pong with our time within 1 s' : clock ? '' : 'its clock is a day off: µs since 1970?',
    );
    await pause(Math.max(0, 3 * pingIntervalMs + 200 - (performance.now() - sinceMs)));
    const pings = connection.find('ping').length;
    this.#check(
      'pings',
      pings >= 2,
      `${pings} in ${Math.round(performance.now() - sinceMs)} ms, one each ${pingIntervalMs} asked for`,
    );
  }

  async #acknowledges(connection: Connection): Promise<void> {
    const status: OutBody = { status: { talkgroup: this.#options.talkgroup, code: 1 } };
    const highest = () => Math.max(0, ...connection.heard.map(({ frame }) => frame.ack));
    connection.say(status, 1);
    await connection.until(() => highest() >= 1, 1000);
    const first = highest();
    connection.say(status, 1);
    await pause(200);
    const passed = first === 1 && highest() === 1 && connection.closedMs === undefined;
    this.#check('events-acknowledged', passed, passed ? '' : `event 1, said twice: acknowledged up to ${highest()}`);
  }

  async #answersTalk(connection: Connection): Promise<void> {
    const { talkgroup } = this.#options;
    const askedMs = performance.now();
    connection.say({ talkRequest: { talkgroup, talk: 41, priority: 5, talker: { display: 'CONFORMANCE' } } });
    const answer = () => connection.find('talkAnswer', askedMs).find((each) => each.talk === 41);
    const results = [talkResult.GRANTED, talkResult.DENIED, talkResult.QUEUED] as number[];
    await connection.until(() => answer() !== undefined, 2000);
    const { result } = answer() ?? {};
    connection.say({ talkRelease: { talkgroup, talk: 41 } });
    const passed = result !== undefined && results.includes(result);
    this.#check(
      'talk-answered',
      passed,
      passed ? `after ${Math.round((answer()?.atMs ?? 0) - askedMs)} ms` : 'no answer to talk 41 within 2 s',
    );
  }

  async #talks(connection: Connection): Promise<void> {
    const { talkgroup, talkWaitMs } = this.#options;
    const names = ['denied-is-silent', 'granted-is-heard', 'revoked-stops'] as const;
    const request = async () => {
      const found = () => distinctTalks(connection)[this.#talksSeen];
      await connection.until(() => found() !== undefined, talkWaitMs);
      const talk = found();
      if (talk !== undefined) this.#talksSeen += 1;
      return talk;
    };
    const answer = (talk: number, result: number, cause = ''): void =>
      connection.say({ talkAnswer: { talkgroup, talk, result, ...(cause !== '' && { cause }) } });

    const denied = await request();
    if (denied === undefined) {
      for (const name of names) this.#skip(name, `the agent began no talk within ${talkWaitMs / 1000} s`);
      return;
    }
    const early = this.#voiceSince(connection, 0);
    const deniedMs = performance.now();
    answer(denied.talk, talkResult.DENIED, 'busy');
    await pause(700);
    const voiced = early + this.#voiceSince(connection, deniedMs);
    this.#check(names[0], voiced === 0, voiced === 0 ? '' : `${voiced} packets of voice without a grant`);

    const granted = await request();
    if (granted === undefined) {
      for (const name of names.slice(1)) this.#skip(name, `no second talk within ${talkWaitMs / 1000} s`);
      return;
    }
    const grantedMs = performance.now();
    answer(granted.talk, talkResult.GRANTED);
    await connection.until(() => this.#voiceSince(connection, grantedMs) >= 10, 2000);
    const heard = this.#voiceSince(connection, grantedMs);
    const gaps = connection
      .find('voice', grantedMs)
      .filter(({ sequence }, at, all) => at > 0 && sequence !== (all[at - 1]?.sequence ?? 0) + 1);
    this.#check(
      names[1],
      heard >= 10 && gaps.length === 0,
      `${heard} packets in ${Math.round(performance.now() - grantedMs)} ms`,
    );

    answer(granted.talk, talkResult.REVOKED, 'pre-empted');
    await pause(500);
    const revokedMs = performance.now();
    await pause(500);
    const late = this.#voiceSince(connection, revokedMs);
    this.#check(names[2], late === 0, late === 0 ? '' : `${late} packets later than 500 ms after REVOKED`);
  }

  async #skipsUnknown(connection: Connection): Promise<void> {
    const { talkgroup } = this.#options;
    connection.sayRaw(Uint8Array.of(0x10, connection.ack, 0x9a, 0x06, 0x01, 0x01)); // field 99 of Frame
    connection.say({ talkAnswer: { talkgroup, talk: 9999, result: talkResult.REVOKED } });
    connection.say({ leave: { talkgroup: 'no-such-talkgroup' } });
    connection.say({});
    await pause(700);
    const lives = connection.closedMs === undefined && connection.malformed === 0;
    this.#check(
      'unknown-skipped',
      lives,
      lives ? '' : 'ended the connection at a field of a later version, or an answer about no talk of its own',
    );
  }

  #voiceSince(connection: Connection, sinceMs: number): number {
    return this.#options.voice === 'rtp'
      ? this.#judge.rtpMs.filter((atMs) => atMs >= sinceMs).length
      : connection.find('voice', sinceMs).length;
  }

  // ── 3 ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #resumed(
    connection: Connection,
    acknowledged: number,
    events: readonly { readonly seq: number }[],
  ): Promise<void> {
    const hello = connection.find('hello')[0];
    const passed = hello?.resumeToken === resumeToken && hello.lastTaken === acknowledged;
    this.#check(
      'resume',
      passed,
      passed
        ? ''
        : `resume_token ${hello?.resumeToken === resumeToken ? 'right' : 'missing or wrong'}, last_taken ${hello?.lastTaken}, ${acknowledged} expected`,
    );
    connection.credit = 64;
    this.#welcome(connection, true, 0);
    connection.live();
    const first = events[0];
    if (first === undefined) this.#skip('events-again', 'the agent sent no event');
    else {
      const again = () => eventsOf(connection).some(({ seq }) => seq === first.seq);
      await connection.until(again, 2000);
      this.#check(
        'events-again',
        again(),
        again() ? '' : `event ${first.seq}, not acknowledged before the break, did not come again`,
      );
    }
    await pause(200);
    connection.ack = lastEventOf(connection);
    connection.say({});
    if (hello !== undefined) await this.#tellsOn(connection, hello, acknowledged);
    connection.ack = lastEventOf(connection);
    connection.say({});
    await pause(100);
    connection.fallSilent();
    const sentMs = performance.now();
    connection.sayRaw(new Uint8Array(65_537));
    await connection.until(() => connection.closedMs !== undefined, 1500);
    this.#check(
      'oversized-closed',
      connection.closedMs !== undefined,
      connection.closedMs === undefined
        ? 'went on after a length of 65,537'
        : `after ${Math.round(connection.closedMs - sentMs)} ms`,
    );
    connection.cut();
  }

  /** What other networks say: all that the agent takes, one of each. */
  async #tellsOn(connection: Connection, { capabilities }: Hello, acknowledged: number): Promise<void> {
    const { talkgroup } = this.#options;
    const about = (receipt: number) => ({
      talkgroup,
      from: 'Tournai 22',
      origin: { network: 'CONFORMANCE', address: '3200001' },
      receipt,
    });
    const place = { latitudeDeg: 50.606, longitudeDeg: 3.388 };
    const meaning = { fr: 'Sur place', nl: 'Ter plaatse', en: 'On scene' };
    const events = (
      [
        [capability.TAKES_STATUS, { status: { ...about(701), code: 16, meaning } }],
        [capability.TAKES_TEXT, { text: { ...about(702), text: 'A27 fermée à Rekkem' } }],
        [capability.TAKES_POSITION, { position: { ...about(703), place } }],
        [capability.TAKES_ALARM, { alarm: { ...about(704), raised: true, place } }],
        [capability.TAKES_ALARM, { alarm: { ...about(705), raised: false } }],
      ] as const satisfies readonly (readonly [number, OutBody])[]
    ).filter(([needs]) => capabilities.includes(needs));
    if (events.length === 0) {
      this.#skip('onward-taken', 'the agent takes nothing of other networks');
      this.#skip('receipts', 'the agent takes nothing of other networks');
      return;
    }
    const last = acknowledged + events.length;
    const highest = (what: 'ack' | 'credit') => Math.max(0, ...connection.heard.map(({ frame }) => frame[what]));
    await connection.until(() => highest('credit') >= last, 1000);
    const credited = highest('credit') >= last;
    if (credited) for (const [at, [, body]] of events.entries()) connection.say(body, acknowledged + 1 + at);
    await connection.until(() => highest('ack') >= last, 1000);
    const taken = highest('ack') === last && connection.closedMs === undefined;
    this.#check(
      'onward-taken',
      credited && taken,
      !credited ? `gives credit up to ${highest('credit')}, ${last} needed` : `acknowledged up to ${highest('ack')}`,
    );
    if (!capabilities.includes(capability.RECEIPTS)) {
      this.#skip('receipts', 'the agent gives none');
      return;
    }
    const receipts = () => connection.find('receipt');
    await connection.until(() => receipts().length >= events.length, 5000);
    const known = Object.values(receiptResult);
    const wrong = receipts().filter(({ result }) => result === receiptResult.UNSPECIFIED || !known.includes(result));
    const numbers = new Set(receipts().map(({ receipt }) => receipt));
    const whole = events.every(([, body]) => Object.values(body).some(({ receipt }) => numbers.has(receipt)));
    this.#check(
      'receipts',
      whole && wrong.length === 0,
      `${numbers.size} of ${events.length} events, ${wrong.length} with an unknown result`,
    );
  }

  // ── 4 ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #deserted(connection: Connection): Promise<void> {
    const sinceMs = performance.now();
    connection.credit = 64;
    this.#welcome(
      connection,
      true,
      Math.max(0, ...this.#judge.connections.flatMap((each) => eventsOf(each)).map(({ seq }) => seq)),
    );
    await connection.until(() => connection.closedMs !== undefined, deadAfterMs + 1500);
    const afterMs = (connection.closedMs ?? Infinity) - sinceMs;
    this.#check(
      'talk-ends',
      this.#voiceSince(connection, sinceMs) === 0,
      'no voice without a new grant after a reconnect',
    );
    this.#check(
      'dead-gateway',
      afterMs >= deadAfterMs - 300 && afterMs <= deadAfterMs + 1000,
      Number.isFinite(afterMs)
        ? `closed after ${Math.round(afterMs)} ms of silence, ${deadAfterMs} asked for`
        : 'did not close',
    );
    connection.cut();
  }

  #welcome(connection: Connection, resumed: boolean, lastTaken: number): void {
    const offered = connection.find('hello')[0]?.codecs ?? [];
    const codec = offered[0] ?? linkCodec.PCMA;
    const voice = this.#options.voice === 'rtp' ? voiceMode.RTP : voiceMode.FRAMES;
    const welcome = {
      version: linkVersion,
      resumeToken,
      resumed,
      lastTaken,
      voice,
      codec,
      capabilities: everyAbility,
      pingIntervalMs,
      deadAfterMs,
      software: 'Escaut conformance',
    };
    connection.say({ welcome });
  }
}

function eventsOf(connection: Connection): { readonly seq: number }[] {
  return connection.heard.flatMap(({ frame }) => (frame.seq > 0 ? [{ seq: frame.seq }] : []));
}

function lastEventOf(connection: Connection): number {
  return Math.max(0, ...eventsOf(connection).map(({ seq }) => seq));
}

/** The agent's talks, each at its first request. */
function distinctTalks(connection: Connection): readonly { readonly talk: number }[] {
  const requests = connection.find('talkRequest');
  return requests.filter(({ talk }, at) => requests.findIndex((other) => other.talk === talk) === at);
}

/** One line of the table that is printed. */
export function conformanceLine({ check, result, detail }: CheckResult): string {
  return `${result === 'pass' ? '✓' : result === 'fail' ? '✗' : '–'} ${check.padEnd(20)} ${result.padEnd(8)} ${detail}`.trimEnd();
}
