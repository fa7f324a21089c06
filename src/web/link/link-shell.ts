/**
 * Performs what the link machine decides: one WebSocket, one timer. Holds no decision of its own.
 */
import type { ClientMessage, ServerMessage } from './codec.ts';
import { readServerMessage, writeClientMessage } from './codec.ts';
import type { LinkAction, LinkEvent, LinkState, RefusalReason } from './link-machine.ts';
import { initialLink, stepLink } from './link-machine.ts';

/** Versions of proto/console.proto that this page speaks. */
const versionMin = 1;
const versionMax = 1;

export interface LinkListener {
  /** Phase, latency or refusal may have changed. */
  onLink(state: LinkState): void;
  onWelcome(welcome: NonNullable<ServerMessage['welcome']>): void;
  /** The next Snapshot or Delta, each exactly once and in order. */
  onStateMessage(message: ServerMessage): void;
  onPong(gatewayUtcMs: number, roundTripMs: number): void;
  /** Answers and notices without a number. */
  onMessage(message: ServerMessage): void;
  onLost(): void;
  onLive(): void;
  keepResumeToken(resumeToken: string): void;
}

const refusals: readonly RefusalReason[] = ['unspecified', 'token', 'version', 'busy', 'protocol'];

export class LinkShell {
  readonly #url: string;
  readonly #pageBuild: string;
  readonly #listener: LinkListener;
  #state: LinkState = initialLink;
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The message being fed, for the `apply` action. */
  #message: ServerMessage | undefined;
  #heardMs: number | undefined;

  constructor(url: string, pageBuild: string, listener: LinkListener) {
    this.#url = url;
    this.#pageBuild = pageBuild;
    this.#listener = listener;
  }

  get state(): LinkState {
    return this.#state;
  }

  /** When the gateway was last heard, by the page's monotonic clock; undefined: never. */
  get heardMs(): number | undefined {
    return this.#heardMs;
  }

  feed(event: LinkEvent): void {
    const { state, actions } = stepLink(this.#state, event, performance.now());
    const changed = state !== this.#state;
    this.#state = state;
    for (const action of actions) this.#perform(action);
    this.#arm();
    if (changed) this.#listener.onLink(this.#state);
  }

  /** Sends if the link is live; what is said into a broken link is lost on purpose, state is told anew after resuming. */
  send(message: ClientMessage): boolean {
    if (this.#state.phase !== 'live') return false;
    return this.#write(message);
  }

  /** Takes leave of the gateway, for a page that is being closed. */
  end(reason: string): void {
    this.#write({ goodbye: { reason } });
    this.#drop();
  }

  #perform(action: LinkAction): void {
    switch (action.name) {
      case 'open':
        this.#open();
        return;
      case 'close':
        this.#drop();
        return;
      case 'hello': {
        const { token, resumeToken, lastSeq } = action;
        this.#write({ hello: { versionMin, versionMax, token, resumeToken, lastSeq, pageBuild: this.#pageBuild } });
        return;
      }
      case 'ping':
        this.#write({ ping: { nonce: action.nonce, lastRoundTripMs: action.lastRoundTripMs } });
        return;
      case 'apply':
        if (this.#message !== undefined) this.#listener.onStateMessage(this.#message);
        return;
      case 'keepResumeToken':
        this.#listener.keepResumeToken(action.resumeToken);
        return;
      case 'lost':
        this.#listener.onLost();
        return;
      case 'live':
        this.#listener.onLive();
        return;
    }
  }

  #open(): void {
    this.#drop();
    const socket = new WebSocket(this.#url);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    const whileCurrent = (act: () => void) => () => {
      if (this.#socket === socket) act();
    };
    socket.addEventListener(
      'open',
      whileCurrent(() => this.feed({ name: 'opened' })),
    );
    socket.addEventListener(
      'close',
      whileCurrent(() => this.feed({ name: 'closed', chance: Math.random() })),
    );
    socket.addEventListener('message', (event: MessageEvent) => {
      if (this.#socket === socket) this.#read(event.data);
    });
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close(1000);
  }

  #write(message: ClientMessage): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(writeClientMessage(message));
    return true;
  }

  #read(data: unknown): void {
    const message = data instanceof ArrayBuffer ? readServerMessage(new Uint8Array(data)) : undefined;
    if (message === undefined) this.feed({ name: 'malformed', chance: Math.random() });
    else this.#handle(message);
  }

  #handle(message: ServerMessage): void {
    // Before the step: going live needs to know what Welcome said.
    if (message.welcome && this.#state.phase === 'greeting') this.#listener.onWelcome(message.welcome);
    const event = this.#toEvent(message);
    this.#heardMs = performance.now();
    if (event === undefined) {
      this.#listener.onMessage(message);
      return;
    }
    this.#message = message;
    this.feed(event);
    this.#message = undefined;
    const { roundTripMs } = this.#state;
    if (message.pong && roundTripMs !== undefined)
      this.#listener.onPong(Number(message.pong.gatewayUtcMs ?? 0), roundTripMs);
  }

  #toEvent(message: ServerMessage): LinkEvent | undefined {
    const chance = Math.random();
    const seq = message.seq ?? 0;
    switch (message.message) {
      case 'welcome': {
        const { resumeToken, resumed, pingIntervalMs } = message.welcome ?? {};
        return {
          name: 'welcome',
          resumeToken: resumeToken ?? '',
          resumed: resumed ?? false,
          pingIntervalMs: pingIntervalMs ?? 0,
        };
      }
      case 'refused': {
        const { reason, detail } = message.refused ?? {};
        return { name: 'refused', reason: refusals[reason ?? 0] ?? 'unspecified', detail: detail ?? '', chance };
      }
      case 'snapshot':
        return { name: 'snapshot', seq };
      case 'delta':
        return { name: 'delta', seq, chance };
      case 'pong':
        return { name: 'pong', nonce: message.pong?.nonce ?? 0, resumeToken: message.pong?.resumeToken ?? '' };
      case 'goodbye': {
        const { reason, retryAfterMs } = message.goodbye ?? {};
        return { name: 'goodbye', reason: reason ?? '', retryAfterMs: retryAfterMs ?? 0, chance };
      }
      default:
        return undefined;
    }
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const { dueMs } = this.#state;
    if (dueMs === Infinity) return;
    const waitMs = Math.max(0, Math.ceil(dueMs - performance.now()));
    this.#timer = setTimeout(() => this.feed({ name: 'tick', chance: Math.random() }), waitMs);
  }
}
