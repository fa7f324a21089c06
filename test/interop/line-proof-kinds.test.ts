/**
 * The proof of the lines over the kinds of attachment beside SIP, with far ends that are not ours where there are any:
 *
 *   rtp    ffmpeg, which sends back what it hears
 *   link   the sample agent, let in by a service token, with a unit that says again what it hears
 *   here   sipp with MCPTT in its SDP, the floor homed with us; it sends back what it hears
 *   there  the same, the floor homed there: a server of TS 24.380 in thirty lines of Python
 *   radio  sipp with ED-137 in its SDP, and its radio in as many: no foreign program speaks ED-137
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProofsView, proofsSchema } from '../../src/api/proof-schemas.ts';
import { endChild } from './support/end-child.ts';
import { show } from './support/figures.ts';
import { Gateway, gatewayPorts } from './support/gateway.ts';
import { freeBlock, loopback } from './support/ports.ts';
import { provenLines } from './support/proof-world.ts';
import { floorAt, sippAnswers } from './support/sipp-answers.ts';
import { until } from './support/until.ts';

const beside = (name: string) => join(import.meta.dirname, 'support', name);
const names = ['rtp', 'link', 'here', 'there', 'radio'] as const;
type Name = (typeof names)[number];

let folder: string;
let gateway: Gateway;
let first: number;
let linkPort: number;
let agent: ChildProcess | undefined;
const children: ChildProcess[] = [];

function run(command: string, args: readonly string[]): ChildProcess {
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  children.push(child);
  return child;
}

/** Answers with `more` in its SDP, and says that its media is at that port; sends back what comes to `echo`. */
function sipp(port: number, media: number, echo: number, more: (text: string) => string): void {
  run('sipp', [...sippAnswers(folder, { port, media, echo, more }), ...(media === echo ? ['-rtp_echo'] : [])]);
}

/** It takes ten seconds without a packet for the end of what it reads, and ends: it is started again for the next call. */
function ffmpeg(port: number, to: number): void {
  const file = join(folder, 'line.sdp');
  const lines = ['v=0', `o=- 0 0 IN IP4 ${loopback}`, 's=-', `c=IN IP4 ${loopback}`, 't=0 0'];
  writeFileSync(file, [...lines, `m=audio ${port} RTP/AVP 8`, 'a=rtpmap:8 PCMA/8000', ''].join('\r\n'));
  const child = run('ffmpeg', [
    ...['-v', 'error', '-nostdin', '-protocol_whitelist', 'file,udp,rtp', '-fflags', 'nobuffer'],
    ...['-analyzeduration', '0', '-localaddr', loopback, '-i', file],
    ...['-ar', '8000', '-ac', '1', '-c:a', 'pcm_alaw', '-payload_type', '8', '-f', 'rtp'],
    `rtp://${loopback}:${to}?localaddr=${loopback}&pkt_size=172`,
  ]);
  child.on('exit', (_code, signal) => {
    if (signal === null) ffmpeg(port, to);
  });
}

const radio = (sdp: string) =>
  sdp
    .replace('RTP/AVP 8 0 101\na=rtpmap:101 telephone-event/8000', 'RTP/AVP 8 123\na=rtpmap:123 R2S/8000')
    .replace('a=sendrecv\n', 'a=sendrecv\na=type:Radio-TxRx\na=txrxmode:TxRx\na=rtphe:1\na=ptt-id:7\n')
    .replaceAll('Content-Type:', 'WG67-Version: radio.02\nContent-Type:');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'escaut-kinds-'));
  first = await freeBlock(70);
  const sip = (name: Name) => first + 10 * names.indexOf(name);
  ffmpeg(sip('rtp'), sip('rtp') + 2);
  for (const name of ['here', 'there'] as const) {
    sipp(sip(name), sip(name) + 2, sip(name) + 2, floorAt(sip(name) + 6));
    run('python3', [beside('mcptt_floor.py'), String(sip(name) + 6)]);
  }
  sipp(sip('radio'), sip('radio') + 2, sip('radio') + 4, radio);
  run('python3', [beside('radio_echo.py'), String(sip('radio') + 2)]);
  const ports = await gatewayPorts();
  linkPort = ports.sip + 4;
  const peer = (name: Name) => `sip:${loopback}:${sip(name)}`;
  const kinds = {
    rtp: { kind: 'rtp', rtp: { remote: `${loopback}:${sip('rtp')}`, listenPort: sip('rtp') + 2, sources: [loopback] } },
    link: {
      kind: 'link',
      link: { listen: { host: loopback, port: linkPort }, agent: 'box7', serviceTokens: true },
    },
    here: { kind: 'mcptt', mcptt: { peer: peer('here'), home: 'here' } },
    there: { kind: 'mcptt', mcptt: { peer: peer('there'), home: 'there' } },
    radio: { kind: 'ed137', ed137: { peer: peer('radio') } },
  };
  gateway = await Gateway.start(ports, {
    people: [
      { id: 'tech', display: 'Technique', role: 'technician', controlRoom: 'cr-ccpd', country: 'BE', language: 'fr' },
    ],
    ...provenLines(names),
    attachments: names.map((name) => ({ id: `${name}-1`, network: name, ...kinds[name] })),
  });
}, 60_000);

afterAll(async () => {
  await gateway?.stop();
  await Promise.all(children.map((child) => endChild(child, 'SIGKILL')));
  rmSync(folder, { recursive: true, force: true });
}, 20_000);

/** The agent with that token, from now on. */
async function letIn(token: string): Promise<string> {
  if (agent !== undefined) await endChild(agent, 'SIGKILL');
  const at = `${loopback}:${linkPort}`;
  agent = run('python3', [beside('echo_agent.py'), at, '--name', 'box7', '--token', token]);
  let said = '';
  agent.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const isUp = () => gateway.linesOf('attachment.up').some((line) => line.attachment === 'link-1');
  await until('the agent is in, or is not', () => isUp() || said.includes('refused'));
  return said;
}

async function proof(...of: string[]): Promise<{ code: number | null; view: ProofsView }> {
  const url = `http://${loopback}:${gateway.ports.http}/`;
  const main = join(import.meta.dirname, '../../src/main.ts');
  const child = spawn(process.execPath, [main, 'proof', 'run', '--by', 'tech', '--json', '--url', url, ...of]);
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const code = await new Promise<number | null>((done) => child.on('close', done));
  return { code, view: proofsSchema.parse(JSON.parse(text)) };
}

describe('the agent of a link', () => {
  it('is let in by the service token that was made for its attachment, and by none of another', async () => {
    const made = async (whose: string) => {
      const { output } = await gateway.command(
        ...['token', 'create', '--for', whose, '--scope', 'link', '--days', '1', '--by', 'tech'],
      );
      return output.trim().split('\n').at(-1) ?? '';
    };
    expect(await letIn('t'.repeat(43))).toContain('refused');
    expect(await letIn(await made('link-1'))).not.toContain('refused');
  }, 30_000);
});

describe('the proof of the lines', () => {
  it('is green over every kind whose far end sends back what it hears', async () => {
    const { code, view } = await proof();
    for (const result of view.last?.results ?? []) {
      const { talkgroup, verdict, causes, levelDbov = 0, oneWayMs = 0, whole = 0, reason = '' } = result;
      show(`proof over ${talkgroup}`, { verdict, causes: causes.join(), levelDbov, oneWayMs, whole, reason });
    }
    const found = names.map((name) => view.last?.results.find(({ talkgroup }) => talkgroup === `tg-${name}`));
    expect(found.map((each) => [each?.talkgroup, each?.verdict, each?.causes, each?.heardOn])).toEqual(
      names.map((name) => [`tg-${name}`, 'green', [], `tg-${name}`]),
    );
    for (const each of found) expect(each?.levelDbov).toBeCloseTo(-16, 0);
    expect(code).toBe(0);
  }, 60_000);

  it('is green again by a test call of one attachment, whose far end has been through a call already', async () => {
    const { code, view } = await proof('--attachment', 'rtp-1');
    expect(view.lastCall?.results.map(({ talkgroup, verdict, causes }) => [talkgroup, verdict, causes])).toEqual([
      ['tg-rtp', 'green', []],
    ]);
    expect(code).toBe(0);
  }, 30_000);
});
