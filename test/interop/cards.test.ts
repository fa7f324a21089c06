/**
 * A trial of smart cards as docs/accounts.md has it, word for word: its commands in a shell, the program as its users start it, and
 * curl in the place of a browser.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, expect, it } from 'vitest';
import { Authority } from '../base/certificates.ts';
import { Gateway, gatewayPorts } from './support/gateway.ts';
import { until } from './support/until.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'card-trial-'));
const page = new Authority('Page CA');
let gateway: Gateway | undefined;
afterEach(() => gateway?.stop());
afterAll(() => {
  rmSync(folder, { recursive: true });
  page.close();
});

const text = readFileSync(join(import.meta.dirname, '../../docs/accounts.md'), 'utf8');
const [, commands = ''] = /A trial without cards.*?```\n(.*?)```/s.exec(text) ?? [];
/** The last of them revokes. */
const [make = '', revoke = ''] = commands.split(/(?<=lotte\.p12\n)/);
const [, settings = ''] = /`console\.tls\.clientCertificates: (\{.*?\})`/.exec(text) ?? [];

it('is done by the commands of docs/accounts.md', async () => {
  expect(revoke).toContain('-revoke lotte.pem');
  await run('bash', ['-ec', make], { cwd: folder });
  const ports = await gatewayPorts();
  const cardPort = ports.http + 1;
  const { certificate, key } = page.issue({ names: 'IP:127.0.0.1' });
  const at = (name: string) => join(folder, name);
  expect(settings).toBe('{port: 8443, authorities: card-authorities.pem, revoked: [card.crl]}');
  const clientCertificates = { port: cardPort, authorities: at('card-authorities.pem'), revoked: [at('card.crl')] };
  gateway = await Gateway.start(ports, {
    console: {
      listen: { host: '127.0.0.1', port: ports.http },
      tls: { certificate, key, clientCertificates },
    },
    accounts: { enabled: true },
    controlRooms: [{ id: 'ccpd', callSign: 'CCPD', country: 'FR' }],
    people: [
      { id: 'lotte', display: 'Lotte', role: 'dispatcher', controlRoom: 'ccpd', country: 'BE', card: '4405512' },
    ],
    networks: [{ id: 'n', name: 'N', technology: 'tetra', country: 'BE' }],
    attachments: [],
    talkgroups: [],
    sharedGroups: [],
  });
  const jar = join(folder, 'cookies');
  const origin = `https://127.0.0.1:${ports.http}`;
  const curl = async (...more: string[]) => {
    const args = ['-sS', '--cacert', page.ca, '-b', jar, '-c', jar, '--max-time', '10', ...more];
    return (await run('curl', args, { cwd: folder })).stdout;
  };
  const post = (path: string) =>
    curl(...['-H', `origin: ${origin}`, '-H', 'x-escaut-console: 1', '--json', '{}', `${origin}/api/v1/${path}`]);
  const login = async () => {
    const { url } = JSON.parse(await post('card'));
    expect(url).toBe(`https://127.0.0.1:${cardPort}/card`);
    const shown = await curl('--cert', 'lotte.pem', '--key', 'lotte.key', '-w', '%{http_code} %{redirect_url}', url);
    expect(shown).toBe(`303 ${origin}/#login=card`);
    return JSON.parse(await post('card/enter'));
  };
  expect(await login()).toMatchObject({ who: { person: 'lotte', way: 'card' } });
  expect(gateway.lines.filter(({ event }) => event.startsWith('cards.')).map(({ event }) => event)).toEqual([
    'cards.unchecked', // without a reason: all can be checked
    'cards.listening',
  ]);

  await run('bash', ['-ec', revoke], { cwd: folder });
  const ended = () => gateway?.lines.some(({ event, reason }) => event === 'login.ended' && reason === 'disabled');
  await until('her session over', () => ended() === true, 20_000);
  expect(await login()).toMatchObject({ status: 403, code: 'card-revoked' });
}, 60_000);
