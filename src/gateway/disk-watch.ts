/**
 * Looks every second how much room the disks of the state folder and of recordings have. Below the bound consoles are told
 * and administration waits (store/disk-space.ts); once there is room it goes on by itself.
 */
import { statfs } from 'node:fs/promises';
import type { Cancel, Clock } from '../base/clock.ts';
import { systemCode } from '../base/errors.ts';
import type { SomeEvents } from '../base/events.ts';
import type { Meter } from '../base/meter.ts';
import type { DiskReport } from '../base/status-report.ts';
import { freeOf, isNearlyFull, thereOf } from '../store/disk-space.ts';

type Disk = 'state' | 'recordings';

export interface DiskWatchPorts {
  readonly clock: Clock;
  readonly events: SomeEvents<'machine.diskNearlyFull' | 'machine.diskRoomy'>;
  readonly meter: Pick<Meter, 'set'>;
  alarm(isRaised: boolean): void;
}

const lookEveryMs = 1000;

export class DiskWatch {
  readonly #folders: Readonly<Partial<Record<Disk, string>>>;
  readonly #boundMiB: number;
  readonly #ports: DiskWatchPorts;
  readonly #free = new Map<Disk, number>();
  readonly #full = new Set<Disk>();
  #next: Cancel | undefined;
  #isStopped = false;

  constructor(folders: Readonly<Partial<Record<Disk, string>>>, boundMiB: number, ports: DiskWatchPorts) {
    this.#folders = folders;
    this.#boundMiB = boundMiB;
    this.#ports = ports;
    ports.meter.set('administration_open', 1);
  }

  /** Only what evidence needs is written. */
  get isNearlyFull(): boolean {
    return this.#full.size > 0;
  }

  get report(): DiskReport {
    const disks = [...this.#free].map(([of, free]) => ({
      of,
      freeMiB: Math.floor(free),
      nearlyFull: this.#full.has(of),
    }));
    return { boundMiB: this.#boundMiB, disks };
  }

  /** Resolves when it has looked. One that hangs is not asked again until it answers. */
  async start(): Promise<void> {
    for (const disk of ['state', 'recordings'] as const) {
      const folder = this.#folders[disk];
      if (folder !== undefined) await this.#look(disk, folder);
    }
    if (this.#isStopped) return;
    const { clock } = this.#ports;
    this.#next = clock.callAt(clock.nowMs() + lookEveryMs, () => void this.start());
  }

  stop(): void {
    this.#isStopped = true;
    this.#next?.();
  }

  async #look(disk: Disk, folder: string): Promise<void> {
    let free: number;
    try {
      free = freeOf(await statfs(thereOf(folder)));
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      return; // a disk that is away is another alarm: what cannot be written says so
    }
    const { events, meter, alarm } = this.#ports;
    this.#free.set(disk, free);
    meter.set('disk_free_bytes', free * 1024 * 1024, { of: disk });
    const was = this.#full.has(disk);
    const is = isNearlyFull(was, free, this.#boundMiB);
    if (is === was) return;
    const said = { of: disk, freeMiB: Math.floor(free), boundMiB: this.#boundMiB };
    if (is) {
      this.#full.add(disk);
      events.machine.diskNearlyFull(said);
    } else {
      this.#full.delete(disk);
      events.machine.diskRoomy(said);
    }
    meter.set('administration_open', this.isNearlyFull ? 0 : 1);
    alarm(this.isNearlyFull);
  }
}
