/**
 * The simulated networks in a thread of their own: browsers, speech and judging keep the runner busy for longer than a
 * radio's packets may be late.
 */
import { setPriority } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { Config } from '../src/config/schema.ts';
import type { ToldWord } from '../src/simulator/told-word.ts';
import { type NetworkPorts, type Passed, SimulatedNetworks, type Speaking } from './networks.ts';
import type { Testbed } from './testbed.ts';

interface Commands {
  open: (config: Config, testbed: Testbed, ports: NetworkPorts) => Promise<void>;
  start: (attachment: string) => Promise<void>;
  cut: (attachment: string) => void;
  speak: (talkgroup: string, address: string, alaw: Uint8Array) => Speaking | undefined;
  tell: (talkgroup: string, address: string, word: ToldWord) => boolean;
  pressEmergency: (talkgroup: string) => boolean;
  passed: () => Passed;
  close: () => Promise<void>;
}
type Name = keyof Commands;
type Answer<Of extends Name> = Awaited<ReturnType<Commands[Of]>>;

interface Question {
  readonly number: number;
  readonly name: Name;
  readonly args: readonly unknown[];
}
interface Reply {
  readonly number: number;
  readonly answer?: unknown;
  readonly fault?: string;
}

/** The runner's side. */
export class NetworksThread {
  readonly #worker = new Worker(new URL(import.meta.url), { workerData: { networks: true } });
  readonly #waiting = new Map<number, { done(answer: unknown): void; failed(error: Error): void }>();
  #asked = 0;

  private constructor() {
    this.#worker.on('message', ({ number, answer, fault }: Reply) => {
      const waiting = this.#waiting.get(number);
      this.#waiting.delete(number);
      if (fault === undefined) waiting?.done(answer);
      else waiting?.failed(new Error(fault));
    });
    this.#worker.on('error', (error) => {
      for (const { failed } of this.#waiting.values()) failed(error);
      this.#waiting.clear();
    });
  }

  static async open(config: Config, testbed: Testbed, ports: NetworkPorts): Promise<NetworksThread> {
    const thread = new NetworksThread();
    await thread.#ask('open', config, testbed, ports);
    return thread;
  }

  start(attachment: string): Promise<void> {
    return this.#ask('start', attachment);
  }

  cut(attachment: string): Promise<void> {
    return this.#ask('cut', attachment);
  }

  speak(talkgroup: string, address: string, alaw: Uint8Array): Promise<Speaking | undefined> {
    return this.#ask('speak', talkgroup, address, alaw);
  }

  tell(talkgroup: string, address: string, word: ToldWord): Promise<boolean> {
    return this.#ask('tell', talkgroup, address, word);
  }

  pressEmergency(talkgroup: string): Promise<boolean> {
    return this.#ask('pressEmergency', talkgroup);
  }

  passed(): Promise<Passed> {
    return this.#ask('passed');
  }

  async close(): Promise<void> {
    await this.#ask('close');
    await this.#worker.terminate();
  }

  #ask<Of extends Name>(name: Of, ...args: Parameters<Commands[Of]>): Promise<Answer<Of>> {
    const number = ++this.#asked;
    return new Promise<Answer<Of>>((resolve, reject) => {
      this.#waiting.set(number, { done: (answer) => resolve(answer as Answer<Of>), failed: reject });
      this.#worker.postMessage({ number, name, args } satisfies Question);
    });
  }
}

/** The thread's side. */
class Thread {
  #networks: SimulatedNetworks | undefined;

  async answer({ name, args }: Question): Promise<unknown> {
    if (name === 'open') {
      const [config, testbed, ports] = args as Parameters<Commands['open']>;
      this.#networks = await SimulatedNetworks.open(config, testbed, ports);
      return undefined;
    }
    const networks = this.#networks;
    if (networks === undefined) throw new Error('the networks are not open');
    const command = networks[name] as (...given: readonly unknown[]) => unknown;
    return command.apply(networks, args as unknown[]);
  }
}

if (!isMainThread && (workerData as { networks?: boolean } | null)?.networks === true) {
  try {
    setPriority(-10); // of this thread alone, where the system lets us
  } catch {
    // Then it is as the others.
  }
  const thread = new Thread();
  parentPort?.on('message', (question: Question) => {
    thread.answer(question).then(
      (answer) => parentPort?.postMessage({ number: question.number, answer } satisfies Reply),
      (error: unknown) => parentPort?.postMessage({ number: question.number, fault: String(error) } satisfies Reply),
    );
  });
}
