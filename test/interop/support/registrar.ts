/**
 * Kamailio as a registrar that asks for digest credentials: another's reading of RFC 3261 §10.3 and RFC 7616. It keeps
 * its bindings in memory and says in its log what each REGISTER came to.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endChild } from './end-child.ts';
import { until } from './until.ts';

/** Another host than the gateway's and its peers', as far as loopback goes. */
export const registrarHost = '127.0.0.2';

export interface RegistrarSettings {
  readonly port: number;
  readonly algorithm: 'MD5' | 'SHA-256';
  readonly realm: string;
  readonly password: string;
  /** The longest life that it gives a binding. */
  readonly expiresSMax: number;
}

/** What it noted of a REGISTER with right credentials. */
export interface RegistrarNote {
  readonly sequence: number;
  readonly transport: string;
  readonly algorithm: string;
  readonly expires: string;
  readonly bound: boolean;
}

export class Registrar {
  readonly #folder = mkdtempSync(join(tmpdir(), 'escaut-registrar-'));
  readonly #child: ChildProcess;
  #log = '';

  private constructor(settings: RegistrarSettings) {
    const file = join(this.#folder, 'registrar.cfg');
    writeFileSync(file, configOf(settings));
    const options = ['-DD', '-E', '-m', '16', '-M', '4', '-w', this.#folder, '-Y', this.#folder];
    this.#child = spawn('kamailio', ['-f', file, ...options, '-P', join(this.#folder, 'pid')], {
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: this.#folder,
      detached: true, // with its workers, a group
    });
    this.#child.stderr?.on('data', (text: Buffer) => {
      this.#log += text.toString();
    });
  }

  static async start(settings: RegistrarSettings): Promise<Registrar> {
    const registrar = new Registrar(settings);
    const settled = () => registrar.#log.includes('registrar is ready') || registrar.#child.exitCode !== null;
    await until('the registrar is ready', settled, 10_000);
    if (registrar.#child.exitCode !== null) throw new Error(`the registrar did not start\n${registrar.#log}`);
    return registrar;
  }

  get notes(): readonly RegistrarNote[] {
    const pattern = /registered cseq=(\d+) transport=(\w+) expires=(\d+) bound=(\w+) by (.*)/g;
    return [...this.#log.matchAll(pattern)].map(
      ([, sequence, transport = '', expires = '', bound, credentials = '']) => ({
        sequence: Number(sequence),
        transport,
        algorithm: /algorithm="?([\w-]+)/.exec(credentials)?.[1] ?? '',
        expires,
        bound: bound === 'yes',
      }),
    );
  }

  /** REGISTERs whose credentials were missing or wrong. */
  get challenged(): number {
    return this.#log.split('challenged cseq=').length - 1;
  }

  async close(): Promise<void> {
    await endChild(this.#child, 'SIGTERM', true);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function configOf({ port, algorithm, realm, password, expiresSMax }: RegistrarSettings): string {
  const modules = ['sl', 'pv', 'xlog', 'siputils', 'tm', 'usrloc', 'registrar', 'auth'];
  return `#!KAMAILIO
debug=0
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
listen=udp:${registrarHost}:${port}
listen=tcp:${registrarHost}:${port}
${modules.map((name) => `loadmodule "${name}.so"`).join('\n')}
modparam("auth", "algorithm", "${algorithm}")
modparam("auth", "qop", "auth")
modparam("usrloc", "db_mode", 0)
modparam("registrar", "max_expires", ${expiresSMax})

event_route[core:worker-one-init] {
  xlog("L_ALERT", "registrar is ready\\n");
}

request_route {
  if (method == "OPTIONS") { sl_send_reply("200", "OK"); exit; }
  if (method != "REGISTER") { sl_send_reply("403", "Only a registrar"); exit; }
  if (!pv_www_authenticate("${realm}", "${password}", "0")) {
    xlog("L_ALERT", "challenged cseq=$cs\\n");
    www_challenge("${realm}", "1");
    exit;
  }
  if (!save("location")) { sl_reply_error(); exit; }
  $var(bound) = "no";
  if (registered("location", "$tu")) $var(bound) = "yes";
  xlog("L_ALERT", "registered cseq=$cs transport=$proto expires=$hdr(Expires) bound=$var(bound) by $hdr(Authorization)\\n");
}
`;
}
