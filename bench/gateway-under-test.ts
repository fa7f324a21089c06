/** Starts the gateway as its users do, with a configuration made for a measurement, and reads its processes' cost. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Ports of the gateway under test, away from those of its defaults: a gateway may be running beside it. */
export const legPorts = { from: 10_000, to: 15_999 };
export const webRtcPorts = { from: 16_000, to: 16_999 };
/** Legs on one attachment, the most that a configuration allows. */
const channels = 1000;
/** Clock ticks a second in /proc (USER_HZ; 100 on every Linux that Node runs on). */
const TICKS = 100;

export interface Ports {
  /** Where the far ends answer SIP. */
  readonly farSipPort: number;
  readonly sipPort: number;
  readonly httpPort: number;
  readonly legPorts: PortRange;
  readonly webRtcPorts: PortRange;
}

interface PortRange {
  readonly from: number;
  readonly to: number;
}

export interface Usage {
  readonly atMs: number;
  readonly cpuMs: Readonly<Record<'voice' | 'main' | 'media', number>>;
  readonly rssMb: Readonly<Record<'voice' | 'main' | 'media', number>>;
}

export class GatewayUnderTest {
  readonly #child: ChildProcess;
  readonly #folder: string;
  consoleUrl = '';
  #spentUrl = '';

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
  }

  /** Resolves when /readyz answers 200; rejects with the gateway's own output when it ends or takes over 30 s. */
  static async start(config: object, httpPort: number): Promise<GatewayUnderTest> {
    const folder = mkdtempSync(join(tmpdir(), 'escaut-bench-'));
    const file = join(folder, 'escaut.yaml');
    writeFileSync(file, JSON.stringify(config));
    const main = join(import.meta.dirname, '../src/main.ts');
    const child = spawn(process.execPath, [main, 'start', '--config', file, '--no-simulator'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const gateway = new GatewayUnderTest(child, folder);
    const cut = () => child.kill('SIGKILL');
    process.once('exit', cut);
    child.once('exit', () => process.off('exit', cut));
    let output = '';
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-20_000);
      // A link lets one console in; the next one is shown when it is spent.
      const link = [...output.matchAll(/https?:\/\/\S+#token=[\w-]+(?=\s)/g)].at(-1);
      if (link !== undefined) gateway.consoleUrl = link[0];
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const deadlineMs = performance.now() + 60_000;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`the gateway ended: ${output}`);
      if (performance.now() > deadlineMs) throw new Error(`the gateway is not ready after 60 s: ${output}`);
      const ready = await fetch(`http://127.0.0.1:${httpPort}/readyz`).then(
        (reply) => reply.ok,
        () => false,
      );
      if (ready && gateway.consoleUrl !== '') return gateway;
      await new Promise((done) => setTimeout(done, 100));
    }
  }

  /** The link for one more console; each one is given once. */
  async nextConsoleUrl(): Promise<string> {
    const deadlineMs = performance.now() + 10_000;
    while (this.consoleUrl === this.#spentUrl) {
      if (performance.now() > deadlineMs) throw new Error('the gateway shows no further console link');
      await new Promise((done) => setTimeout(done, 2));
    }
    this.#spentUrl = this.consoleUrl;
    return this.consoleUrl;
  }

  usage(): Usage {
    const cpuMs = { voice: 0, main: 0, media: 0 };
    const rssMb = { voice: 0, main: 0, media: 0 };
    for (const pid of this.#processes()) {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        const kind = line.includes('voice-process') ? 'voice' : pid === this.#child.pid ? 'main' : 'media';
        const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
        cpuMs[kind] += ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS;
        rssMb[kind] += (Number(fields[21]) * 4096) / 1e6;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // it ended meanwhile
      }
    }
    return { atMs: performance.now(), cpuMs, rssMb };
  }

  #processes(): number[] {
    const parents = new Map<number, number>();
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
        parents.set(Number(name), Number(stat[1]));
      } catch (error) {
        if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      }
    }
    const root = this.#child.pid as number;
    const ours = new Set([root]);
    for (let grown = true; grown; ) {
      grown = false;
      for (const [pid, parent] of parents) {
        if (!ours.has(pid) && ours.has(parent)) {
          ours.add(pid);
          grown = true;
        }
      }
    }
    return [...ours];
  }

  async stop(): Promise<void> {
    const ended = new Promise<void>((done) => this.#child.once('exit', () => done()));
    this.#child.kill('SIGTERM');
    await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Share of one core that each kind of process used between two readings. */
export function cores(from: Usage, to: Usage): Record<'voice' | 'main' | 'media', number> {
  const spanMs = to.atMs - from.atMs;
  const share = (kind: 'voice' | 'main' | 'media') => (to.cpuMs[kind] - from.cpuMs[kind]) / spanMs;
  return { voice: share('voice'), main: share('main'), media: share('media') };
}

/** A configuration of `groups` shared groups with `legs` G.711 legs each, called at `farSipPort`. */
export function loadConfig(at: Ports & { readonly groups: number; readonly legs: number }): object {
  const talkgroups: object[] = [];
  const sharedGroups: object[] = [];
  const networkOf = (leg: number) => `load-${1 + Math.floor(leg / channels)}`;
  const networks = [...new Set(Array.from({ length: at.groups * at.legs }, (_, leg) => networkOf(leg)))];
  for (let group = 0; group < at.groups; group++) {
    const legs: object[] = [];
    for (let leg = 0; leg < at.legs; leg++) {
      const number = 1000 + group * at.legs + leg;
      const network = networkOf(number - 1000);
      talkgroups.push({ id: `tg:${number}`, network, number: String(number), short: `TG ${number}` });
      legs.push({ talkgroup: `tg:${number}` });
    }
    const name = `Load ${group}`;
    sharedGroups.push({
      id: `load-${group}`,
      short: name,
      name: { fr: name, nl: name, en: name },
      talkLimitMs: 600_000,
      talkWarnMs: 500_000,
      legs,
    });
  }
  return {
    version: 1,
    gateway: { id: 'bench', name: { fr: 'Mesure', nl: 'Meting', en: 'Measurement' } },
    console: { listen: { host: '127.0.0.1', port: at.httpPort } },
    media: { ports: at.legPorts, webrtc: { ports: at.webRtcPorts } },
    sip: {
      listen: [
        { transport: 'udp', host: '127.0.0.1', port: at.sipPort },
        { transport: 'tcp', host: '127.0.0.1', port: at.sipPort },
      ],
    },
    networks: networks.map((id) => ({ id, name: id, technology: 'analogue', country: 'BE' })),
    attachments: networks.map((network) => ({
      id: `${network}-a`,
      network,
      kind: 'sip',
      channels,
      sip: { peer: `sip:far@127.0.0.1:${at.farSipPort}`, codecs: ['PCMA'] },
    })),
    talkgroups,
    sharedGroups,
    logging: { level: 'warn' },
  };
}
