import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkConfig } from '../../src/config/load.ts';
import { Authority, type Issued } from '../base/certificates.ts';

const authority = new Authority();
afterAll(() => authority.close());
const good = authority.issue({ names: 'DNS:gw.example' });

function problemsOf(issued: Pick<Issued, 'certificate' | 'key'>, sip: object = {}, peerCa = authority.ca): string[] {
  const { folder } = authority;
  copyFileSync(issued.certificate, join(folder, 'gw.pem'));
  const config = {
    version: 1,
    gateway: { id: 'gw', name: { fr: 'a', nl: 'a', en: 'a' } },
    sip: {
      domain: 'gw.example',
      listen: [
        {
          transport: 'tls',
          host: '127.0.0.1',
          port: 5061,
          tls: { certificate: 'gw.pem', key: issued.key, ca: authority.ca },
        },
      ],
    },
    networks: [{ id: 'astrid', name: 'ASTRID', technology: 'tetra', country: 'BE' }],
    attachments: [
      {
        id: 'as-1',
        network: 'astrid',
        kind: 'sip',
        sip: { peer: 'sips:127.0.0.2', transport: 'tls', srtp: 'required', tls: { ca: peerCa }, ...sip },
      },
    ],
  };
  const file = join(folder, 'escaut.yaml');
  const { problems } = checkConfig(JSON.stringify(config), { file, environment: {}, workingFolder: folder });
  return problems.map(({ severity, path, message }) => `${severity} ${path} ${message}`);
}

const at = 'sip.listen[0].tls';

describe('certificates in the configuration', () => {
  it('are no problem when they fit, with paths relative to the file', () => {
    expect(problemsOf(good)).toEqual([]);
  });

  it.each([
    [
      'expired',
      authority.issue({ fromDays: -9, toDays: -1 }),
      /^error sip\.listen\[0\]\.tls\.certificate has expired on 20/,
    ],
    [
      'not yet valid',
      authority.issue({ fromDays: 2 }),
      /^error sip\.listen\[0\]\.tls\.certificate is not valid before 20/,
    ],
    ['of another key', { ...good, key: authority.issue().key }, `error ${at}.key is not the key of the certificate`],
    ['about to end', authority.issue({ names: 'DNS:gw.example', toDays: 10 }), `warning ${at}.certificate expires in`],
    [
      'of another name',
      authority.issue({ names: 'DNS:x.example' }),
      'names neither sip.domain, gw.example, nor 127.0.0.1',
    ],
    ['without key file', { ...good, key: 'nowhere' }, `error ${at}.key names a file that is not there`],
  ])('are named when they are %s', (_, issued, words) => {
    const problems = problemsOf(issued);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(typeof words === 'string' ? new RegExp(words.replaceAll(/[[\].]/g, '\\$&')) : words);
  });

  it('of authorities are read too', () => {
    expect(problemsOf(good, {}, good.key)).toEqual(['error attachments[0].sip.tls.ca holds no certificate in PEM']);
  });
});

describe('the certificate of the page', () => {
  const at = 'console.tls';
  function said(
    { certificate, key }: Pick<Issued, 'certificate' | 'key'>,
    origins: readonly string[] = ['https://radio.example.org:8443'],
    secretsRequired = true,
  ) {
    const config = {
      ...{ version: 1, gateway: { id: 'gw', name: { fr: 'a', nl: 'a', en: 'a' } } },
      console: { listen: { host: '0.0.0.0', port: 8443 }, origins, tls: { certificate, key } },
      networks: [{ id: 'astrid', name: 'ASTRID', technology: 'tetra', country: 'BE' }],
    };
    const { folder } = authority;
    const around = { file: join(folder, 'escaut.yaml'), environment: {}, workingFolder: folder, secretsRequired };
    const { problems } = checkConfig(JSON.stringify(config), around);
    return problems.map(({ severity, path, message }) => `${severity} ${path} ${message}`);
  }
  const fit = authority.issue({ names: 'DNS:*.example.org,IP:192.0.2.7' });

  it('is no problem where it fits, wildcards and addresses among its names', () => {
    expect(said(fit, ['https://radio.example.org:8443', 'https://192.0.2.7'])).toEqual([]);
  });

  it.each([
    [
      'missing',
      { ...fit, certificate: 'nowhere' },
      `error ${at}.certificate names a file that is not there or may not`,
    ],
    [
      'unreadable',
      { ...fit, key: authority.folder },
      `error ${at}.key names a file that is not there or may not be read`,
    ],
    ['no certificate', { ...fit, certificate: fit.key }, `error ${at}.certificate holds no certificate in PEM`],
    ['no key', { ...fit, key: fit.certificate }, `error ${at}.key holds no private key in PEM without password`],
    ['of another key', { ...fit, key: good.key }, `error ${at}.key is not the key of the certificate`],
    [
      'about to end',
      authority.issue({ names: 'DNS:radio.example.org', toDays: 10 }),
      `warning ${at}.certificate expires in`,
    ],
    [
      'of another name',
      good,
      `warning ${at}.certificate does not name https://radio.example.org:8443: browsers refuse`,
    ],
  ])('is named when it is %s', (_, tls, words) => {
    expect(said(tls)).toEqual([expect.stringContaining(words)]);
  });

  it('is a warning alone when it has expired, as radios need no page', () => {
    const late = authority.issue({ names: 'DNS:radio.example.org', fromDays: -9, toDays: -1 });
    expect(said(late)).toEqual([
      expect.stringMatching(/^warning console\.tls\.certificate has expired on 20.*: browsers refuse the page$/),
    ]);
    expect(said({ ...late, key: good.key })).toEqual([
      expect.stringMatching(/^warning .* has expired/),
      `error ${at}.key is not the key of the certificate`,
    ]);
  });

  it('may be missing on a machine that is not the site’s', () => {
    expect(said({ certificate: 'a', key: 'b' }, undefined, false)).toEqual([
      expect.stringContaining(`warning ${at}.certificate names a file`),
      expect.stringContaining(`warning ${at}.key names a file`),
    ]);
  });
});

describe('TLS and SRTP in the configuration', () => {
  it('warns of keys that travel in the clear', () => {
    const tcp = { peer: 'sip:192.0.2.1', transport: 'udp', tls: undefined };
    expect(problemsOf(good, tcp)).toContain(
      'warning attachments[0].sip.srtp sends its keys over udp, where whoever can listen reads them: use transport tls',
    );
  });

  it('wants the transport of sips: peers to be tls, and certificates only there', () => {
    expect(problemsOf(good, { transport: 'tcp' })).toEqual(
      expect.arrayContaining([
        'error attachments[0].sip.peer says transport=tls, and `transport` says tcp: let them agree',
        'error attachments[0].sip.tls is for transport tls, not tcp',
      ]),
    );
  });

  it('has no key or certificate in what it says', () => {
    const said = problemsOf({ ...good, key: authority.issue().key }).join('\n');
    expect(said).not.toContain(readFileSync(good.key, 'utf8').split('\n')[1]);
  });
});
