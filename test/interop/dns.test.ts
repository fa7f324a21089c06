/** Far ends by name, against a real name server: dnsmasq on loopback. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { locate, type PlaceQuestion } from '../../src/bridges/sip/locate.ts';
import { nameServers, PlaceCache } from '../../src/bridges/sip/place-cache.ts';
import { SipRig } from './sip-rig.ts';
import { freeBlock, loopback } from './support/ports.ts';
import { until } from './support/until.ts';

const zone = [
  '--host-record=box-a.example,192.0.2.10,20',
  '--host-record=box-b.example,192.0.2.20,300',
  '--host-record=plain.example,192.0.2.30,2001:db8::30',
  '--srv-host=_sip._udp.radio.example,box-b.example,5080,20',
  '--srv-host=_sip._udp.radio.example,box-a.example,5070,10',
  '--srv-host=_sip._tcp.by-naptr.example,box-b.example,5061,1',
  '--naptr-record=by-naptr.example,10,10,s,SIP+D2T,,_sip._tcp.by-naptr.example',
  '--naptr-record=by-naptr.example,20,10,s,SIP+D2U,,_sip._udp.radio.example',
];
let server: ChildProcess;
let port: number;
let deadPort: number;
/** SIP ports of two boxes that one name stands for, the preferred first. */
let boxPorts: readonly [number, number];

const question = (host: string, more: Partial<PlaceQuestion> = {}): PlaceQuestion => ({
  host,
  port: undefined,
  transport: 'udp',
  families: [4],
  ...more,
});
const find = (asked: PlaceQuestion) => locate(asked, nameServers([`${loopback}:${port}`]), () => 0);

beforeAll(async () => {
  port = await freeBlock(6);
  boxPorts = [port + 2, port + 4];
  deadPort = port + 1;
  const own = [`--port=${port}`, `--listen-address=${loopback}`, '--bind-interfaces'];
  const alone = ['--keep-in-foreground', '--no-resolv', '--no-hosts', '--conf-file=/dev/null', '--pid-file'];
  const boxes = [
    `--host-record=boxes.example,${loopback}`,
    ...boxPorts.map((at, rank) => `--srv-host=_sip._udp.pair.example,boxes.example,${at},${10 + rank}`),
    '--naptr-record=pair.example,10,10,s,SIP+D2U,,_sip._udp.pair.example',
  ];
  const rights = ['--user=', '--local=/example/', '--local-ttl=60'];
  server = spawn('dnsmasq', [...own, ...alone, ...rights, ...zone, ...boxes], { stdio: 'ignore' });
  const answers = () =>
    find(question('plain.example')).then(
      ({ places }) => places.length > 0,
      () => false,
    );
  await until('dnsmasq answers', answers, 8000);
}, 15_000);

afterAll(async () => {
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  await ended;
});

describe('far ends by name (RFC 3263)', () => {
  it('by SRV: targets in order of priority, with their ports and the shortest time to live', async () => {
    expect(await find(question('radio.example'))).toEqual({
      places: [
        { address: '192.0.2.10', port: 5070 },
        { address: '192.0.2.20', port: 5080 },
      ],
      ttlS: 20,
    });
  });

  it('by NAPTR: the service of the configured transport', async () => {
    expect((await find(question('by-naptr.example'))).places[0]).toEqual({ address: '192.0.2.10', port: 5070 });
    const { places } = await find(question('by-naptr.example', { transport: 'tcp' }));
    expect(places).toEqual([{ address: '192.0.2.20', port: 5061 }]);
  });

  it('without either: the addresses of the family asked for', async () => {
    expect((await find(question('plain.example'))).places).toEqual([{ address: '192.0.2.30', port: 5060 }]);
    const { places } = await find(question('plain.example', { families: [6], port: 5090 }));
    expect(places).toEqual([{ address: '2001:db8::30', port: 5090 }]);
  });

  it('finds nothing where there is nothing, which is an answer', async () => {
    expect((await find(question('nobody.example'))).places).toEqual([]);
  });

  it('is not held up by a name server that is dead: forty names wait there, and the living one answers at once', async () => {
    const clock = new SystemClock();
    const dead = new PlaceCache(clock, () => 0, nameServers([`192.0.2.1:${deadPort}`]));
    for (let n = 0; n < 40; n++) dead.keep(question(`name-${n}.example`), () => undefined);
    const living = new PlaceCache(clock, () => 0, nameServers([`${loopback}:${port}`]));
    const startMs = performance.now();
    await new Promise<void>((done) => living.keep(question('radio.example'), done));
    expect(performance.now() - startMs).toBeLessThan(500);
    dead.close();
    living.close();
  });

  it('fails over: the leg is up at the place of priority, and at the other once that is gone', async () => {
    const places = new PlaceCache(new SystemClock(), () => 0, nameServers([`${loopback}:${port}`]));
    const rig = await SipRig.make({ places });
    try {
      const boxes = boxPorts.map((at, index) =>
        rig.baresip(`box-${index}`, at, `<sip:box7@${loopback}:${at};transport=udp>;regint=0;answermode=auto`),
      );
      await until('both are ready', () => boxes.every((box) => box.output().includes('baresip is ready')));
      rig.attach({ peer: 'sip:pair.example', callee: 'sip:box7@{peer}', optionsIntervalMs: 500 });
      rig.openLeg();
      const isUpAt = (at: number) => {
        const invite = rig.passed.findLast(({ octets }) => Buffer.from(octets).toString('latin1', 0, 7) === 'INVITE ');
        return rig.states.at(-1) === 'up' && invite?.to.port === at;
      };
      await until('up at the preferred one', () => isUpAt(boxPorts[0]));
      boxes[0]?.kill();
      await until('up at the other', () => isUpAt(boxPorts[1]), 15_000);
    } finally {
      await rig.close();
    }
  }, 40_000);
});
