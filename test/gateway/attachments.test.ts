/** Two attachments of one network, their far ends on a virtual network: what consoles and the voice process see of it. */
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../src/base/clock.ts';
import { Events } from '../../src/base/events.ts';
import type { Logger } from '../../src/base/logger.ts';
import { Meter } from '../../src/base/meter.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { SipAttachment } from '../../src/bridges/sip/sip-attachment.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Attachment as AnyAttachment, Config, SharedGroup } from '../../src/config/schema.ts';
import type { LegState } from '../../src/console/console-terms.ts';
import { Attachments } from '../../src/gateway/attachments.ts';
import { planGroups, planProof } from '../../src/gateway/group-plan.ts';
import type { VoiceCommand } from '../../src/voice/contract.ts';
import { noServiceTokens } from '../bridges/link/no-service-tokens.ts';
import { FarEnd } from '../bridges/sip/far-end.ts';
import { VirtualNetwork } from '../bridges/sip/virtual-network.ts';

const folder = join(import.meta.dirname, '../../config');
const { config: demo } = loadConfig({ file: join(folder, 'demo.yaml'), environment: {}, workingFolder: folder });
type Attachment = Extract<AnyAttachment, { kind: 'sip' }>;
const [box] = demo.attachments.filter(({ kind }) => kind === 'sip') as unknown as [Attachment];
const astrid: Attachment = { ...box, network: 'astrid' };
const [pours] = demo.sharedGroups as unknown as [SharedGroup];
const [astridLeg] = pours.legs as [SharedGroup['legs'][number]];

const groups = { low: 3, middle: 5, high: 9 } as const;
const legOf = (group: keyof typeof groups): string => `${group}/tg-${group}`;
const floor = (group: string, emergency?: boolean) =>
  ({
    name: 'floor',
    floor: {
      group,
      queue: [],
      ...(emergency === undefined
        ? {}
        : { holder: { party: 'console:1', priority: 5, emergency, over: 1, sinceUtcMs: 0 } }),
    },
  }) as const;

class Stand {
  readonly clock = new ManualClock();
  readonly network = new VirtualNetwork(this.clock);
  readonly boxes = {
    first: new FarEnd(this.network, { address: '192.0.2.10', port: 5060 }),
    second: new FarEnd(this.network, { address: '192.0.2.20', port: 5060 }),
  };
  readonly commands: VoiceCommand[] = [];
  readonly legs = new Map<string, LegState>();
  readonly alarms = new Set<string>();
  readonly lines: object[] = [];
  readonly attachments: Attachments;
  readonly config: Config;

  constructor(channels: { readonly first: number; readonly second: number }, pinned?: string) {
    const attachment = (id: 'first' | 'second', rank: number): Attachment => ({
      ...astrid,
      id,
      rank,
      channels: channels[id],
      sip: {
        ...astrid.sip,
        peer: `sip:${this.boxes[id].at.address}:5060`,
        data: { ...astrid.sip.data, send: 'text', language: 'nl', charactersMax: 140 },
      },
    });
    const config: Config = {
      ...demo,
      media: { ...demo.media, host: '192.0.2.1' },
      sip: { ...demo.sip, listen: [{ transport: 'udp', host: '192.0.2.1', port: 5060 }] },
      attachments: [attachment('second', 2), attachment('first', 1)],
      talkgroups: Object.keys(groups).map((id, n) => ({
        id: `tg-${id}`,
        network: astrid.network,
        number: `530011${n}`,
        short: id,
        endToEndEncrypted: false,
      })),
      sharedGroups: Object.entries(groups).map(([id, priority]) => ({
        ...pours,
        id,
        priority,
        legs: [{ ...astridLeg, talkgroup: `tg-${id}`, attachment: id === 'low' ? pinned : undefined }],
      })),
    };
    this.config = config;
    const line = (fields: object): void => void this.lines.push(fields);
    const logger = { info: line, warn: line, error: line, debug: line } as unknown as Logger;
    const meter = new Meter();
    this.attachments = new Attachments(config, planGroups(config), {
      certificates: { seen: () => undefined },
      serviceTokens: noServiceTokens,
      inEmergency: () => false,
      clock: this.clock,
      random: new SeededRandom(1),
      events: new Events(logger, meter),
      meter,
      sendVoice: (command) => void this.commands.push(command),
      openSip: this.network.open(),
      legShown: () => undefined,
      talkerNamed: () => undefined,
      alarmSaid: () => undefined,
      dataSaid: () => undefined,
      unitSaid: () => undefined,
      placeSaid: () => undefined,
      shadows: { legShown: () => undefined, talkerNamed: () => undefined, dataSaid: () => undefined },
      console: {
        setLegState: (state) => void this.legs.set(state.leg, state),
        setTalkerIdentity: () => undefined,
        identify: () => ({}),
        talkerNow: () => ({}),
        raiseAlarm: (code, subject) => void this.alarms.add(`${code} ${subject}`),
        clearAlarm: (code, subject) => void this.alarms.delete(`${code} ${subject}`),
        showData: () => 0,
        showText: () => 0,
        noteReceipt: () => undefined,
        noteUndelivered: () => undefined,
      },
    });
  }

  async start(): Promise<void> {
    this.attachments.voiceEvent({ name: 'ready' }); // the voice process is started before anything listens
    await this.attachments.listen();
    this.attachments.start();
    this.clock.advance(3000);
  }

  /** Commands about a leg since the last call of this. */
  said(leg: string): string[] {
    return this.commands
      .splice(0)
      .filter(
        (each) =>
          ('settings' in each && 'leg' in each.settings ? each.settings.leg : 'leg' in each && each.leg) === leg,
      )
      .map(({ name }) => name);
  }

  on(group: keyof typeof groups): string {
    const { state, attachment } = this.legs.get(legOf(group)) ?? {};
    return `${attachment} ${state}`;
  }
}

describe('two attachments of one network', () => {
  let stand: Stand;
  const start = async (channels = { first: 8, second: 8 }, pinned?: string): Promise<void> => {
    stand = new Stand(channels, pinned);
    await stand.start();
  };
  afterEach(async () => {
    const stopped = stand.attachments.stop();
    stand.clock.advance(5000);
    await stopped;
  });

  it('carries legs over the best ranked, whatever their order in the file', async () => {
    await start();
    expect(stand.on('high')).toBe('first up');
    expect(stand.boxes.first.standing.size).toBe(3);
    expect(stand.boxes.second.standing.size).toBe(0);
  });

  it('moves them within 10 s when it falls silent, names the other on consoles, and raises one alarm', async () => {
    await start();
    stand.said(legOf('high'));
    stand.network.silentWhenAbsent = true;
    stand.boxes.first.switchOff();
    stand.attachments.voiceEvent(floor('high', false)); // an over is no hindrance: its way is dead
    stand.clock.advance(10_000);
    expect(stand.on('high')).toBe('second up');
    expect(stand.boxes.second.standing.size).toBe(3);
    expect([...stand.alarms]).toEqual(['attachment-down first', `network-on-second-way ${astrid.network}`]);
    expect(stand.lines).toContainEqual(
      expect.objectContaining({ event: 'leg.moved', leg: legOf('high'), from: 'first', to: 'second', why: 'lost' }),
    );
  });

  it('never closes a leg in the voice process while it moves: it gets other settings and another call', async () => {
    await start();
    stand.said(legOf('high'));
    stand.boxes.first.switchOff();
    stand.clock.advance(10_000);
    expect(stand.said(legOf('high'))).toEqual(['disconnectLeg', 'loseLeg', 'openLeg', 'connectLeg']);
    stand.boxes.first.switchOn();
    stand.clock.advance(70_000);
    expect(stand.on('high')).toBe('first up');
    expect(stand.said(legOf('high'))).toEqual(['openLeg', 'connectLeg']);
  });

  it('returns after 60 s of stability and between overs, with the new call up before the old one ends', async () => {
    await start();
    stand.boxes.first.switchOff();
    stand.clock.advance(10_000);
    stand.boxes.first.switchOn();
    stand.attachments.voiceEvent(floor('high', false));
    stand.clock.advance(59_000);
    expect([stand.on('high'), stand.on('low')]).toEqual(['second up', 'second up']);
    stand.clock.advance(6000);
    expect([stand.on('high'), stand.on('low')]).toEqual(['second up', 'first up']);
    expect(stand.alarms).toContain(`network-on-second-way ${astrid.network}`);
    stand.attachments.voiceEvent(floor('high'));
    stand.clock.advance(1000);
    expect(stand.on('high')).toBe('first up');
    expect(stand.alarms.size).toBe(0);
    expect([stand.boxes.first.standing.size, stand.boxes.second.standing.size]).toEqual([3, 0]);
  });

  it("says the floor's answer to the attachment that carries the leg, and to no other", async () => {
    await start();
    const told = vi.spyOn(SipAttachment.prototype, 'voiceEvent');
    const answer = { result: 'queued', position: 1 } as const;
    for (const party of [legOf('high'), 'console:1']) {
      stand.attachments.voiceEvent({ name: 'answer', party, group: 'high', answer });
    }
    expect(told.mock.contexts).toMatchObject([{ id: 'first' }]);
    told.mockRestore();
  });

  it('sheds by priority when channels are short, says so, and lets an emergency in', async () => {
    await start({ first: 3, second: 2 });
    stand.boxes.first.switchOff();
    stand.clock.advance(10_000);
    expect([stand.on('high'), stand.on('middle')]).toEqual(['second up', 'second up']);
    expect(stand.legs.get(legOf('low'))).toMatchObject({ state: 'down', fault: { code: 'no-channel' } });
    expect(stand.lines).toContainEqual(expect.objectContaining({ event: 'leg.shed', leg: legOf('low') }));
    expect(stand.alarms).toContain(`leg-shed ${legOf('low')}`);
    const { received } = stand.boxes.second;
    const before = received.length;
    stand.attachments.voiceEvent(floor('low', true));
    stand.clock.advance(1000);
    expect(stand.on('low')).toBe('second up');
    expect(stand.legs.get(legOf('middle'))?.state).toBe('down');
    expect([...stand.alarms].filter((alarm) => alarm.startsWith('leg-shed'))).toEqual([`leg-shed ${legOf('middle')}`]);
    const requests = received.slice(before).flatMap((message) => (message.kind === 'request' ? [message] : []));
    const told = requests.filter(({ method }) => method === 'MESSAGE' || method === 'BYE');
    expect(told.map(({ method }) => method)).toEqual(['MESSAGE', 'BYE']);
    expect(Buffer.from(told[0]?.body ?? []).toString()).toContain('verbinding verbroken, geen kanaal meer');
    expect(told[1]?.headers.get('Reason')).toContain('has a channel for it');
    stand.boxes.first.switchOn();
    stand.clock.advance(10_000);
    expect(stand.on('middle')).toBe('first up');
    expect([...stand.alarms].filter((alarm) => alarm.startsWith('leg-shed'))).toEqual([]);
  });

  it('tells nobody of a leg for a proof that finds no channel', async () => {
    await start({ first: 3, second: 0 });
    const planned = planProof(stand.config, 'low', 'proof:0', [{ talkgroup: 'tg-low', attachment: 'first' }]);
    for (const leg of planned?.legs ?? []) stand.attachments.join(leg);
    stand.clock.advance(1000);
    const [found] = stand.attachments.report().legs.filter(({ id }) => id === 'proof:0/tg-low');
    expect(found).toMatchObject({ state: 'shed', fault: 'no-channel' });
    expect([...stand.alarms].filter((alarm) => alarm.startsWith('leg-shed'))).toEqual([]);
    expect(stand.lines).not.toContainEqual(expect.objectContaining({ event: 'leg.shed' }));
    expect(stand.attachments.legCounts).toEqual({ up: 3, total: 3 });
  });

  it('hangs up a leg that is wanted no more, without a word of channels, and clears what was said of it', async () => {
    await start({ first: 2, second: 0 });
    expect(stand.alarms).toContain(`leg-shed ${legOf('low')}`);
    stand.attachments.leave(legOf('low'));
    expect([...stand.alarms].filter((alarm) => alarm.startsWith('leg-shed'))).toEqual([]);
    const { received } = stand.boxes.first;
    const before = received.length;
    stand.attachments.leave(legOf('high'));
    stand.clock.advance(1000);
    const requests = received.slice(before).flatMap((message) => (message.kind === 'request' ? [message] : []));
    expect(requests.map(({ method }) => method).filter((method) => method !== 'OPTIONS')).toEqual(['BYE']);
    expect(requests[0]?.headers.get('Reason')).not.toContain('channel');
    expect(stand.said(legOf('high')).slice(-2)).toEqual(['disconnectLeg', 'closeLeg']);
  });

  it('leaves a pinned leg where it is', async () => {
    await start({ first: 8, second: 8 }, 'first');
    stand.boxes.first.switchOff();
    stand.clock.advance(30_000);
    expect([stand.on('high'), stand.on('low')]).toEqual(['second up', 'first down']);
    stand.boxes.first.switchOn();
    stand.clock.advance(5000);
    expect(stand.on('low')).toBe('first up');
  });

  it('moves a leg whose calls are refused, though the attachment answers', async () => {
    await start();
    stand.boxes.first.onCall = () => ({ status: 503 });
    const call = [...stand.boxes.first.standing.keys()][0];
    if (call !== undefined) stand.boxes.first.hangUp(call);
    stand.clock.advance(10_000);
    expect(Object.keys(groups).filter((group) => stand.on(group as keyof typeof groups) === 'second up')).toHaveLength(
      1,
    );
  });

  it('moves a leg within 10 s whose box answers calls and carries no voice', async () => {
    await start();
    stand.clock.advance(60_000); // its stream has stopped 2 s before the voice process says so
    const dies = (): void =>
      stand.attachments.voiceEvent({ name: 'legDead', leg: legOf('high'), reason: 'rtp-timeout' });
    dies();
    stand.commands.splice(0);
    stand.clock.advance(1500);
    expect(stand.on('high')).toBe('first up');
    expect(stand.commands).toMatchObject([{ name: 'connectLeg', media: { rtpTimeoutMs: 'owed' } }]);
    stand.clock.advance(5000);
    dies();
    stand.clock.advance(1500);
    expect(stand.on('high')).toBe('second up');
    expect(stand.on('low')).toBe('first up');
    stand.clock.advance(90_000);
    expect(stand.on('high')).toBe('first up');
  });

  it('moves nothing while it stops', async () => {
    await start();
    stand.commands.splice(0);
    const stopped = stand.attachments.stop();
    stand.clock.advance(5000);
    await stopped;
    expect(stand.commands.map(({ name }) => name)).not.toContain('openLeg');
    expect(stand.boxes.second.standing.size).toBe(0);
  });
});
