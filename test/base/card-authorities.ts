/**
 * A public key infrastructure of smart cards in a folder of its own, by the openssl program: a root, an authority below it that
 * issues the cards, and their lists of revoked certificates.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Issued } from './certificates.ts';

export interface CardWanted {
  /** As openssl takes it: `/CN=Lotte/serialNumber=711`. */
  readonly subject?: string;
  /** `email:a@b.c,otherName:1.3.6.1.4.1.311.20.2.3;UTF8:a@b` */
  readonly names?: string;
  /** Extended key usage; empty: none. */
  readonly purpose?: string;
  readonly policy?: string;
  /** Relative to now; default −1 and 365. */
  readonly fromDays?: number;
  readonly toDays?: number;
}

const stamp = (days: number) =>
  `${new Date(Date.now() + days * 86_400_000).toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`;
const newKey = (file: string) => [
  '-newkey',
  'ec',
  '-pkeyopt',
  'ec_paramgen_curve:prime256v1',
  '-nodes',
  '-keyout',
  file,
];

/** One that issues: a root, or one below `above`. */
export class CardAuthority {
  readonly certificate: string;
  readonly #folder: string;
  readonly #key: string;
  #count = 0;

  constructor(folder: string, name: string, above?: CardAuthority) {
    this.#folder = mkdtempSync(join(folder, 'ca-'));
    this.#key = this.#at('ca.key');
    this.certificate = this.#at('ca.pem');
    writeFileSync(this.#at('index'), '');
    writeFileSync(this.#at('index.attr'), 'unique_subject = no\n');
    writeFileSync(this.#at('crlnumber'), '01\n');
    writeFileSync(
      this.#at('ca.conf'),
      `[ca]\ndefault_ca=d\n[d]\ndatabase=${this.#at('index')}\nnew_certs_dir=${this.#folder}\nrand_serial=yes\n` +
        `crlnumber=${this.#at('crlnumber')}\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=optional\nserialNumber=optional\n` +
        'organizationName=optional\n[x]\nauthorityKeyIdentifier=keyid:always\n',
    );
    const extensions = [
      ...['basicConstraints=critical,CA:true', 'keyUsage=critical,keyCertSign,cRLSign'],
      'subjectKeyIdentifier=hash',
    ];
    if (above === undefined) {
      const add = extensions.flatMap((each) => ['-addext', each]);
      const more = ['-config', '/dev/null', '-x509', '-days', '3650', ...add];
      openssl(['req', ...newKey(this.#key), '-subj', `/CN=${name}`, ...more, '-out', this.certificate]);
      return;
    }
    const request = this.#at('ca.csr');
    openssl(['req', ...newKey(this.#key), '-subj', `/CN=${name}`, '-out', request]);
    above.sign(request, this.certificate, extensions, {});
  }

  issue(wanted: CardWanted = {}): Issued {
    const { subject = '/CN=Lotte', purpose = 'clientAuth', names, policy } = wanted;
    const name = `card-${++this.#count}`;
    const [key, request, certificate] = [this.#at(`${name}.key`), this.#at(`${name}.csr`), this.#at(`${name}.pem`)];
    openssl(['req', '-utf8', ...newKey(key), '-subj', subject, '-out', request]);
    const extensions = [
      ...(purpose === '' ? [] : [`extendedKeyUsage=${purpose}`]),
      ...(names === undefined ? [] : [`subjectAltName=${names}`]),
      ...(policy === undefined ? [] : [`certificatePolicies=${policy}`]),
    ];
    this.sign(request, certificate, extensions, wanted);
    const identity = this.#at(`${name}.both.pem`);
    writeFileSync(identity, readFileSync(certificate, 'utf8') + readFileSync(key, 'utf8'));
    return { certificate, key, identity };
  }

  revoke({ certificate }: Pick<Issued, 'certificate'>): void {
    openssl(['ca', ...this.#own, '-revoke', certificate]);
  }

  /** Writes its list as it is now; `toMs`: when it ends, from now. `isKeyed`: it says which key has signed it (RFC 5280 §5.2.1). */
  list(file: string, form: 'PEM' | 'DER' = 'DER', toMs = 86_400_000, isKeyed = true): void {
    const pem = this.#at('list.pem');
    const keyed = isKeyed ? ['-crlexts', 'x'] : [];
    const [last, next] = [stamp(-2), stamp(toMs / 86_400_000)];
    openssl(['ca', ...this.#own, '-gencrl', '-crl_lastupdate', last, '-crl_nextupdate', next, ...keyed, '-out', pem]);
    openssl(['crl', '-in', pem, '-outform', form, '-out', file]);
  }

  sign(request: string, out: string, extensions: readonly string[], { fromDays = -1, toDays = 365 }: CardWanted): void {
    const file = this.#at('extensions');
    writeFileSync(file, `${extensions.join('\n')}\n`);
    openssl([
      ...['ca', '-batch', '-notext', '-utf8', ...this.#own, '-extfile', file],
      ...['-startdate', stamp(fromDays), '-enddate', stamp(toDays), '-in', request, '-out', out],
    ]);
  }

  get #own(): readonly string[] {
    return ['-config', this.#at('ca.conf'), '-cert', this.certificate, '-keyfile', this.#key];
  }

  #at(name: string): string {
    return join(this.#folder, name);
  }
}

export class CardSite {
  readonly folder = mkdtempSync(join(tmpdir(), 'escaut-cards-'));
  readonly root = new CardAuthority(this.folder, 'Police Root');
  readonly issuing = new CardAuthority(this.folder, 'Police Cards 1', this.root);
  /** The files that the gateway reads. */
  readonly authorities = join(this.folder, 'authorities.pem');
  readonly rootList = join(this.folder, 'root.crl');
  readonly cardList = join(this.folder, 'cards.crl');

  constructor() {
    const both = [this.issuing, this.root].map(({ certificate }) => readFileSync(certificate, 'utf8'));
    writeFileSync(this.authorities, both.join(''));
    this.root.list(this.rootList, 'PEM');
    this.issuing.list(this.cardList);
  }

  get files() {
    return { authorities: this.authorities, revoked: [this.rootList, this.cardList] };
  }

  /** An authority that is none of ours, whatever it calls itself. */
  stranger(name = 'Police Cards 1'): CardAuthority {
    return new CardAuthority(this.folder, name);
  }

  selfSigned(subject: string): Issued {
    const [key, certificate] = [join(this.folder, 'self.key'), join(this.folder, 'self.pem')];
    const more = ['-addext', 'extendedKeyUsage=clientAuth'];
    openssl(['req', '-x509', ...newKey(key), '-subj', subject, ...more, '-days', '30', '-out', certificate]);
    return { certificate, key, identity: certificate };
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}
