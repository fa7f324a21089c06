/** The sample agent of the link with a service token that an administrator made by REST, and then ended. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FleetClient } from './support/fleet-client.ts';
import { Gateway, gatewayPorts } from './support/gateway.ts';
import { LinkAgent } from './support/link-agent.ts';
import { loopback } from './support/ports.ts';
import { until } from './support/until.ts';

const leg = 'xb-link/box';
let gateway: Gateway;
let port: number;
let agent: LinkAgent | undefined;
let administrator: FleetClient;

beforeAll(async () => {
  const ports = await gatewayPorts();
  port = ports.sip + 4;
  gateway = await Gateway.start(ports, {
    accounts: { enabled: true },
    controlRooms: [{ id: 'cr-be', callSign: 'CIC Hainaut', country: 'BE' }],
    people: [
      { id: 'sys', display: 'Sys', role: 'sys-admin', language: 'fr', controlRoom: 'cr-be', country: 'BE' },
      { id: 'opo', display: 'Opo', role: 'fleet-admin', language: 'fr', controlRoom: 'cr-be', country: 'BE' },
    ],
    networks: [{ id: 'inpt', name: 'INPT', technology: 'tetrapol', country: 'FR' }],
    attachments: [
      {
        ...{ id: 'box', network: 'inpt', kind: 'link' },
        link: { listen: { host: loopback, port }, agent: 'box', serviceTokens: true },
      },
    ],
    talkgroups: [{ id: 'box', network: 'inpt', number: '590-911', short: 'BOX' }],
    sharedGroups: [{ id: 'xb-link', short: 'X', name: { fr: 'x', nl: 'x', en: 'x' }, legs: [{ talkgroup: 'box' }] }],
  });
  administrator = await FleetClient.invited('sys', gateway);
}, 60_000);

afterAll(async () => {
  await agent?.stop();
  await gateway?.kill();
}, 20_000);

const come = (token: string) =>
  LinkAgent.start([`${loopback}:${port}`, '--name', 'box', '--token', token, '--codec', 'PCMA']);

it('comes in by it, is sent away within seconds of its end, and comes in no more', async () => {
  const made = await administrator.post('tokens', { holder: 'box', scope: 'link', days: 30 });
  expect(made.status).toBe(201);
  const { id, token } = made.body as { id: string; token: string };
  agent = come(token);
  await gateway.legsUp([leg]);
  expect(gateway.linesOf('link.admitted').at(-1)).toMatchObject({ attachment: 'box', tokenId: id });
  const used = async () => (await administrator.get('tokens')).body.tokens;
  await expect.poll(used, { timeout: 10_000 }).toMatchObject([{ id, madeBy: 'Sys', usedFrom: loopback }]);

  const from = gateway.lines.length;
  expect((await administrator.post(`tokens/${id}/revoke`, {})).status).toBe(200);
  await until('its session is ended', () => gateway.linesOf('link.token-ended', from).length > 0, 20_000);
  await until('the leg is down', () => gateway.legState(leg).state === 'down', 20_000);
  await agent.stop();
  agent = come(token);
  await until('it is refused', () => gateway.linesOf('link.refused', from).length > 0, 20_000);
  expect(gateway.linesOf('link.refused', from)[0]).toMatchObject({ reason: 'token-revoked', tokenId: id });
  const { output } = await gateway.audited('--event', 'token.revoked');
  expect(output).toContain(id);
  expect(gateway.filesWith([token])).toEqual([]);
}, 90_000);
