import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { readRadioTerms } from '../../../src/protocols/ed137/radio-sdp.ts';
import { parseSdp } from '../../../src/protocols/sip/sdp.ts';
import { gatewayAt } from '../sip/stand.ts';
import { Ed137Stand } from './stand.ts';

let stand: Ed137Stand;
afterEach(() => stand.close());

const make = async (changes: Record<string, unknown> = {}) => {
  stand = await Ed137Stand.make(changes);
  return stand;
};

describe('a radio that we call', () => {
  it('is offered a radio session, with the header fields of one', async () => {
    await (await make({ frequency: '{number}' })).open();
    const invite = stand.heard('INVITE');
    expect(invite?.headers.get('WG67-Version')).toBe('radio.01');
    expect(invite?.headers.get('Subject')).toBe('radio');
    expect(invite?.headers.get('Priority')).toBe('normal');
    const offer = stand.described('INVITE');
    const [audio] = offer?.media ?? [];
    expect(audio?.formats).toEqual(['8', '123']);
    expect(audio?.rtpmaps.get('123')).toMatchObject({ encoding: 'R2S', rateHz: 8000 });
    expect(audio?.attributes.map(({ name, value }) => `${name}:${value}`)).toEqual([
      'type:Radio-TxRx',
      'txrxmode:TxRx',
      'bss:RSSI',
      'sigtime:1',
      'ptt_rep:1',
      'rtphe:1',
      'R2S-KeepAlivePeriod:200',
      'R2S-KeepAliveMultiplier:10',
      'fid:5300110',
      'interval:20',
    ]);
  });

  it('is what the voice process is told: its PTT-ID, its payload type, the keep-alive', async () => {
    await make();
    stand.box.lines = stand.box.lines.map((line) => line.replace('123', '97').replace('Period:200', 'Period:100'));
    stand.box.formats = '8 97';
    await stand.open();
    expect(stand.sip.connects).toHaveLength(1);
    const [media] = stand.sip.connects;
    expect(media).toMatchObject({
      codec: 'PCMA',
      send: true,
      receive: true,
      rtpTimeoutMs: 0,
      radio: {
        payloadType: 97,
        confirmation: 'pttId',
        urgentFrom: 11,
        measureEveryMs: 10_000,
        terms: { pttId: 7, pttRepeats: 1, transmission: 'TxRx', keepAlive: { periodMs: 100, multiplier: 10 } },
      },
    });
    expect(media).not.toHaveProperty('telephoneEventPayloadType');
    const [opened] = stand.sip.commands;
    expect(opened?.name === 'openLeg' && opened.settings).toMatchObject({
      keyIn: { mode: 'extension' },
      keyOut: { mode: 'extension' },
      grant: { mode: 'extension', timeoutMs: 2000 },
    });
  });

  it('needs no PTT-ID where none is waited for', async () => {
    await make({ confirmation: 'immediate' });
    stand.box.lines = stand.box.lines.filter((line) => !line.includes('ptt-id'));
    await stand.open();
    expect(stand.sip.connects[0]?.radio).toMatchObject({ confirmation: 'immediate' });
    const [opened] = stand.sip.commands;
    expect(opened?.name === 'openLeg' && opened.settings.grant).toEqual({ mode: 'immediate' });
  });

  it.each([
    ['no R2S', (line: string) => !line.includes('R2S/8000'), /R2S/],
    ['no PTT-ID', (line: string) => !line.includes('ptt-id'), /PTT-ID/],
  ])('is given up with a reason when its answer has %s', async (_what, keeps, reason) => {
    await make();
    stand.box.lines = stand.box.lines.filter(keeps);
    await stand.open();
    expect(stand.sip.states.at(-1)).toBe('down');
    expect(stand.reason).toMatch(reason);
    expect(stand.attachment.details().legFaults.get(stand.plan.leg)).toEqual({ code: 'radio-terms' });
    expect(stand.sip.connects).toEqual([]);
  });

  it('that only receives is heard and never keyed', async () => {
    await make();
    stand.box.lines = stand.box.lines.map((line) => line.replace('mode:TxRx', 'mode:Rx'));
    await stand.open();
    expect(stand.sip.connects[0]).toMatchObject({ send: false, receive: true });
  });

  it('keeps its session when it holds: packets go on both ways', async () => {
    await (await make()).open();
    stand.box.reoffer(stand.box.only, stand.box.sdp({ direction: 'recvonly' }));
    await stand.advance(100);
    expect(stand.sip.connects.at(-1)).toMatchObject({ send: true, receive: true, radio: { terms: { pttId: 7 } } });
    expect(stand.heard('200')?.headers.get('WG67-Version')).toBe('radio.01');
    expect(stand.described('200')?.media[0]?.attributes).toContainEqual({ name: 'type', value: 'Radio-TxRx' });
  });

  it('is told of a lost keep-alive by the end of the call, and called anew', async () => {
    await (await make()).open();
    stand.attachment.voiceEvent({ name: 'legDead', leg: stand.plan.leg, reason: 'keep-alive' });
    await stand.advance(10);
    expect(stand.reason).toMatch(/keep-alive/);
    await stand.advance(10_000);
    expect(stand.sip.states.at(-1)).toBe('up');
  });
});

describe('a radio that calls us', () => {
  const call = async (offer?: Uint8Array) => {
    stand.attachment.start();
    stand.attachment.openLeg(stand.plan);
    await stand.advance(1000);
    stand.box.call('5300110', gatewayAt, 'box', offer ?? stand.box.sdp());
    await stand.advance(200);
  };

  it('is answered in kind', async () => {
    await make({ mode: 'accept' });
    stand.box.lines = stand.box.lines.map((line) => line.replace(':123', ':101'));
    stand.box.formats = '8 101';
    await call(Buffer.from(stand.box.sdp().toString()));
    const answer = stand.described('200');
    const [audio] = answer?.media ?? [];
    expect(audio?.formats).toEqual(['8', '101']);
    expect(answer && audio && readRadioTerms(answer, audio)).toMatchObject({
      ok: true,
      payloadType: 101,
      terms: { transmission: 'TxRx', keepAlive: { periodMs: 200, multiplier: 10 } },
    });
    expect(stand.heard('200')?.headers.get('WG67-Version')).toBe('radio.01');
    expect(stand.sip.connects[0]?.radio?.terms.pttId).toBe(7);
  });

  it('without a radio session is refused with 488 and the reason', async () => {
    await make({ mode: 'accept' });
    stand.box.lines = [];
    stand.box.formats = '8';
    await call();
    expect(stand.heard('488')?.headers.get('Warning')).toMatch(/R2S/);
  });
});

it('takes whatever a radio answers without harm', async () => {
  await (await make()).open();
  const answer = stand.box.sdp();
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }), (changes) => {
      const octets = Uint8Array.from(answer);
      for (const [at, value] of changes) octets[at % octets.length] = value;
      const reading = parseSdp(octets);
      if (!reading.ok) return;
      for (const media of reading.description.media) readRadioTerms(reading.description, media);
    }),
    { numRuns: 2000 },
  );
});
