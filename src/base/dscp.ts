/**
 * Marks our packets for routers that serve some before others: DSCP, the upper six bits of an IP header's octet for
 * traffic class (RFC 2474). Node marks streams itself (`typeOfService`, `setTypeOfService`) but not datagrams; until it
 * does a foreign function interface asks the system for it (docs/adr/0022-dscp.md).
 */
import { createSocket, type Socket } from 'node:dgram';
import { createRequire } from 'node:module';
import type { Socket as Stream } from 'node:net';
import type koffi from 'koffi';

/** 0–63; 0: nothing is marked. */
export type Dscp = number;

/** The octet: what stands beside the DSCP is ECN, the system's own. */
export function trafficClass(dscp: Dscp): number {
  return dscp << 2;
}

/** Marks what a socket sends, from the moment it is bound. Where that cannot be, `markingFault` has said so. */
export function markDatagrams(socket: Socket, dscp: Dscp): void {
  if (dscp !== 0) socket.once('listening', () => mark(socket, dscp));
}

/** Marks what is sent on an accepted connection. */
export function markStream(socket: Stream, dscp: Dscp): void {
  if (dscp === 0) return;
  try {
    socket.setTypeOfService(trafficClass(dscp));
  } catch {
    // It is closed already: nothing more is sent.
  }
}

/** Why this machine marks no datagrams; undefined where it does, or need not. */
export async function markingFault(dscp: Dscp): Promise<string | undefined> {
  if (dscp === 0) return undefined;
  const socket = createSocket('udp4');
  return new Promise((done) => {
    socket.once('error', (error) => done(error.message));
    socket.bind(0, '127.0.0.1', () => {
      done(mark(socket, dscp));
      socket.close();
    });
  });
}

/** Numbers of Linux. */
const ipv4 = { level: 0, option: 1 } as const;
const ipv6 = { level: 41, option: 67 } as const;

type SetOption = (fd: number, level: number, option: number, value: readonly number[], bytes: number) => number;

let setOption: SetOption | string | undefined;

function mark(socket: Socket, dscp: Dscp): string | undefined {
  setOption ??= foreignSetOption();
  if (typeof setOption === 'string') return setOption;
  const fd = descriptorOf(socket);
  if (fd === undefined) return `Node ${process.versions.node} shows no file descriptor of a UDP socket`;
  const { level, option } = socket.address().family === 'IPv6' ? ipv6 : ipv4;
  return setOption(fd, level, option, [trafficClass(dscp)], 4) === 0 ? undefined : 'the system refuses to mark packets';
}

/** Loaded when first needed: it costs 11 ms. */
function foreignSetOption(): SetOption | string {
  if (process.platform !== 'linux') return `not known how on ${process.platform}`;
  try {
    const library: typeof koffi = createRequire(import.meta.url)('koffi');
    return library.load(null).func('int setsockopt(int, int, int, const int *, uint32_t)');
  } catch (error) {
    return `koffi cannot be loaded: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Node keeps it from us (DEP0112) and has no other word for it. */
function descriptorOf(socket: Socket): number | undefined {
  let inner: unknown = socket;
  const state = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'state symbol');
  for (const key of [state ?? '', 'handle', 'fd']) {
    if (typeof inner !== 'object' || inner === null) return undefined;
    inner = Reflect.get(inner, key);
  }
  return typeof inner === 'number' && inner >= 0 ? inner : undefined;
}
