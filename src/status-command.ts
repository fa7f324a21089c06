/** `escaut status`: asks a running gateway on this machine how its networks fare, and prints it as tables. */
import { type FaultCode, faultCatalogue } from './base/faults.ts';
import { printable } from './base/printable.ts';
import {
  type AttachmentReport,
  type ClockReport,
  type LegStatusReport,
  type StatusReport,
  statusReportSchema,
} from './base/status-report.ts';
import { machineHeader } from './machine-key.ts';

const answerMsMax = 5000;
/** Of a reason: a far end's own words are no longer, ours neither. */
const reasonCharsMax = 400;
/** Narrower than this nothing is wrapped: an id and a word would not stand on one line. */
const columnsMin = 40;

/** @throws Error in words for an operator when no gateway answers there, or something else does. */
export async function fetchStatus(url: string, key?: string): Promise<StatusReport> {
  const headers = machineHeader(key);
  const at = new URL('/status', url);
  const response = await fetch(at, { headers, signal: AbortSignal.timeout(answerMsMax) }).catch((error: unknown) => {
    throw new Error(`no gateway answers at ${at.href}; is it running, and is console.listen there?`, { cause: error });
  });
  if (!response.ok) throw new Error(`${at.href} answers ${response.status}: ${printable(await response.text(), 200)}`);
  const report = statusReportSchema.safeParse(await response.json().catch(() => undefined));
  if (!report.success) throw new Error(`${at.href} is no status of a gateway of this version`);
  return report.data;
}

/**
 * The picture as text, its tables at most 120 columns wide where names are short; what is said of a fault is wrapped at
 * `columns`, and whole in any case. Texts of far ends are made printable.
 */
export function statusText(report: StatusReport, columns = Infinity): string {
  const { utcMs } = report;
  const lines = [
    `${printable(report.gateway)}: ${report.allUp ? 'all up' : 'not all up'}`,
    ...clockLines(report),
    ...diskLines(report),
    ...auditLines(report),
    ...tokenLines(report),
  ];
  for (const network of report.networks) {
    lines.push('', `${printable(network.name)} (${printable(network.id)})`);
    const attachments = report.attachments.filter(({ networkId }) => networkId === network.id);
    const legs = report.legs.filter(({ networkId }) => networkId === network.id);
    lines.push(
      ...table([
        ['ATTACHMENT', 'KIND', 'STATE', 'SINCE', 'RANK', 'CHANNELS', 'RTT', 'REGISTRATION', 'PEER'],
        ...attachments.map((attachment) => attachmentRow(attachment, utcMs)),
      ]),
      ...notesOf(attachments, utcMs, columns),
    );
    if (legs.length === 0) continue;
    lines.push(
      ...table([
        ['LEG', 'STATE', 'SINCE', 'ON', 'CODEC', 'RECEIVED', 'LOST', 'JITTER', 'LEVEL', 'HEARD', 'KEY', 'FLOOR'],
        ...legs.map((leg) => legRow(leg, utcMs)),
      ]),
      ...notesOf(legs, utcMs, columns),
    );
  }
  return lines.join('\n');
}

/** Only where there is hardly any room left. */
function diskLines({ disk: { boundMiB, disks } }: StatusReport): string[] {
  return disks
    .filter(({ nearlyFull }) => nearlyFull)
    .map(({ of, freeMiB }) => {
      const what = of === 'state' ? 'the state folder' : 'recordings';
      return `disk of ${what}: NEARLY FULL (${freeMiB} MiB free, bound ${boundMiB}): only evidence is written`;
    });
}

/** Only those that end soon. */
function tokenLines({ tokens, utcMs }: StatusReport): string[] {
  return tokens.map(({ tokenId, holder, expiresUtcMs }) => {
    const days = Math.floor((expiresUtcMs - utcMs) / 86_400_000);
    const when = days < 0 ? 'HAS ENDED' : `ENDS in ${days} days`;
    return `service token ${printable(tokenId)} of ${printable(holder)} ${when}: make another (escaut token create)`;
  });
}

/** Only where something waits, or did since the start. */
function auditLines({ audit: { waiting, caughtUp }, utcMs }: StatusReport): string[] {
  if (waiting > 0) return [`audit log: ITS DATABASE IS AWAY, ${waiting} entries wait`];
  if (caughtUp === undefined) return [];
  return [
    `audit log: all in its database; ${caughtUp.lines} entries that had waited, ${ago(caughtUp.utcMs, utcMs)} ago`,
  ];
}

/** How far this machine's clock is from its time servers, and what each of them says. */
function clockLines({ clock, utcMs }: StatusReport): string[] {
  const { steppedMs, steppedUtcMs } = clock;
  const set = steppedMs === undefined ? '' : `; set by ${signed(steppedMs)} ms ${ago(steppedUtcMs, utcMs)} ago`;
  const since = clock.sinceUtcMs === undefined ? '' : `, since ${ago(clock.sinceUtcMs, utcMs)}`;
  const head = `clock: ${clockWords(clock)}${since}${set}`;
  if (clock.servers.length === 0) return [head];
  return [
    head,
    ...table([
      ['TIME SERVER', 'STATE', 'OFFSET', 'BOUND', 'DELAY', 'STRATUM', 'HEARD'],
      ...clock.servers.map(({ server, state, offsetMs, boundMs, delayMs, stratum, heardUtcMs }) => [
        server,
        state,
        offsetMs === undefined ? '-' : `${signed(offsetMs)} ms`,
        boundMs === undefined ? '-' : `${boundMs} ms`,
        delayMs === undefined ? '-' : `${delayMs} ms`,
        String(stratum ?? '-'),
        ago(heardUtcMs, utcMs),
      ]),
    ]),
  ];
}

function clockWords({ state, reason, offsetMs = 0, boundMs = 0, source = '' }: ClockReport): string {
  const figures = `${signed(offsetMs)} ms, give or take ${boundMs} ms, by ${printable(source)}`;
  if (state === 'agreed') return `right within 50 ms (${figures})`;
  if (state === 'off') return `${offsetMs < 0 ? 'BEHIND' : 'AHEAD'} (${figures})`;
  if (state === 'unmeasured') return 'not measured: clock.servers is empty';
  if (reason === 'uncertain') return `not certain to 50 ms (${figures})`;
  return reason === 'disagreeing' ? 'not known: the time servers contradict each other' : 'not known: no answer yet';
}

function signed(ms: number): string {
  return ms > 0 ? `+${ms}` : String(ms);
}

function attachmentRow(attachment: AttachmentReport, utcMs: number): string[] {
  const { id, kind, state, sinceUtcMs, rank, carried, channels, roundTripMs, peer, address, transport } = attachment;
  const { registration, registrationExpiresUtcMs, encryption } = attachment;
  const left = registrationExpiresUtcMs === undefined ? '' : ` ${age(registrationExpiresUtcMs - utcMs)} left`;
  const isEncrypted = encryption === 'offered' || encryption === 'required' ? ` srtp ${encryption}` : '';
  const where = [peer, address === undefined ? '' : `at ${address}`, transport].filter(Boolean).join(' ');
  return [
    id,
    kind,
    attachment.certificateExpiring ? `${state}, certificate expiring` : state,
    ago(sinceUtcMs, utcMs),
    String(rank),
    `${carried}/${channels}`,
    roundTripMs === undefined ? '-' : `${roundTripMs} ms`,
    registration === undefined ? '-' : `${registration}${left}`,
    `${where}${isEncrypted}`,
  ];
}

function legRow(leg: LegStatusReport, utcMs: number): string[] {
  const { id, state, sinceUtcMs, attachment, codec, srtp, received, receivedPerS, lost, jitterMs, levelDbov } = leg;
  return [
    id,
    state,
    ago(sinceUtcMs, utcMs),
    attachment ?? '-',
    codec === undefined ? '-' : srtp === undefined ? codec : `${codec} srtp`,
    receivedPerS > 0 ? `${received} +${receivedPerS}/s` : String(received),
    String(lost),
    `${jitterMs} ms`,
    levelDbov === undefined ? '-' : `${levelDbov} dBov`,
    leg.heardUtcMs === undefined && state === 'up' ? 'never' : ago(leg.heardUtcMs, utcMs),
    leg.receiving ? 'now' : ago(leg.keyUtcMs, utcMs),
    ago(leg.floorUtcMs, utcMs),
  ];
}

interface Noted {
  readonly id: string;
  readonly fault?: string | undefined;
  readonly reason?: string | undefined;
  readonly returnsUtcMs?: number | undefined;
  readonly trialOn?: string | undefined;
  readonly remote?: string | undefined;
  readonly ssrc?: string | undefined;
  readonly signal?: string | undefined;
}

function notesOf(items: readonly Noted[], utcMs: number, columns: number): string[] {
  return items.flatMap(({ id, fault, reason, returnsUtcMs, trialOn, remote, ssrc, signal }) => {
    const name = printable(id);
    const notes: string[] = [];
    if (fault !== undefined) {
      const known = Object.hasOwn(faultCatalogue, fault) ? faultCatalogue[fault as FaultCode] : faultCatalogue.other;
      const said = reason === undefined ? '' : ` (${printable(reason, reasonCharsMax)})`;
      notes.push(`  ! ${name}: ${printable(fault)}${said}: ${known.meaning}`, `    ${known.remedy}`);
    }
    const facts = [
      remote === undefined ? '' : `voice goes to ${printable(remote)}`,
      ssrc === undefined ? '' : `comes from SSRC ${printable(ssrc)}`,
      signal === undefined ? '' : `radio signal ${printable(signal)}`,
    ];
    if (ssrc !== undefined) notes.push(`  = ${name}: ${facts.filter(Boolean).join(', ')}`);
    if (trialOn !== undefined) notes.push(`  ~ ${name}: on trial on ${printable(trialOn)}`);
    if (returnsUtcMs !== undefined) notes.push(`  ~ ${name}: legs return in ${age(returnsUtcMs - utcMs)}`);
    return notes.flatMap((note) => wrapped(note, columns));
  });
}

/** Lines of at most `columns`, the second and later ones indented by 4; a longer word stands alone, and whole. */
function wrapped(note: string, columns: number): string[] {
  if (columns < columnsMin) return [note];
  const lines: string[] = [];
  let line = '';
  // A word takes its indent with it.
  for (const [word] of note.matchAll(/ *[^ ]+/g)) {
    if (line === '' || line.length + word.length <= columns) line += word;
    else {
      lines.push(line);
      line = `    ${word.trimStart()}`;
    }
  }
  return [...lines, line];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const clean = rows.map((row) => row.map((cell) => printable(cell)));
  const widths = (clean[0] ?? []).map((_, column) => Math.max(...clean.map((row) => row[column]?.length ?? 0)));
  return clean.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
}

function ago(sinceUtcMs: number | undefined, utcMs: number): string {
  return sinceUtcMs === undefined ? '-' : age(utcMs - sinceUtcMs);
}

/** 7 s, 12 min, 5 h, 3 d. */
function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}
