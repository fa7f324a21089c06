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

/** Told what passes the bridge of a simulated talkgroup: by whoever measures. */
export interface BridgeTap {
  /** A packet of the gateway's voice (A-law); `carried`: the network had its call set up. Silence keys and says nothing. */
  heard(alaw: Uint8Array, timestamp: number, how: { readonly carried: boolean; readonly silent: boolean }): void;
  /** A packet of a unit's voice has left. */
  spoke(): void;
  /** The gateway sent a digit beside its voice. */
  digit(digit: string): void;
  /** The gateway named who talks on its side, by the user part of an address. */
  talker(user: string): void;
  /** The gateway handed on what others said beside voice. */
  said(contentType: string, body: Uint8Array): void;
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
  /** By number of the talkgroup. */
  readonly tap?: (number: string) => BridgeTap;
}
