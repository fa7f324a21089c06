/**
 * One shape per state, so that a state is told without its colour: arrows for the way of the voice, broken outlines for
 * what is awaited, bars and crosses for what is refused, a filled triangle for an emergency alone.
 */
import type { ReactNode } from 'react';
import type { TileKind } from '../model/tile-state.ts';

export type ShapeName =
  | TileKind
  | 'up'
  | 'down'
  | 'connecting'
  | 'closed'
  | 'unknown'
  | 'granted'
  | 'carried'
  | 'done'
  | 'text'
  | 'status'
  | 'position'
  | 'standby'
  | 'together'
  | 'urgent'
  | 'replay'
  | 'stop'
  | 'exercise'
  | 'real';

const ring = <circle cx="12" cy="12" r="8.5" />;
const dashedRing = <circle cx="12" cy="12" r="8.5" strokeDasharray="4.2 4.7" />;
const arrowDown = <path d="M12 3v12m-5.5-5L12 15.5 17.5 10M4 20.5h16" />;
const arrowUp = <path d="M12 16.5v-12M6.5 9.5 12 4l5.5 5.5M4 20.5h16" />;
const cross = <path d="m7.5 7.5 9 9m0-9-9 9" />;

const shapes: Readonly<Record<ShapeName, ReactNode>> = {
  idle: ring,
  receiving: arrowDown,
  transmitting: arrowUp,
  requested: dashedRing,
  queued: (
    <path d="M6 3.5h12M6 20.5h12M7.5 3.5c0 5 4.5 5.5 4.5 8.5 0 3-4.5 3.5-4.5 8.5m9-17c0 5-4.5 5.5-4.5 8.5 0 3 4.5 3.5 4.5 8.5" />
  ),
  warned: (
    <>
      {ring}
      <path d="M12 6.5V12l4 2.5" />
    </>
  ),
  otherConsole: (
    <>
      <rect x="3.5" y="4" width="17" height="12" rx="1.5" />
      <path d="M8.5 20.5h7M12 13V7.5M9.3 9.8 12 7.2l2.7 2.6" />
    </>
  ),
  announcement: <path d="M4 9.5v5h3.5l5.5 4.5V5L7.5 9.5zM16.5 8.5a5 5 0 0 1 0 7M19.3 5.7a9 9 0 0 1 0 12.6" />,
  denied: (
    <>
      {ring}
      <path d="m6 6 12 12" />
    </>
  ),
  revoked: (
    <>
      <path d="M8.3 3.5h7.4l4.8 4.8v7.4l-4.8 4.8H8.3l-4.8-4.8V8.3z" />
      <path d="m9 9 6 6m0-6-6 6" />
    </>
  ),
  blocked: (
    <>
      <rect x="3.5" y="3.5" width="17" height="17" rx="1.5" />
      <path d="M7.5 12h9" />
    </>
  ),
  onDemand: (
    <>
      <rect x="3.5" y="5" width="17" height="14" rx="7" />
      <circle cx="10" cy="12" r="3.2" />
    </>
  ),
  scheduled: (
    <>
      <rect x="3.5" y="5" width="17" height="14" rx="7" />
      <path d="M12 8v4.2l3 1.8" />
    </>
  ),
  opening: (
    <>
      <rect x="3.5" y="5" width="17" height="14" rx="7" strokeDasharray="3.4 3" />
      <circle cx="12" cy="12" r="3.2" />
    </>
  ),
  closing: (
    <>
      <rect x="3.5" y="5" width="17" height="14" rx="7" strokeDasharray="3.4 3" />
      <path d="M8.5 12h7" />
    </>
  ),
  emergency: (
    <>
      <path d="M12 3 22 20.5H2z" fill="currentColor" />
      <path className="shape-cut" d="M12 9.5v5m0 2.6v.4" />
    </>
  ),
  stale: (
    <path d="M8.5 15.5 6.7 17.3a3.7 3.7 0 0 1-5.2-5.2L5 8.6m10.5-.1 1.8-1.8a3.7 3.7 0 0 1 5.2 5.2L19 15.4M9 4.5l1 2.5M15 19.5l-1-2.5" />
  ),
  text: <path d="M3.5 5h17v11.5h-9L7 20.5v-4H3.5zM7.5 9h9m-9 3.5h6" />,
  status: <path d="M5 21V4h13l-3 4.5 3 4.5H5" />,
  position: (
    <>
      <path d="M12 21.5c4.5-5.5 6.5-8.7 6.5-12a6.5 6.5 0 0 0-13 0c0 3.3 2 6.5 6.5 12z" />
      <circle cx="12" cy="9.5" r="2" />
    </>
  ),
  up: <circle cx="12" cy="12" r="6.5" fill="currentColor" />,
  down: (
    <>
      <rect x="3.5" y="3.5" width="17" height="17" rx="1.5" />
      {cross}
    </>
  ),
  connecting: dashedRing,
  closed: ring,
  together: <path d="M4 12.5 8 16.5 14 8M10 15.5l1 1L20 6" />,
  urgent: <path d="M3.5 4.5h17v12h-9L7 20.5v-4H3.5zM12 7.5v3.8m0 2.2v.2" />,
  standby: <path d="M8.5 5v14m7-14v14" />,
  unknown: <path d="M8 8.5a4 4 0 1 1 5.5 3.7c-1 .4-1.5 1-1.5 2.3m0 3.5v.4" />,
  granted: <path d="m4.5 12.5 5 5 10-11" />,
  carried: <path d="m1.5 12.5 5 5 9-10m-2.5 7 2.5 2.5L23 7.5" />,
  replay: (
    <>
      <path d="M5 4.5v5h5M5.6 9.5a8 8 0 1 1-1.3 5" />
      <path d="m10.5 9.5 5 3.2-5 3.2z" fill="currentColor" />
    </>
  ),
  stop: <rect x="6" y="6" width="12" height="12" rx="1" fill="currentColor" />,
  done: <path d="m4.5 12.5 5 5 10-11" />,
  exercise: <path d="M12 2 22 12 12 22 2 12zM7 12.5 12.5 7m-3 8L15 9.5m-3 8 5.5-5.5" />,
  real: (
    <>
      <circle cx="12" cy="12" r="10" fill="currentColor" />
      <path className="shape-hole" d="M12 6.5v7m0 3.2v.4" />
    </>
  ),
};

/** Decoration beside the word that says the same, so hidden from screen readers. */
export function StateShape({ name }: { name: ShapeName }) {
  return (
    <svg className="shape" viewBox="0 0 24 24" aria-hidden="true" data-shape={name}>
      {shapes[name]}
    </svg>
  );
}
