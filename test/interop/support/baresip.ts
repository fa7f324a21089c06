/**
 * baresip as a radio box: sends a sound file all the time, records what its decoder gives, is told what to do over its
 * control port (JSON in netstrings).
 *
 *   said    <folder>/dump-…-enc.wav, what it sent      heard   <folder>/dump-…-dec.wav, packet after packet
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freeBlock, loopback } from './ports.ts';
import { joined, silence } from './sound.ts';
import { until } from './until.ts';
import { readWav, type Sound, writeWav } from './wav.ts';

export interface BoxSettings {
  readonly name: string;
  /** User part of its address: the number that it is called by. */
  readonly user: string;
  /** Its address of loopback; default that of IPv4. */
  readonly host?: string;
  /** First of a block of `boxPorts` ports. */
  readonly firstPort: number;
  /** Account parameters, such as `;auth_user=x;auth_pass=y;regint=60`. */
  readonly account: string;
  /** Host and port of the account; its own unless it registers. */
  readonly domain?: string;
  /** PEM files, for SIP over TLS: its certificate and key in one, and who signs those of others. */
  readonly tls?: { readonly identity: string; readonly ca: string };
}

export interface BoxEvent {
  readonly type: string;
  readonly param?: string;
  readonly peeruri?: string;
}

/** SIP, SIP over TLS (its own idea), control, and RTP for a few calls. */
export const boxPorts = 30;
const controlOffset = 3;
const rtpOffset = 6;
/** A file that ends would end the call. */
const idleS = 180;

export async function boxPortBlock(): Promise<number> {
  return freeBlock(boxPorts);
}

export class RadioBox {
  readonly settings: BoxSettings;
  readonly folder: string;
  readonly events: BoxEvent[] = [];
  #child: ChildProcess | undefined;
  #control: Socket | undefined;
  #rest = '';
  #files = 0;
  readonly #log: string;

  private constructor(settings: BoxSettings) {
    this.settings = settings;
    this.folder = mkdtempSync(join(tmpdir(), `escaut-${settings.name}-`));
    this.#log = join(this.folder, 'log');
    writeWav(join(this.folder, 'idle.wav'), { rateHz: 8000, samples: silence(idleS) });
    writeFileSync(join(this.folder, 'config'), configOf(settings, this.folder));
    writeFileSync(join(this.folder, 'contacts'), '');
    const domain = settings.domain ?? `${bracketed(settings.host ?? loopback)}:${settings.firstPort}`;
    const common = ';answermode=auto;audio_codecs=PCMA,PCMU';
    writeFileSync(
      join(this.folder, 'accounts'),
      `<sip:${settings.user}@${domain}${settings.tls === undefined ? '' : ';transport=tls'}>${settings.account}${common}\n`,
    );
  }

  static async start(settings: BoxSettings): Promise<RadioBox> {
    const box = new RadioBox(settings);
    await box.run();
    return box;
  }

  /** Starts the program, once more after `kill`. */
  async run(): Promise<void> {
    // To a file: it writes octet by octet, and a pipe that is not read at once would hold it up.
    const log = openSync(this.#log, 'w');
    const child = spawn('baresip', ['-f', this.folder, this.settings.host?.includes(':') ? '-6' : '-4'], {
      stdio: ['ignore', log, log],
      cwd: this.folder,
    });
    closeSync(log);
    this.#child = child;
    await until('baresip is ready', () => this.output.includes('baresip is ready'));
    const control = await this.#connect();
    this.#control = control;
    control.on('data', (text: Buffer) => this.#take(text.toString()));
  }

  /** What it printed, without the status line that it rewrites ten times a second. */
  get output(): string {
    return readFileSync(this.#log, 'utf8').replaceAll(/\r?\[[\d:]+\] audio=\S+ \(bit\/s\) */g, '');
  }

  get sipPort(): number {
    return this.settings.firstPort + (this.settings.tls === undefined ? 0 : 1);
  }

  get rtpPorts(): { readonly from: number; readonly to: number } {
    return rtpPortsOf(this.settings.firstPort);
  }

  /** Says this next to all that follows, then is silent; it goes on sending. */
  say(speech: Sound): void {
    this.#files += 1;
    const file = join(this.folder, `speech-${this.#files}.wav`);
    writeWav(file, { rateHz: 8000, samples: joined(speech.samples, silence(idleS)) });
    this.command('ausrc', `aufile,${file}`);
  }

  /** Stops speaking in mid-word. */
  hush(): void {
    this.command('ausrc', `aufile,${join(this.folder, 'idle.wav')}`);
  }

  command(command: string, params = ''): void {
    const text = JSON.stringify({ command, params });
    this.#control?.write(`${Buffer.byteLength(text)}:${text},`);
  }

  /** What its decoder has given in its last call so far; the position in it is time only while packets come steadily. */
  heard(): Sound {
    return this.#dump('dec');
  }

  /** What its decoder gives from now on, until the function that is returned is called: in this call, or one that comes. */
  listen(): () => Sound {
    const call = this.#dumps('dec').at(-1);
    const before = this.heard().samples.length;
    return () => {
      const { rateHz, samples } = this.heard();
      return { rateHz, samples: this.#dumps('dec').at(-1) === call ? samples.slice(before) : samples };
    };
  }

  count(type: string): number {
    return this.events.filter((event) => event.type === type).length;
  }

  /** As a cut line would: nothing is answered, nobody says that nobody is there. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  /** As a power cut would, on a machine that goes on. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#control?.destroy();
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What each of its calls heard, the oldest first. */
  heardByCalls(): readonly Sound[] {
    return this.#dumps('dec').map((name) => readWav(join(this.folder, name)));
  }

  #dumps(kind: 'dec' | 'enc'): readonly string[] {
    return readdirSync(this.folder)
      .filter((name) => name.endsWith(`-${kind}.wav`))
      .sort();
  }

  #dump(kind: 'dec' | 'enc'): Sound {
    const last = this.#dumps(kind).at(-1);
    return last === undefined ? { rateHz: 8000, samples: new Float32Array(0) } : readWav(join(this.folder, last));
  }

  async #connect(): Promise<Socket> {
    const socket = connect(this.settings.firstPort + controlOffset, loopback);
    socket.on('error', () => socket.destroy());
    await once(socket, 'connect');
    return socket;
  }

  #take(text: string): void {
    this.#rest += text;
    for (;;) {
      const colon = this.#rest.indexOf(':');
      const length = Number(this.#rest.slice(0, colon));
      if (colon < 0 || this.#rest.length < colon + 1 + length + 1) return;
      const message = JSON.parse(this.#rest.slice(colon + 1, colon + 1 + length)) as BoxEvent & { event?: boolean };
      this.#rest = this.#rest.slice(colon + 2 + length);
      if (message.event === true) this.events.push(message);
    }
  }
}

function rtpPortsOf(firstPort: number): { readonly from: number; readonly to: number } {
  return { from: firstPort + rtpOffset, to: firstPort + boxPorts - 1 };
}

export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function configOf({ host = loopback, firstPort, tls }: BoxSettings, folder: string): string {
  const rtp = rtpPortsOf(firstPort);
  const secure =
    tls === undefined ? [] : [`sip_certificate ${tls.identity}`, `sip_cafile ${tls.ca}`, 'sip_verify_server yes'];
  return [
    `sip_listen ${bracketed(host)}:${firstPort}`,
    ...secure,
    `net_interface ${host}`,
    'module_path /usr/lib/baresip/modules',
    ...['g711', 'aufile', 'sndfile', 'srtp'].map((module) => `module ${module}.so`),
    ...['account', 'menu'].map((module) => `module_app ${module}.so`),
    'module ctrl_tcp.so',
    `ctrl_tcp_listen ${loopback}:${firstPort + controlOffset}`,
    `audio_source aufile,${join(folder, 'idle.wav')}`,
    'audio_alert aufile,/dev/null',
    `snd_path ${folder}`,
    `rtp_ports ${rtp.from}-${rtp.to}`,
    'rtcp_mux no',
    // What it decodes is recorded as it comes: nothing of its own between the wire and the file.
    'jitter_buffer_type off',
    'call_local_timeout 30',
    'call_max_calls 4',
    '',
  ].join('\n');
}
