/** A console and its link, as the parts of the operator link's shell share them. */
import type { WebSocket } from 'ws';
import type { Alarm } from '../base/clock.ts';
import type { Viewer } from '../operations/position-window.ts';
import type { ConsoleId } from '../talkgroups/terms.ts';
import type { DeltaLog } from './delta-log.ts';
import type { Flow } from './link-flow.ts';
import type { Operator, SignedInPerson } from './ports.ts';
import type { SessionState } from './session.ts';
import type { StatusFeed } from './status-feed.ts';
import type { Intercom } from './wire.ts';

/** One WebSocket, from its upgrade to its end. */
export interface Link {
  readonly socket: WebSocket;
  /** Whose wrong tokens are counted together. */
  readonly client: string;
  /** Who has logged in there, now. */
  readonly signedIn: () => SignedInPerson | undefined;
  readonly openedMs: number;
  /** Ends a link that says no Hello, and one that does not close. */
  readonly alarm: Alarm;
  seat: Seat | undefined;
  flow: Flow;
  closing: boolean;
}

/** A console: its session, what it was told, and the link that it has at present. */
export interface Seat {
  readonly id: ConsoleId;
  /** Tells consoles of one person apart, from 1. */
  readonly place: number;
  operator: Operator;
  /** As others see him: with the number of his console, from the second on. */
  display: string;
  readonly log: DeltaLog;
  readonly alarm: Alarm;
  session: SessionState;
  link: Link | undefined;
  /** What it was told of the networks; undefined while it does not look. */
  status: StatusFeed | undefined;
  /** Somebody last did something at it. */
  actedMs: number;
  /** What its page knows of the lock of his session. */
  lockShown: boolean;
  /** Its page has its voice open: it can be called. */
  isStation: boolean;
  intercom: Intercom;
}

/** Why a link is no more. */
export type LostWhy = 'left' | 'lost' | 'slow' | 'protocol' | 'stopping';

/** A page that is sent away may come back after this. */
export const retryAfterMs = 1000;

/** Who sits at it, as its page is told. */
export function operatorOf({ id, display, operator }: Seat) {
  const { person, role, controlRoom, controlRoomName, country, language, priority } = operator;
  return {
    ...{ id, display, country, language, priority, role },
    ...{ controlRoom: controlRoomName, personId: person, controlRoomId: controlRoom },
  };
}

export function viewerOf({ operator }: Seat): Viewer {
  return { countries: [operator.country] };
}

export function write(link: Link, bytes: Uint8Array): void {
  if (!link.closing && link.socket.readyState === link.socket.OPEN) link.socket.send(bytes);
}
