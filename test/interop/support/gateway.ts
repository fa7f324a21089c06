/** The real gateway as its users start it: its own process, a configuration file, what it prints and serves. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LogEntry, readEntry } from '../../../src/evidence/log-entry.ts';
import { freeBlock, loopback } from './ports.ts';
import { until } from './until.ts';

const main = join(import.meta.dirname, '../../../src/main.ts');

export interface LogLine {
  readonly event: string;
  readonly time: string;
  readonly leg?: string;
  readonly state?: string;
  readonly reason?: string;
  readonly [field: string]: unknown;
}

export interface CommandResult {
  readonly code: number | null;
  readonly output: string;
}

export interface Readiness {
  readonly ready: boolean;
  readonly reasons: readonly string[];
  readonly parts: { readonly legs: { readonly up: number; readonly total: number } };
}

/** Ports of one gateway; blocks are its own while the tests run. */
export interface GatewayPorts {
  readonly sip: number;
  readonly http: number;
  readonly mediaFrom: number;
  readonly mediaTo: number;
  readonly webrtcFrom: number;
  readonly webrtcTo: number;
}

export async function gatewayPorts(): Promise<GatewayPorts> {
  const first = await freeBlock(160);
  return {
    sip: first,
    http: first + 2,
    mediaFrom: first + 10,
    mediaTo: first + 69,
    webrtcFrom: first + 70,
    webrtcTo: first + 159,
  };
}

export class Gateway {
  readonly ports: GatewayPorts;
  readonly lines: LogLine[] = [];
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #links: string[] = [];
  #rest = '';
  #stderr = '';

  private constructor(
    child: ChildProcess,
    folder: string,
    ports: GatewayPorts,
    environment: Readonly<Record<string, string>>,
  ) {
    this.#child = child;
    this.#folder = folder;
    this.ports = ports;
    this.#environment = environment;
    child.stdout?.on('data', (chunk: Buffer) => this.#takeLines(chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString();
      for (const [link] of chunk.toString().matchAll(/https?:\/\/\S+#(?:token|invitation)=\S+/g))
        this.#links.push(link);
    });
  }

  /** `world`: networks, attachments, talkgroups, units, shared groups; ports and the rest are filled in. */
  static async start(
    ports: GatewayPorts,
    world: Readonly<Record<string, unknown>>,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Gateway> {
    const folder = mkdtempSync(join(tmpdir(), 'escaut-e2e-'));
    writeFileSync(join(folder, 'escaut.yaml'), JSON.stringify({ ...frame(ports), ...world }));
    return Gateway.#run(folder, ports, environment);
  }

  /** Ends it, in order or by kill −9, and starts it again with all that it left on disk. */
  async restart(how: 'SIGTERM' | 'SIGKILL'): Promise<Gateway> {
    const below = descendants(this.#child.pid ?? 0);
    const ended = once(this.#child, 'exit');
    this.#child.kill(how);
    await ended;
    await until('its processes gone', () => below.every((pid) => commandLine(pid) === ''), 8000);
    return this.again();
  }

  /**
   * kill −9 of the main process, or of all its processes at once, as a loss of power has it. What it had printed is there,
   * and none of its processes is, when it resolves; its folder stays.
   */
  async crash(which: 'all' | 'main'): Promise<void> {
    const below = descendants(this.#child.pid ?? 0);
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    if (which === 'all') for (const pid of below) if (commandLine(pid) !== '') process.kill(pid, 'SIGKILL');
    await closed;
    await until('its processes gone', () => below.every((pid) => commandLine(pid) === ''), 8000);
  }

  /** Another run on all that it left on disk; `ready`: resolves when it is, else as soon as it was started. */
  again({ ready }: { readonly ready: boolean } = { ready: true }): Promise<Gateway> {
    return Gateway.#run(this.#folder, this.ports, this.#environment, ready);
  }

  /** Configuration, state and recordings. */
  get folder(): string {
    return this.#folder;
  }

  static async #run(
    folder: string,
    ports: GatewayPorts,
    environment: Readonly<Record<string, string>>,
    isAwaited = true,
  ): Promise<Gateway> {
    const file = join(folder, 'escaut.yaml');
    const child = spawn(process.execPath, [main, 'start', '--config', file, '--no-simulator'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    const gateway = new Gateway(child, folder, ports, environment);
    if (!isAwaited) return gateway;
    try {
      await until('ready', () => gateway.#isReady(), 30_000);
      return gateway;
    } catch (error) {
      await gateway.kill();
      throw new Error(`the gateway did not start\n${gateway.output}`, { cause: error });
    }
  }

  get output(): string {
    return `${this.lines.map((line) => JSON.stringify(line)).join('\n')}\n${this.#stderr}`;
  }

  /** Texts of the files in its folder, its configuration excepted, and of all that it printed. */
  get written(): { readonly files: readonly string[]; readonly output: string } {
    const names = readdirSync(this.#folder, { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile() && entry.name !== 'escaut.yaml');
    return {
      files: files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1')),
      output: this.output,
    };
  }

  /** Files in its folder, as they are now, in which any of these octets stand. */
  filesWith(marks: readonly (string | Buffer)[]): string[] {
    return readdirSync(this.#folder, { recursive: true }).flatMap((name) => {
      const bytes = bytesOf(join(this.#folder, String(name)));
      return marks.some((mark) => bytes.includes(mark)) ? [String(name)] : [];
    });
  }

  /** What `escaut audit` says of it while it runs: its entries, one JSON object a line, or of its chain. */
  audited(...wish: readonly string[]): Promise<CommandResult> {
    return this.command('audit', ...wish);
  }

  /** One of the commands that are given beside it while it runs; `output`: what it printed. */
  command(...words: readonly string[]): Promise<CommandResult> {
    const file = join(this.#folder, 'escaut.yaml');
    const child = spawn(process.execPath, [main, ...words, '--config', file], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...this.#environment },
    });
    return resultOf(child);
  }

  /** Where a file is that its log names by its place in some folder of its own; undefined: nowhere. */
  pathOf(file: string): string | undefined {
    const names = readdirSync(this.#folder, { recursive: true }).map(String);
    const found = names.find((name) => name.endsWith(file));
    return found === undefined ? undefined : join(this.#folder, found);
  }

  /** The audit log, each entry parsed; it may run or not. */
  async entries(): Promise<LogEntry[]> {
    const { output } = await this.audited();
    return output.trim().split('\n').map(readEntry);
  }

  /** A link that opens one console; each is given once. */
  async consoleLink(): Promise<string> {
    await until('a console link', () => this.#links.length > 0);
    return this.#links.shift() ?? '';
  }

  async readiness(): Promise<Readiness> {
    return (await fetch(this.#url('/readyz'))).json() as Promise<Readiness>;
  }

  /** Value of a metric, all label sets together; 0 when it is not there. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(this.#url('/metrics'))).text();
    return text
      .split('\n')
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  /** What it printed that its audit log has to have, in its order. */
  get printed(): LogLine[] {
    return this.lines.filter(({ level }) => ['info', 'warn', 'error'].includes(String(level)));
  }

  /** Lines of an event since the `from`th line. */
  linesOf(event: string, from = 0): LogLine[] {
    return this.lines.slice(from).filter((line) => line.event === event);
  }

  legState(leg: string): { readonly state: string; readonly reason: string } {
    const line = this.lines.findLast((each) => each.event === 'leg.changed' && each.leg === leg);
    return { state: line?.state ?? '', reason: line?.reason ?? '' };
  }

  async legsUp(legs: readonly string[], withinMs = 20_000): Promise<void> {
    const missing = () => legs.filter((leg) => this.legState(leg).state !== 'up');
    await until('legs up', () => missing().length === 0, withinMs).catch((error: unknown) => {
      throw new Error(`not up: ${missing().map((leg) => `${leg} (${this.legState(leg).reason})`)}`, { cause: error });
    });
  }

  /** Processes below the gateway whose command line contains that. */
  processes(kind: string): number[] {
    return descendants(this.#child.pid ?? 0).filter((pid) => commandLine(pid).includes(kind));
  }

  /** Asks it to stop; resolves with its exit code. What is left of it after 12 s is killed. */
  async stop(leaves: 'nothing' | 'its folder' = 'nothing'): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    const below = descendants(this.#child.pid ?? 0);
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const limit = setTimeout(() => this.#child.kill('SIGKILL'), 12_000);
    await ended;
    clearTimeout(limit);
    const left = () => below.filter((pid) => commandLine(pid) !== '');
    await until('its processes gone', () => left().length === 0, 8000).catch(() => {
      for (const pid of left()) process.kill(pid, 'SIGKILL');
      throw new Error('the gateway left processes behind');
    });
    if (leaves === 'nothing') rmSync(this.#folder, { recursive: true, force: true });
    return this.#child.exitCode;
  }

  async kill(): Promise<void> {
    const below = descendants(this.#child.pid ?? 0);
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await ended;
    }
    for (const pid of below) if (commandLine(pid) !== '') process.kill(pid, 'SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #isReady(): Promise<boolean> {
    if (this.#child.exitCode !== null) throw new Error(`it ended with ${this.#child.exitCode}`);
    return fetch(this.#url('/readyz')).then(
      (reply) => reply.ok,
      () => this.linesOf('gateway.started').length > 0, // one that speaks TLS alone
    );
  }

  #url(path: string): string {
    return `http://${loopback}:${this.ports.http}${path}`;
  }

  #takeLines(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('{')) this.lines.push(JSON.parse(line) as LogLine);
      else this.#stderr += `${line}\n`;
    }
  }
}

function frame(ports: GatewayPorts): object {
  return {
    version: 1,
    gateway: { id: 'e2e', name: { fr: 'Essai', nl: 'Proef', en: 'Proof' } },
    console: { listen: { host: loopback, port: ports.http } },
    controlRooms: [{ id: 'cr-ccpd', callSign: 'CCPD Tournai', country: 'BE' }],
    people: [
      {
        id: 'ccpd-1',
        display: 'Opérateur CCPD',
        role: 'dispatcher',
        controlRoom: 'cr-ccpd',
        country: 'BE',
        language: 'en',
      },
    ],
    media: {
      ports: { from: ports.mediaFrom, to: ports.mediaTo },
      webrtc: { ports: { from: ports.webrtcFrom, to: ports.webrtcTo }, workers: 2 },
    },
    sip: {
      listen: [
        { transport: 'udp', host: loopback, port: ports.sip },
        { transport: 'tcp', host: loopback, port: ports.sip },
      ],
    },
    logging: { level: 'debug', personalData: 'shown', form: 'lines' },
  };
}

/** Of a process that ends by itself. */
export function resultOf(child: ChildProcess): Promise<CommandResult> {
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  return new Promise((ended, failed) => {
    child.once('error', failed);
    child.once('close', (code) => ended({ code, output }));
  });
}

function commandLine(pid: number): string {
  return fileOf(pid, 'cmdline').replaceAll('\0', ' ');
}

function descendants(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = fileOf(Number(name), 'stat').split(') ')[1]?.split(' ')[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const found: number[] = [];
  for (let generation = [root]; generation.length > 0; ) {
    generation = [...parents].filter(([, parent]) => generation.includes(parent)).map(([pid]) => pid);
    found.push(...generation);
  }
  return found;
}

/** Empty where it is no file, or has gone meanwhile. */
function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if (['ENOENT', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return Buffer.alloc(0);
    throw error;
  }
}

/** Empty when the process has ended meanwhile. */
function fileOf(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}
