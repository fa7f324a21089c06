/** What the legs, consoles and feeds of the voice process ask of its engine. */
import type { Clock } from '../base/clock.ts';
import type { Dscp } from '../base/dscp.ts';
import type { Random } from '../base/random.ts';
import type { FeedSettings, MicSettings, VoiceCommand, VoiceEvent } from './contract.ts';
import type { HoldUp } from './hold-up.ts';
import type { Statistics } from './statistics.ts';

export interface EngineHost {
  readonly clock: Clock;
  readonly random: Random;
  /** How voice to far ends is marked. */
  readonly dscp: Dscp;
  readonly statistics: Statistics;
  readonly holdUp: HoldUp;
  readonly emit: (event: VoiceEvent) => void;
  /** The same, and counted. */
  readonly report: (event: VoiceEvent) => void;
  /** A command cannot be carried out. */
  readonly fail: (id: string, command: VoiceCommand['name'], reason: string) => void;
  /** Something is due then. */
  readonly wake: (dueMs: number) => void;
}

/** Settings are plain JSON and small. */
export function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The port that we happen to have is not part of what was asked for. */
export function sameRoute(a: FeedSettings | MicSettings, b: FeedSettings | MicSettings): boolean {
  return same({ ...a, localPort: 0 }, { ...b, localPort: 0 });
}
