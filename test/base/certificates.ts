/** A certificate authority in a folder of its own, by the openssl program: what sites will use. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Issued {
  readonly certificate: string;
  readonly key: string;
  /** Both in one file, as some programs want them. */
  readonly identity: string;
}

export interface Wanted {
  /** `DNS:box.example,URI:sip:box.example,IP:127.0.0.1`; absent: no alternative names. */
  readonly names?: string;
  readonly commonName?: string;
  /** Relative to now; default −1 and 365. */
  readonly fromDays?: number;
  readonly toDays?: number;
}

const stamp = (days: number) =>
  `${new Date(Date.now() + days * 86_400_000).toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`;

export class Authority {
  readonly folder = mkdtempSync(join(tmpdir(), 'escaut-ca-'));
  readonly ca: string;
  readonly #key: string;
  #serial = 1;

  constructor(name = 'Test CA') {
    this.ca = join(this.folder, 'ca.pem');
    this.#key = join(this.folder, 'ca.key');
    this.#openssl(['req', '-x509', ...newKey(this.#key), '-subj', `/CN=${name}`, '-days', '3650', '-out', this.ca]);
    writeFileSync(join(this.folder, 'index'), '');
    writeFileSync(
      join(this.folder, 'ca.conf'),
      `[ca]\ndefault_ca=d\n[d]\ndatabase=${join(this.folder, 'index')}\nnew_certs_dir=${this.folder}\nrand_serial=yes\n` +
        'default_md=sha256\npolicy=p\nunique_subject=no\ncopy_extensions=copy\n[p]\ncommonName=optional\n',
    );
  }

  issue({ names, commonName = 'box', fromDays = -1, toDays = 365 }: Wanted = {}): Issued {
    const name = `${this.#serial++}`;
    const [key, request, certificate] = ['key', 'csr', 'pem'].map((end) => join(this.folder, `${name}.${end}`)) as [
      string,
      string,
      string,
    ];
    const extension = names === undefined ? [] : ['-addext', `subjectAltName=${names}`];
    this.#openssl(['req', ...newKey(key), '-subj', `/CN=${commonName}`, ...extension, '-out', request]);
    this.#openssl([
      ...['ca', '-batch', '-notext', '-config', join(this.folder, 'ca.conf'), '-cert', this.ca, '-keyfile', this.#key],
      ...['-startdate', stamp(fromDays), '-enddate', stamp(toDays), '-in', request, '-out', certificate],
    ]);
    const identity = join(this.folder, `${name}.both.pem`);
    writeFileSync(identity, textOf(certificate) + textOf(key));
    return { certificate, key, identity };
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #openssl(args: readonly string[]): void {
    execFileSync('openssl', args, { stdio: 'pipe' });
  }
}

export function textOf(file: string): string {
  return readFileSync(file, 'utf8');
}

function newKey(file: string): readonly string[] {
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', file];
}
