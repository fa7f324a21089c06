import { describe, expect, it } from 'vitest';
import { attachmentContract } from '../attachment-contract.ts';
import { plan } from '../attachment-stand.ts';
import { RtpStand } from './stand.ts';

attachmentContract(
  'rtp',
  () => Promise.resolve(new RtpStand()),
  { dataIn: [], dataOut: [], talkers: [] },
  { portsGiven: false },
);

const opened = async (changes: Record<string, unknown> = {}, number = plan.number) => {
  const stand = new RtpStand(changes);
  stand.attachment.start();
  stand.attachment.openLeg({ ...plan, number });
  await stand.advance(100);
  const [open, connect] = stand.commands;
  if (open?.name !== 'openLeg' || connect?.name !== 'connectLeg') throw new Error('not opened and connected');
  return { stand, settings: open.settings, media: connect.media };
};

describe('what the voice process is told of a static leg', () => {
  it('unicast: our port is that of the far end unless another is given, and only its address is heard', async () => {
    const { settings, media } = await opened();
    expect(settings.local).toEqual({ address: '192.0.2.1', port: 5010 });
    expect(settings.line).toEqual({ sources: ['192.0.2.20'], rtcp: false });
    expect(media).toMatchObject({
      remote: { address: '192.0.2.20', port: 5010 },
      codec: 'PCMA',
      payloadType: 8,
      send: true,
      receive: true,
      rtpTimeoutMs: 'auto',
    });
    expect(media.remoteRtcp).toBeUndefined();
    const talkgroups = [
      { number: '530 0110', remote: '[2001:db8::20]:5010', listenPort: 6000, sources: ['2001:db8::/32'] },
    ];
    const other = await opened({ talkgroups, rtcp: true });
    expect(other.settings.local).toEqual({ address: '2001:db8::1', port: 6000 });
    expect(other.settings.line).toEqual({ sources: ['2001:db8::/32'], rtcp: true });
    expect(other.media.remoteRtcp).toEqual({ address: '2001:db8::20', port: 5011 });
  });

  it('multicast: a group a talkgroup by its number, joined and sent to on the chosen interface', async () => {
    const { settings, media } = await opened(
      { interface: '192.0.2.99', ttl: 16, loopback: true, sources: ['192.0.2.30'], listenPort: 7000 },
      '17',
    );
    expect(settings.local).toEqual({ address: '192.0.2.99', port: 5004 });
    expect(settings.line).toEqual({
      sources: ['192.0.2.30'],
      rtcp: false,
      multicast: { group: '239.192.0.17', interface: '192.0.2.99', ttl: 16, loopback: true },
    });
    expect(media.remote).toEqual({ address: '239.192.0.17', port: 5004 });
  });

  it('takes the payload type of RFC 3551, 96 where there is none, or the one given', async () => {
    for (const [changes, payloadType] of [
      [{ codec: 'PCMU' }, 0],
      [{ codec: 'G722' }, 9],
      [{ codec: 'opus' }, 96],
      [{ codec: 'L16/16000', payloadType: 111 }, 111],
    ] as const) {
      expect((await opened(changes)).media).toMatchObject({ codec: changes.codec, payloadType });
    }
  });

  it('sends or takes nothing where it may not', async () => {
    expect((await opened({ direction: 'receive' })).media).toMatchObject({ send: false, receive: true });
    expect((await opened({ direction: 'send' })).media).toMatchObject({ send: true, receive: false });
  });
});

describe('a static leg', () => {
  it('says what is missing when its talkgroup has no place, and is never connected', async () => {
    const stand = new RtpStand();
    stand.attachment.openLeg({ ...plan, number: '590-900' });
    await stand.advance(60_000);
    expect(stand.commands).toEqual([]);
    expect(stand.reports.at(-1)).toMatchObject({
      state: 'down',
      reason: 'rtp gives 239.192.0.590-900:5004 for 590-900, which is no address and port: add it to talkgroups',
    });
    await stand.close();
  });

  it('is up when its port is open, or only when voice has come', async () => {
    const { stand } = await opened({ upWhen: 'open' });
    expect(stand.reports.map(({ state }) => state)).toEqual(['connecting', 'up']);
    const waiting = new RtpStand({ upWhen: 'heard' });
    waiting.farEnd.hangUp();
    waiting.attachment.openLeg(plan);
    await waiting.advance(60_000);
    expect(waiting.reports.map(({ state }) => state)).toEqual(['connecting']);
    expect(waiting.attachment.status().state).toBe('unknown');
    waiting.farEnd.switchOn();
    expect(waiting.reports.at(-1)?.state).toBe('up');
  });

  it('that fell silent is heard again without a timer: the voice process knocks', async () => {
    const { stand } = await opened();
    stand.farEnd.hangUp();
    expect(stand.reports.at(-1)).toMatchObject({ state: 'down', reason: 'nothing is heard any more' });
    const fault = { code: 'no-voice' };
    const faults = { fault, legFaults: new Map([[plan.leg, fault]]) };
    expect(stand.attachment.details()).toEqual(faults);
    await stand.advance(600_000);
    expect(stand.commands.at(-1)?.name).toBe('disconnectLeg');
    stand.farEnd.switchOn();
    expect(stand.commands.at(-1)?.name).toBe('connectLeg');
    expect(stand.reports.at(-1)?.state).toBe('up');
    expect(stand.attachment.details()).toEqual({ legFaults: new Map() });
    expect(stand.lines).toEqual(['up', 'down: nothing is heard any more', 'up']);
  });

  it('whose packets cannot be sent is tried again every 5 s', async () => {
    const { stand } = await opened();
    stand.attachment.voiceEvent({ name: 'legDead', leg: plan.leg, reason: 'unsendable' });
    expect(stand.reports.at(-1)).toMatchObject({ state: 'down', reason: 'our packets cannot be sent' });
    await stand.advance(4999);
    expect(stand.commands.at(-1)?.name).toBe('disconnectLeg');
    await stand.advance(10);
    expect(stand.commands.at(-1)?.name).toBe('connectLeg');
    expect(stand.reports.at(-1)?.state).toBe('up');
  });

  it('whose port is taken says so, and opens it when it is free', async () => {
    const { stand } = await opened();
    stand.attachment.voiceEvent({
      name: 'failed',
      id: plan.leg,
      command: 'openLeg',
      reason: '192.0.2.1:5010: EADDRINUSE',
    });
    expect(stand.reports.at(-1)?.reason).toBe('its port cannot be opened: 192.0.2.1:5010: EADDRINUSE');
    await stand.advance(5010);
    expect(stand.commands.slice(-2).map(({ name }) => name)).toEqual(['openLeg', 'connectLeg']);
    expect(stand.reports.at(-1)?.state).toBe('up');
  });

  it('says what comes instead of its voice', async () => {
    const stand = new RtpStand({ upWhen: 'heard' });
    stand.farEnd.hangUp();
    stand.attachment.openLeg(plan);
    await stand.advance(100);
    stand.attachment.voiceEvent({ name: 'legForeign', leg: plan.leg, payloadType: 98, tetra: true });
    expect(stand.reports.at(-1)).toMatchObject({
      state: 'connecting',
      reason: 'its packets are of payload type 98, native TETRA speech, for which there is no codec',
    });
  });
});
