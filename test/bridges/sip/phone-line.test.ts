/** A direct line against a telephone on a virtual network: both ways of calling, and every way that a call can end. */
import { afterEach, describe, expect, it } from 'vitest';
import type { PhoneEnd, PhoneReport, Telephone } from '../../../src/bridges/ports.ts';
import { readContacts, readTo } from '../../../src/protocols/sip/headers.ts';
import type { SipRequest } from '../../../src/protocols/sip/message.ts';
import type { Answer } from '../../../src/protocols/sip/response.ts';
import { plan as legPlan } from '../attachment-stand.ts';
import { gatewayAt, SipStand, type StandOptions } from './stand.ts';

const plan = { leg: 'line:ht/ht', group: 'line:ht', number: '204', display: 'CCPD Tournai' };
let stand: SipStand;
let phone: Telephone;
let reports: PhoneReport[];
let onReport: () => void;
afterEach(() => stand.close());

async function set(options: StandOptions = {}, more: { calledAs?: string } = {}): Promise<void> {
  stand = await SipStand.make(options);
  reports = [];
  onReport = () => undefined;
  phone = stand.attachment.telephone(
    { ...plan, ...more },
    { send: (command) => void stand.commands.push(command) },
    (report) => {
      reports.push(report);
      onReport();
    },
  );
  stand.attachment.start();
  await stand.advance(1000);
}

const opened = () => phone.voiceEvent({ name: 'legOpened', leg: plan.leg });
const voice = () => stand.commands.map(({ name }) => name);
const said = () => reports.map((report) => (report.name === 'ended' ? report.end : report.name));
const statuses = () => stand.box.received.flatMap((message) => (message.kind === 'response' ? [message] : []));

/** Dialled, and answered by whatever the telephone does. */
async function dial(onCall: (request: SipRequest) => Answer | 'accept' | 'ring' = () => 'accept'): Promise<void> {
  stand.box.onCall = onCall;
  phone.dial();
  opened();
  await stand.advance(1000);
}

async function called(number = 'escaut', from = '204'): Promise<void> {
  stand.box.call(number, gatewayAt, from);
  await stand.advance(100);
  opened();
}

describe('a telephone that is dialled', () => {
  it('is called once its port stands, and both may speak when it answers; hung up, it hears BYE', async () => {
    await set();
    phone.dial();
    await stand.advance(1000);
    expect(stand.heardByBox).not.toContain('INVITE');
    opened();
    await stand.advance(1000);
    expect([said(), voice()]).toEqual([['answered'], ['openLeg', 'connectLeg']]);
    expect([...stand.box.standing.values()]).toEqual(['204']);
    expect(stand.connects[0]).toMatchObject({ codec: 'PCMA', send: true, receive: true });
    phone.hangUp('hung-up');
    await stand.advance(1000);
    expect(stand.heardByBox.at(-1)).toBe('BYE');
    expect([said(), voice()]).toEqual([['answered'], ['openLeg', 'connectLeg', 'closeLeg']]);
    expect(stand.box.standing.size).toBe(0);
  });

  it.each<[number, PhoneEnd]>([
    [486, 'busy'],
    [600, 'busy'],
    [603, 'refused'],
    [480, 'no-answer'],
    [404, 'unknown-number'],
    [488, 'failed'],
    [500, 'failed'],
  ])('says of %i that it is %s, and is not tried again', async (status, end) => {
    await set();
    await dial(() => ({ status }));
    await stand.advance(60_000);
    expect(said()).toEqual([end]);
    expect(stand.heardByBox.filter((each) => each === 'INVITE')).toHaveLength(1);
    expect(voice()).toEqual(['openLeg', 'closeLeg']);
  });

  it('that is not there is not reached, within 10 s', async () => {
    await set();
    stand.box.switchOff();
    phone.dial();
    opened();
    await stand.advance(10_000);
    expect(said()).toEqual(['unreachable']);
  });

  it('rings there until it is taken back', async () => {
    await set();
    await dial(() => 'ring');
    phone.hangUp('cancelled');
    await stand.advance(1000);
    expect(stand.heardByBox).toEqual(['INVITE', 'CANCEL', 'ACK']);
    expect(voice()).toEqual(['openLeg', 'closeLeg']);
    expect(said()).toEqual([]);
  });

  it('has another port when the first is taken, and is not dialled twice', async () => {
    await set();
    phone.dial();
    phone.dial();
    phone.voiceEvent({ name: 'failed', id: plan.leg, command: 'openLeg', reason: 'EADDRINUSE' });
    opened();
    await stand.advance(1000);
    const ports = stand.commands.flatMap((command) =>
      command.name === 'openLeg' ? [command.settings.local.port] : [],
    );
    expect(new Set(ports).size).toBe(2);
    expect(said()).toEqual(['answered']);
  });

  it('hangs up, and says so', async () => {
    await set();
    await dial();
    stand.box.hangUp(stand.box.only);
    await stand.advance(1000);
    expect(said()).toEqual(['answered', 'hung-up']);
    expect(voice().at(-1)).toBe('closeLeg');
  });

  it('whose voice dies is hung up', async () => {
    await set();
    await dial();
    phone.voiceEvent({ name: 'legDead', leg: plan.leg, reason: 'icmp' });
    await stand.advance(1000);
    expect(said()).toEqual(['answered', 'lost']);
    expect(stand.heardByBox.at(-1)).toBe('BYE');
  });

  it('holds and comes back within the call', async () => {
    await set();
    await dial();
    stand.box.reoffer(stand.box.only, stand.box.sdp({ direction: 'sendonly' }));
    await stand.advance(1000);
    expect(stand.connects.at(-1)).toMatchObject({ send: false, receive: true });
    stand.box.reoffer(stand.box.only, stand.box.sdp());
    await stand.advance(1000);
    expect(stand.connects.at(-1)).toMatchObject({ send: true, receive: true });
    expect(said()).toEqual(['answered']);
  });

  it('is told when the gateway stops', async () => {
    await set();
    await dial();
    const stopped = stand.attachment.stop();
    await stand.advance(1000);
    await stopped;
    expect(stand.heardByBox.at(-1)).toBe('BYE');
  });
});

describe('a telephone that calls', () => {
  it('hears that it rings, with a dialog of its own (§12.1.1), and 200 only when it is answered here', async () => {
    await set();
    await called();
    expect(said()).toEqual(['called']);
    const ringing = statuses().find(({ status }) => status === 180);
    expect(ringing && readTo(ringing.headers)?.params.has('tag')).toBe(true);
    expect(ringing && readContacts(ringing.headers)).toHaveLength(1);
    await stand.advance(5000);
    expect(statuses().some(({ status }) => status === 200)).toBe(false);
    phone.answer();
    await stand.advance(1000);
    expect([said(), voice()]).toEqual([
      ['called', 'answered'],
      ['openLeg', 'connectLeg'],
    ]);
    expect(stand.box.standing.size).toBe(1);
  });

  it.each<[PhoneEnd, number]>([
    ['refused', 603],
    ['busy', 486],
    ['no-answer', 480],
  ])('is told by its status that it is %s', async (end, status) => {
    await set();
    await called();
    phone.hangUp(end);
    await stand.advance(1000);
    expect(stand.box.events.flatMap(({ event }) => (event.name === 'ended' ? [event.end.status] : []))).toEqual([
      status,
    ]);
    expect(voice()).toEqual(['openLeg', 'closeLeg']);
  });

  it('and gives up is over here too', async () => {
    await set();
    await called();
    const { call } = stand.box.events[0] ?? { call: -1 };
    stand.box.hangUp(call);
    await stand.advance(1000);
    expect(said()).toEqual(['called', 'cancelled']);
    phone.answer(); // too late
    expect(voice()).toEqual(['openLeg', 'closeLeg']);
  });

  it('does not ring where nobody is: it is refused before it rings', async () => {
    await set();
    onReport = () => phone.hangUp('no-answer');
    await called();
    await stand.advance(1000);
    expect(statuses().map(({ status }) => status)).not.toContain(180);
    expect(statuses().at(-1)?.status).toBe(480);
  });

  it('while the line is taken finds it engaged', async () => {
    await set();
    await dial();
    stand.box.call('escaut', gatewayAt, '204');
    await stand.advance(1000);
    expect(statuses().at(-1)?.status).toBe(486);
    expect(said()).toEqual(['answered']);
  });

  it('whose offer cannot be taken never rings', async () => {
    await set();
    stand.box.call('escaut', gatewayAt, '204', stand.box.sdp({ codecs: '3' }));
    await stand.advance(1000);
    expect(statuses().at(-1)?.status).toBe(488);
    expect(said()).toEqual([]);
    await dial(); // and the line is free
    expect(said()).toEqual(['answered']);
  });

  it('is known by its own number, or by the one that it dials, on an attachment that carries talkgroups as well', async () => {
    for (const [number, from, rings] of [
      ['escaut', '204', true],
      ['9000', 'anybody', true],
      ['escaut', 'anybody', false],
    ] as const) {
      await set({ sip: { mode: 'accept' } }, { calledAs: '9000' });
      stand.attachment.openLeg(legPlan);
      await called(number, from);
      expect(said()).toEqual(rings ? ['called'] : []);
      if (!rings) expect(statuses().at(-1)?.status).toBe(404);
      else await stand.close();
    }
  });

  it('shows credentials first where it is to', async () => {
    await set({ sip: { mode: 'accept', username: '204', challengeIncoming: true }, password: 'keep-it-to-yourself' });
    await called();
    await stand.advance(1000);
    expect(statuses().some(({ status }) => status === 401)).toBe(true);
    expect(said()).toEqual([]);
  });
});
