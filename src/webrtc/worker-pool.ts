/**
 * The mediasoup workers and the one router of each: started, asked twice a second whether they live, replaced when they
 * do not. What stood on a lost router is its owner's business (webrtc/rtc-plane.ts).
 *
 * A worker answers WebRTC on one UDP and one TCP port (a WebRtcServer), so that a firewall needs as many ports as there
 * are workers, however many consoles come.
 */
import { accessSync, constants } from 'node:fs';
import { createWorker } from 'mediasoup';
import { generateRouterRtpCapabilities } from 'mediasoup/ortc';
import type { Router, RouterRtpCodecCapability, WebRtcServer, Worker } from 'mediasoup/types';
import { assert } from '../base/assert.ts';
import { Alarm, type Clock } from '../base/clock.ts';
import { GatewayError, systemCode } from '../base/errors.ts';
import type { SomeEvents } from '../base/events.ts';
import {
  initialSupervisor,
  type SupervisorAction,
  type SupervisorEvent,
  type SupervisorState,
  stepSupervisor,
  supervisorDeadlineMs,
} from './worker-supervisor.ts';

/** Speech is Opus everywhere inside (RFC 7587); in-band FEC rides out single losses. */
const mediaCodecs: RouterRtpCodecCapability[] = [
  {
    kind: 'audio',
    mimeType: 'audio/opus',
    preferredPayloadType: 111,
    clockRate: 48_000,
    channels: 2,
    parameters: { useinbandfec: 1, minptime: 10 },
  },
];

/** The payload type of Opus in all routers and on the way to and from the voice process. */
export const opusPayloadType = 111;

/** What every router of ours can do, for mediasoup-client; known without a worker. */
export const routerRtpCapabilities = generateRouterRtpCapabilities(structuredClone(mediaCodecs));

export interface WorkerPoolOptions {
  /** Path of mediasoup's worker program. */
  readonly workerBin: string;
  /** How many workers to keep alive, 1–64. */
  readonly workers: number;
  /** Where browsers send their media. */
  readonly listen: {
    readonly host: string;
    readonly announcedAddress?: string;
    readonly ports: { readonly from: number; readonly to: number };
  };
}

/** One living worker's part in the gateway. */
export interface MediaHome {
  /** Which of the pool's places it fills, from 0. */
  readonly slot: number;
  /** Unique in this process: a replaced worker's home is another home. */
  readonly id: string;
  readonly pid: number;
  readonly router: Router;
  readonly webRtcServer: WebRtcServer;
}

export interface WorkerPoolListener {
  up(home: MediaHome): void;
  lost(home: MediaHome): void;
}

interface Slot {
  readonly index: number;
  readonly alarm: Alarm;
  readonly workers: Map<number, Worker>;
  state: SupervisorState;
  home: MediaHome | undefined;
  /** When the last home was lost, to tell how long it took. */
  lostMs: number | undefined;
}

const startWithinMs = 15_000;

export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #clock: Clock;
  readonly #events: SomeEvents<'processes.workersReady' | 'processes.workerDied' | 'processes.workerReplaced'>;
  readonly #listener: WorkerPoolListener;
  readonly #slots: Slot[];
  #onAllUp: (() => void) | undefined;

  constructor(
    options: WorkerPoolOptions,
    clock: Clock,
    events: SomeEvents<'processes.workersReady' | 'processes.workerDied' | 'processes.workerReplaced'>,
    listener: WorkerPoolListener,
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#events = events;
    this.#listener = listener;
    this.#slots = Array.from({ length: options.workers }, (_, index) => ({
      index,
      alarm: new Alarm(clock, () => this.#feed(index, { name: 'tick' })),
      workers: new Map(),
      state: initialSupervisor(clock.nowMs()),
      home: undefined,
      lostMs: undefined,
    }));
  }

  /** Resolves when all workers stand. @throws GatewayError WORKER_MISSING or MEDIA_WORKERS_FAILED. */
  async start(): Promise<void> {
    try {
      accessSync(this.#options.workerBin, constants.X_OK);
    } catch (cause) {
      throw new GatewayError('WORKER_MISSING', `mediasoup's worker ${this.#options.workerBin} cannot be run`, cause);
    }
    await new Promise<void>((resolve, reject) => {
      const cancel = this.#clock.callAt(this.#clock.nowMs() + startWithinMs, () =>
        reject(
          new GatewayError('MEDIA_WORKERS_FAILED', `mediasoup's workers did not start within ${startWithinMs} ms`),
        ),
      );
      this.#onAllUp = () => {
        cancel();
        resolve();
      };
      for (const slot of this.#slots) this.#feed(slot.index, { name: 'tick' });
    });
    this.#events.processes.workersReady({ workers: this.#slots.length });
  }

  /** The homes that live at present. */
  get homes(): readonly MediaHome[] {
    return this.#slots.flatMap((slot) => slot.home ?? []);
  }

  close(): void {
    this.#onAllUp = undefined;
    for (const slot of this.#slots) {
      slot.alarm.clear();
      this.#feed(slot.index, { name: 'stop' });
      slot.home = undefined;
    }
  }

  #feed(index: number, event: SupervisorEvent): void {
    const slot = this.#slots[index]!;
    const { state, actions } = stepSupervisor(slot.state, event, this.#clock.nowMs());
    slot.state = state;
    for (const action of actions) this.#perform(slot, action);
    slot.alarm.setAt(supervisorDeadlineMs(slot.state));
  }

  #perform(slot: Slot, action: SupervisorAction): void {
    const { generation } = action;
    const worker = slot.workers.get(generation);
    switch (action.name) {
      case 'start':
        void this.#start(slot, generation);
        return;
      case 'ping':
        // A dead worker rejects; its death is told by its own event.
        worker?.getResourceUsage().then(
          () => this.#feed(slot.index, { name: 'pong', generation }),
          () => undefined,
        );
        return;
      case 'kill':
        slot.workers.delete(generation);
        if (worker !== undefined) end(worker);
        return;
      case 'up':
        if (slot.lostMs !== undefined && slot.home !== undefined) {
          const durationMs = Math.round(this.#clock.nowMs() - slot.lostMs);
          this.#events.processes.workerReplaced({ pid: slot.home.pid, workers: this.homes.length, durationMs });
        }
        slot.lostMs = undefined;
        if (slot.home !== undefined) this.#listener.up(slot.home);
        if (this.homes.length === this.#slots.length) this.#onAllUp?.();
        return;
      case 'lost': {
        const lost = slot.home;
        slot.home = undefined;
        slot.lostMs = this.#clock.nowMs();
        if (lost === undefined) return;
        this.#events.processes.workerDied({ pid: lost.pid, workers: this.homes.length, reason: action.reason });
        this.#listener.lost(lost);
        return;
      }
    }
  }

  async #start(slot: Slot, generation: number): Promise<void> {
    let worker: Worker | undefined;
    try {
      worker = await createWorker({ workerBin: this.#options.workerBin, logLevel: 'error' });
      slot.workers.set(generation, worker);
      worker.on('died', () => {
        slot.workers.delete(generation);
        this.#feed(slot.index, { name: 'died', generation });
      });
      const router = await worker.createRouter({ mediaCodecs: structuredClone(mediaCodecs) });
      const webRtcServer = await this.#listen(worker, slot.index);
      if (slot.state.name === 'starting' && slot.state.generation === generation) {
        slot.home = { slot: slot.index, id: `${slot.index}.${generation}`, pid: worker.pid, router, webRtcServer };
      }
      this.#feed(slot.index, { name: 'started', generation });
    } catch {
      // The program cannot be run, died at once, or finds no free port: the supervisor tries again and never gives up.
      slot.workers.delete(generation);
      if (worker !== undefined) end(worker);
      this.#feed(slot.index, { name: 'failed', generation });
    }
  }

  /** The slot's own port if it is free, else the next one that no other slot prefers. */
  async #listen(worker: Worker, slot: number): Promise<WebRtcServer> {
    const { host, announcedAddress, ports } = this.#options.listen;
    const common = { ip: host, ...(announcedAddress === undefined ? {} : { announcedAddress }) };
    let failure: unknown;
    for (let port = ports.from + slot; port <= ports.to; port += this.#options.workers) {
      try {
        return await worker.createWebRtcServer({
          listenInfos: [
            { protocol: 'udp', port, ...common },
            { protocol: 'tcp', port, ...common },
          ],
        });
      } catch (error) {
        if (worker.closed) throw error;
        failure = error;
      }
    }
    throw failure ?? new Error('media.webrtc.ports has fewer ports than there are workers');
  }
}

/** A worker that hangs does not hear a request to close. */
function end(worker: Worker): void {
  worker.close();
  try {
    process.kill(worker.pid, 'SIGKILL');
  } catch (error) {
    assert(systemCode(error) === 'ESRCH', `worker ${worker.pid} of ours cannot be ended`); // it ended by itself
  }
}
