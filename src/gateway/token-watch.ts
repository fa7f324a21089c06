/**
 * Service tokens by when they end: an alarm on every console, a line a day, a metric and /status from two weeks before. A
 * camera's system whose token ends is refused at the door, and nobody sees a hit that does not come. Looked at every hour;
 * one that was revoked clears it, and one that ended two weeks ago.
 */
import type { Cancel, Clock } from '../base/clock.ts';
import type { SomeEvents } from '../base/events.ts';
import type { ConsoleServer } from '../console/console-server.ts';
import { tokenDayMs as dayMs, tokenWarnDays as warnDays } from '../operations/service-token.ts';
import { AccountsAway, type TokenKeeper } from '../store/account-methods.ts';

export interface EndingToken {
  readonly tokenId: string;
  readonly holder: string;
  readonly expiresUtcMs: number;
}

const lookEveryMs = 3_600_000;
/** Accounts are opened first. */
const firstLookMs = 5000;

export interface TokenWatchPorts {
  readonly clock: Clock;
  readonly events: SomeEvents<'tokens.ending' | 'tokens.counted'>;
  readonly console: Pick<ConsoleServer, 'raiseAlarm' | 'clearAlarm'>;
  readonly keeper: Pick<TokenKeeper, 'tokens'>;
}

export class TokenWatch {
  readonly #ports: TokenWatchPorts;
  /** Days left when it was said last, by token. */
  #said: ReadonlyMap<string, number> = new Map();
  /** Subjects of the alarms that stand: one for all of a holder that end on one day. */
  #alarms: ReadonlySet<string> = new Set();
  #ending: readonly EndingToken[] = [];
  #cancel: Cancel = () => undefined;

  constructor(ports: TokenWatchPorts) {
    this.#ports = ports;
  }

  start(afterMs = firstLookMs): void {
    const { clock } = this.#ports;
    this.#cancel = clock.callAt(clock.nowMs() + afterMs, () => {
      this.start(lookEveryMs);
      void this.look();
    });
  }

  stop(): void {
    this.#cancel();
  }

  /** Those that end within two weeks, or have; the first to end comes first. */
  get ending(): readonly EndingToken[] {
    return this.#ending;
  }

  async look(): Promise<void> {
    const { clock, events, console, keeper } = this.#ports;
    const tokens = await keeper.tokens().catch((error: unknown) => {
      if (error instanceof AccountsAway) return undefined; // asked again in an hour, and told by whoever needs it
      throw error;
    });
    if (tokens === undefined) return;
    const nowUtcMs = clock.utcMs();
    const untilUtcMs = nowUtcMs + warnDays * dayMs;
    this.#ending = tokens
      .filter(({ revokedUtcMs, expiresUtcMs }) => {
        // One that ended long ago is nobody's any more.
        return revokedUtcMs === undefined && expiresUtcMs < untilUtcMs && expiresUtcMs > nowUtcMs - warnDays * dayMs;
      })
      .map(({ id: tokenId, holder, expiresUtcMs }) => ({ tokenId, holder, expiresUtcMs }))
      .sort((one, other) => one.expiresUtcMs - other.expiresUtcMs);
    events.tokens.counted(this.#ending.length);
    const subjects = new Set(this.#ending.map(subjectOf));
    for (const subject of this.#alarms) {
      if (!subjects.has(subject)) console.clearAlarm('service-token-ending', subject);
    }
    for (const subject of subjects) console.raiseAlarm('service-token-ending', subject);
    this.#alarms = subjects;
    const before = this.#said;
    const daysLeft = this.#ending.map((token) => ({
      ...token,
      days: Math.floor((token.expiresUtcMs - nowUtcMs) / dayMs),
    }));
    this.#said = new Map(daysLeft.map(({ tokenId, days }) => [tokenId, days]));
    for (const { tokenId, holder, days } of daysLeft) {
      if (before.get(tokenId) !== days) events.tokens.ending({ tokenId, holder, days });
    }
  }
}

/** `be-anpr, 2026-12-10`. */
function subjectOf({ holder, expiresUtcMs }: EndingToken): string {
  return `${holder}, ${new Date(expiresUtcMs).toISOString().slice(0, 10)}`;
}
