/** Two networks of one shared group, their far ends on a virtual network: what one sends beside voice, at the other. */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/base/clock.ts';
import { Events } from '../../src/base/events.ts';
import type { Logger } from '../../src/base/logger.ts';
import { Meter } from '../../src/base/meter.ts';
import { SeededRandom } from '../../src/base/random.ts';
import type { DataReport } from '../../src/bridges/ports.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Attachment as AnyAttachment, Config, SharedGroup } from '../../src/config/schema.ts';
import { ConsoleModel } from '../../src/console/console-model.ts';
import { consoleWorld } from '../../src/console/world.ts';
import { Attachments } from '../../src/gateway/attachments.ts';
import { DataRouter } from '../../src/gateway/data-router.ts';
import { planGroups } from '../../src/gateway/group-plan.ts';
import { readFrom } from '../../src/protocols/sip/headers.ts';
import { noServiceTokens } from '../bridges/link/no-service-tokens.ts';
import { FarEnd } from '../bridges/sip/far-end.ts';
import { VirtualNetwork } from '../bridges/sip/virtual-network.ts';

const folder = join(import.meta.dirname, '../../config');
const { config: demo } = loadConfig({ file: join(folder, 'demo.yaml'), environment: {}, workingFolder: folder });
type Attachment = Extract<AnyAttachment, { kind: 'sip' }>;
const [box] = demo.attachments.filter(({ kind }) => kind === 'sip') as unknown as [Attachment];
const [pours] = demo.sharedGroups as unknown as [SharedGroup];
const [leg] = pours.legs as [SharedGroup['legs'][number]];

const meaning = { fr: 'Sur place', nl: 'Ter plaatse', en: 'On scene' };
const config: Config = {
  ...demo,
  media: { ...demo.media, host: '192.0.2.1' },
  sip: { ...demo.sip, listen: [{ transport: 'udp', host: '192.0.2.1', port: 5060 }] },
  attachments: (
    [
      ['astrid', 'nl'],
      ['inpt', 'fr'],
    ] as const
  ).map(([network, language], at) => ({
    ...box,
    id: `to-${network}`,
    network,
    sip: {
      ...box.sip,
      peer: `sip:192.0.2.${10 * (at + 1)}:5060`,
      data: { ...box.sip.data, send: 'text' as const, language },
    },
  })),
  units: [
    { id: 'u', address: '3200001', network: 'astrid', callSign: 'Tournai 22', organisation: 'zp5317', language: 'fr' },
  ],
  talkgroups: ['astrid', 'inpt', 'rubis'].map((network, n) => ({
    id: network,
    network,
    number: `11${n}`,
    short: network,
    endToEndEncrypted: false,
  })),
  statuses: [{ code: 16, name: meaning, numbers: [{ network: 'astrid', number: 33_016 }] }],
  sharedGroups: [{ ...pours, id: 'g', legs: ['astrid', 'inpt', 'rubis'].map((talkgroup) => ({ ...leg, talkgroup })) }],
};
const origin = { leg: 'g/astrid', attachment: 'to-astrid', from: '3200001' };
const home = { network: 'ASTRID', address: '3200001' };
const text: DataReport = { ...origin, name: 'text', text: 'Rekkem' };

function standOf(console: Pick<ConsoleModel, 'setIdentity' | 'talkerNow'>) {
  const clock = new ManualClock();
  const network = new VirtualNetwork(clock);
  const lines: object[] = [];
  const receipts: object[] = [];
  const line = (fields: object): void => void lines.push(fields);
  const meter = new Meter();
  const attachments = new Attachments(config, planGroups(config), {
    certificates: { seen: () => undefined },
    serviceTokens: noServiceTokens,
    inEmergency: () => false,
    clock,
    random: new SeededRandom(1),
    events: new Events({ info: line, warn: line, error: line, debug: line } as unknown as Logger, meter),
    meter,
    sendVoice: () => undefined,
    openSip: network.open(),
    legShown: () => undefined,
    talkerNamed: () => undefined,
    alarmSaid: () => undefined,
    dataSaid: () => undefined,
    unitSaid: () => undefined,
    placeSaid: () => undefined,
    shadows: { legShown: () => undefined, talkerNamed: () => undefined, dataSaid: () => undefined },
    console: {
      setLegState: () => undefined,
      setTalkerIdentity: (identity) => void console.setIdentity(identity, clock.nowMs()),
      identify: () => ({}),
      talkerNow: (group, party) => console.talkerNow(group, party),
      raiseAlarm: () => undefined,
      clearAlarm: () => undefined,
      showData: () => 0,
      showText: () => 7,
      noteReceipt: (id, receipt) => void receipts.push({ id, ...receipt }),
      noteUndelivered: () => undefined,
    },
  });
  return {
    clock,
    attachments,
    lines,
    receipts,
    meter,
    astrid: new FarEnd(network, { address: '192.0.2.10', port: 5060 }),
    inpt: new FarEnd(network, { address: '192.0.2.20', port: 5060 }),
    start: async () => {
      attachments.voiceEvent({ name: 'ready' });
      await attachments.listen();
      attachments.start();
      clock.advance(3000);
    },
    stop: async () => {
      const stopped = attachments.stop();
      clock.advance(2001);
      await stopped;
    },
  };
}

function route(report: DataReport, group: Partial<SharedGroup> = {}) {
  const changed = { ...config, sharedGroups: [{ ...config.sharedGroups[0]!, ...group }] };
  return new DataRouter(changed, planGroups(changed)).route(report);
}

describe('data of one network', () => {
  it('goes to all other legs of its group, in the name of its sender', () => {
    expect(route(text).orders).toEqual([
      { leg: 'g/inpt', from: 'Tournai 22', origin: home, name: 'text', text: 'Rekkem' },
      { leg: 'g/rubis', from: 'Tournai 22', origin: home, name: 'text', text: 'Rekkem' },
    ]);
    expect(route({ ...text, from: '999' }).orders[0]).toMatchObject({ from: '999' });
    expect(route({ ...text, from: '' }).orders[0]).toMatchObject({ from: 'ASTRID' });
    expect(route({ ...text, leg: 'elsewhere' }).orders).toEqual([]);
  });

  it('keeps the meaning of a status, by whatever number', () => {
    const there = route({ ...origin, name: 'status', code: 33_016 });
    expect(there).toMatchObject({ meaning, orders: [{ code: 16, meaning }, { code: 16 }] });
    const back = route({ ...origin, leg: 'g/inpt', from: '5', name: 'status', code: 16 });
    expect(back.orders[0]).toMatchObject({ leg: 'g/astrid', code: 33_016, meaning });
    expect(route({ ...origin, name: 'status', code: 16 })).toMatchObject({
      meaning: undefined,
      orders: [{ code: 16 }, {}],
    });
  });

  it('takes a status that stands for an alarm, or for its end, as that, and says it as the other network does', () => {
    const statuses = [
      { code: 15, name: meaning, alarm: 'over' as const, numbers: [{ network: 'astrid', number: 33_015 }] },
      { code: 14, name: meaning, alarm: 'raised' as const, numbers: [] },
    ];
    const router = new DataRouter({ ...config, statuses }, planGroups(config));
    const over = { ...origin, name: 'alarm', raised: false } as const;
    expect(router.route({ ...origin, name: 'status', code: 33_015 })).toMatchObject({
      report: over,
      orders: [
        { leg: 'g/inpt', name: 'alarm', raised: false, alarmCode: 15 },
        { leg: 'g/rubis', name: 'alarm', raised: false },
      ],
    });
    expect(router.route({ ...origin, name: 'status', code: 14 }).report).toMatchObject({ name: 'alarm', raised: true });
    const forged = router.route({ ...origin, name: 'status', code: 14, unproven: true });
    expect(forged.report).toMatchObject({ name: 'alarm', unproven: true });
    expect(forged.orders[0]).not.toHaveProperty('unproven');
    const back = router.route({ ...over, leg: 'g/inpt', from: '5' });
    expect(back.orders[0]).toMatchObject({ leg: 'g/astrid', alarmCode: 33_015 });
    expect(route(over).orders[0]).not.toHaveProperty('alarmCode');
  });

  it('passes only what the group lets pass, and from a side that may not talk an alarm alone', () => {
    const position = { ...origin, name: 'position', position: { latitudeDeg: 50, longitudeDeg: 3 } } as const;
    const alarm = { ...origin, name: 'alarm', raised: true } as const;
    expect(route(position).orders).toEqual([]);
    expect(route(position, { passes: ['position'] }).orders).toHaveLength(2);
    const listening = (...talkgroups: string[]) => ({
      legs: config.sharedGroups[0]!.legs.map((each) => ({ ...each, mayTalk: !talkgroups.includes(each.talkgroup) })),
    });
    expect(route(text, listening('astrid')).orders).toEqual([]);
    expect(route(alarm, listening('astrid')).orders).toHaveLength(2);
    expect(route(text, listening('rubis')).orders).toHaveLength(2);
    expect(route(alarm, listening('rubis')).orders).toMatchObject([{ leg: 'g/inpt' }]); // R6
    expect(route(alarm, { passes: [] }).orders).toEqual([]);
  });
});

describe('the talker of one SIP far end, at another', () => {
  const model = new ConsoleModel(consoleWorld(config));
  const stand = standOf(model);
  const { clock, attachments, astrid, inpt } = stand;
  afterEach(stand.stop);
  const holds = (party: string | undefined, over: number) => {
    const holder = party === undefined ? {} : { holder: { party, priority: 5, emergency: false, over, sinceUtcMs: 0 } };
    const event = { name: 'floor', floor: { group: 'g', queue: [], ...holder } } as const;
    model.handleVoiceEvent(event, clock.nowMs());
    attachments.voiceEvent(event);
    clock.advance(1500);
  };

  it('is known by call sign where the configuration has it, else as his network says, and never by the last one’s name', async () => {
    await stand.start();
    const told = () =>
      inpt.received.flatMap((message) =>
        message.kind === 'request' && message.method === 'UPDATE' ? [readFrom(message.headers)?.displayName] : [],
      );
    holds('g/astrid', 1);
    expect(told()).toEqual(['ASTRID']);
    astrid.identify(astrid.only, '<sip:3200001@astrid.invalid>');
    clock.advance(1500);
    expect(told().at(-1)).toBe('Tournai 22');
    astrid.identify(astrid.only, '<sip:999@astrid.invalid>');
    clock.advance(1500);
    expect(told().at(-1)).toBe('999');
    astrid.identify(astrid.only, '<sip:9%0d%0a%e2%80%ae9%00@astrid.invalid>');
    clock.advance(1500);
    expect(model.talkerNow('g', 'g/astrid').address).toBe('9\uFFFD\uFFFD\uFFFD9\uFFFD');
    expect(told().at(-1)).toBe('9???9?');
    astrid.identify(astrid.only, '<sip:anonymous@anonymous.invalid>');
    holds(undefined, 0);
    holds('g/astrid', 2);
    expect(told().at(-1)).toBe('ASTRID');
    holds('announcement', 3);
    expect(told().at(-1)).toBe(pours.short);
  });
});

describe('data between two SIP far ends', () => {
  const stand = standOf(new ConsoleModel(consoleWorld(config)));
  const { clock, lines, meter, astrid, inpt } = stand;
  afterEach(stand.stop);

  it('arrives in the language of the other side, and what does not arrive is counted', async () => {
    await stand.start();
    const gateway = { transport: 'udp', address: '192.0.2.1', port: 5060 } as const;
    const heard = () =>
      inpt.received.flatMap((message) =>
        message.kind === 'request' && message.method === 'MESSAGE' ? [Buffer.from(message.body).toString()] : [],
      );
    astrid.message('110', gateway, Uint8Array.of(0x80, 0xf8), { contentType: 'application/vnd.tetra.sds;type=status' });
    clock.advance(100);
    astrid.message('110', gateway, 'à terre', { headers: [['Priority', 'emergency']] });
    clock.advance(100);
    expect(astrid.responses.at(-1)?.status).toBe(202);
    expect(heard()).toEqual(['Tournai 22: Sur place', 'URGENCE Tournai 22', 'Tournai 22: à terre']);
    expect(await meter.value('data_passed_total', { attachment: 'to-inpt', data: 'status' })).toBe(1);
    expect(await meter.value('data_passed_total', { attachment: 'to-inpt', data: 'alarm' })).toBe(1);
    // No attachment reaches RUBIS.
    expect(await meter.value('data_undelivered_total', { network: 'rubis', why: 'not-reached' })).toBe(3);
    expect(lines).toContainEqual({
      event: 'data.undelivered',
      leg: 'g/rubis',
      network: 'rubis',
      data: 'alarm',
      reason: 'not-reached',
    });
  });
});

describe('a text of an operator', () => {
  const stand = standOf(new ConsoleModel(consoleWorld(config)));
  const { clock, inpt } = stand;
  afterEach(stand.stop);

  it('goes to every side in his name, and each says what became of it', async () => {
    await stand.start();
    stand.receipts.length = 0;
    const person = { person: 'p', display: 'CCPD 1', role: 'dispatcher', controlRoom: 'cr-ccpd' } as const;
    expect(stand.attachments.sendText('g', person, 'RDV PF-04')).toBe(3);
    expect(stand.receipts).toEqual([
      { id: 7, legId: 'g/astrid', state: 'sent', cause: '' },
      { id: 7, legId: 'g/inpt', state: 'sent', cause: '' },
      { id: 7, legId: 'g/rubis', state: 'sent', cause: '' },
      { id: 7, legId: 'g/rubis', state: 'failed', cause: 'not-reached' },
    ]);
    clock.advance(100);
    const [message] = inpt.received.filter(({ kind }) => kind === 'request').slice(-1);
    expect(Buffer.from(message?.body ?? []).toString()).toBe('CCPD 1: RDV PF-04');
    expect(stand.receipts.slice(4)).toEqual([
      { id: 7, legId: 'g/astrid', state: 'delivered', cause: '' },
      { id: 7, legId: 'g/inpt', state: 'delivered', cause: '' },
    ]);
  });
});
