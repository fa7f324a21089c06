/** The SIP bridge against baresip, a user agent that radio boxes and dispatcher lines are built on. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort, loopback, SipRig, until } from './sip-rig.ts';

let rig: SipRig;
let port: number;
beforeEach(async () => {
  rig = await SipRig.make();
  port = await freePort();
});
afterEach(() => rig.close());

const password = 'keep-it-to-yourself';
const account = (name: string, host: string, parameters: string) => `<sip:${name}@${host};transport=udp>;${parameters}`;
const states = () => rig.states;
const media = () => rig.commands.flatMap((command) => (command.name === 'connectLeg' ? [command.media] : []));
const received = (start: string) =>
  rig.passed.filter(
    ({ to, octets }) => to.port === rig.port('udp') && Buffer.from(octets).toString().startsWith(start),
  );

describe('baresip', () => {
  it('is called, answers, answers our questions within the call, and hears BYE when the leg is closed', async () => {
    const box = rig.baresip('called', port, account('box7', `${loopback}:${port}`, 'regint=0;answermode=auto'));
    await until('ready', () => /baresip is ready/.test(box.output()));
    rig.attach({ peer: `sip:${loopback}:${port}`, callee: 'sip:box7@{peer}', optionsIntervalMs: 500 });
    const { leg } = rig.openLeg();
    await until('leg up', () => states().at(-1) === 'up');
    expect(media().at(-1)).toMatchObject({ codec: 'PCMA', payloadType: 8, ptimeMs: 20, send: true, receive: true });
    const questions = () =>
      rig.passed.filter(({ octets }) => /^OPTIONS .*\nTo: [^\r\n]*tag=/s.test(Buffer.from(octets).toString()));
    await until('two questions within the call', () => questions().length >= 2);
    expect(states().filter((state) => state === 'down').length).toBeLessThanOrEqual(1); // before it is called
    rig.attachment.closeLeg(leg);
    await until('it heard BYE', () => /session closed|terminated/i.test(box.output()));
    await until('nothing left', () =>
      received('SIP/2.0 200').some(({ octets }) => /CSeq: [0-9]+ BYE/.test(Buffer.from(octets).toString())),
    );
  });

  it.each([
    ['G722/16000/1', 16_000, 1, { codec: 'G722', payloadType: 9 }],
    ['opus/48000/2', 48_000, 2, { codec: 'opus', payloadType: 111 }],
    ['PCMU', 8000, 1, { codec: 'PCMU', payloadType: 0 }],
  ])('takes %s from what we offer', async (codec, rateHz, channels, agreed) => {
    rig.baresip(
      'wide',
      port,
      account('box7', `${loopback}:${port}`, `regint=0;answermode=auto;audio_codecs=${codec}`),
      rateHz,
      channels,
    );
    const codecs = ['opus', 'G722', 'PCMA', 'PCMU'];
    rig.attach({ peer: `sip:${loopback}:${port}`, callee: 'sip:box7@{peer}', optionsIntervalMs: 500, codecs });
    rig.openLeg();
    await until('leg up', () => states().at(-1) === 'up');
    expect(media().at(-1)).toMatchObject({ ...agreed, ptimeMs: 20, send: true, receive: true });
  });

  it('calls with Opus, and is answered in kind', async () => {
    const us = `${loopback}:${rig.port('udp')}`;
    rig.attach({ mode: 'accept', peer: `sip:${loopback}:${port}`, codecs: ['PCMA', 'opus'] });
    rig.openLeg();
    const box = rig.baresip(
      'opus',
      port,
      account('box7', `${loopback}:${port}`, 'regint=0;audio_codecs=opus/48000/2,PCMA'),
      48_000,
      2,
    );
    await until('ready', () => /baresip is ready/.test(box.output()));
    box.say(`dial sip:5300110@${us}`);
    await until('leg up', () => states().at(-1) === 'up');
    expect(media().at(-1)).toMatchObject({ codec: 'opus', send: true, receive: true });
  });

  it('registers with digest, and its call to a talkgroup comes up as a leg', async () => {
    rig.attach({ mode: 'register-and-accept', peer: 'sip:box7@escaut.invalid', username: 'box7' }, password);
    rig.openLeg();
    const us = `${loopback}:${rig.port('udp')}`;
    const box = rig.baresip('registers', port, account('box7', us, `auth_user=box7;auth_pass=${password};regint=60`));
    await until('registered', () => /200 OK .*1 binding/.test(box.output()));
    box.say(`dial sip:5300110@${us}`);
    await until('leg up', () => states().at(-1) === 'up');
    expect(rig.attachment.status()).toMatchObject({ state: 'up' });
    expect(received('REGISTER')).toHaveLength(2);
    expect(media().at(-1)).toMatchObject({ codec: 'PCMU', send: true, receive: true }); // its own order of codecs
    box.say('hangup');
    await until('leg down', () => states().at(-1) === 'down');
  });

  it('with a wrong password neither registers nor calls', async () => {
    rig.attach({ mode: 'register-and-accept', peer: 'sip:box7@escaut.invalid', username: 'box7' }, password);
    rig.openLeg();
    const us = `${loopback}:${rig.port('udp')}`;
    const box = rig.baresip('guesses', port, account('box7', us, 'auth_user=box7;auth_pass=guess;regint=60'));
    await until('registration refused', () => /401 Unauthorized/.test(box.output()));
    box.say(`dial sip:5300110@${us}`);
    await until('call refused', () => /session closed: 403 Forbidden/.test(box.output()));
    expect(states()).toEqual(['down']);
  });

  it('two instances are two legs; one is killed and comes back: its leg follows, the other does not move', async () => {
    const otherPort = await freePort();
    rig.attach({ peer: `sip:${loopback}:${port}`, callee: 'sip:box7@{peer}', optionsIntervalMs: 500 });
    const first = rig.attachment;
    rig.openLeg('1');
    rig.attach2({ peer: `sip:${loopback}:${otherPort}`, callee: 'sip:box8@{peer}', optionsIntervalMs: 500 }, '2');
    const box = rig.baresip('one', port, account('box7', `${loopback}:${port}`, 'regint=0;answermode=auto'));
    rig.baresip('two', otherPort, account('box8', `${loopback}:${otherPort}`, 'regint=0;answermode=auto'));
    const state = (leg: string) => rig.reports.findLast((status) => status.leg === leg)?.state;
    await until('both up', () => state('group/1') === 'up' && state('group/2') === 'up');
    const before = rig.reports.filter(({ leg }) => leg === 'group/2').length;
    const killedMs = performance.now();
    box.kill();
    await until('noticed', () => state('group/1') === 'down');
    expect(performance.now() - killedMs).toBeLessThan(2000);
    rig.baresip('again', port, account('box7', `${loopback}:${port}`, 'regint=0;answermode=auto'));
    await until('up again', () => state('group/1') === 'up');
    expect(rig.reports.filter(({ leg }) => leg === 'group/2')).toHaveLength(before);
    expect(first.status().state).toBe('up');
  });
});
