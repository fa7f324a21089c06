import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../src/config/load.ts';

function problemsOf(keySalt: string | undefined, suite = 'AES_CM_128_HMAC_SHA1_80'): string[] {
  const config = {
    version: 1,
    gateway: { id: 'gw', name: { fr: 'a', nl: 'a', en: 'a' } },
    networks: [{ id: 'astrid', name: 'ASTRID', technology: 'tetra', country: 'BE' }],
    attachments: [
      {
        id: 'as-1',
        network: 'astrid',
        kind: 'mcptt',
        mcptt: { peer: 'sip:127.0.0.2', floorKey: { suite, keySalt: { env: 'FLOOR_KEY' } } },
      },
    ],
  };
  const environment = keySalt === undefined ? {} : { FLOOR_KEY: keySalt };
  const { problems } = checkConfig(JSON.stringify(config), { file: '/x.yaml', environment, workingFolder: '/' });
  return problems.filter(({ path }) => path.includes('floorKey')).map(({ path, message }) => `${path} ${message}`);
}

const octets = (count: number): string => Buffer.alloc(count, 0xa5).toString('base64');

describe('keys of floor control', () => {
  it('are of the length that their suite wants', () => {
    expect(problemsOf(octets(30))).toEqual([]);
    expect(problemsOf(octets(44), 'AEAD_AES_256_GCM')).toEqual([]);
  });

  it.each([octets(29), octets(44), 'no base64!', 'A'])('are refused by what to write, and never shown: %s', (key) => {
    const [problem, ...others] = problemsOf(key);
    expect(others).toEqual([]);
    expect(problem).toContain('attachments[0].mcptt.floorKey.keySalt must be the base64 of 30 octets');
    expect(problem).not.toContain(key.slice(0, 10).padEnd(10, '~'));
  });

  it('that cannot be had are one problem, not two', () => {
    expect(problemsOf(undefined)).toHaveLength(1);
  });
});
