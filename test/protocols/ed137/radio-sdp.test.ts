import { describe, expect, it } from 'vitest';
import {
  answerRadioTerms,
  type RadioTerms,
  type radioFaultText,
  readRadioTerms,
  writeRadioTerms,
} from '../../../src/protocols/ed137/radio-sdp.ts';
import { parseSdp } from '../../../src/protocols/sip/sdp.ts';
import { parsedRequest, textOf, vectorOctets } from '../sip/messages.ts';

const offer = textOf(parsedRequest(vectorOctets('s01-invite-ed137')).body);
const terms: RadioTerms = {
  type: 'Radio-TxRx',
  transmission: 'TxRx',
  bss: ['RSSI'],
  pttRepeats: 1,
  keepAlive: { periodMs: 200, multiplier: 10 },
  signallingEvery: 1,
  frequency: '118.000',
};

function read(text: string) {
  const reading = parseSdp(Buffer.from(text));
  if (!reading.ok) throw new Error(reading.malformed);
  return readRadioTerms(reading.description, reading.description.media[0]!);
}

describe('radio sessions in SDP (ED-137 Volume 1)', () => {
  it('reads the offer of s01', () => {
    expect(read(offer)).toEqual({ ok: true, payloadType: 123, terms });
  });

  it('writes the attributes of s01 as they stand there, but for their order', () => {
    const lines = writeRadioTerms(terms).map(({ name, value }) => `a=${name}:${value}`);
    expect(lines.toSorted()).toEqual(
      offer
        .split('\r\n')
        .filter((line) => line.startsWith('a=') && !/^a=(rtpmap|sendrecv)/.test(line))
        .toSorted(),
    );
  });

  it('takes 200 ms × 10, version 1 and both directions where nothing is said', () => {
    const bare = offer.replace(/a=(type|txrxmode|rtphe|R2S|bss|sigtime|ptt_rep|fid).*\r\n/g, '');
    expect(read(bare)).toEqual({
      ok: true,
      payloadType: 123,
      terms: {
        type: 'Radio',
        transmission: 'TxRx',
        bss: [],
        pttRepeats: 0,
        keepAlive: { periodMs: 200, multiplier: 10 },
      },
    });
  });

  it('reads PTT-ID, interval and a keep-alive of their own from an answer', () => {
    const answer = `${offer.replace('KeepAlivePeriod:200', 'KeepAlivePeriod:100')}a=ptt-id:63\r\na=interval:20\r\n`;
    const reading = read(answer);
    expect(reading.ok && reading.terms).toMatchObject({
      pttId: 63,
      intervalMs: 20,
      keepAlive: { periodMs: 100, multiplier: 10 },
    });
    const without = read(`${offer}a=ptt-id:64\r\n`);
    expect(without.ok && without.terms.pttId).toBeUndefined();
  });

  it('refuses what lacks R2S, speaks another version, is no radio, or would be noticed dead after 2 s', () => {
    const faults: readonly [string, keyof typeof radioFaultText][] = [
      [offer.replace('a=rtpmap:123 R2S/8000\r\n', ''), 'noR2s'],
      [offer.replace('rtphe:1', 'rtphe:2'), 'extensionVersion'],
      [offer.replace('KeepAliveMultiplier:10', 'KeepAliveMultiplier:11'), 'keepAlive'],
      [offer.replace('KeepAlivePeriod:200', 'KeepAlivePeriod:fast'), 'keepAlive'],
      [offer.replace('txrxmode:TxRx', 'txrxmode:Both'), 'transmission'],
      [offer.replace('type:Radio-TxRx', 'type:Phone'), 'type'],
    ];
    for (const [text, fault] of faults) expect(read(text)).toEqual({ ok: false, fault });
  });

  it('answers with a PTT-ID, the first common method, and the narrower direction', () => {
    const asked = { ...terms, bss: ['PSD', 'RSSI', 'AGC'] };
    const answer = answerRadioTerms(asked, { type: 'Radio', transmission: 'Rx', bss: ['AGC', 'RSSI'] }, 5);
    expect(answer).toEqual({
      ok: true,
      terms: { ...asked, type: 'Radio', transmission: 'Rx', bss: ['RSSI'], pttId: 5 },
    });
    const receiver = { type: 'Radio', transmission: 'Rx', bss: [] } as const;
    expect(answerRadioTerms({ ...terms, transmission: 'Tx' }, receiver, 5)).toEqual({
      ok: false,
      fault: 'transmission',
    });
  });
});
