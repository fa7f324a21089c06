/** Whether the certificates that a configuration names can be used: there, in force, with their key, and named aright. */
import type { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { type CertificateTexts, namesFarEnd, readCertificate, readPem, validityFault } from '../base/certificate.ts';
import { readAuthorities } from '../operations/card-list.ts';
import type { PathProblem } from './problems.ts';
import type { Attachment, Config } from './schema.ts';
import type { Path } from './yaml-source.ts';

/** Said of a file that the site has yet to lay there. */
export const missingFile = 'names a file that is not there or may not be read';

/** `required` false: what is not there is a warning, for checking a file away from its site. */
export function checkCertificates(
  { console, sip, attachments }: Config,
  utcMs: number,
  required: boolean,
): PathProblem[] {
  const problems: PathProblem[] = [];
  const say = (severity: PathProblem['severity'], path: Path, message: string): void => {
    problems.push({ severity, path, part: 'value', message });
  };
  const read = (file: string, path: Path): string | undefined => {
    const text = textIn(file);
    if (text === undefined) say(required ? 'error' : 'warning', path, missingFile);
    return text;
  };
  if (console.tls !== undefined) {
    const at = (part: keyof CertificateTexts): Path => ['console', 'tls', part];
    const certificate = read(console.tls.certificate, at('certificate'));
    const key = read(console.tls.key, at('key'));
    if (certificate !== undefined && key !== undefined) {
      for (const { part, ...said } of ofConsole({ certificate, key }, console.origins, utcMs)) {
        say(said.severity, at(part), said.message);
      }
    }
  }
  const cards = console.tls?.clientCertificates;
  const cardPath = ['console', 'tls', 'clientCertificates'] as const;
  const cardAuthorities = cards && read(cards.authorities, [...cardPath, 'authorities']);
  if (cardAuthorities !== undefined) {
    try {
      readAuthorities(cardAuthorities);
    } catch (error) {
      say('error', [...cardPath, 'authorities'], error instanceof Error ? error.message : 'cannot be read');
    }
  }
  // Lists come and go while the gateway runs: without one cards are refused, and the rest goes on.
  for (const [index, file] of (cards?.revoked ?? []).entries()) {
    if (textIn(file) === undefined) say('warning', [...cardPath, 'revoked', index], missingFile);
  }
  for (const [index, { tls, host }] of sip.listen.entries()) {
    if (tls === undefined) continue;
    const at = (part: keyof CertificateTexts): Path => ['sip', 'listen', index, 'tls', part];
    const certificate = read(tls.certificate, at('certificate'));
    const key = read(tls.key, at('key'));
    const ca = read(tls.ca, at('ca'));
    if (certificate === undefined || key === undefined || ca === undefined) continue;
    const reading = readCertificate({ certificate, key, ca }, utcMs);
    if (!reading.ok) {
      say('error', at(reading.part), reading.reason);
      continue;
    }
    if (reading.warning !== undefined) say('warning', at('certificate'), reading.warning);
    if (![sip.domain, host].some((name) => namesFarEnd(reading.leaf, name))) {
      say('warning', at('certificate'), `names neither sip.domain, ${sip.domain}, nor ${host}: far ends may refuse it`);
    }
  }
  for (const [index, attachment] of attachments.entries()) {
    const tls = tlsOf(attachment);
    if (tls?.ca === undefined) continue;
    const path: Path = ['attachments', index, attachment.kind, 'tls', 'ca'];
    const text = read(tls.ca, path);
    if (text === undefined) continue;
    const authorities = readPem(text) ?? [];
    if (authorities.length === 0) say('error', path, 'holds no certificate in PEM');
    for (const { validToDate } of authorities) {
      if (validToDate.getTime() <= utcMs)
        say('error', path, `has expired on ${validToDate.toISOString().slice(0, 10)}`);
    }
  }
  return problems;
}

interface Said {
  readonly severity: PathProblem['severity'];
  readonly part: 'certificate' | 'key' | 'ca';
  readonly message: string;
}

/**
 * What has expired is a warning here alone: browsers refuse the page, but radios go on hearing each other, and a gateway that
 * is started again at night must not stay down for it.
 */
function* ofConsole(texts: CertificateTexts, origins: readonly string[], utcMs: number): Generator<Said> {
  const [leaf] = readPem(texts.certificate) ?? [];
  const fault = leaf && validityFault(leaf, utcMs);
  if (fault !== undefined) {
    yield { severity: 'warning', part: 'certificate', message: `${fault}: browsers refuse the page` };
  }
  const reading = readCertificate(texts, fault === undefined ? utcMs : Number(leaf?.validFromDate));
  if (!reading.ok) {
    yield { severity: 'error', part: reading.part, message: reading.reason };
    return;
  }
  if (fault === undefined && reading.warning !== undefined) {
    yield { severity: 'warning', part: 'certificate', message: reading.warning };
  }
  const unnamed = origins.filter((origin) => !isNamed(reading.leaf, new URL(origin).hostname));
  for (const origin of unnamed) {
    yield {
      severity: 'warning',
      part: 'certificate',
      message: `does not name ${origin}: browsers refuse the page there`,
    };
  }
}

/** As browsers ask: wildcards count, the CN does not. */
function isNamed(leaf: X509Certificate, hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(address) !== 0) return leaf.checkIP(address) !== undefined;
  return leaf.checkHost(hostname, { subject: 'never' }) !== undefined;
}

function textIn(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined; // not there, not allowed, or not a name that a file can have
  }
}

function tlsOf(attachment: Attachment) {
  if (attachment.kind === 'sip') return attachment.sip.tls;
  if (attachment.kind === 'mcptt') return attachment.mcptt.tls;
  return attachment.kind === 'ed137' ? attachment.ed137.tls : undefined;
}
