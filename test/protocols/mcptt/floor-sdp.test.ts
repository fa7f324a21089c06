import { describe, expect, it } from 'vitest';
import {
  answerTerms,
  type FloorTerms,
  floorMedia,
  floorStreamOf,
  isFloorMedia,
  readFloorTerms,
  termsOf,
} from '../../../src/protocols/mcptt/floor-sdp.ts';
import { readSdpBody } from '../../../src/protocols/sip/body.ts';
import { parseSipMessage } from '../../../src/protocols/sip/parse.ts';
import { parseSdp, writeSdp } from '../../../src/protocols/sip/sdp.ts';
import {
  acceptAnswer,
  buildOffer,
  type CompanionStream,
  negotiateAudio,
} from '../../../src/protocols/sip/sdp-audio.ts';
import { vector } from './vectors.ts';

const all: FloorTerms = { queueing: true, priority: 5, granted: true, implicitRequest: true };

function companionOf(port: number, terms: FloorTerms): CompanionStream {
  return {
    offer: floorMedia(port, terms),
    answer: (offered) => (isFloorMedia(offered) ? floorMedia(port, answerTerms(termsOf(offered), terms)) : undefined),
  };
}
const abilities = (address: string, terms: FloorTerms) => ({
  origin: { username: 'x', sessionId: '1', version: '1' },
  address,
  port: 5014,
  codecs: ['PCMA'] as const,
  telephoneEvent: false,
  comfortNoise: false,
  ptimeMs: 20,
  rtcpMux: false,
  direction: 'sendrecv' as const,
  title: 'speech',
  companion: companionOf(5005, terms),
});
const descriptionOf = (octets: Uint8Array) => {
  const reading = parseSdp(octets);
  if (!reading.ok) throw new Error(reading.malformed);
  return reading.description;
};

describe('floor control in SDP (TS 24.380 §14)', () => {
  it('is read from the example INVITE: port 5005, all four parameters', () => {
    const invite = parseSipMessage(vector('s02-invite-mcptt'));
    const body = invite.ok ? readSdpBody(invite.message) : undefined;
    const description = descriptionOf(body?.kind === 'sdp' ? body.sdp : new Uint8Array(0));
    expect(floorStreamOf(description)).toEqual({ remote: { address: '192.0.2.10', port: 5005 }, terms: all });
    expect(description.media[0]?.title).toBe('speech');
  });

  it('is offered beside the voice as the example writes it', () => {
    const text = Buffer.from(writeSdp(buildOffer(abilities('192.0.2.1', all)))).toString();
    expect(text).toContain('\r\ni=speech\r\n');
    expect(text).toContain(
      '\r\nm=application 5005 udp MCPTT\r\na=fmtp:MCPTT mc_queueing;mc_priority=5;mc_granted;mc_implicit_request\r\n',
    );
  });

  it('is answered with what both know, and no priority above the offer (§14.3.1)', () => {
    const offer = buildOffer(abilities('192.0.2.1', { ...all, granted: false }));
    const outcome = negotiateAudio(offer, abilities('192.0.2.2', { ...all, priority: 200, implicitRequest: false }));
    const answer = outcome.ok ? descriptionOf(writeSdp(outcome.answer)) : undefined;
    expect(answer && floorStreamOf(answer)?.terms).toEqual({
      queueing: true,
      priority: 5,
      granted: false,
      implicitRequest: false,
    });
    expect(answer && acceptAnswer(offer, answer).ok).toBe(true);
  });

  it('stands once in an answer; other streams, and a second one, are declined', () => {
    const offer = buildOffer(abilities('192.0.2.1', all));
    const media = [offer.media[1]!, { ...offer.media[1]!, formats: ['BFCP'] }, offer.media[0]!, offer.media[1]!];
    const outcome = negotiateAudio({ ...offer, media }, abilities('192.0.2.2', all));
    expect(outcome.ok && outcome.answer.media.map(({ type, port }) => `${type} ${port}`)).toEqual([
      'application 5005',
      'application 0',
      'audio 5014',
      'application 0',
    ]);
  });

  it('keeps its place in later offers, and stays away where it was declined', () => {
    const ours = abilities('192.0.2.1', all);
    const first = buildOffer(ours);
    expect(buildOffer(ours, first).media.map(({ port }) => port)).toEqual([5014, 5005]);
    const declined = { ...first, media: [first.media[0]!, { ...first.media[1]!, port: 0 }] };
    expect(buildOffer(ours, declined).media.map(({ port }) => port)).toEqual([5014, 0]);
    expect(floorStreamOf(declined)).toBeUndefined();
  });

  it('passes over parameters that it does not know, and priorities out of range', () => {
    expect(readFloorTerms('mc_priority=300; MC_QUEUEING ;x=1;mc_no_floor_ctrl;mc_ssrc=77;mc_floor_ssrc=0')).toEqual({
      queueing: true,
      granted: false,
      implicitRequest: false,
      noFloorControl: true,
      voiceSsrc: 77,
    });
    expect(readFloorTerms('mc_priority=255').priority).toBe(255);
    expect(isFloorMedia({ ...floorMedia(1, all), protocol: 'UDP', formats: ['mcptt'] })).toBe(true);
  });

  it('refuses AMR-WB alone with a reason that names it', () => {
    const invite = parseSipMessage(vector('s02-invite-mcptt'));
    const body = invite.ok ? readSdpBody(invite.message) : undefined;
    const offer = descriptionOf(body?.kind === 'sdp' ? body.sdp : new Uint8Array(0));
    expect(negotiateAudio(offer, abilities('192.0.2.1', all))).toMatchObject({
      ok: false,
      status: 488,
      reason: 'no common codec (offered AMR-WB/16000)',
    });
  });
});
