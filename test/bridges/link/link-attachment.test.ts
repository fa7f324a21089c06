import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DataFault, DataOrder } from '../../../src/bridges/ports.ts';
import { emptyBox } from '../../../src/protocols/link/event-box.ts';
import {
  capability,
  linkCodec,
  receiptResult,
  refusedReason,
  talkResult,
  voiceMode,
  writeFrame,
} from '../../../src/protocols/link/frames.ts';
import { writeRtpHeader } from '../../../src/protocols/rtp/rtp-packet.ts';
import { plan } from '../attachment-stand.ts';
import { LinkStand, VirtualAgent } from './stand.ts';

const talkgroup = '5300110';
const { leg, group } = plan;
const numberless = { seq: 0, ack: 0, credit: 0 };

let stand: LinkStand;
afterEach(() => stand.close());

async function open(changes: Record<string, unknown> = {}): Promise<LinkStand> {
  stand = await LinkStand.make(changes);
  stand.attachment.start();
  stand.attachment.openLeg(plan);
  stand.agent.connect();
  await stand.advance(100);
  return stand;
}

describe('who of the others talks', () => {
  const other = 'xb-pours-1/in:590911';
  const talks = { name: 'legTalk', leg, wanted: true, party: other, priority: 5, emergency: false } as const;

  it('stands in TalkRequest as its displays can show it, and in TalkerUpdate when he is named late', async () => {
    await open();
    stand.attachment.nameTalker?.({ party: other, address: '590192102', name: 'Douane Baisieux 3' });
    stand.attachment.voiceEvent(talks);
    await stand.advance(10);
    expect(stand.agent.told('talkRequest').at(-1)?.talker).toEqual({ address: '590192102', display: 'Douane Bai 3' });
    expect(stand.agent.told('talkerUpdate')).toEqual([]);
    stand.attachment.nameTalker?.({ party: 'somebody/else', address: '1', name: 'TV 41' });
    stand.attachment.nameTalker?.({ party: other, address: '590192141', name: 'Douane Halluin 6' });
    await stand.advance(10);
    expect(stand.agent.told('talkerUpdate')).toMatchObject([
      { talkgroup, talker: { address: '590192141', display: 'Douane Hal 6' } },
    ]);
    stand.attachment.voiceEvent({ ...talks, wanted: false });
    stand.attachment.nameTalker?.({ party: other, address: '1', name: 'TV 41' });
    await stand.advance(10);
    expect(stand.agent.told('talkerUpdate')).toHaveLength(1);
  });

  it('is the group where nobody is named', async () => {
    await open();
    stand.attachment.voiceEvent(talks);
    await stand.advance(10);
    expect(stand.agent.told('talkRequest').at(-1)?.talker).toMatchObject({ address: '', display: 'FRBE POURS 1' });
  });
});

describe('letting an agent in', () => {
  it.each([
    ['another name', { agent: 'box8' }, refusedReason.CREDENTIALS],
    ['a wrong token', { token: 'guess' }, refusedReason.CREDENTIALS],
    ['a later version only', { versionMin: 2, versionMax: 3 }, refusedReason.VERSION],
    ['no codec of ours', { codecs: [99] }, refusedReason.VOICE],
    ['no way of voice', { voice: [] }, refusedReason.VOICE],
  ])('refuses %s, and says no more than it must', async (_, changes, reason) => {
    stand = await LinkStand.make();
    stand.attachment.start();
    Object.assign(stand.agent.hello, changes);
    stand.agent.connect();
    await stand.advance(100);
    expect(stand.agent.told('refused')[0]).toMatchObject({ reason });
    if (reason === refusedReason.CREDENTIALS) expect(stand.agent.told('refused')[0]?.detail).toBe('');
    expect(stand.attachment.status().state).toBe('unknown');
  });

  it('shows where it is, and without one for what is waited', async () => {
    await open();
    expect(stand.attachment.details()).toMatchObject({ address: '192.0.2.10', legFaults: new Map() });
    stand.agent.breakLine();
    await stand.advance(10_000);
    const fault = { code: 'waiting-for-agent' };
    expect(stand.attachment.details()).toEqual({ fault, legFaults: new Map([[leg, fault]]) });
  });

  it('takes the voice and codec that the configuration prefers among those of the agent', async () => {
    stand = await LinkStand.make({ voice: ['frames', 'rtp'], codecs: ['PCMU', 'PCMA'] });
    stand.attachment.start();
    stand.agent.hello = {
      ...stand.agent.hello,
      voice: [voiceMode.RTP, voiceMode.FRAMES],
      codecs: [linkCodec.PCMA, linkCodec.PCMU],
    };
    stand.agent.connect();
    await stand.advance(100);
    expect(stand.agent.told('welcome')[0]).toMatchObject({ voice: voiceMode.FRAMES, codec: linkCodec.PCMU });
  });

  it('refuses a second connection while the first is alive, unless it knows the token of the session', async () => {
    await open();
    const other = new VirtualAgent(stand);
    other.connect();
    await stand.advance(100);
    expect(other.told('refused')[0]).toMatchObject({ reason: refusedReason.BUSY });
    other.resumeToken = stand.agent.resumeToken;
    other.connect();
    await stand.advance(100);
    expect(other.connected).toBe(true);
    expect(stand.reports.at(-1)?.state).toBe('up');
  });

  it('is not kept from its agent by strangers who connect and say nothing', async () => {
    stand = await LinkStand.make();
    stand.attachment.start();
    const before = stand.attachmentReports.length;
    stand.listener.opened({
      address: '192.0.2.66',
      clientName: undefined,
      send: () => undefined,
      sendVoice: () => true,
      end: () => undefined,
    });
    stand.agent.connect();
    await stand.advance(100);
    expect(stand.attachmentReports.slice(before)).toMatchObject([{ state: 'up' }]);
  });
});

describe('what a technician is told', () => {
  const fault = () => stand.attachment.details().legFaults.get(leg)?.code;

  it('is that no agent is there, after 5 s as that of a dead attachment', async () => {
    stand = await LinkStand.make();
    stand.attachment.start();
    stand.attachment.openLeg(plan);
    await stand.advance(4990);
    expect(stand.attachment.status().state).toBe('unknown');
    await stand.advance(20);
    expect(stand.attachmentReports).toMatchObject([{ state: 'down', reason: 'the agent is not connected' }]);
    expect(stand.attachment.details().fault).toEqual({ code: 'waiting-for-agent' });
    expect(fault()).toBe('waiting-for-agent');
    stand.agent.connect();
    await stand.advance(100);
    expect(stand.attachment.status().state).toBe('up');
    expect([stand.attachment.details().fault, fault()]).toEqual([undefined, undefined]);
  });

  it('is what keeps a leg down: agent, its word, voice or port', async () => {
    await open();
    stand.agent.say({ affiliation: { talkgroup, carried: false, reason: 'not in this fleet' } });
    await stand.advance(10);
    expect(fault()).toBe('not-affiliated');
    stand.agent.say({ affiliation: { talkgroup, carried: true, rtpPort: 20_000 } });
    await stand.advance(10);
    stand.attachment.voiceEvent({ name: 'legDead', leg, reason: 'icmp' });
    expect(fault()).toBe('no-voice');
    stand.agent.breakLine();
    await stand.advance(10);
    expect(fault()).toBe('waiting-for-agent');
  });
});

describe('reasons of the agent', () => {
  it('are shown whole, without what draws elsewhere', async () => {
    await open();
    const reason = `${'the site controller lost its trunk to the switch, '.repeat(4)}\u001b[2J`.slice(-200);
    const shown = reason.replace('\u001b', '\uFFFD');
    stand.agent.say({ affiliation: { talkgroup, carried: false, reason } });
    await stand.advance(10);
    expect(stand.reports.at(-1)).toMatchObject({ state: 'down', reason: shown });
    stand.agent.say({ fault: { detail: reason } });
    await stand.advance(10);
    expect(stand.faults).toEqual([shown]);
    stand.agent.feed({ name: 'leave', reason });
    await stand.advance(10);
    expect(stand.attachment.status().reason).toBe(`the far end has left: ${shown}`);
  });
});

describe('talk of the agent', () => {
  it('asks the floor with priority, emergency and talker, and passes its answers back', async () => {
    await open();
    const { agent, attachment } = stand;
    agent.say({
      talkRequest: { talkgroup, talk: 7, priority: 9, emergency: true, talker: { address: '4711', display: 'PAT 3' } },
    });
    await stand.advance(10);
    expect(stand.find('requestFloor')).toEqual([
      { name: 'requestFloor', party: leg, group, requestId: 7, priority: 9, emergency: true },
    ]);
    expect(stand.talkers).toEqual([{ leg, address: '4711', display: 'PAT 3' }]);
    for (const answer of [
      { result: 'queued', position: 2 },
      { result: 'granted', talkLimitMs: 30_000 },
      { result: 'warned', remainingMs: 5000 },
      { result: 'revoked', cause: 'talk-limit' },
      { result: 'granted', talkLimitMs: 1 }, // of a talk that has ended
    ] as const) {
      attachment.voiceEvent({ name: 'answer', party: leg, group, requestId: 7, answer });
    }
    await stand.advance(10);
    expect(agent.told('talkAnswer').map(({ result }) => result)).toEqual([
      talkResult.QUEUED,
      talkResult.GRANTED,
      talkResult.WARNED,
      talkResult.REVOKED,
    ]);
  });

  it('gives the floor back when it is released, when a new talk begins, and when the connection breaks', async () => {
    await open();
    const { agent } = stand;
    const released = () => stand.find('releaseFloor').length;
    agent.say({ talkRequest: { talkgroup, talk: 1 } });
    agent.say({ talkRelease: { talkgroup, talk: 1 } });
    await stand.advance(10);
    expect(released()).toBe(1);
    agent.say({ talkRequest: { talkgroup, talk: 2 } });
    agent.say({ talkRequest: { talkgroup, talk: 3 } });
    agent.say({ talkRelease: { talkgroup, talk: 2 } }); // crossed
    await stand.advance(10);
    expect(released()).toBe(2);
    agent.breakLine();
    await stand.advance(10);
    expect(released()).toBe(3);
    expect(stand.commands.at(-1)?.name).toBe('disconnectLeg');
  });
});

describe('an agent that names no capability', () => {
  const ask = { talkRequest: { talkgroup, talk: 1, emergency: true, talker: { address: '4711' } } } as const;
  async function bare(): Promise<LinkStand> {
    stand = await LinkStand.make();
    stand.agent.hello.capabilities = [];
    stand.attachment.start();
    stand.attachment.openLeg(plan);
    stand.agent.connect();
    await stand.advance(100);
    return stand;
  }

  it('has radios that neither wait nor can be told', async () => {
    await bare();
    expect(stand.find('openLeg').at(-1)?.settings).toMatchObject({ mayQueue: false, canBeTold: false });
  });

  it('is not told that it lost the floor, and keeps its talk until it releases it', async () => {
    await bare();
    stand.agent.say(ask);
    await stand.advance(10);
    for (const answer of [
      { result: 'queued', position: 1 },
      { result: 'granted', talkLimitMs: 30_000 },
      { result: 'revoked', cause: 'pre-empted' },
      { result: 'denied', cause: 'busy' },
    ] as const) {
      stand.attachment.voiceEvent({ name: 'answer', party: leg, group, requestId: 1, answer });
    }
    await stand.advance(10);
    expect(stand.agent.told('talkAnswer').map(({ result }) => result)).toEqual([talkResult.GRANTED]);
    stand.agent.say({ talkRelease: { talkgroup, talk: 1 } });
    await stand.advance(10);
    expect(stand.find('releaseFloor')).toHaveLength(1);
  });

  it('is denied before it talks', async () => {
    await bare();
    stand.agent.say(ask);
    await stand.advance(10);
    const answer = { result: 'denied', cause: 'busy' } as const;
    stand.attachment.voiceEvent({ name: 'answer', party: leg, group, requestId: 1, answer });
    await stand.advance(10);
    expect(stand.agent.told('talkAnswer')).toMatchObject([{ result: talkResult.DENIED, cause: 'busy' }]);
  });

  it('is told of no talker and no emergency', async () => {
    await bare();
    const talks = { name: 'legTalk', leg, wanted: true, party: 'other', priority: 15, emergency: true } as const;
    stand.attachment.voiceEvent(talks);
    stand.attachment.nameTalker?.({ party: 'other', address: '590192102', name: 'TV 41' });
    await stand.advance(10);
    expect(stand.agent.told('talkRequest')).toMatchObject([
      { priority: 15, emergency: false, talker: { address: '', display: '' } },
    ]);
    expect(stand.agent.told('talkerUpdate')).toEqual([]);
  });

  it('has its emergency, its talker and its events taken, and counted', async () => {
    await bare();
    stand.agent.say(ask);
    stand.agent.report({ status: { talkgroup, from: '4711', code: 5 } });
    await stand.advance(10);
    expect(stand.find('requestFloor')).toMatchObject([{ emergency: true }]);
    expect(stand.talkers).toMatchObject([{ address: '4711' }]);
    expect(stand.data).toMatchObject([{ name: 'status', code: 5 }]);
    expect(stand.counts.get('link_irregularities_total undeclared')).toBe(3);
  });
});

describe('talk towards the agent', () => {
  const wanted = { name: 'legTalk', leg, wanted: true, priority: 6, emergency: false, party: 'console:1' } as const;

  it('is asked for, granted, released', async () => {
    await open();
    stand.attachment.voiceEvent(wanted);
    await stand.advance(10);
    expect(stand.agent.told('talkRequest')).toMatchObject([
      { talkgroup, talk: 1, priority: 6, emergency: false, talker: { display: plan.display } },
    ]);
    expect(stand.find('legGrant')).toEqual([{ name: 'legGrant', leg, granted: true }]);
    stand.attachment.voiceEvent({ ...wanted, wanted: false });
    await stand.advance(10);
    expect(stand.agent.told('talkRelease')).toMatchObject([{ talkgroup, talk: 1 }]);
  });

  it('keeps its number when an emergency takes it over, and is refused by DENIED and REVOKED', async () => {
    await open();
    stand.agent.grants = false;
    stand.attachment.voiceEvent(wanted);
    stand.attachment.voiceEvent({ ...wanted, emergency: true, party: 'other' });
    await stand.advance(10);
    expect(stand.agent.told('talkRequest')).toMatchObject([{ talk: 1 }, { talk: 1, emergency: true }]);
    stand.agent.say({ talkAnswer: { talkgroup, talk: 1, result: talkResult.DENIED } });
    stand.agent.say({ talkAnswer: { talkgroup, talk: 99, result: talkResult.GRANTED } });
    await stand.advance(10);
    expect(stand.find('legGrant')).toEqual([{ name: 'legGrant', leg, granted: false }]);
    expect(stand.counts.get('link_irregularities_total stale')).toBe(1);
  });
});

describe('voice', () => {
  it('by RTP goes to the address of the stream, and not to a port of ours', async () => {
    await open();
    expect(stand.find('connectLeg')[0]?.media).toMatchObject({
      remote: { address: '192.0.2.10', port: 20_000 },
      remoteRtcp: { address: '192.0.2.10', port: 20_001 },
      codec: 'PCMA',
      payloadType: 8,
      latch: false,
    });
  });

  it('of an agent that connects over IPv6 is heard at our address of that', async () => {
    stand = await LinkStand.make();
    stand.attachment.start();
    stand.attachment.openLeg(plan);
    stand.agent.connect('2001:db8::10');
    await stand.advance(100);
    expect(stand.find('openLeg').at(-1)?.settings.local.address).toBe('2001:db8::1');
    expect(stand.find('connectLeg')[0]?.media.remote).toEqual({ address: '2001:db8::10', port: 20_000 });
  });

  it('inside the stream becomes RTP for the voice process and back, only while somebody talks', async () => {
    stand = await LinkStand.make();
    stand.attachment.start();
    stand.attachment.openLeg(plan);
    stand.agent.hello = { ...stand.agent.hello, voice: [voiceMode.FRAMES], codecs: [linkCodec.PCM16] };
    stand.agent.connect();
    await stand.advance(100);
    expect(stand.find('connectLeg')[0]?.media).toMatchObject({
      codec: 'L16/16000',
      payloadType: 96,
      remote: { port: 50_000 },
    });
    const samples = new Uint8Array(640).fill(5);
    stand.relayed.length = 0;
    stand.agent.say({ voice: { talkgroup, timestamp: 1, sequence: 1, samples } }); // nobody talks
    stand.agent.say({ talkRequest: { talkgroup, talk: 1 } });
    stand.agent.say({ voice: { talkgroup, timestamp: 320, sequence: 2, samples } });
    stand.agent.say({ voice: { talkgroup, timestamp: 640, sequence: 3, samples } });
    stand.agent.say({ voice: { talkgroup, timestamp: 960, sequence: 4, samples: new Uint8Array(5000) } });
    await stand.advance(10);
    expect(stand.relayed.map((bytes) => [bytes.length, bytes[1]])).toEqual([
      [652, 0x80 | 96],
      [652, 96],
    ]);
    expect(stand.counts.get('link_irregularities_total voice-dropped')).toBe(2);
    const datagram = new Uint8Array(652);
    writeRtpHeader(datagram, true, 96, 9, 12_345, 1);
    stand.toRelay?.(datagram);
    stand.attachment.voiceEvent({ name: 'legTalk', leg, wanted: true, priority: 5, emergency: false, party: 'x' });
    stand.toRelay?.(datagram);
    await stand.advance(10);
    expect(stand.agent.told('voice')).toMatchObject([{ talkgroup, timestamp: 12_345, samples: { length: 640 } }]);
  });
});

describe('what comes beside voice', () => {
  it('is handed on as it came', async () => {
    await open();
    const { agent } = stand;
    const place = { latitudeDeg: 50.625, longitudeDeg: 3.125 };
    agent.report({ status: { talkgroup, from: '4711', code: 12 } });
    agent.report({ text: { talkgroup, from: '4711', text: 'A27 fermée' } });
    agent.report({ position: { talkgroup, from: '4711', place } });
    agent.report({ alarm: { talkgroup, from: '4711', raised: true, place } });
    agent.report({ status: { talkgroup: 'nowhere', code: 1 } });
    await stand.advance(10);
    const origin = { leg, attachment: 'as-1', from: '4711' };
    expect(stand.data).toEqual([
      { ...origin, name: 'status', code: 12 },
      { ...origin, name: 'text', text: 'A27 fermée' },
      { ...origin, name: 'position', position: place },
      { ...origin, name: 'alarm', raised: true, position: place },
    ]);
    expect(stand.counts.get('link_irregularities_total no-such-talkgroup')).toBe(1);
  });

  it('comes once each over a break in which it was said', async () => {
    await open();
    const { agent } = stand;
    for (let code = 1; code <= 5; code++) agent.report({ status: { talkgroup, code } });
    agent.breakLine();
    for (let code = 6; code <= 9; code++) agent.report({ status: { talkgroup, code } });
    await stand.advance(3000);
    agent.connect();
    await stand.advance(100);
    expect(agent.told('welcome').map(({ resumed }) => resumed)).toEqual([false, true]);
    expect(stand.data.map((each) => each.name === 'status' && each.code)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('comes no faster over many connections than over one, and none of it is lost', async () => {
    await open();
    const { agent } = stand;
    for (let code = 1; code <= 250; code++) agent.report({ status: { talkgroup, code } });
    for (let connection = 0; connection < 10; connection++) {
      await stand.advance(50);
      agent.breakLine();
      await stand.advance(50);
      agent.connect();
    }
    // 64 at once and 50 a second.
    expect(stand.data.length).toBeLessThanOrEqual(64 + 50);
    await stand.advance(4000);
    expect(stand.data.map((each) => each.name === 'status' && each.code)).toEqual(
      Array.from({ length: 250 }, (_, at) => at + 1),
    );
  });

  it('is not the end of the gateway, whatever it is', async () => {
    await open();
    stand.agent.raw(writeFrame(numberless, { affiliation: { talkgroup, carried: true, rtpPort: 40_000 } }));
    stand.agent.raw(writeFrame(numberless, { voice: { talkgroup } }));
    stand.agent.raw(writeFrame(numberless, { join: { talkgroup } }));
    stand.agent.raw(Uint8Array.of(0xff));
    await stand.advance(100);
    expect(stand.attachment.status()).toMatchObject({ state: 'down', reason: expect.stringContaining('protocol') });
  });
});

describe('what other networks say', () => {
  const order: DataOrder = {
    ...{ leg, from: 'Tournai 22', origin: { network: 'INPT', address: '3200001' } },
    ...{ name: 'text', text: 'A27 fermée' },
  };
  const faults: (DataFault | undefined)[] = [];
  const pass = (changes: object = {}) =>
    stand.attachment.passData({ ...order, ...changes } as DataOrder, (fault) => faults.push(fault));
  const codes = () => stand.agent.taken.map((each) => each.name === 'status' && each.code);

  beforeEach(() => void faults.splice(0));

  it('comes as events that say who, where and of which network, and is done when the agent says so', async () => {
    await open();
    const position = { latitudeDeg: 50.625, longitudeDeg: 3.125, speedKmh: 40, takenUtcMs: 1_790_000_000_000 };
    const meaning = { fr: 'Sur place', nl: 'Ter plaatse', en: 'On scene' };
    pass();
    pass({ name: 'status', code: 16, meaning });
    pass({ name: 'position', position });
    pass({ name: 'alarm', raised: true, position });
    pass({ name: 'alarm', raised: false });
    await stand.advance(10);
    const about = { talkgroup, from: 'Tournai 22', origin: order.origin };
    expect(stand.agent.taken).toMatchObject([
      { ...about, name: 'text', text: 'A27 fermée' },
      { ...about, name: 'status', code: 16 },
      { ...about, name: 'position', place: position },
      { ...about, name: 'alarm', raised: true, place: position },
      { ...about, name: 'alarm', raised: false },
    ]);
    expect(new Set(stand.agent.taken.map(({ receipt }) => receipt)).size).toBe(5);
    expect(faults).toEqual(Array.from({ length: 5 }, () => undefined));
  });

  it.each([
    [receiptResult.REFUSED, 'refused'],
    [receiptResult.NOT_REACHED, 'not-reached'],
    [receiptResult.TOO_LONG, 'too-long'],
    [99, 'refused'],
  ])('is not done by a receipt of %i: %s', async (receipt, fault) => {
    await open();
    stand.agent.receipt = receipt;
    pass();
    await stand.advance(10);
    expect(faults).toEqual([fault]);
  });

  it('is done when it is taken by an agent that gives no receipts, and overdue after 30 s by one that forgets', async () => {
    await open();
    stand.agent.receipt = undefined;
    pass();
    await stand.advance(29_000);
    expect(faults).toEqual([]);
    await stand.advance(2000);
    expect(faults).toEqual(['not-reached']);
    stand.agent.report({ receipt: { receipt: stand.agent.taken[0]!.receipt, result: receiptResult.DELIVERED } });
    await stand.advance(10);
    expect(stand.counts.get('link_irregularities_total stale')).toBe(1);
    stand.agent.breakLine();
    stand.agent.hello.capabilities = [capability.TAKES_TEXT];
    stand.agent.connect();
    await stand.advance(100);
    pass();
    await stand.advance(10);
    expect(faults).toEqual(['not-reached', undefined]);
    pass({ name: 'status', code: 1 });
    expect(faults.at(-1)).toBe('not-carried');
  });

  it.each([
    ['the session goes on', true],
    ['the agent has started anew', false],
  ])('waits over a break, and comes once and in order where %s', async (_, resumes) => {
    await open();
    for (let code = 1; code <= 3; code++) pass({ name: 'status', code });
    await stand.advance(10);
    stand.agent.breakLine();
    await stand.advance(100);
    for (let code = 4; code <= 6; code++) pass({ name: 'status', code });
    await stand.advance(20_000);
    expect(faults).toHaveLength(3);
    if (!resumes) Object.assign(stand.agent, { resumeToken: '', box: emptyBox });
    stand.agent.connect();
    await stand.advance(100);
    expect(codes()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(faults).toEqual(Array.from({ length: 6 }, () => undefined));
  });

  it('has not reached an agent that stays away for 60 s, was never there, or does not carry the leg', async () => {
    await open();
    stand.agent.breakLine();
    await stand.advance(100);
    pass();
    await stand.advance(59_000);
    expect(faults).toEqual([]);
    await stand.advance(1000);
    expect(faults).toEqual(['not-reached']);
    pass();
    expect(faults).toHaveLength(2);
    stand.agent.connect();
    await stand.advance(100);
    expect(stand.agent.taken).toEqual([]); // nothing of a minute ago
    pass({ leg: 'elsewhere' });
    stand.agent.say({ affiliation: { talkgroup, carried: false, reason: 'lost' } });
    await stand.advance(10);
    pass();
    expect(faults.slice(2)).toEqual(['not-reached', 'not-reached']);
  });

  it('is bounded while it waits, and an alarm finds a place behind a flood', async () => {
    await open();
    stand.agent.breakLine();
    await stand.advance(10);
    for (let turn = 0; turn < 300; turn++) pass({ name: 'status', code: turn });
    pass({ name: 'alarm', raised: true });
    expect(faults).toHaveLength(300 - 224);
    expect(new Set(faults)).toEqual(new Set(['too-many']));
    expect(stand.counts.get('link_irregularities_total event-dropped')).toBe(76);
    stand.agent.connect();
    await stand.advance(10_000);
    expect(stand.agent.taken.at(-1)).toMatchObject({ name: 'alarm', raised: true });
    expect(faults.filter((fault) => fault === undefined)).toHaveLength(225);
  });

  it('is given up when the gateway stops', async () => {
    await open();
    stand.agent.receipt = undefined;
    pass();
    await stand.advance(10);
    await stand.attachment.stop();
    expect(faults).toEqual(['not-reached']);
  });
});
