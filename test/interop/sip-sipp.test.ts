/** The SIP bridge against sipp, an independent SIP implementation that does exactly as its scenario says. */
import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort, loopback, SipRig, until } from './sip-rig.ts';

const number = '5300110';
let rig: SipRig;
let port: number;
beforeEach(async () => {
  rig = await SipRig.make();
  port = await freePort();
});
afterEach(() => rig.close());

const peer = (transport: 'udp' | 'tcp' = 'udp') => ({ peer: `sip:${loopback}:${port}`, transport });
const ours = (transport: 'udp' | 'tcp' = 'udp') => `${loopback}:${rig.port(transport)}`;
const up = () => until('leg up', () => rig.states.at(-1) === 'up');
const reasons = () => rig.reports.map(({ reason }) => reason);
const media = () => rig.commands.flatMap((command) => (command.name === 'connectLeg' ? [command.media] : []));

/** CSeq and complaints of everything that passed, as tshark reads it. */
function readByTshark(): readonly string[] {
  const fields = ['sip.CSeq', '_ws.malformed'].flatMap((field) => ['-e', field]);
  const read = execFileSync(
    'tshark',
    ['-r', rig.capture(), '-d', `udp.port==${rig.port('udp')},sip`, '-T', 'fields', ...fields],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  return read.trimEnd().split('\n');
}

describe('sipp is called', () => {
  it.each(['udp', 'tcp'] as const)(
    'over %s: it answers, and is hung up on when the leg is closed',
    async (transport) => {
      const args = ['-t', transport === 'udp' ? 'u1' : 't1'];
      const { done } = await rig.called('answers', port, { transport }, { args });
      const { leg } = rig.openLeg();
      await up();
      expect(media()).toMatchObject([{ codec: 'PCMA', telephoneEventPayloadType: 101, ptimeMs: 20, send: true }]);
      rig.attachment.closeLeg(leg);
      await done;
    },
  );

  it('it is busy twice: called again after the second that it asks for', async () => {
    const { done } = await rig.called('busy', port, {}, { calls: 2 });
    rig.openLeg();
    await done;
    await until('both ends told', () => rig.lines.filter(({ event }) => event === 'callEnded').length === 2);
    expect(reasons()).toContain('refused: 486 (Busy Here)');
  });

  it('it rings, and the call is cancelled: CANCEL, 200, 487, ACK', async () => {
    const { done } = await rig.called('rings', port);
    const { leg } = rig.openLeg();
    await until('it rings', () => rig.passed.some(({ octets }) => Buffer.from(octets).includes('180 Ringing')));
    rig.attachment.closeLeg(leg);
    await done;
  });

  it('it answers only the third INVITE: the repeats come 0.5 and 1.5 s after the first', async () => {
    const { done } = await rig.called('slow', port, {}, { args: ['-nr'] });
    const startMs = performance.now();
    const { leg } = rig.openLeg();
    await up();
    expect(performance.now() - startMs).toBeGreaterThan(1400);
    rig.attachment.closeLeg(leg);
    await done;
  });

  it('it says nothing at all: the leg is down for want of an answer after 6 s', async () => {
    await rig.called('silent', port, {}, { args: ['-nr', '-default_behaviors', 'none'] });
    rig.openLeg();
    await until('given up', () => rig.states.at(-1) === 'down');
    expect(reasons().at(-1)).toBe('no answer');
  });

  it('it asks for credentials and checks them itself (RFC 2617, MD5)', async () => {
    const { done } = await rig.called('challenges', port, { username: 'gw' }, { password: 's3cret' });
    const { leg } = rig.openLeg();
    await up();
    rig.attachment.closeLeg(leg);
    await done;
  });

  it('it hangs up: the leg is down with the reason that it gave, and calls again', async () => {
    const { done } = await rig.called('hangs-up', port, {}, { calls: 2 });
    rig.openLeg();
    await done;
    expect(reasons()).toContain('far end hung up (Radio site closed)');
    expect(rig.states.filter((state) => state === 'up')).toHaveLength(2);
  });
});

describe('sipp calls', () => {
  const calls = (scenario: string, args: readonly string[] = [], transport: 'udp' | 'tcp' = 'udp') =>
    rig.sipp(scenario, port, ['-m', '1', '-s', number, ...args, ours(transport)]);

  it.each(['udp', 'tcp'] as const)('over %s: is answered, acknowledged, and hangs up', async (transport) => {
    rig.attach({ ...peer(transport), mode: 'accept' });
    rig.openLeg();
    await calls('calls', ['-t', transport === 'udp' ? 'u1' : 't1'], transport);
    expect(rig.states).toEqual(['down', 'up', 'down']);
    expect(media()).toMatchObject([{ remote: { address: loopback }, codec: 'PCMA' }]);
  });

  it('with credentials that we ask for: 401, then 200; with wrong ones never', async () => {
    rig.attach({ ...peer(), mode: 'accept', challengeIncoming: true, username: 'box' }, 's3cret');
    rig.openLeg();
    await calls('calls-with-wrong-credentials', ['-au', 'box', '-ap', 'guess']);
    expect(rig.states).toEqual(['down']);
    await calls('calls-with-credentials', ['-au', 'box', '-ap', 's3cret']);
    expect(rig.states).toEqual(['down', 'up', 'down']);
  });

  it('with a codec that nobody has: 488 with a Warning', async () => {
    rig.attach({ ...peer(), mode: 'accept' });
    rig.openLeg();
    await calls('calls-with-wrong-media');
    expect(rig.states).toEqual(['down', 'down']); // the second says why it was refused
    expect(reasons().at(-1)).toMatch(/codec/);
  });

  it('a number that is no talkgroup: 404', async () => {
    rig.attach({ ...peer(), mode: 'accept' });
    rig.openLeg();
    await rig.sipp('calls-unknown-number', port, ['-m', '1', '-s', '999', ours()]);
  });

  it('and loses its ACK twice: our 200 comes again after 0.5 and 1.5 s, the call stands', async () => {
    rig.attach({ ...peer(), mode: 'accept' });
    rig.openLeg();
    await calls('loses-acks', ['-nr']);
    expect(rig.states).toEqual(['down', 'up', 'down']);
  });

  it('and changes the media: hold, resume with another codec, UPDATE with another talker', async () => {
    rig.attach({ ...peer(), mode: 'accept' });
    rig.openLeg();
    await calls('changes-media');
    expect(media().map(({ codec, send, receive }) => [codec, send, receive])).toEqual([
      ['PCMA', true, true],
      ['PCMA', false, true],
      ['PCMU', true, true],
    ]);
    expect(rig.talkers).toEqual([{ leg: 'group/5300110', address: '5317031', display: 'Mouscron 31' }]);
  });

  it('and wants a refresh every 60 s: 422, then 90 s', async () => {
    rig.attach({ ...peer(), mode: 'accept' });
    rig.openLeg();
    await calls('asks-for-short-session');
  });

  it('asks by OPTIONS what we can do', async () => {
    rig.attach({ ...peer(), mode: 'accept' });
    await calls('options');
  });

  it('a hundred times, ten at once: every call is carried, nothing is left of them', async () => {
    rig.attach({ ...peer(), mode: 'accept' });
    for (let leg = 0; leg < 10; leg++) rig.openLeg(`${leg}`);
    await Promise.all(
      Array.from({ length: 10 }, async (_, leg) =>
        rig.sipp('calls', leg === 0 ? port : await freePort(), [
          '-m',
          '10',
          '-l',
          '1',
          '-r',
          '20',
          '-s',
          `${leg}`,
          ours(),
        ]),
      ),
    );
    expect(rig.states.filter((state) => state === 'up')).toHaveLength(100);
    expect(rig.attachment.legs().every(({ state }) => state === 'down')).toBe(true);
    expect(rig.bridge.sizes.calls).toBe(0);
  });

  it('and tshark finds nothing malformed in what passed', async () => {
    rig.attach({ ...peer(), mode: 'accept' });
    rig.openLeg();
    await calls('changes-media');
    await rig.sipp('calls-unknown-number', port, ['-m', '1', '-s', '999', ours()]);
    const packets = readByTshark();
    expect(packets).toHaveLength(rig.passed.length);
    for (const packet of packets) expect(packet).toMatch(/^[0-9]+ [A-Z]+\t?$/);
  });
});

describe('messages beside calls', () => {
  it('sipp, which knows from-change, is told who talks within its call; tshark finds nothing malformed', async () => {
    const { done } = await rig.called('is-told-the-talker', port, { mode: 'call' });
    const { group } = rig.openLeg();
    await up();
    const over = { party: 'group/590911', priority: 5, emergency: false, over: 1, sinceUtcMs: 0 };
    rig.attachment.nameTalker({ party: over.party, address: '590 192 102', name: 'Douane Baisieux 3' });
    rig.attachment.voiceEvent({ name: 'floor', floor: { group, holder: over, queue: [] } });
    await done; // it reads From and P-Asserted-Identity itself, names another talker of its own, and hangs up
    expect(rig.talkers.at(-1)).toMatchObject({ address: '5317031', display: 'Mouscron 31' });
    const packets = readByTshark();
    expect(packets.filter((packet) => packet.includes('UPDATE')).length).toBeGreaterThanOrEqual(4);
    for (const packet of packets) expect(packet).toMatch(/^[0-9]+ [A-Z]+\t?$/);
  });

  it('sipp says a text, and is told which forms are read', async () => {
    rig.attach({ ...peer(), mode: 'accept' });
    const { leg } = rig.openLeg();
    await rig.sipp('says-a-text', port, ['-m', '1', '-s', number, ours()]);
    expect(rig.data).toEqual([
      { leg, attachment: 'as-1', from: '3200001', unproven: true, name: 'text', text: 'Berline grise vers Rekkem' },
    ]);
  });

  it('sipp is told one as short data and takes it; tshark finds nothing malformed', async () => {
    const sip = { mode: 'accept', data: { send: 'short-data' } };
    const { done } = await rig.called('is-told-a-text', port, sip);
    const { leg } = rig.openLeg();
    const faults: unknown[] = [];
    const order = {
      leg,
      from: 'Tournai 22',
      origin: { network: 'INPT', address: '' },
      name: 'text' as const,
      text: 'À Rekkem',
    };
    rig.attachment.passData(order, (fault) => faults.push(fault));
    await done;
    await until('its answer', () => faults.length > 0);
    expect(faults).toEqual([undefined]);
    const packets = readByTshark();
    expect(packets.filter((packet) => packet.includes('MESSAGE')).length).toBeGreaterThanOrEqual(2);
    for (const packet of packets) expect(packet).toMatch(/^[0-9]+ [A-Z]+\t?$/);
  });
});
