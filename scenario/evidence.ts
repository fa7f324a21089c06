/**
 * What leaves the gateway as evidence, done as it will be done: two persons export beside the running gateway, somebody
 * else verifies on a machine that knows nothing of it, an auditor searches the log.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Place, placesOf } from '../test/evidence/package-places.ts';
import { type CommandResult, type Gateway, resultOf } from '../test/interop/support/gateway.ts';
import type { AuditEntry, ChangedFact, ExportedFact, LogSearchFact, VerifiedFact } from './facts.ts';

const verifier = join(import.meta.dirname, '../src/evidence/verify.mjs');
const manifest = 'SHA256SUMS';
const reason = 'scenario';
/** First octets of pictures: JPEG, PNG, GIF, and the container of WebP. */
const pictures = [[0xff, 0xd8, 0xff], [0x89, 0x50, 0x4e, 0x47], [...Buffer.from('GIF8')], [...Buffer.from('RIFF')]];

export interface ExportWish {
  readonly step: number;
  readonly persons: readonly [string, string];
  /** Border records, a plan or a hit. */
  readonly incidents: readonly string[];
  /** Of a text, where it has one of them. */
  readonly platesIn: (text: string) => readonly string[];
}

export class EvidenceDesk {
  readonly exported: ExportedFact[] = [];
  readonly verified: VerifiedFact[] = [];
  readonly searches: LogSearchFact[] = [];
  readonly #gateway: Gateway;
  /** Not the gateway's: where a package comes to by whatever way. */
  readonly #folder = mkdtempSync(join(tmpdir(), 'escaut-evidence-'));
  #last: string | undefined;
  #fingerprint = '';

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  async export({ step, persons, incidents, platesIn }: ExportWish): Promise<void> {
    const out = join(this.#folder, `${step}.zip`);
    const [by, second] = persons;
    const who = ['--by', by, '--second', second, '--reason', reason];
    const { code, output } = await this.#gateway.command('export', out, '--incident', incidents.join(','), ...who);
    const logged = entriesOf((await this.#gateway.audited('--event', 'evidence.exported')).output);
    const zip = code === 0 ? readFileSync(out) : Buffer.alloc(4);
    const places = placesOf(zip);
    const contents = (name: string) => contentsOf(zip, places, name);
    if (code === 0) this.#last = out;
    this.#fingerprint = /fingerprint[^:]*: ([0-9a-f ]+)/.exec(output)?.[1]?.trim() ?? '';
    this.exported.push({
      ...{ step, persons, code, words: output.trim(), octets: zip.length, logged },
      files: places.map(({ name }) => name),
      forbidden: places.flatMap(({ name }) => {
        const bytes = contents(name);
        const isPicture = pictures.some((head) => head.every((octet, at) => bytes[at] === octet));
        return [...(isPicture ? [name] : []), ...platesIn(bytes.toString('latin1'))];
      }),
      manifestSha256: createHash('sha256').update(contents(manifest)).digest('hex'),
      records: textsIn(contents('border-records.json'), 'record'),
      gaps: textsIn(contents('gaps.json'), 'kind'),
    });
  }

  /** The package that was exported last, as it is and with an octet changed in each of some of its files. */
  async verify(step: number): Promise<boolean> {
    if (this.#last === undefined) return false;
    const zip = readFileSync(this.#last);
    const began = performance.now();
    const { code, output } = await this.#verifierSays(zip);
    const tookMs = performance.now() - began;
    const changed: ChangedFact[] = [];
    for (const place of chosen(placesOf(zip))) {
      const at = place.contents + middleOf(place, step);
      const bytes = Buffer.from(zip);
      bytes[at] = (zip[at] ?? 0) ^ 1;
      const found = await this.#verifierSays(bytes);
      changed.push({ file: place.name, place: placeIn(zip, place, at), code: found.code, words: found.output });
    }
    this.verified.push({ step, code, words: output.trim(), tookMs, changed });
    return true;
  }

  async searchLog(step: number, person: string, search: string): Promise<void> {
    const { code, output } = await this.#gateway.audited('--about', search, '--by', person);
    this.searches.push({ ...{ step, person, search, code }, entries: code === 0 ? entriesOf(output) : [] });
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** In a folder that has nothing but the package and the verifier, and may read nothing but that; without environment. */
  async #verifierSays(zip: Buffer): Promise<CommandResult> {
    const folder = mkdtempSync(join(this.#folder, 'elsewhere-'));
    const program = join(folder, 'verify.mjs');
    const file = join(folder, 'package.zip');
    copyFileSync(verifier, program);
    writeFileSync(file, zip);
    const only = ['--permission', `--allow-fs-read=${join(folder, '*')}`];
    const child = spawn(process.execPath, [...only, program, file, '--fingerprint', this.#fingerprint], {
      ...{ cwd: folder, env: {} },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return resultOf(child);
  }
}

/** A recording, the log and what is said of it. */
function chosen(places: readonly Place[]): readonly Place[] {
  const recordings = places.filter(({ name }) => name.endsWith('.opus'));
  const recording = recordings[Math.floor(recordings.length / 2)];
  const named = ['log/entries.jsonl', 'timeline.json'].map((name) => places.find((place) => place.name === name));
  return [recording, ...named].filter((place) => place !== undefined);
}

/** Another one at each step. */
function middleOf({ contents, end }: Place, step: number): number {
  const octets = end - contents;
  return Math.floor(octets / 2) + (step % Math.max(1, Math.floor(octets / 4)));
}

function placeIn(zip: Buffer, { name, contents }: Place, at: number): string {
  const before = zip.subarray(contents, at + 1);
  const count = (what: string) => before.toString('latin1').split(what).length - 1;
  // Page n is the one whose head is the nth; a line ends before the next begins.
  if (name.endsWith('.opus')) return `page ${count('OggS')}`;
  return name === 'log/entries.jsonl' ? `line ${count('\n') + (zip[at] === 0x0a ? 0 : 1)}` : '';
}

function contentsOf(zip: Buffer, places: readonly Place[], name: string): Buffer {
  const place = places.find((each) => each.name === name);
  return place === undefined ? Buffer.alloc(0) : zip.subarray(place.contents, place.end);
}

/** Texts of that name in a list of objects. */
function textsIn(json: Buffer, name: string): readonly string[] {
  if (json.length === 0) return [];
  const list = JSON.parse(json.toString()) as readonly Readonly<Record<string, unknown>>[];
  return list.map((each) => String(each[name]));
}

function entriesOf(output: string): readonly AuditEntry[] {
  return output.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as AuditEntry] : []));
}
