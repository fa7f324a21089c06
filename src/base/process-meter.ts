/** Reads what the running process uses (CPU, memory, handles, event loop delay) into the meter, when asked. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Meter } from './meter.ts';

/** Resolution of the event loop's histogram; its readings include so much of the timer's own wait. */
const resolutionMs = 10;

export class ProcessMeter {
  readonly #meter: Meter;
  readonly #loopDelay = monitorEventLoopDelay({ resolution: resolutionMs });
  #cpu = process.cpuUsage();

  constructor(meter: Meter) {
    this.#meter = meter;
    this.#loopDelay.enable();
  }

  /** Takes one reading; delays are those since the last one. */
  read(): void {
    const used = process.cpuUsage(this.#cpu);
    this.#cpu = process.cpuUsage();
    this.#meter.add('cpu_seconds_total', (used.user + used.system) / 1e6);
    const memory = process.memoryUsage();
    this.#meter.set('memory_bytes', memory.rss, { kind: 'resident' });
    this.#meter.set('memory_bytes', memory.heapUsed, { kind: 'heap' });
    this.#meter.set('memory_bytes', memory.external, { kind: 'external' });
    this.#meter.set('open_handles', process.getActiveResourcesInfo().length);
    const delays = {
      p50: this.#loopDelay.percentile(50),
      p99: this.#loopDelay.percentile(99),
      max: this.#loopDelay.max,
    };
    for (const [quantile, delayNs] of Object.entries(delays)) {
      this.#meter.set('event_loop_delay_seconds', Math.max(0, delayNs / 1e9 - resolutionMs / 1000), { quantile });
    }
    this.#loopDelay.reset();
  }

  stop(): void {
    this.#loopDelay.disable();
  }
}
