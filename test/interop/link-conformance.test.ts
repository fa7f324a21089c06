/** The conformance test of the link on agents of another language: the sample agent passes, each fault is found by name. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { type CheckResult, runLinkConformance } from '../../src/conformance/link-conformance.ts';
import { LinkAgent } from './support/link-agent.ts';
import { readWav, writeWav } from './support/wav.ts';

/** They wait most of the time, for what an agent is given time for. */
vi.setConfig({ maxConcurrency: 10 });

const folder = mkdtempSync(join(tmpdir(), 'escaut-link-'));
const speech = join(folder, 'speech.wav');
writeWav(speech, readWav(new URL('../vectors/speech-fr-16k.wav', import.meta.url)));
afterAll(() => rmSync(folder, { recursive: true }));

async function tried(voice: 'rtp' | 'frames', fault: string): Promise<readonly CheckResult[]> {
  let agent: LinkAgent | undefined;
  try {
    return await runLinkConformance(
      { host: '127.0.0.1', port: 0, talkgroup: '5300110', agent: 'box7', token: 's', voice, talkWaitMs: 6000 },
      (port) => {
        const asked = ['--name', 'box7', '--token', 's', '--voice', voice, '--talkgroup', '5300110'];
        const said = ['--say', speech, '--say-every', '1', '--status', '5', '--text', 'A27 fermée', '--alarm'];
        agent = LinkAgent.start([`127.0.0.1:${port}`, ...asked, ...said], fault);
      },
      () => undefined,
    );
  } finally {
    await agent?.stop();
  }
}

const failed = (results: readonly CheckResult[]) =>
  results.filter(({ result }) => result === 'fail').map(({ check }) => check);

describe('the sample agent', () => {
  it.concurrent.each(['rtp', 'frames'] as const)('with voice by %s passes every check', async (voice) => {
    const results = await tried(voice, 'none');
    expect(results.filter(({ result }) => result !== 'pass')).toEqual([]);
    expect(results).toHaveLength(20);
  });
});

describe('an agent that', () => {
  it.concurrent.each([
    ['other-version', 'hello'],
    ['hasty', 'reconnect-paced'],
    ['no-affiliation', 'affiliation'],
    ['odd-port', 'affiliation'],
    ['no-pong', 'ping-answered'],
    ['no-ping', 'pings'],
    ['no-acknowledgement', 'events-acknowledged'],
    ['wrong-number', 'talk-answered'],
    ['deaf-to-answers', 'denied-is-silent'],
    ['deaf-to-revoke', 'revoked-stops'],
    ['strict', 'unknown-skipped'],
    ['greedy', 'credit'],
    ['forgetful', 'resume'],
    ['careless', 'events-again'],
    ['patient', 'dead-gateway'],
    ['no-credit', 'onward-taken'],
    ['untold', 'receipts'],
  ])('is %s fails %s', async (fault, check) => {
    expect(failed(await tried('rtp', fault))).toContain(check);
  });
});
