/** A PostgreSQL server of a test's own: Debian's program on a port that was free, with its data in a folder that goes. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { openToRead } from '../../src/store/database.ts';
import type { ServerPlace } from '../../src/store/database-place.ts';

const user = 'escaut';
const password = 'only-of-tests';
const versions = '/usr/lib/postgresql';
/** It refuses to be root; nobody is on every machine. The server goes with whoever started it. */
const asNobody =
  process.getuid?.() === 0
    ? ['--reuid=65534', '--regid=65534', '--clear-groups', '--pdeathsig=QUIT']
    : ['--pdeathsig=QUIT'];

function program(name: string): string {
  const newest = readdirSync(versions).sort((a, b) => Number(b) - Number(a));
  const found = newest.map((version) => join(versions, version, 'bin', name)).find(existsSync);
  if (found === undefined) throw new Error(`${name} is missing: npm run setup -- --tests`);
  return found;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

export class PostgresServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  readonly #durable: boolean;
  #port = 0;
  #process: ChildProcess | undefined;

  /** `durable`: what is committed outlives the machine, which costs time. */
  constructor(durable = false) {
    this.#durable = durable;
  }

  async start(): Promise<void> {
    this.#port = await freePort();
    chmodSync(this.#folder, 0o777);
    const secret = join(this.#folder, 'password');
    writeFileSync(secret, password);
    const made = spawnSync(
      'setpriv',
      [
        ...asNobody,
        ...[program('initdb'), '-D', this.#data, '-U', user, `--pwfile=${secret}`, '--auth=scram-sha-256'],
        ...['--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'],
      ],
      { encoding: 'utf8', cwd: this.#folder },
    );
    if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
    await this.begin();
  }

  /** On the same port, with what it had. */
  async begin(): Promise<void> {
    const settings = [
      ...[`port=${this.#port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'shared_buffers=16MB'],
      ...(this.#durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
    ];
    const args = [program('postgres'), '-D', this.#data, ...settings.flatMap((each) => ['-c', each])];
    const child = spawn('setpriv', [...asNobody, ...args], { stdio: ['ignore', 'ignore', 'pipe'], cwd: this.#folder });
    let said = '';
    child.stderr?.on('data', (data: Buffer) => {
      said += data.toString();
    });
    this.#process = child;
    for (;;) {
      if (await this.#answers()) return;
      if (child.exitCode !== null) throw new Error(`postgres: ${said}`);
    }
  }

  /** SIGQUIT: as when its machine fails. */
  async stop(signal: 'SIGINT' | 'SIGQUIT' = 'SIGINT'): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  /** It is there and says nothing, as behind a network that has failed; or goes on. */
  hold(isHeld: boolean): void {
    const main = this.#process?.pid;
    if (main === undefined) return;
    const others = readFileSync(`/proc/${main}/task/${main}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    for (const pid of [main, ...others]) process.kill(pid, isHeld ? 'SIGSTOP' : 'SIGCONT');
  }

  async end(): Promise<void> {
    await this.stop('SIGQUIT');
    rmSync(this.#folder, { recursive: true });
  }

  place(schema: string): ServerPlace {
    return { kind: 'postgresql', host: '127.0.0.1', port: this.#port, user, database: 'postgres', password, schema };
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  async #answers(): Promise<boolean> {
    const database = openToRead<unknown>(this.place('none'));
    try {
      await sql`SELECT 1`.execute(database);
      return true;
    } catch {
      return false;
    } finally {
      await database.destroy();
    }
  }
}
