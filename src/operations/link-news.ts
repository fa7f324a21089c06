/**
 * What those on an open group are told of its links to each network: that one is degraded, lost, or back (ann-degraded,
 * ann-lost, ann-back). Pure.
 *
 *   good ── a leg down, or on a second way, for a while ─▶ degraded ─┐
 *        ── no leg up, for a while ──────────────────────▶ lost ─────┼─▶ said, once
 *   worse ── all up on their first way ──────────────────▶ good ─────┘
 *
 * Only what was there can be lost: a leg counts once it has been up in this opening. A link that comes and goes is not
 * spoken of at every turn, but what was last said is always put right.
 */

export type LinkState = 'good' | 'degraded' | 'lost';

/** A member of the group on the network. */
export interface LinkLeg {
  readonly up: boolean;
  /** Carried by another attachment than the one that it should be on. */
  readonly second: boolean;
}

export interface LinkNewsRules {
  /** What is worse must last so long: in that time another attachment takes over. */
  readonly worseAfterMs: number;
  readonly betterAfterMs: number;
  /** Between two announcements of one link. */
  readonly quietMs: number;
}

export const linkNewsRules: LinkNewsRules = { worseAfterMs: 10_000, betterAfterMs: 3000, quietMs: 60_000 };

export interface Link {
  readonly state: LinkState;
  readonly sinceMs: number;
  readonly said: LinkState;
  readonly saidMs: number;
}

export const newLink: Link = { state: 'good', sinceMs: -Infinity, said: 'good', saidMs: -Infinity };

/** How the link of a group to a network is now; `legs` are its members there that have been up. */
export function seeLink(link: Link, legs: readonly LinkLeg[], nowMs: number): Link {
  const state = stateOf(legs);
  return state === link.state ? link : { ...link, state, sinceMs: nowMs };
}

/** When something may be to be said; Infinity while what was said last is still so. */
export function newsDueMs({ state, sinceMs, said, saidMs }: Link, rules: LinkNewsRules): number {
  if (state === said) return Infinity;
  const lastsMs = rank(state) > rank(said) ? rules.worseAfterMs : rules.betterAfterMs;
  return Math.max(sinceMs + lastsMs, saidMs + rules.quietMs);
}

/** What is to be said now. */
export function takeNews(link: Link, rules: LinkNewsRules, nowMs: number): { link: Link; news?: LinkState } {
  if (newsDueMs(link, rules) > nowMs) return { link };
  return { link: { ...link, said: link.state, saidMs: nowMs }, news: link.state };
}

function stateOf(legs: readonly LinkLeg[]): LinkState {
  if (legs.length > 0 && legs.every(({ up }) => !up)) return 'lost';
  return legs.every(({ up, second }) => up && !second) ? 'good' : 'degraded';
}

function rank(state: LinkState): number {
  return ['good', 'degraded', 'lost'].indexOf(state);
}
