/** A simulated network, whatever its bridge speaks with the gateway. */

import type { ToldWord } from './told-word.ts';

/** What became of the gateway's voice, ms of speech. */
export interface HeardVoice {
  readonly carriedMs: number;
  /** Came before the network could carry it: a first word that is lost. */
  readonly cutMs: number;
}

export interface PlayedNetwork {
  /** A unit says this (A-law, 8 kHz) on a talkgroup. Returns how long it takes, ms; 0 when the gateway is not there. */
  speak(number: string, address: string, alaw: Uint8Array): number;
  /** A unit says this beside voice; nobody is told before the gateway has called. Absent where the bridge carries voice alone. */
  tell?(number: string, address: string, word: ToldWord): void;
  /** Over all calls since the start. */
  readonly heard: HeardVoice;
  /** Ends all calls; resolves when the far side was told, or after a second. */
  close(): Promise<void>;
}

/** How a network carries voice. */
export interface NetworkManners {
  /** From the gateway's key-down on; speech before is cut. */
  readonly setUpMs: number;
  readonly jitterMs: number;
  readonly lossPercent: number;
  /** Talkgroups of the network by their number. */
  readonly numbers: readonly string[];
  /** Of jitter and loss; 0–2^32−1. */
  readonly seed: number;
  /** Place of the network among those that are played, so that each has chances of its own. */
  readonly index: number;
}
