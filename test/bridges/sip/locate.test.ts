import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/base/clock.ts';
import { type Directory, inSrvOrder, locate, type PlaceQuestion, srvName } from '../../../src/bridges/sip/locate.ts';
import { PlaceCache } from '../../../src/bridges/sip/place-cache.ts';
import { plan } from '../attachment-stand.ts';
import { FarEnd } from './far-end.ts';
import { SipStand } from './stand.ts';

const question: PlaceQuestion = { host: 'radio.example', port: undefined, transport: 'udp', families: [4] };
const srv = (name: string, priority: number, weight = 0, port = 5060) => ({ name, port, priority, weight });
const naptr = (service: string, replacement: string, order = 10, preference = 10) => ({
  flags: 's',
  service,
  replacement,
  order,
  preference,
});

/** A name server in memory; what it was asked stands in `asked`. */
class Zone implements Directory {
  readonly asked: string[] = [];
  readonly hosts: Record<string, readonly string[]>;
  readonly services: Record<string, ReturnType<typeof srv>[]>;
  readonly pointers: Record<string, ReturnType<typeof naptr>[]>;
  ttlS = 60;
  dead = false;

  constructor(hosts: Zone['hosts'], services: Zone['services'] = {}, pointers: Zone['pointers'] = {}) {
    this.hosts = hosts;
    this.services = services;
    this.pointers = pointers;
  }

  addresses(name: string) {
    const ttlS = this.ttlS;
    return this.#answer(
      `A ${name}`,
      (this.hosts[name] ?? []).map((address) => ({ address, ttlS })),
    );
  }

  srv(name: string) {
    return this.#answer(`SRV ${name}`, this.services[name] ?? []);
  }

  naptr(name: string) {
    return this.#answer(`NAPTR ${name}`, this.pointers[name] ?? []);
  }

  async #answer<T>(what: string, records: T): Promise<T> {
    this.asked.push(what);
    if (this.dead) throw new Error('no answer');
    return records;
  }
}

const where = async (zone: Zone, changes: Partial<PlaceQuestion> = {}) =>
  (await locate({ ...question, ...changes }, zone, () => 0)).places.map(({ address, port }) => `${address}:${port}`);

describe('where a far end is (RFC 3263 §4)', () => {
  const hosts = { 'radio.example': ['192.0.2.1'], a: ['192.0.2.10', '192.0.2.11'], b: ['192.0.2.20'] };

  it('with a port: the addresses of the name, and no other question', async () => {
    const zone = new Zone(hosts);
    expect(await where(zone, { port: 5070 })).toEqual(['192.0.2.1:5070']);
    expect(zone.asked).toEqual(['A radio.example']);
  });

  it('without records of the service: its addresses and the usual port, 5061 for TLS', async () => {
    expect(await where(new Zone(hosts))).toEqual(['192.0.2.1:5060']);
    expect(await where(new Zone(hosts), { transport: 'tls' })).toEqual(['192.0.2.1:5061']);
  });

  it('by SRV: all addresses of all targets, the lowest priority first, with their ports', async () => {
    const zone = new Zone(hosts, { '_sip._udp.radio.example': [srv('b', 20, 0, 5080), srv('a', 10, 0, 5070)] });
    expect(await where(zone)).toEqual(['192.0.2.10:5070', '192.0.2.11:5070', '192.0.2.20:5080']);
  });

  it('by NAPTR: the SRV name that it gives for our transport, whatever the others say', async () => {
    const pointers = {
      'radio.example': [
        naptr('SIPS+D2T', '_sips._tcp.other', 1),
        naptr('SIP+D2U', 'second', 30),
        naptr('SIP+D2U', 'First.', 20),
      ],
    };
    const zone = new Zone(hosts, { first: [srv('b', 1)], '_sip._udp.radio.example': [srv('a', 1)] }, pointers);
    expect(await where(zone)).toEqual(['192.0.2.20:5060']);
    expect(await where(zone, { transport: 'tcp' })).toEqual(['192.0.2.1:5060']);
    expect(srvName([naptr('E2U+sip', 'x')], 'udp')).toBeUndefined();
  });

  it('nowhere, when the target is "." (RFC 2782)', async () => {
    expect(await where(new Zone(hosts, { '_sip._udp.radio.example': [srv('.', 0)] }))).toEqual([]);
  });

  it('fails when a question got no answer', async () => {
    const zone = new Zone(hosts);
    zone.dead = true;
    await expect(where(zone)).rejects.toThrow();
  });

  it('keeps every record, in order of priority, and draws by weight', () => {
    const record = fc.record({
      name: fc.string(),
      port: fc.nat(65_535),
      priority: fc.nat(3),
      weight: fc.nat(100),
    });
    const fraction = fc.double({ min: 0, max: 0.999_999, noNaN: true });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 12 }), fraction, (records, draw) => {
        const ordered = inSrvOrder(records, () => draw);
        expect(ordered).toHaveLength(records.length);
        expect(new Set(ordered)).toEqual(new Set(records));
        const priorities = ordered.map(({ priority }) => priority);
        expect(priorities).toEqual([...priorities].sort((a, b) => a - b));
      }),
    );
    const firsts = Array.from(
      { length: 100 },
      (_, n) => inSrvOrder([srv('a', 1, 1), srv('b', 1, 3)], () => n / 100)[0],
    );
    expect(firsts.filter((first) => first?.name === 'b')).toHaveLength(74);
  });
});

describe('cache of places', () => {
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };

  it('asks again after the time to live, after 5 s when there was nothing, and keeps what it knew meanwhile', async () => {
    const clock = new ManualClock();
    const zone = new Zone({ 'radio.example': ['192.0.2.1'] });
    zone.ttlS = 20;
    const cache = new PlaceCache(clock, () => 0, zone);
    const changes: number[] = [];
    cache.keep(question, () => changes.push(clock.nowMs()));
    await settle();
    const rounds = () => zone.asked.filter((each) => each.startsWith('A')).length;
    expect([cache.placesOf(question).length, rounds()]).toEqual([1, 1]);
    for (const [waitMs, count] of [
      [19_999, 1],
      [1, 2],
    ] as const) {
      clock.advance(waitMs);
      await settle();
      expect(rounds()).toBe(count);
    }
    zone.dead = true;
    for (let turn = 0; turn < 30; turn++) {
      clock.advance(1000);
      await settle();
    }
    expect(rounds()).toBe(5);
    expect(cache.placesOf(question)).toEqual([{ address: '192.0.2.1', port: 5060 }]);
    expect(changes).toEqual([0]);
    cache.close();
    expect(clock.plannedCalls).toBe(0);
  });

  it('knows literals at once, and asks nobody', () => {
    const zone = new Zone({});
    const cache = new PlaceCache(new ManualClock(), () => 0, zone);
    const literal = { ...question, host: '192.0.2.7' };
    cache.keep(literal, () => undefined);
    expect(cache.placesOf(literal)).toEqual([{ address: '192.0.2.7', port: 5060 }]);
    expect(zone.asked).toEqual([]);
  });
});

describe('a far end with two places', () => {
  let stand: SipStand;
  let second: FarEnd;
  const open = async (): Promise<void> => {
    const zone = new Zone(
      { a: ['192.0.2.10'], b: ['192.0.2.20'] },
      { '_sip._udp.radio.example': [srv('a', 10), srv('b', 20)] },
    );
    stand = await SipStand.make({ sip: { peer: 'sip:radio.example' }, directory: zone });
    second = new FarEnd(stand.network, { address: '192.0.2.20', port: 5060 });
  };
  const run = async (): Promise<void> => {
    stand.attachment.start();
    stand.attachment.openLeg(plan);
    for (let turn = 0; turn < 8; turn++) await stand.advance(500);
  };
  afterEach(async () => {
    second.switchOff();
    await stand.close();
  });

  it('is called at the first', async () => {
    await open();
    await run();
    expect([stand.box.standing.size, second.standing.size]).toEqual([1, 0]);
  });

  it.each([
    ['silence', true],
    ['ICMP', false],
  ])('is called at the second when the first is gone (%s), without the attachment being down', async (_, silent) => {
    await open();
    await run();
    stand.network.silentWhenAbsent = silent;
    stand.box.switchOff();
    for (let turn = 0; turn < 12; turn++) await stand.advance(500);
    expect(second.standing.size).toBe(1);
    expect(stand.attachment.status().state).toBe('up');
    expect(stand.attachmentReports.map(({ state }) => state)).not.toContain('down');
  });

  it('is called at the second at once when the first answers 503', async () => {
    await open();
    stand.box.onCall = () => ({ status: 503, headers: [['Retry-After', '60']] });
    await run();
    expect(second.standing.size).toBe(1);
  });

  it.each(['first', 'second'])(
    'is down when neither answers, and found again at the %s when that comes back',
    async (which) => {
      await open();
      await run();
      stand.box.switchOff();
      second.switchOff();
      for (let turn = 0; turn < 40; turn++) await stand.advance(500);
      expect(stand.attachment.status().state).toBe('down');
      const back = which === 'first' ? stand.box : second;
      back.switchOn();
      for (let turn = 0; turn < 20; turn++) await stand.advance(500);
      expect(back.standing.size).toBe(1);
      expect(stand.attachment.status().state).toBe('up');
    },
  );
});
