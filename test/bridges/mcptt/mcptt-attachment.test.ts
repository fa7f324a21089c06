import { afterEach, describe, expect, it } from 'vitest';
import { mcpttInfo, readMcpttInfo } from '../../../src/bridges/mcptt/mcptt-info.ts';
import { PriorityMap } from '../../../src/bridges/mcptt/priority-map.ts';
import { indicator } from '../../../src/protocols/mcptt/floor-fields.ts';
import { type FloorMessage, fieldOf, indicates } from '../../../src/protocols/mcptt/floor-message.ts';
import type { SipMessage } from '../../../src/protocols/sip/message.ts';
import { vector } from '../../protocols/mcptt/vectors.ts';
import { gatewayAt } from '../sip/stand.ts';
import { McpttStand, mcpttSettings } from './stand.ts';

const seconds: FloorMessage['fields'] = [{ name: 'duration', seconds: 30 }];
const be: FloorMessage['fields'] = [{ name: 'grantedParty', id: 'tel:+32470000001' }];
const cause = (value: number): FloorMessage['fields'] => [{ name: 'rejectCause', cause: value }];
const leg = 'xb-pours-1/as:5300110';
const group = 'xb-pours-1';
const other = 'xb-pours-1/in:590-911';

let stand: McpttStand;
afterEach(() => stand.close());

const open = async (settings: Record<string, unknown> = {}) => {
  stand = await McpttStand.make(settings);
  await stand.open();
  stand.takeCommands();
};
const bodyOf = (message: SipMessage | undefined) => Buffer.from(message?.body ?? []).toString();
/** The mcptt-info of a caller at the far end. */
const infoOf = ({ emergency, alert }: { emergency: boolean; alert?: boolean }) => {
  const said = mcpttInfo({
    sessionType: 'prearranged',
    group: 'sip:g@mcx.example',
    controls: false,
    caller: 'tel:+32470000001',
    emergency,
  });
  const alertInd = `<alert-ind type="Normal"><mcpttBoolean>${alert}</mcpttBoolean></alert-ind></mcptt-Params>`;
  return alert === undefined ? said : { ...said, content: said.content.replace('</mcptt-Params>', alertInd) };
};
const invite = () => stand.box.received.find((each) => each.kind === 'request' && each.method === 'INVITE');

describe('MCPTT session (TS 24.379, TS 24.380 §14)', () => {
  it('offers floor control beside the voice, with feature tags and the service asked for', async () => {
    await open();
    expect(bodyOf(invite())).toMatch(
      /i=speech\r\n(?:.*\r\n)*m=application 400\d\d udp MCPTT\r\na=fmtp:MCPTT mc_queueing;mc_priority=255;mc_granted\r\n/,
    );
    const contact = invite()?.headers.get('Contact') ?? '';
    expect(contact).toContain(';+g.3gpp.mcptt;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mcptt"');
    expect(contact).not.toContain('isfocus');
    expect(invite()?.headers.getAll('Accept-Contact')).toHaveLength(2);
    expect(invite()?.headers.get('P-Preferred-Service')).toBe('urn:urn-7:3gpp-service.ims.icsi.mcptt');
  });

  it('gives each leg an SSRC of its own', async () => {
    await open();
    await stand.wish(true);
    const [first] = stand.heard.splice(0);
    stand.attachment.closeLeg(stand.plan.leg);
    await stand.advance(1000);
    stand.attachment.openLeg(stand.plan);
    await stand.advance(1000);
    await stand.wish(true);
    const second = stand.heard.find(({ name }) => name === 'request');
    expect(second?.ssrc).toBe((first?.ssrc ?? 0) + 1);
  });

  it('is the focus of a group that is homed here', async () => {
    await open({ home: 'here' });
    expect(invite()?.headers.get('Contact')).toMatch(/;isfocus$/);
  });

  it('opens the leg as one whose floor is signalled', async () => {
    stand = await McpttStand.make();
    await stand.open();
    const [opened] = stand.sip.commands;
    expect(opened?.name === 'openLeg' && opened.settings).toMatchObject({
      keyIn: { mode: 'signalled' },
      keyOut: { mode: 'signalled' },
      grant: { mode: 'signalled', timeoutMs: 8000 },
      guardMs: 0,
    });
  });

  it('sends mcptt-info beside the session description where it is set up to', async () => {
    await open({ mcpttInfo: true, identity: 'sip:iwf@iwf.example' });
    expect(invite()?.headers.get('Content-Type')).toMatch(/^multipart\/mixed;boundary=/);
    expect(bodyOf(invite())).toContain('<session-type>prearranged</session-type>');
    expect(bodyOf(invite())).toContain('<mcpttURI>sip:5300110@192.0.2.10:5060</mcpttURI>');
    expect(bodyOf(invite())).toContain('<mcpttURI>sip:iwf@iwf.example</mcpttURI>');
    expect(stand.sip.states.at(-1)).toBe('up');
  });

  it('makes a call that stands one of emergency with the talk that is, and an ordinary one with the next', async () => {
    await open({ mcpttInfo: true, resourcePriority: { normal: 'mcpttp.5', emergency: 'mcpttp.15' } });
    expect(invite()?.headers.get('Resource-Priority')).toBe('mcpttp.5');
    expect(bodyOf(invite())).not.toContain('emergency-ind');
    await stand.wish(true, { priority: 15, emergency: true });
    await stand.wish(true, { priority: 15, emergency: true });
    await stand.advance(1000);
    await stand.wish(false);
    await stand.wish(true);
    await stand.advance(1000);
    const later = stand.box.received.filter((each) => each.kind === 'request' && each.method === 'INVITE').slice(1);
    expect(later.map((each) => readMcpttInfo(each)?.emergency)).toEqual([true, false]);
    expect(later.map(({ headers }) => headers.get('Resource-Priority'))).toEqual(['mcpttp.15', 'mcpttp.5']);
    expect(bodyOf(later[0])).toMatch(/m=application 400\d\d udp MCPTT\r\n/);
    expect(bodyOf(later[0])).not.toContain('mc_implicit_request');
    expect(stand.sip.states.at(-1)).toBe('up');
    // Floor control has not waited for it.
    expect(stand.takeHeard()[0]).toBe('request');
  });

  it('says an emergency in the call itself when its talker has waited for it', async () => {
    stand = await McpttStand.make({ mcpttInfo: true });
    stand.attachment.start();
    stand.attachment.openLeg(stand.plan);
    await stand.wish(true, { emergency: true });
    stand.box.hangUp(stand.box.only);
    await stand.advance(3000);
    const again = stand.box.received.findLast((each) => each.kind === 'request' && each.method === 'INVITE');
    expect(readMcpttInfo(again!)?.emergency).toBe(true);
    expect(bodyOf(again)).toContain('mc_implicit_request');
  });

  it('goes on as it was when the far end will have no call of emergency', async () => {
    await open({ mcpttInfo: true });
    stand.box.onOffer = () => ({ status: 403 });
    await stand.wish(true, { emergency: true });
    await stand.advance(2000);
    expect(stand.sip.states.at(-1)).toBe('up');
    await stand.say('granted', seconds);
    expect(stand.takeCommands()).toEqual([{ name: 'legGrant', leg, granted: true }]);
  });

  it('asserts identity and service within a trust domain, and asks to be answered at once, where it is set up to', async () => {
    await open({ asserts: true, answerMode: 'auto', identity: 'sip:iwf@iwf.example' });
    const { headers } = invite()!;
    expect(headers.get('P-Asserted-Identity')).toBe('<sip:iwf@iwf.example>');
    expect(headers.get('P-Asserted-Service')).toBe('urn:urn-7:3gpp-service.ims.icsi.mcptt');
    expect(headers.get('P-Preferred-Service')).toBeUndefined();
    expect(headers.get('Answer-Mode')).toBe('Auto');
  });

  it('takes a call of emergency for a request of emergency by its caller, and its alert for an alarm', async () => {
    await open({ mode: 'accept', home: 'here' });
    stand.box.parameters = 'mc_queueing;mc_implicit_request';
    const call = stand.box.call('5300110', gatewayAt, 'box', stand.box.sdp(), infoOf({ emergency: true, alert: true }));
    await stand.advance(1000);
    expect(stand.takeCommands()).toMatchObject([{ name: 'requestFloor', party: leg, group, emergency: true }]);
    expect(stand.sip.talkers).toEqual([{ leg, address: '+32470000001' }]);
    // Over UDP, without credentials: it may be forged. Within the call it is not.
    expect(stand.data).toMatchObject([{ name: 'alarm', raised: true, from: '+32470000001', leg, unproven: true }]);
    // A refresh that repeats it asks for nothing; the alert that is taken back is said.
    stand.box.reoffer(call, stand.box.sdp(), { headers: [], part: infoOf({ emergency: true, alert: false }) });
    await stand.advance(1000);
    expect(stand.takeCommands()).toEqual([]);
    expect(stand.data).toMatchObject([{ raised: true }, { name: 'alarm', raised: false }]);
    expect(stand.data[1]).not.toHaveProperty('unproven');
  });

  it('takes a call that becomes one of emergency for a request, where it says so, once', async () => {
    await open({ mode: 'accept', home: 'here' });
    const call = stand.box.call('5300110', gatewayAt);
    await stand.advance(1000);
    expect(stand.takeCommands()).toEqual([]);
    stand.box.parameters = 'mc_queueing;mc_implicit_request';
    for (let each = 0; each < 2; each++) {
      stand.box.reoffer(call, stand.box.sdp(), { headers: [], part: infoOf({ emergency: true }) });
      await stand.advance(1000);
    }
    expect(stand.takeCommands()).toMatchObject([{ name: 'requestFloor', party: leg, group, emergency: true }]);
  });

  it('is of no use without floor control in the answer, and says so', async () => {
    stand = await McpttStand.make();
    stand.box.floorLine = 'm=application 0 udp MCPTT';
    await stand.open();
    expect(stand.sip.states.at(-1)).toBe('down');
    expect(stand.sip.reason).toContain('no floor control in the session');
    expect(stand.attachment.details().legFaults.get(leg)).toEqual({ code: 'no-floor-control' });
  });

  it('refuses a call without it, and one whose floor control is at a stranger’s', async () => {
    await open({ mode: 'accept' });
    stand.box.floorLine = undefined;
    stand.box.call('5300110', gatewayAt);
    await stand.advance(1000);
    stand.box.floorLine = 'm=application 7005 udp MCPTT\r\nc=IN IP4 198.51.100.7';
    stand.box.call('5300110', gatewayAt);
    await stand.advance(1000);
    const refusals = stand.box.events.filter(({ event }) => event.name === 'ended');
    expect(refusals.map(({ event }) => event.name === 'ended' && event.end.status)).toEqual([488, 488]);
  });

  it('answers only what was offered: no grant in an answer, no priority above the offer', async () => {
    await open({ mode: 'accept', home: 'here' });
    stand.box.parameters = 'mc_queueing;mc_priority=9;mc_granted;mc_implicit_request';
    stand.box.call('5300110', gatewayAt);
    await stand.advance(1000);
    const answer = stand.box.received.find((each) => each.kind === 'response' && each.body.length > 0);
    expect(bodyOf(answer)).toContain('a=fmtp:MCPTT mc_queueing;mc_priority=9;mc_implicit_request\r\n');
    expect(stand.takeCommands()).toMatchObject([{ name: 'requestFloor', party: leg, group, emergency: false }]);
  });

  it('makes the INVITE itself a request while somebody of ours talks, and talks when its answer grants it', async () => {
    stand = await McpttStand.make();
    stand.attachment.start();
    stand.attachment.openLeg(stand.plan);
    await stand.wish(true);
    stand.box.hangUp(stand.box.only);
    stand.box.parameters = 'mc_queueing;mc_granted;mc_implicit_request';
    stand.takeCommands();
    await stand.advance(3000);
    const again = stand.box.received.findLast((each) => each.kind === 'request' && each.method === 'INVITE');
    expect(bodyOf(again)).toContain('mc_implicit_request');
    expect(stand.takeCommands().at(-1)).toEqual({ name: 'legGrant', leg, granted: true });
  });

  it('takes another port for floor control when the first is somebody else’s, and calls anew', async () => {
    stand = await McpttStand.make();
    stand.takenPorts.add(40_000);
    await stand.open();
    await stand.advance(5000);
    expect(stand.sip.states.at(-1)).toBe('up');
    expect(stand.floorPort).not.toBe(40_000);
    await stand.wish(true);
    expect(stand.takeHeard()).toContain('request');
  });

  it('speaks SRTCP where it has a key, as libsrtp does, and hears nothing that is not sealed or comes twice', async () => {
    await open({ floorKey: { suite: 'AES_CM_128_HMAC_SHA1_80', keySalt: { env: 'FLOOR_KEY' } } });
    await stand.wish(true);
    expect(stand.takeHeard()).toEqual(['request']);
    await stand.say('granted', seconds);
    expect(stand.takeCommands()).toEqual([]);
    await stand.sayOctets(vector('x03-srtcp-floor-granted'));
    expect(stand.takeCommands()).toEqual([{ name: 'legGrant', leg, granted: true }]);
    await stand.sayOctets(vector('x03-srtcp-floor-granted'));
    expect(stand.sip.counts.get('floor_messages_dropped_total not-genuine')).toBe(2);
    await stand.wish(false);
    expect(stand.takeHeard()).toEqual(['release']);
  });

  it('hears nobody but the negotiated far end, and counts the others', async () => {
    await open();
    await stand.wish(true);
    await stand.say('granted', seconds, { transport: 'udp', address: '198.51.100.7', port: 7005 });
    await stand.say('granted', seconds, { transport: 'udp', address: '192.0.2.10', port: 7006 });
    expect(stand.takeCommands()).toEqual([]);
    expect(stand.sip.counts.get('floor_messages_dropped_total stranger')).toBe(2);
    await stand.say('granted', seconds);
    expect(stand.takeCommands()).toEqual([{ name: 'legGrant', leg, granted: true }]);
    await stand.say('idle', [], undefined, 250);
    expect(stand.sip.counts.get('floor_messages_dropped_total overload')).toBeGreaterThan(0);
  });
});

describe('MCPTT leg homed there: floor participant', () => {
  it.each([
    ['user-id', 'sip:590192102@escaut.invalid', undefined],
    ['functional-alias', undefined, 'sip:590192102@escaut.invalid'],
    ['none', undefined, undefined],
  ])('names its talker by %s', async (talkerField, id, alias) => {
    await open({ talkerField });
    stand.attachment.nameTalker({ party: other, address: '590 1 92 102', name: '' });
    await stand.wish(true, { priority: 9 });
    const [request] = stand.heard;
    expect(fieldOf(request!, 'userId')?.id).toBe(id);
    expect(fieldOf(request!, 'functionalAlias')?.alias).toBe(alias);
  });

  it.each([
    [13, false, 13, indicator.imminentPeril],
    [12, false, 13, indicator.normal],
    [14, false, 13, indicator.normal],
    [13, false, 0, indicator.normal],
    [13, true, 13, indicator.emergency],
  ])(
    'shows a talk of priority %i, emergency %s, for peril at %i, as what it is',
    async (priority, emergency, peril, mask) => {
      await open({ imminentPerilPriority: peril });
      await stand.wish(true, { priority, emergency });
      expect(fieldOf(stand.heard[0]!, 'floorIndicator')?.mask).toBe(mask);
    },
  );

  it('asks for the floor with priority and talker, and may talk when granted', async () => {
    await open({ talkerUri: 'sip:{address}@iwf.example' });
    stand.attachment.nameTalker({ party: other, address: '590 1 92 102', name: '' });
    await stand.wish(true, { priority: 9 });
    const [request] = stand.heard;
    expect(fieldOf(request!, 'floorPriority')?.priority).toBe(90);
    expect(fieldOf(request!, 'functionalAlias')?.alias).toBe('sip:590192102@iwf.example');
    await stand.say('granted', seconds);
    expect(stand.takeCommands()).toEqual([{ name: 'legGrant', leg, granted: true }]);
    await stand.wish(false);
    await stand.say('idle');
    expect(stand.takeHeard()).toEqual(['request', 'release']);
  });

  it('asks with 255 and the emergency bit in an emergency', async () => {
    await open();
    await stand.wish(true, { priority: 15, emergency: true });
    const [request] = stand.heard;
    expect(fieldOf(request!, 'floorPriority')?.priority).toBe(255);
    expect(indicates(request!, indicator.emergency)).toBe(true);
  });

  it('may not talk when denied or unanswered for 3 s, and is queued without an answer to the voice process', async () => {
    await open();
    await stand.wish(true);
    await stand.say('queuePositionInfo', [{ name: 'queueInfo', position: 1, priority: 5 }]);
    expect(stand.takeCommands()).toEqual([]);
    await stand.say('deny', cause(1));
    expect(stand.takeCommands()).toEqual([{ name: 'legGrant', leg, granted: false }]);
    await stand.wish(true);
    await stand.advance(3000);
    expect(stand.takeCommands()).toEqual([{ name: 'legGrant', leg, granted: false }]);
  });

  it('takes what it waited for if it is still wanted, and gives it back if not', async () => {
    await open();
    await stand.wish(true);
    await stand.say('queuePositionInfo', [{ name: 'queueInfo', position: 1, priority: 5 }]);
    await stand.say('granted', seconds);
    expect(stand.takeCommands()).toEqual([{ name: 'legGrant', leg, granted: true }]);
  });

  it('brings the far end’s talker to our arbiter, with his name, place and emergency, until Idle', async () => {
    await open();
    await stand.say('taken', [
      ...be,
      { name: 'floorIndicator', mask: indicator.emergency },
      { name: 'location', location: { kind: 'geographic', latitudeDeg: 50.5, longitudeDeg: 3.75 } },
    ]);
    expect(stand.takeCommands()).toMatchObject([{ name: 'requestFloor', party: leg, group, emergency: true }]);
    expect(stand.sip.talkers).toEqual([{ leg, address: '+32470000001' }]);
    expect(stand.data).toMatchObject([{ name: 'position', from: '+32470000001', leg, attachment: 'mc-1' }]);
    await stand.say('idle');
    expect(stand.takeCommands()).toEqual([{ name: 'releaseFloor', party: leg, group }]);
  });

  it('ends the far end’s talk when its voice stays away for 4 s (T103)', async () => {
    await open();
    await stand.say('taken', be);
    await stand.leg(true);
    await stand.advance(10_000);
    await stand.leg(false);
    stand.takeCommands();
    await stand.advance(4000);
    expect(stand.takeCommands()).toEqual([{ name: 'releaseFloor', party: leg, group }]);
  });

  it('asks our arbiter again when the talk goes on after a pause that lost the floor', async () => {
    await open();
    await stand.say('taken', be);
    await stand.leg(false);
    stand.takeCommands();
    await stand.leg(true, true);
    expect(stand.takeCommands()).toMatchObject([{ name: 'requestFloor', party: leg }]);
  });

  it('gives way when pre-empted, and then lets whoever did it in with all that the leg may have', async () => {
    await open();
    await stand.wish(true);
    await stand.say('granted', seconds);
    stand.takeCommands();
    await stand.say('revoke', cause(4));
    await stand.say('taken', be);
    expect(stand.takeCommands()).toMatchObject([
      { name: 'legGrant', leg, granted: false },
      { name: 'requestFloor', party: leg, priority: 14, emergency: false },
    ]);
    expect(stand.takeHeard()).toEqual(['request', 'release']);
  });

  it('says nothing to a far end whose talker our arbiter lets wait: it cannot be told (override without revoke)', async () => {
    await open();
    await stand.say('taken', be);
    await stand.answer({ result: 'queued', position: 1 });
    await stand.answer({ result: 'revoked', cause: 'pre-empted' });
    expect(stand.takeHeard()).toEqual([]);
  });
});

describe('MCPTT leg homed here: floor control server', () => {
  const here = { home: 'here', timers: { t7Ms: 60_000 } };

  it('lets our voice wait 40 ms, so that Floor Taken is there before it', async () => {
    stand = await McpttStand.make(here);
    await stand.open();
    const [opened] = stand.sip.commands;
    expect(opened?.name === 'openLeg' && opened.settings.grant).toEqual({ mode: 'delay', delayMs: 40 });
  });

  it('tells a session that stands the floor as it is', async () => {
    await open(here);
    expect(stand.takeHeard()).toEqual(['idle']);
    await stand.floor(other);
    expect(fieldOf(stand.heard.at(-1)!, 'grantedParty')?.id).toBe('sip:escaut@escaut.invalid');
    stand.attachment.nameTalker({ party: other, address: '590192102', name: '' });
    await stand.advance(10);
    expect(fieldOf(stand.heard.at(-1)!, 'grantedParty')?.id).toBe('sip:590192102@escaut.invalid');
    expect(stand.takeHeard()).toEqual(['taken', 'taken']);
  });

  it('says Idle after the last of our voice', async () => {
    await open(here);
    await stand.floor(other);
    await stand.wish(true);
    stand.takeHeard();
    await stand.floor();
    expect(stand.takeHeard()).toEqual([]);
    await stand.wish(false);
    expect(stand.takeHeard()).toEqual(['idle']);
  });

  it('takes the talker from User ID, and from Functional Alias where that is not sent', async () => {
    await open(here);
    await stand.say('request', [
      { name: 'userId', id: 'sip:5317031@be.example' },
      { name: 'functionalAlias', alias: 'sip:chief@be.example' },
    ]);
    expect(stand.sip.talkers.at(-1)).toEqual({ leg, address: '5317031' });
    await stand.say('release', []);
    await stand.say('request', [
      { name: 'userId', id: '' },
      { name: 'functionalAlias', alias: 'sip:chief@be.example' },
    ]);
    expect(stand.sip.talkers.at(-1)).toEqual({ leg, address: 'chief' });
  });

  it('brings a request to the arbiter and its grant back: duration, priority, SSRC', async () => {
    await open(here);
    await stand.say('request', [
      { name: 'floorPriority', priority: 95 },
      { name: 'functionalAlias', alias: 'sip:5317031@be.example' },
    ]);
    expect(stand.takeCommands()).toMatchObject([{ name: 'requestFloor', party: leg, group, priority: 9 }]);
    expect(stand.sip.talkers).toEqual([{ leg, address: '5317031' }]);
    await stand.answer({ result: 'granted', talkLimitMs: 30_000 });
    await stand.floor(leg);
    expect(stand.heard.at(-1)).toMatchObject({
      name: 'granted',
      fields: [
        { name: 'duration', seconds: 30 },
        { name: 'floorPriority', priority: 95 },
        { name: 'ssrc', ssrc: 0x0a00_0001 },
        { name: 'floorIndicator', mask: indicator.normal | indicator.queueing },
      ],
    });
    await stand.leg(true);
    await stand.say('release');
    expect(stand.takeCommands()).toEqual([{ name: 'releaseFloor', party: leg, group }]);
    await stand.answer({ result: 'released' });
    await stand.floor();
    expect(stand.takeHeard()).toEqual(['idle', 'granted', 'idle']);
  });

  it('says Idle to whoever is listened to alone when he lets go, though no floor of his group is ever said', async () => {
    stand = await McpttStand.make(here);
    stand.attachment.start();
    stand.attachment.openLeg({ ...stand.plan, isShadow: true });
    await stand.advance(1000);
    for (let talk = 0; talk < 2; talk++) {
      await stand.say('request');
      await stand.answer({ result: 'granted', talkLimitMs: 0 });
      await stand.leg(true);
      await stand.say('release');
      await stand.answer({ result: 'released' });
      await stand.leg(false);
    }
    expect(stand.takeHeard()).toEqual(['idle', 'granted', 'idle', 'granted', 'idle']);
  });

  it('says every decision of the arbiter with its cause', async () => {
    await open(here);
    await stand.floor(other);
    stand.takeHeard();
    const causes: number[] = [];
    for (const denied of ['busy', 'retry-later', 'receive-only', 'queue-full', 'not-member'] as const) {
      await stand.answer({ result: 'denied', cause: denied });
      causes.push(fieldOf(stand.heard.at(-1)!, 'rejectCause')?.cause ?? 0);
    }
    expect(causes).toEqual([1, 4, 5, 7, 255]);
    await stand.answer({ result: 'queued', position: 2 });
    expect(fieldOf(stand.heard.at(-1)!, 'queueInfo')?.position).toBe(2);
    await stand.answer({ result: 'granted', talkLimitMs: 0 });
    expect(fieldOf(stand.heard.at(-1)!, 'duration')?.seconds).toBe(65_535);
    await stand.floor(leg);
    await stand.answer({ result: 'revoked', cause: 'talk-limit' });
    expect(fieldOf(stand.heard.at(-1)!, 'rejectCause')?.cause).toBe(2);
  });

  it('has imminent peril count for at least 13, and an emergency for one', async () => {
    await open(here);
    await stand.say('request', [{ name: 'floorIndicator', mask: indicator.imminentPeril }]);
    await stand.say('request', [{ name: 'floorIndicator', mask: indicator.emergency }]);
    expect(stand.takeCommands()).toMatchObject([
      { priority: 13, emergency: false },
      { priority: 0, emergency: true },
    ]);
  });

  it('revokes who talks without the floor (cause 3), after 500 ms', async () => {
    await open(here);
    await stand.floor(other);
    stand.takeHeard();
    await stand.leg(true, true);
    await stand.advance(400);
    expect(stand.takeHeard()).toEqual([]);
    await stand.advance(200);
    expect(fieldOf(stand.heard.at(-1)!, 'rejectCause')?.cause).toBe(3);
  });

  it('repeats Idle ten times (T7, C7), and ends an unused call of theirs only where T4 is set', async () => {
    await open({ ...here, timers: { t4S: 30 }, mode: 'accept' });
    stand.box.call('5300110', gatewayAt);
    await stand.advance(29_000);
    expect(stand.sip.states.at(-1)).toBe('up');
    await stand.advance(2000);
    expect(stand.sip.reason).toContain('nobody has talked (T4)');
    expect(stand.takeHeard().filter((each) => each === 'idle')).toHaveLength(10);
  });
});

describe('priorities of MCPTT and ours', () => {
  it('map each onto the other and back, and keep their order; only an emergency is 15', async () => {
    await open();
    const map = new PriorityMap(mcpttSettings().priorities);
    for (let ours = 0; ours < 15; ours++) expect(map.fromWire(map.toWire(ours))).toBe(ours);
    for (let wire = 1; wire <= 255; wire++) expect(map.fromWire(wire)).toBeGreaterThanOrEqual(map.fromWire(wire - 1));
    expect(map.fromWire(255)).toBe(14);
    expect(map.toWire(15)).toBe(255);
  });
});
