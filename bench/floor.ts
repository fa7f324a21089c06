/**
 * How long an operator waits for the floor: 50 consoles on their WebSockets beside 10 groups whose legs talk; one console
 * after another asks for an idle group, holds it for 200 ms and lets go.
 *
 * A console of this bench opens its transports and its microphone with the parameters that a browser would send, so that
 * the gateway lets it ask; it sends no media. What is measured lies before the first packet.
 */
import { WebSocket } from 'ws';
import { escaut } from '../src/protocols/generated/console.js';
import { wait, warmUpMs, withStand } from './load.ts';
import { report } from './report.ts';

const wire = escaut.console.v1;
type ServerMessage = escaut.console.v1.ServerMessage;
type RtcResponse = escaut.console.v1.RtcResponse.$Properties;
type ClientMessage = escaut.console.v1.ClientMessage.$Properties;

const consolesCount = 50;
const talkingGroups = 10;
const idleGroups = 5;
const askEveryMs = 100;
const holdMs = 200;

/** ServerMessage.seq, field 1 as a varint. */
const stateTag = 0x08;

/** As Chromium describes its microphone. */
const microphone = (ssrc: number) => ({
  mid: '0',
  codecs: [
    {
      mimeType: 'audio/opus',
      payloadType: 111,
      clockRate: 48_000,
      channels: 2,
      parameters: { minptime: 10, useinbandfec: 1 },
      rtcpFeedback: [],
    },
  ],
  headerExtensions: [],
  encodings: [{ ssrc, dtx: false }],
  rtcp: { cname: 'bench' },
});

class BenchConsole {
  readonly #socket: WebSocket;
  readonly #calls = new Map<number, (response: RtcResponse) => void>();
  readonly #pings: NodeJS.Timeout;
  #lastId = 0;
  #onWelcome: (capabilitiesJson: string) => void = () => undefined;
  #onAnswer: (result: number, cause: string) => void = () => undefined;

  private constructor(origin: string) {
    this.#socket = new WebSocket(`${origin.replace('http', 'ws')}/console/ws`, { origin, perMessageDeflate: false });
    this.#socket.binaryType = 'nodebuffer';
    this.#socket.on('message', (bytes: Buffer) => {
      // Messages that begin with a number are pictures of the state: reading them is a page's work, not measured here.
      if (bytes[0] !== stateTag) this.#take(wire.ServerMessage.decode(bytes));
    });
    this.#pings = setInterval(() => this.#send({ ping: { nonce: 1 } }), 1000);
  }

  /** Lets itself in by a console link and brings its microphone. */
  static async open(link: string, number: number): Promise<BenchConsole> {
    const url = new URL(link);
    const console = new BenchConsole(url.origin);
    await new Promise((done, failed) => console.#socket.once('open', done).once('error', failed));
    const capabilities = await new Promise<string>((done) => {
      console.#onWelcome = done;
      console.#send({ hello: { versionMin: 1, versionMax: 1, token: url.hash.replace('#token=', '') } });
    });
    const { opened } = await console.#call({ open: { rtpCapabilitiesJson: capabilities } });
    await console.#call({ ready: {} });
    const { id } = JSON.parse(opened?.sendTransportJson ?? '{}') as { id: string };
    const rtpParametersJson = JSON.stringify(microphone(0x2000_0000 + number));
    await console.#call({ produce: { transportId: id, rtpParametersJson } });
    return console;
  }

  /** Asks for a floor; the time from there to the answer, and what it was. */
  async key(groupId: string): Promise<{ readonly ms: number; readonly granted: boolean; readonly answer: string }> {
    const answered = new Promise<readonly [atMs: number, result: number, cause: string]>((done) => {
      this.#onAnswer = (result, cause) => done([performance.now(), result, cause]);
    });
    const askedMs = performance.now();
    this.#send({ floorRequest: { groupId, requestId: ++this.#lastId } });
    const [atMs, result, cause] = await answered;
    const answer = wire.FloorAnswer.Result[result] ?? String(result);
    return {
      ms: atMs - askedMs,
      granted: result === wire.FloorAnswer.Result.GRANTED,
      answer: cause === '' ? answer : `${answer} ${cause}`,
    };
  }

  release(groupId: string): void {
    this.#onAnswer = () => undefined;
    this.#send({ floorRelease: { groupId, requestId: this.#lastId } });
  }

  close(): void {
    clearInterval(this.#pings);
    this.#socket.terminate();
  }

  #send(message: ClientMessage): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(wire.ClientMessage.encode(message).finish());
  }

  #call(request: escaut.console.v1.RtcRequest.$Properties): Promise<RtcResponse> {
    const requestId = ++this.#lastId;
    this.#send({ rtcRequest: { ...request, requestId } });
    return new Promise((done, failed) => {
      this.#calls.set(requestId, (response) =>
        response.error ? failed(new Error(`WebRTC request: ${response.error}`)) : done(response),
      );
    });
  }

  #take(message: ServerMessage): void {
    const { floorAnswer, welcome, rtcResponse } = message;
    if (floorAnswer) this.#onAnswer(floorAnswer.result ?? 0, floorAnswer.cause ?? '');
    else if (welcome) this.#onWelcome(welcome.routerRtpCapabilitiesJson ?? '');
    else if (rtcResponse) this.#calls.get(rtcResponse.requestId ?? 0)?.(rtcResponse);
  }
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;

/** Prints FloorRequest → FloorAnswer as consoles see it. */
export async function floorDecision(seconds: number): Promise<void> {
  // Opening 50 consoles takes its time, and the legs talk all the while.
  const openWithinMs = 30_000;
  const groups = talkingGroups + idleGroups;
  const load = { groups, legsPerGroup: 4, talkingGroups, seconds: seconds + openWithinMs / 1000 };
  const consoles: BenchConsole[] = [];
  const grantedMs: number[] = [];
  const refused = new Map<string, number>();
  let asked = 0;
  await withStand(load, async ({ gateway, run }) => {
    try {
      for (let n = 0; n < consolesCount; n++) consoles.push(await BenchConsole.open(await gateway.nextConsoleUrl(), n));
      const running = run();
      await wait(warmUpMs);
      const pending: Promise<void>[] = [];
      const startMs = performance.now();
      for (; asked < (seconds * 1000) / askEveryMs; asked++) {
        // Not in step with the releases before it.
        const dueMs = startMs + asked * askEveryMs + ((asked * 37) % 89);
        await wait(Math.max(0, dueMs - performance.now()));
        const group = `load-${talkingGroups + (asked % idleGroups)}`;
        const console = consoles[asked % consolesCount] as BenchConsole;
        pending.push(
          console.key(group).then(async ({ ms, granted, answer }) => {
            if (granted) grantedMs.push(ms);
            else refused.set(answer, (refused.get(answer) ?? 0) + 1);
            await wait(holdMs);
            console.release(group);
          }),
        );
      }
      await Promise.all(pending);
      void running.catch(() => undefined); // the far ends are taken down while they still talk
    } finally {
      for (const console of consoles) console.close();
    }
  });
  grantedMs.sort((a, b) => a - b);
  report(
    `floor: FloorRequest to FloorAnswer, ${consolesCount} consoles, ${talkingGroups} groups of 4 legs talking`,
    `A console asks about each ${askEveryMs} ms for one of ${idleGroups} idle groups and holds it for ${holdMs} ms; time from writing the request to\n` +
      'reading the answer in one process that holds all consoles: WebSocket, operator link, process channel, arbiter and back.\n' +
      'Consoles have transports, a consumer for every stream and a microphone, but no media flows to or from them.',
    [
      {
        asked,
        granted: grantedMs.length,
        'not granted': [...refused].map(([answer, count]) => `${count} ${answer}`).join(', ') || '0',
        'p50 ms': at(grantedMs, 0.5),
        'p95 ms': at(grantedMs, 0.95),
        'p99 ms': at(grantedMs, 0.99),
        'max ms': grantedMs.at(-1) ?? Number.NaN,
      },
    ],
  );
}
