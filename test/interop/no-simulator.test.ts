/** The demonstration's configuration with `--no-simulator`: nobody answers, and the gateway runs and says so. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Gateway, gatewayPorts } from './support/gateway.ts';
import { freeBlock, loopback } from './support/ports.ts';
import { until } from './support/until.ts';

interface Demo {
  readonly attachments: readonly { readonly kind: string; readonly [settings: string]: unknown }[];
  readonly sharedGroups: readonly { readonly mode?: string; readonly legs: readonly unknown[] }[];
  readonly simulator: { readonly networks: readonly object[] };
}

const demo: Demo = parse(readFileSync(join(import.meta.dirname, '../../config/demo.yaml'), 'utf8'));
const legsCount = demo.sharedGroups
  .filter(({ mode }) => mode !== 'on-demand')
  .reduce((sum, { legs }) => sum + legs.length, 0);

let gateway: Gateway;

/** What the demonstration joins, with far ends and simulator on ports that nobody has. */
async function world(): Promise<Record<string, unknown>> {
  const from = await freeBlock(40);
  const peers = demo.attachments.map(({ kind, ...rest }, index) => {
    const settings = rest[kind];
    const peer = `sip:${loopback}:${from + index}`;
    return { ...rest, kind, [kind]: { ...(settings as object), peer } };
  });
  const networks = demo.simulator.networks.map((network, index) => ({ ...network, port: from + index }));
  const scenario = join(import.meta.dirname, '../../config/demo-scenario.yaml');
  const simulator = { ...demo.simulator, networks, scenario, ports: { from: from + 10, to: from + 39 } };
  const { version: _, gateway: __, console: ___, sip: ____, ...joined } = demo as unknown as Record<string, unknown>;
  return { ...joined, attachments: peers, simulator };
}

const get = (path: string) => fetch(`http://${loopback}:${gateway.ports.http}${path}`);

/** Legs as their last line in the log tells them. */
function legs(): { readonly state: string; readonly reason: string }[] {
  const ids = new Set(gateway.linesOf('leg.changed').map(({ leg }) => leg ?? ''));
  return [...ids].map((leg) => gateway.legState(leg));
}

beforeAll(async () => {
  gateway = await Gateway.start(await gatewayPorts(), await world());
});

afterAll(() => gateway?.kill());

describe('the demonstration without its simulator', () => {
  it('says of every leg that it connects, or is down and why', async () => {
    await until('a reason for every leg', () => legs().filter(({ reason }) => reason !== '').length === legsCount);
    for (const { state } of legs()) expect(['connecting', 'down']).toContain(state);
  });

  it('starts no simulator', () => {
    expect(gateway.processes('simulator/main')).toEqual([]);
    expect(gateway.processes('voice-process')).toHaveLength(1);
    expect(gateway.linesOf('simulator.started')).toEqual([]);
  });

  it('serves the page, its health and its metrics, and is ready for consoles with no leg up', async () => {
    const page = await get('/');
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    expect(await gateway.readiness()).toMatchObject({ ready: true, parts: { legs: { up: 0, total: legsCount } } });
    const metrics = await (await get('/metrics')).text();
    expect(metrics).toMatch(/^escaut_legs\{state="up"\} 0$/m);
    expect(metrics).toMatch(/^escaut_voice_process_up 1$/m);
  });

  it('ends with 0 on SIGTERM, within 2 s, and leaves no process behind', async () => {
    const startMs = performance.now();
    expect(await gateway.stop()).toBe(0);
    expect(performance.now() - startMs).toBeLessThan(2000);
  });
});
