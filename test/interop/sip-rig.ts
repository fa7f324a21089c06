/**
 * A SIP bridge on real sockets, ephemeral ports of loopback, whose voice side binds nothing; and the programs that are
 * its far ends: sipp and baresip. Everything that passes is kept, so that tshark can read it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SystemClock } from '../../src/base/clock.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { OwnSockets } from '../../src/bridges/own-sockets.ts';
import { PortAllocator } from '../../src/bridges/port-allocator.ts';
import type { DataReport, LegPlan, LegStatus, TalkerReport } from '../../src/bridges/ports.ts';
import type { PlaceCache } from '../../src/bridges/sip/place-cache.ts';
import type { SipAttachment } from '../../src/bridges/sip/sip-attachment.ts';
import { type OpenTransport, SipBridge } from '../../src/bridges/sip/sip-bridge.ts';
import { TcpTransport } from '../../src/bridges/sip/tcp-transport.ts';
import type { TlsFiles } from '../../src/bridges/sip/tls-transport.ts';
import type { Transport, TransportHandlers } from '../../src/bridges/sip/transport.ts';
import { UdpTransport } from '../../src/bridges/sip/udp-transport.ts';
import type { Hop } from '../../src/protocols/sip/hop.ts';
import { parseSipMessage } from '../../src/protocols/sip/parse.ts';
import { respondTo } from '../../src/protocols/sip/response.ts';
import { serialiseSipMessage } from '../../src/protocols/sip/serialise.ts';
import type { VoiceCommand } from '../../src/voice/contract.ts';
import { sipSettings } from '../bridges/sip/stand.ts';
import { freeBlock } from './support/ports.ts';

export const loopback = '127.0.0.1';
const scenarios = fileURLToPath(new URL('sipp/', import.meta.url));
const clock = new SystemClock();

export interface Passed {
  readonly from: Hop;
  readonly to: Hop;
  readonly octets: Uint8Array;
}

export class SipRig {
  readonly folder = mkdtempSync(join(tmpdir(), 'escaut-sip-'));
  readonly commands: VoiceCommand[] = [];
  readonly reports: LegStatus[] = [];
  readonly talkers: TalkerReport[] = [];
  readonly data: DataReport[] = [];
  readonly lines: { readonly event: string; readonly fields: object }[] = [];
  readonly passed: Passed[] = [];
  /** Off for floods, which would only fill the memory. */
  keepMessages = true;
  readonly counts = new Map<string, number>();
  /** Ports of sipp: it follows its scenario alone, so questions whether it lives are answered in its place. */
  readonly #scripted = new Set<number>();
  readonly #children: ChildProcess[] = [];
  readonly #others: SipAttachment[] = [];
  bridge!: SipBridge;
  attachment!: SipAttachment;

  /** `tls`: a listener with these certificates as well. `places`: where far ends are found. */
  static async make({ tls, places }: { tls?: TlsFiles; places?: PlaceCache } = {}): Promise<SipRig> {
    const rig = new SipRig();
    const line = (event: string) => (fields: object) => void rig.lines.push({ event, fields });
    const ports = new PortAllocator({ from: 46_000, to: 46_999 });
    rig.bridge = await SipBridge.start({
      listen: [
        { transport: 'udp', host: loopback, port: 0 },
        { transport: 'tcp', host: loopback, port: 0 },
        ...(tls === undefined ? [] : [{ transport: 'tls', host: loopback, port: 0, tls } as const]),
      ],
      domain: 'escaut.invalid',
      mediaAddresses: [loopback],
      ports,
      ownSockets: new OwnSockets([loopback], ports),
      observer: {
        legChanged: (status) => void rig.reports.push(status),
        talkerChanged: (report) => void rig.talkers.push(report),
        dataReceived: (report) => void rig.data.push(report),
        attachmentChanged: () => undefined,
      },
      events: {
        attachments: {
          sipListening: line('sipListening'),
          up: line('attachmentUp'),
          down: line('attachmentDown'),
          registrationChanged: line('registrationChanged'),
          callEnded: line('callEnded'),
          sipRefused: line('sipRefused'),
        },
        certificates: { refused: line('certificateRefused') },
        legs: { changed: line('legChanged'), pathLooped: line('pathLooped') },
        data: { statusReserved: line('statusReserved') },
      },
      meter: {
        add: (name, by, ...labels) => {
          const key = `${name} ${Object.values(labels[0] ?? {}).join(' ')}`;
          rig.counts.set(key, (rig.counts.get(key) ?? 0) + by);
        },
      },
      clock,
      random: new SeededRandom(1),
      open: rig.#open,
      ...(places && { places }),
    });
    return rig;
  }

  readonly #voice = { send: (command: VoiceCommand) => void this.commands.push(command) };

  port(transport: 'udp' | 'tcp' | 'tls'): number {
    return this.bridge.listening.find((each) => each.transport === transport)!.port;
  }

  attach(sip: Record<string, unknown>, password?: string): void {
    const settings = { id: 'as-1', network: 'astrid', channels: 8, sip: sipSettings(sip, password) };
    this.attachment = this.bridge.attach(settings, this.#voice);
    this.attachment.start();
  }

  openLeg(number = '5300110'): LegPlan {
    const plan: LegPlan = {
      leg: `group/${number}`,
      group: 'group',
      number,
      display: 'FRBE POURS 1',
      names: { charactersMax: 12, alphabet: 'latin1' },
      priority: 5,
      priorityMax: 14,
      mayTalk: true,
      mayQueue: true,
      firstWordMsMax: 3000,
    };
    this.attachment.openLeg(plan);
    return plan;
  }

  /** A second attachment with one leg. */
  attach2(sip: Record<string, unknown>, number: string): void {
    const [first, plan] = [this.attachment, this.openLeg];
    const settings = { id: 'as-2', network: 'astrid', channels: 8, sip: sipSettings(sip) };
    this.attachment = this.bridge.attach(settings, this.#voice);
    this.attachment.start();
    plan.call(this, number);
    this.#others.push(this.attachment);
    this.attachment = first;
  }

  get states(): string[] {
    return this.reports.map(({ state }) => state);
  }

  /** Starts a sipp that is to be called so many times, waits until it listens, and only then the attachment. */
  async called(
    scenario: string,
    port: number,
    sip: Record<string, unknown> = {},
    options: CalledOptions = {},
  ): Promise<{ readonly done: Promise<void> }> {
    const { calls = 1, password, args = [] } = options;
    const done = this.sipp(scenario, port, ['-m', String(calls), ...args]);
    done.catch(() => undefined); // its verdict is awaited later, if the test gets so far
    await until('sipp listens', () => isTaken(port));
    this.attach({ peer: `sip:${loopback}:${port}`, ...sip }, password);
    return { done };
  }

  /**
   * Runs a sipp scenario to its end; fails with sipp's own words when a call did not go as it says. `edit`: what it says
   * otherwise.
   */
  async sipp(
    scenario: string,
    port: number,
    args: readonly string[] = [],
    edit?: (text: string) => string,
  ): Promise<void> {
    this.#scripted.add(port);
    let file = join(scenarios, `${scenario}.xml`);
    if (edit !== undefined) {
      const text = edit(readFileSync(file, 'utf8'));
      file = join(this.folder, `${scenario}.xml`);
      writeFileSync(file, text);
    }
    const errors = join(this.folder, `${scenario}.errors`);
    const messages = join(this.folder, `${scenario}.messages`);
    const child = this.#spawn('sipp', [
      ...['-sf', file, '-i', loopback, '-p', String(port)],
      ...['-nostdin', '-timeout', '25', '-timeout_error', '-trace_err', '-error_file', errors],
      ...['-trace_msg', '-message_file', messages, '-cid_str', `%u-%p-${scenario}@%s`],
      ...args,
    ]);
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code === 0) return;
    const read = (file: string) => {
      try {
        return readFileSync(file, 'utf8');
      } catch {
        return '(nothing)'; // sipp writes the file only when there is something to say
      }
    };
    throw new Error(`sipp ${scenario} ended with ${code}\n${read(errors)}\n${read(messages)}`);
  }

  /** A baresip instance with one account; its output is kept. It reads files only of its codec's rate and channels. */
  baresip(name: string, port: number, account: string, rateHz = 8000, channels = 1): Baresip {
    const folder = join(this.folder, name);
    mkdirSync(folder);
    writeFileSync(join(folder, 'tone.wav'), tone(20, rateHz, channels));
    writeFileSync(
      join(folder, 'config'),
      [
        `sip_listen ${loopback}:${port}`,
        `net_interface ${loopback}`,
        'module_path /usr/lib/baresip/modules',
        ...['stdio', 'g711', 'g722', 'opus', 'aufile'].map((module) => `module ${module}.so`),
        ...['account', 'menu'].map((module) => `module_app ${module}.so`),
        `audio_source aufile,${join(folder, 'tone.wav')}`,
        `audio_player aufile,${join(folder, 'heard.wav')}`,
        'audio_alert aufile,/dev/null',
        'call_local_timeout 30',
        'call_max_calls 4',
        '',
      ].join('\n'),
    );
    writeFileSync(join(folder, 'accounts'), `${account}\n`);
    writeFileSync(join(folder, 'contacts'), '');
    const child = this.#spawn('baresip', ['-f', folder, '-4']);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (text) => {
        output += String(text);
      });
    }
    return {
      output: () => output,
      say: (command) => void child.stdin?.write(`/${command}\n`),
      kill: () => void child.kill('SIGKILL'),
    };
  }

  async close(): Promise<void> {
    await Promise.all([this.attachment, ...this.#others].map((attachment) => attachment?.stop()));
    await this.bridge.stop();
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** All that passed as a capture file: raw IPv4 with UDP around each message (LINKTYPE_RAW). */
  capture(): string {
    const file = join(this.folder, 'passed.pcap');
    const header = Buffer.alloc(24);
    header.writeUInt32LE(0xa1b2c3d4, 0);
    header.writeUInt16LE(2, 4);
    header.writeUInt16LE(4, 6);
    header.writeUInt32LE(65_535, 16);
    header.writeUInt32LE(101, 20);
    writeFileSync(file, Buffer.concat([header, ...this.passed.map(packetOf)]));
    return file;
  }

  #spawn(program: string, args: readonly string[]): ChildProcess {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], cwd: this.folder });
    this.#children.push(child);
    child.stdout?.resume();
    child.stderr?.resume();
    return child;
  }

  readonly #open: OpenTransport = async (name, at, handlers) => {
    const recording: TransportHandlers = {
      ...handlers,
      onMessage: (octets, source) => {
        if (this.keepMessages) this.passed.push({ from: source, to: { transport: name, ...transport.local }, octets });
        handlers.onMessage(octets, source);
      },
    };
    const transport: Transport =
      name === 'udp'
        ? await UdpTransport.listen(at, recording)
        : await TcpTransport.listen(at, recording, () => clock.nowMs());
    const send = transport.send.bind(transport);
    transport.send = (octets, hop) => {
      const reading = this.#scripted.has(hop.port) ? parseSipMessage(octets) : undefined;
      if (reading?.ok && reading.message.kind === 'request' && reading.message.method === 'OPTIONS') {
        const answer = serialiseSipMessage(respondTo(reading.message, { status: 200 }, 'scripted'));
        setImmediate(() => handlers.onMessage(answer, hop));
        return;
      }
      if (this.keepMessages) this.passed.push({ from: { transport: name, ...transport.local }, to: hop, octets });
      send(octets, hop);
    };
    return transport;
  };
}

export interface Baresip {
  readonly output: () => string;
  /** A long command of its menu, such as `dial sip:…`. */
  readonly say: (command: string) => void;
  readonly kill: () => void;
}

export interface CalledOptions {
  readonly calls?: number;
  readonly password?: string;
  readonly args?: readonly string[];
}

/** Whether a program listens there, on either transport; asked without binding the port, which would be in its way. */
export function isTaken(port: number): boolean {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = ['/proc/net/udp', '/proc/net/tcp'].flatMap((table) => readFileSync(table, 'utf8').split('\n'));
  return lines.some((line) => line.trim().split(/\s+/)[1]?.endsWith(wanted));
}

/** A port that nobody has, nor the one above (baresip takes that for TLS), nor gets by chance before it is bound. */
export function freePort(): Promise<number> {
  return freeBlock(2);
}

/** Waits for a condition; fails with what it was about. */
export async function until(what: string, condition: () => boolean, withinMs = 20_000): Promise<void> {
  const limitMs = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > limitMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}

function packetOf({ from, to, octets }: Passed, index: number): Buffer {
  const record = Buffer.alloc(16 + 28);
  const length = 28 + octets.length;
  record.writeUInt32LE(index, 0);
  record.writeUInt32LE(length, 8);
  record.writeUInt32LE(length, 12);
  record.writeUInt8(0x45, 16);
  record.writeUInt16BE(length, 18);
  record.writeUInt8(64, 24);
  record.writeUInt8(17, 25);
  for (const [at, address] of [
    [28, from.address],
    [32, to.address],
  ] as const) {
    address.split('.').forEach((part, index) => void record.writeUInt8(Number(part), at + index));
  }
  record.writeUInt16BE(from.port, 36);
  record.writeUInt16BE(to.port, 38);
  record.writeUInt16BE(8 + octets.length, 40);
  return Buffer.concat([record, octets]);
}

/** A wav file of so many seconds of 440 Hz, 8 kHz, 16 bit. */
function tone(seconds: number, rateHz: number, channels: number): Buffer {
  const samples = rateHz * seconds;
  const dataBytes = 2 * channels * samples;
  const file = Buffer.alloc(44 + dataBytes);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(36 + dataBytes, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(channels, 22);
  file.writeUInt32LE(rateHz, 24);
  file.writeUInt32LE(2 * channels * rateHz, 28);
  file.writeUInt16LE(2 * channels, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(dataBytes, 40);
  for (let at = 0; at < channels * samples; at++) {
    const phase = (2 * Math.PI * 440 * Math.floor(at / channels)) / rateHz;
    file.writeInt16LE(Math.round(8000 * Math.sin(phase)), 44 + 2 * at);
  }
  return file;
}
