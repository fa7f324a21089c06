/**
 * Who is a program on the gateway's own machine: it connects over loopback, to a loopback name, without a header that a proxy
 * or a page adds. That is believed as it stands only where nothing can stand between: a listener with neither TLS nor a
 * name of its own. Wherever strangers may come by way of a proxy or a forwarder beside it, which may hide that they do, a
 * program shows the machine's key as well: `Authorization: Bearer KEY`, from the file `machine-key` in the state folder.
 * ADR 0059.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import type { SomeEvents } from '../base/events.ts';
import type { OriginRules } from './origin-guard.ts';

export interface MachineRules extends OriginRules {
  /** A proxy before the gateway does TLS. */
  readonly tlsByProxy: boolean;
}

export interface MachineGuardOptions {
  readonly rules: MachineRules;
  readonly events: SomeEvents<'http.refused'>;
  /** Of the machine; undefined: no program can show it. */
  readonly key?: Uint8Array | undefined;
}

/** What is asked, as Node's request has it. */
export interface Asking {
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** Added by proxies, or by browsers for the page that asks. */
const foreignHeaders = /^(?:forwarded|via|x-forwarded(?:-.*)?|x-real-ip|(?:x-)?(?:true-)?client-ip|origin)$/;

export class MachineGuard {
  readonly #options: MachineGuardOptions;

  constructor(options: MachineGuardOptions) {
    this.#options = options;
  }

  /** What changes or tells all: a program on this machine, with its key where that is wanted. */
  admitsProgram(asking: Asking): boolean {
    const shown = this.#shown(asking);
    const isHere = isFromThisMachine(asking) && shown !== 'wrong' && (shown === 'right' || this.#isAlone(asking));
    return isHere || this.#refuse(asking);
  }

  /** What is only counted: a program on this machine as above, or whoever shows the key, wherever it is. */
  admitsMonitor(asking: Asking): boolean {
    const shown = this.#shown(asking);
    const isAdmitted = shown === 'right' || (shown === 'none' && isFromThisMachine(asking) && this.#isAlone(asking));
    return isAdmitted || this.#refuse(asking);
  }

  /** Nothing is said of that: less is told to whoever is none. */
  isMonitor(asking: Asking): boolean {
    return this.#shown(asking) === 'right' || (isFromThisMachine(asking) && this.#isAlone(asking));
  }

  /** Nobody can stand between: no name of ours, no TLS, and it was asked by a name of loopback. */
  #isAlone({ headers }: Asking): boolean {
    const { tls, tlsByProxy, origins } = this.#options.rules;
    return tls === undefined && !tlsByProxy && origins.length === 0 && isLoopbackHost(headers.host);
  }

  #shown({ headers: { authorization } }: Asking): 'none' | 'right' | 'wrong' {
    const { key } = this.#options;
    if (authorization === undefined) return 'none';
    const [, shown] = /^Bearer ([0-9a-f]{64})$/i.exec(authorization) ?? [];
    if (shown === undefined || key === undefined) return 'wrong';
    return timingSafeEqual(digest(Buffer.from(shown, 'hex')), digest(key)) ? 'right' : 'wrong';
  }

  #refuse({ socket }: Asking): false {
    this.#options.events.http.refused({ reason: 'origin', client: socket.remoteAddress ?? 'gone' });
    return false;
  }
}

/** By its connection and its headers; a proxy that adds none looks the same. */
function isFromThisMachine({ headers, socket }: Asking): boolean {
  if (!/^(?:::1|(?:::ffff:)?127\.[0-9.]+)$/.test(socket.remoteAddress ?? '')) return false;
  return Object.keys(headers).every((name) => !foreignHeaders.test(name) && !isOfPage(name, headers[name]));
}

/** What a person types into the address bar is no page's. */
function isOfPage(name: string, value: string | string[] | undefined): boolean {
  return name === 'sec-fetch-site' && value !== 'none';
}

function isLoopbackHost(host: string | undefined): boolean {
  const [, v6, name = ''] = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+))(?::[0-9]{1,5})?$/.exec(host ?? '') ?? [];
  if (v6 !== undefined) return v6 === '::1';
  return name.toLowerCase() === 'localhost' || (isIP(name) === 4 && name.startsWith('127.'));
}

function digest(key: Uint8Array): Buffer {
  return createHash('sha256').update(key).digest();
}
