/** The gateway's clock against a real time server: chronyd, which serves the very clock that is measured. */
import { afterEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { Meter } from '../../src/base/meter.ts';
import { readTimeServer } from '../../src/config/clock-schema.ts';
import { ClockWatch } from '../../src/gateway/clock-watch.ts';
import { Chrony, hasChrony } from './support/chrony.ts';
import { until } from './support/until.ts';

/** The machine's, with its wall clock set wrong. */
class WrongClock extends SystemClock {
  readonly #aheadMs: number;

  constructor(aheadMs: number) {
    super();
    this.#aheadMs = aheadMs;
  }

  override utcMs(): number {
    return super.utcMs() + this.#aheadMs;
  }
}

const open: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.stop();
});

async function watchOf(stratum: number | undefined, aheadMs: number): Promise<ClockWatch> {
  const chrony = await Chrony.start(stratum);
  open.push(chrony);
  const watch = new ClockWatch(
    [readTimeServer(chrony.address)].flatMap((each) => each ?? []),
    {
      ...{ clock: new WrongClock(aheadMs), meter: new Meter(), showClock: () => undefined },
      events: { machine: { clockQuality: () => undefined, clockStepped: () => undefined } },
    },
  );
  open.push(watch);
  watch.start();
  return watch;
}

describe.runIf(hasChrony)('the clock, against chronyd', () => {
  it.each([
    [0, 1],
    [120, 3],
    [-3_600_000, 15],
  ])(
    'is found to be %d ms ahead, to within the bound',
    async (aheadMs, stratum) => {
      const watch = await watchOf(stratum, aheadMs);
      await until('it answers', () => watch.report().servers[0]?.state === 'answers', 20_000);
      const { offsetMs = Number.NaN, boundMs = 0 } = watch.report();
      expect(watch.report().servers[0]?.stratum).toBe(stratum);
      expect(Math.abs(offsetMs - aheadMs)).toBeLessThanOrEqual(boundMs + 0.1);
      if (aheadMs < -1000) expect(watch.report().state).toBe('off');
    },
    30_000,
  );

  it('believes no server that is not synchronised itself', async () => {
    const watch = await watchOf(undefined, 0);
    await until('it has answered', () => watch.report().servers[0]?.state === 'unsynchronised', 20_000);
    expect(watch.report()).toMatchObject({ state: 'unknown' });
  }, 30_000);
});
