import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PauseSwitch } from '../../src/webrtc/pause-switch.ts';

/** A stream as mediasoup has it: it says that it is paused once its worker has answered. */
class SlowStream {
  paused = false;
  closed = false;
  readonly #waiting: (() => void)[] = [];

  pause(): Promise<void> {
    return this.#ask(true);
  }

  resume(): Promise<void> {
    return this.#ask(false);
  }

  /** The worker answers what it was asked first. */
  async answer(): Promise<void> {
    this.#waiting.shift()?.();
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  }

  get asked(): number {
    return this.#waiting.length;
  }

  #ask(paused: boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(() => {
        this.paused = paused;
        resolve();
      });
    });
  }
}

it('ends as it was wanted last, however fast that changes while the worker is asked', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom('pause', 'resume', 'answer'), { maxLength: 30 }), async (events) => {
      const stream = new SlowStream();
      const held = new PauseSwitch(stream);
      let wanted = false;
      for (const event of events) {
        if (event === 'answer') await stream.answer();
        else {
          wanted = event === 'pause';
          held.set(wanted);
        }
        expect(stream.asked).toBeLessThanOrEqual(1);
      }
      while (stream.asked > 0) await stream.answer();
      expect(stream.paused).toBe(wanted);
    }),
  );
});

it('asks nothing of a stream that is closed, and bears a worker that died', async () => {
  const stream = new SlowStream();
  stream.closed = true;
  new PauseSwitch(stream).set(true);
  expect(stream.asked).toBe(0);
  const dead = { paused: false, closed: false, pause: () => Promise.reject(new Error('worker died')) };
  const held = new PauseSwitch({ ...dead, resume: dead.pause });
  held.set(true);
  await Promise.resolve();
  held.set(false);
});
