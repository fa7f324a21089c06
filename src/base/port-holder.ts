/**
 * Who holds a port of this machine, so that a failed start can name what to stop. Linux tells it in two places:
 * /proc/net lists the sockets, /proc/PID/fd who has them open. Of other users' processes only root sees the second.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { printable } from './printable.ts';

export interface PortHolder {
  readonly pid: number;
  /** `node main.ts`; never its other words, which may be secrets. */
  readonly program: string;
}

const tables = ['tcp', 'tcp6', 'udp', 'udp6'];
/** State LISTEN in /proc/net/tcp: mere connections from that port are nobody's listener. */
const listening = '0A';

/** Undefined when nobody holds it, when the holder is another user's, and on systems without /proc. */
export function portHolder(port: number): PortHolder | undefined {
  const sockets = new Set(tables.flatMap((table) => socketsOn(port, table)));
  if (sockets.size === 0) return undefined;
  for (const name of entriesOf('/proc')) {
    if (!/^[0-9]+$/.test(name)) continue;
    const holds = entriesOf(`/proc/${name}/fd`).some((fd) => sockets.has(linkOf(`/proc/${name}/fd/${fd}`)));
    if (holds) return { pid: Number(name), program: programOf(name) };
  }
  return undefined;
}

/** `socket:[INODE]` of each socket bound to the port. */
function socketsOn(port: number, table: string): string[] {
  const lines = textOf(`/proc/net/${table}`).split('\n').slice(1);
  return lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    const isHeld = Number.parseInt(local.split(':')[1] ?? '', 16) === port;
    return isHeld && (table.startsWith('udp') || state === listening) ? [`socket:[${inode}]`] : [];
  });
}

function programOf(pid: string): string {
  const [program = '', script = ''] = textOf(`/proc/${pid}/cmdline`).split('\0');
  const words = [program, script].filter(
    (word, index) => word !== '' && (index === 0 || /^[^-=]*\.[a-z]+$/.test(word)),
  );
  return printable(words.map((word) => basename(word)).join(' '));
}

/** Processes end while we look: what is gone or not ours reads as nothing. */
function orNothing<T>(read: () => T, nothing: T): T {
  try {
    return read();
  } catch {
    return nothing;
  }
}

const textOf = (path: string): string => orNothing(() => readFileSync(path, 'utf8'), '');
const linkOf = (path: string): string => orNothing(() => readlinkSync(path), '');
const entriesOf = (path: string): string[] => orNothing(() => readdirSync(path), []);
