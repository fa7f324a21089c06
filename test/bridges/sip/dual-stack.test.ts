/** Far ends of both IP versions on one gateway: each is called, heard and answered in its own (RFC 6157). */
import { afterEach, describe, expect, it } from 'vitest';
import { readTopVia } from '../../../src/protocols/sip/headers.ts';
import type { SipRequest, SipResponse } from '../../../src/protocols/sip/message.ts';
import { plan } from '../attachment-stand.ts';
import { FarEnd } from './far-end.ts';
import { boxAt, gatewayAt, SipStand, type StandOptions, v6 } from './stand.ts';

let stand: SipStand;
afterEach(() => stand.close());

async function opened(options: StandOptions, prepare: (stand: SipStand) => void = () => undefined) {
  stand = await SipStand.make({ dual: true, ...options });
  prepare(stand);
  stand.attachment.start();
  stand.attachment.openLeg(plan);
  await stand.advance(3000);
}

const bodyOf = ({ body }: SipRequest | SipResponse) => Buffer.from(body).toString();
const inviteOf = ({ received }: FarEnd) =>
  received.find((each): each is SipRequest => each.kind === 'request' && each.method === 'INVITE');
const answerOf = ({ received }: FarEnd, status: number) =>
  received.find((each): each is SipResponse => each.kind === 'response' && each.status === status);
/** Where the voice process was told to hear, in order. */
const locals = () => stand.commands.flatMap((each) => (each.name === 'openLeg' ? [each.settings.local.address] : []));
const v6Gateway = { ...gatewayAt, address: v6.gateway };

describe('a far end with an address', () => {
  it.each([
    { version: 'IP4', peer: 'sip:192.0.2.10', at: boxAt, ours: gatewayAt.address },
    { version: 'IP6', peer: 'sip:[2001:db8::10]', at: { ...boxAt, address: v6.box }, ours: v6.gateway },
  ])('of $version is called from ours of it, which its voice is told', async ({ version, peer, at, ours }) => {
    let box: FarEnd | undefined;
    await opened({ sip: { peer } }, ({ network, box: first }) => {
      first.switchOff();
      box = new FarEnd(network, at);
    });
    const invite = inviteOf(box!);
    expect(readTopVia(invite!.headers)?.host.replace(/[[\]]/g, '')).toBe(ours);
    expect(bodyOf(invite!)).toContain(`c=IN ${version} ${ours}\r\n`);
    expect(bodyOf(invite!)).toMatch(new RegExp(`^o=escaut \\d+ 1 IN ${version} ${ours}\r$`, 'm'));
    expect(locals()).toEqual([ours]);
    expect(stand.connects).toMatchObject([{ remote: { address: at.address } }]);
    box!.switchOff();
  });
});

describe('a far end with a name of both versions', () => {
  it('is called at that of media.host, and at the other when that is silent; its voice moves along', async () => {
    const lookup = async (_: string, family: 4 | 6) => [family === 4 ? boxAt.address : v6.box];
    let other: FarEnd | undefined;
    await opened({ sip: { peer: 'sip:box.example:5060' }, lookup }, ({ network }) => {
      other = new FarEnd(network, { ...boxAt, address: v6.box });
    });
    await stand.advance(1000);
    expect(stand.states.at(-1)).toBe('up');
    expect(inviteOf(other!)).toBeUndefined();
    stand.box.switchOff();
    for (let second = 0; second < 60 && stand.connects.length < 2; second++) await stand.advance(1000);
    expect(bodyOf(inviteOf(other!)!)).toContain(`c=IN IP6 ${v6.gateway}\r\n`);
    expect(locals()).toEqual([gatewayAt.address, v6.gateway]);
    expect(stand.connects.map(({ remote }) => remote.address)).toEqual([boxAt.address, v6.box]);
    other!.switchOff();
  });
});

describe('a far end that calls', () => {
  const accept = { mode: 'accept', peer: 'sip:[2001:db8::10]' };
  let box: FarEnd;
  const called = async (options: StandOptions, address: string, port = 7000) => {
    await opened(options, ({ network, box: first }) => {
      first.switchOff();
      box = new FarEnd(network, { ...boxAt, address: v6.box });
    });
    box.call('5300110', v6Gateway, 'box', box.sdp({ address, port }));
    await stand.advance(100);
    box.switchOff();
  };

  it('is answered in the version of its own address', async () => {
    await called({ sip: accept }, v6.box);
    expect(bodyOf(answerOf(box, 200)!)).toContain(`c=IN IP6 ${v6.gateway}\r\n`);
    expect(locals()).toEqual([v6.gateway]);
  });

  it('with voice of the other version than its signalling is answered in that of the voice', async () => {
    await called({ sip: { ...accept, mediaHosts: [boxAt.address] } }, boxAt.address);
    expect(bodyOf(answerOf(box, 200)!)).toContain(`c=IN IP4 ${gatewayAt.address}\r\n`);
    expect(locals()).toEqual([v6.gateway, gatewayAt.address]);
    expect(stand.connects).toMatchObject([{ remote: { address: boxAt.address } }]);
  });

  it.each([v6.gateway, v6.gateway.replace('::', ':0:0:0:0:0:').toUpperCase(), v6.gateway.replace('::', ':0::')])(
    'is refused with voice at a socket of ours, spelt %s',
    async (address) => {
      await called({ sip: { ...accept, mediaHosts: [v6.gateway] } }, address, 40_000);
      expect(answerOf(box, 488)!.headers.get('Warning')).toContain('are our own');
      expect(stand.connects).toEqual([]);
    },
  );

  it('has its voice and RTCP at its address in one spelling, as packets come from it', async () => {
    await called({ sip: accept }, v6.box.replace('::', ':0:0:0:0:0:').toUpperCase());
    expect(stand.connects).toMatchObject([{ remote: { address: v6.box }, remoteRtcp: { address: v6.box } }]);
  });

  it('is refused with voice at an IPv4 address in the form of IPv6, which its socket does not reach', async () => {
    await called({ sip: { ...accept, mediaHosts: [boxAt.address] } }, `::ffff:${boxAt.address}`);
    expect(answerOf(box, 488)!.headers.get('Warning')).toBe('300 escaut.invalid "no IP6 here"');
  });

  it('is refused with Warning 300 where we have no voice of its version', async () => {
    await called({ dual: false, v6: true, sip: { ...accept, mediaHosts: [boxAt.address] } }, boxAt.address);
    expect(answerOf(box, 488)!.headers.get('Warning')).toBe('300 escaut.invalid "no IP4 here"');
    expect(stand.connects).toEqual([]);
  });
});
