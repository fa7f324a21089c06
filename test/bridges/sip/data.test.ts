import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { DataFault, DataOrder } from '../../../src/bridges/ports.ts';
import { readDataMessage } from '../../../src/bridges/sip/data-message.ts';
import { dataSchema } from '../../../src/config/data-schema.ts';
import { SipHeaders, type SipRequest } from '../../../src/protocols/sip/message.ts';
import { parseUri } from '../../../src/protocols/sip/uri.ts';
import { readShortData } from '../../../src/protocols/tetra/short-data.ts';
import { vector } from '../../protocols/mcptt/vectors.ts';
import { plan } from '../attachment-stand.ts';
import { gatewayAt, SipStand, type StandOptions } from './stand.ts';

const number = '5300110';
const shortData = 'application/vnd.tetra.sds';
let stand: SipStand;
afterEach(() => stand?.close());

async function opened(options: StandOptions = {}) {
  stand = await SipStand.make(options);
  stand.attachment.start();
  stand.attachment.openLeg(plan);
  await stand.advance(1000);
}

async function said(
  ...message: Parameters<SipStand['box']['message']> extends [string, typeof gatewayAt, ...infer Rest] ? Rest : never
) {
  stand.box.message(number, gatewayAt, ...message);
  await stand.advance(100);
  return stand.box.responses.at(-1)!;
}

/** Over UDP and without credentials. */
const origin = { leg: plan.leg, attachment: 'as-1', from: '3200001', unproven: true };
const home = { network: 'INPT', address: '3200001' };
const messages = () =>
  stand.box.received.filter(
    (message): message is SipRequest => message.kind === 'request' && message.method === 'MESSAGE',
  );
const textsToBox = () => messages().map(({ body }) => Buffer.from(body).toString());

async function passed(order: Record<string, unknown>, ms = 100) {
  const faults: (DataFault | undefined)[] = [];
  stand.attachment.passData({ leg: plan.leg, from: 'Tournai 22', ...order } as DataOrder, (fault) =>
    faults.push(fault),
  );
  await stand.advance(ms);
  return faults;
}

describe('messages of a SIP far end (RFC 3428)', () => {
  it('are taken for the talkgroup that they are sent to, from whom they say, and answered 202', async () => {
    await opened();
    const answer = await said('Renfort demandé à Rekkem');
    expect(answer.status).toBe(202);
    expect(stand.data).toEqual([{ ...origin, name: 'text', text: 'Renfort demandé à Rekkem' }]);
  });

  it.each([
    ['t07-sds-text', '', { name: 'text', text: 'Renfort: peloton Tournai, canal INTEROP 1' }],
    ['t10-status-user', ';type=status', { name: 'status', code: 0x8003 }],
    ['t09-status-emergency', ';type=status', { name: 'alarm', raised: true }],
    ['t01-lip-short-brussels', '', { name: 'position', position: { radiusM: 20, courseDeg: 90 } }],
    ['t02-lip-short-emergency-dunkerque', '', { name: 'alarm', raised: true, position: { radiusM: 200 } }],
  ])('say what %s says', async (name, params, word) => {
    await opened();
    expect((await said(vector(name), { contentType: shortData + params })).status).toBe(202);
    expect(stand.data).toMatchObject([{ ...origin, ...word }]);
  });

  it('raise an alarm where their sender calls them an emergency', async () => {
    await opened();
    await said('agent à terre', { headers: [['Priority', 'Emergency']] });
    expect(stand.data).toMatchObject([
      { name: 'alarm', raised: true },
      { name: 'text', text: 'agent à terre' },
    ]);
  });

  it('get the report that they ask for, of which no other comes', async () => {
    await opened();
    await said(vector('t07-sds-text'), { contentType: shortData });
    expect(messages().map(({ body }) => readShortData(body))).toEqual([
      { name: 'report', protocol: 0x82, acknowledge: false, status: 0, reference: 42 },
    ]);
    await said(messages()[0]!.body, { contentType: shortData });
    expect(messages()).toHaveLength(1);
    expect(stand.data).toHaveLength(1);
  });

  it.each<[string, string | Uint8Array, string, number]>([
    ['of another media type', '<a/>', 'text/html', 415],
    ['in another charset', 'x', 'text/plain;charset=koi8-r', 415],
    ['that is cut', Uint8Array.of(0x82, 0x04), shortData, 400],
    ['of another protocol', Uint8Array.of(0x0c, 1, 2), shortData, 415],
    ['that is longer than UDP may carry', 'x'.repeat(1301), 'text/plain', 413],
    ['whose status is no status', Uint8Array.of(1, 2, 3), `${shortData};type=status`, 400],
  ])('is refused %s', async (_, body, contentType, status) => {
    await opened();
    const answer = await said(body, { contentType });
    expect(answer.status).toBe(status);
    if (status === 415) expect(answer.headers.get('Accept')).toBe(`text/plain, ${shortData}`);
    expect(stand.data).toEqual([]);
    expect([...stand.counts].filter(([name]) => name.startsWith('data_refused_total'))).toHaveLength(1);
  });

  it.each([
    [1, 1],
    [31_743, 1],
    [31_744, 0], // from here on: what became of a text
    [32_767, 0],
    [32_768, 0],
  ])('with status %i are taken, and told of where TETRA reserves it (%i)', async (code, told) => {
    await opened();
    const answer = await said(Uint8Array.of(code >> 8, code & 0xff), { contentType: `${shortData};type=status` });
    expect(answer.status).toBe(202);
    expect(stand.data).toHaveLength(code < 32_768 ? 0 : 1);
    expect(stand.counts.get('data_refused_total as-1 reserved') ?? 0).toBe(told);
    const lines = stand.lines.filter(({ event }) => event === 'statusReserved').map(({ fields }) => fields);
    expect(lines).toEqual(told === 0 ? [] : [{ leg: plan.leg, attachment: 'as-1', number: code }]);
  });

  it('is refused to a number that no leg has, and wants credentials where calls do', async () => {
    await opened({ sip: { challengeIncoming: true, username: 'box' }, password: 'pw' });
    stand.box.message('999', gatewayAt, 'x');
    await stand.advance(100);
    expect(stand.box.responses.at(-1)!.status).toBe(404);
    expect((await said('x')).status).toBe(401);
    expect((await said('x', { credentials: { username: 'box', password: 'no' } })).status).toBe(401);
    expect(stand.data).toEqual([]);
    expect((await said('x', { credentials: { username: 'box', password: 'pw' } })).status).toBe(202);
    expect(stand.data).toEqual([expect.not.objectContaining({ unproven: true })]);
  });

  it('is taken once however often it comes', async () => {
    await opened();
    stand.box.message(number, gatewayAt, 'x');
    await stand.advance(0);
    const text =
      `MESSAGE sip:${number}@192.0.2.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKtwice\r\n` +
      `Max-Forwards: 70\r\nFrom: <sip:3200001@192.0.2.10>;tag=1\r\nTo: <sip:${number}@192.0.2.1>\r\n` +
      'Call-ID: twice\r\nCSeq: 1 MESSAGE\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\ntwice';
    for (let turn = 0; turn < 3; turn++) {
      stand.box.send(text, gatewayAt);
      await stand.advance(500);
    }
    expect(stand.data.filter((each) => each.name === 'text' && each.text === 'twice')).toHaveLength(1);
  });

  it('are known again where a network says back what it was told', async () => {
    await opened({ sip: { data: { send: 'text' } } });
    await passed({ name: 'text', text: 'x' });
    expect((await said('Tournai 22: x')).status).toBe(202);
    expect((await said('y', { from: 'escaut' })).status).toBe(202);
    expect(stand.data).toEqual([]);
    expect(stand.counts.get('data_refused_total as-1 echo')).toBe(2);
    await stand.advance(30_000);
    await said('Tournai 22: x'); // so late it is somebody who says the same
    expect(stand.data).toHaveLength(1);
  });

  it('are not put off when they raise an alarm, whatever else has been said', async () => {
    await opened();
    for (let turn = 0; turn < 25; turn++) stand.box.message(number, gatewayAt, `${turn}`);
    stand.box.message(number, gatewayAt, vector('t09-status-emergency'), { contentType: `${shortData};type=status` });
    await stand.advance(100);
    expect(stand.data.filter(({ name }) => name === 'alarm')).toHaveLength(1);
    expect(stand.data).toHaveLength(21);
  });

  it('come so many a second; more are put off, and counted', async () => {
    await opened();
    for (let turn = 0; turn < 25; turn++) stand.box.message(number, gatewayAt, `${turn}`);
    await stand.advance(100);
    expect(stand.data).toHaveLength(20);
    const putOff = stand.box.responses.filter(({ status }) => status === 480);
    expect(putOff).toHaveLength(5);
    expect(putOff[0]!.headers.get('Retry-After')).toBe('5');
    expect(stand.counts.get('data_refused_total as-1 too-many')).toBe(5);
    await stand.advance(1000);
    expect((await said('x')).status).toBe(202);
  });

  it('are read without a throw, whatever they carry', () => {
    const settings = dataSchema.parse({});
    const uri = parseUri('sip:1@192.0.2.1')!;
    const types = fc.constantFrom(
      'text/plain',
      'text/plain;charset=iso-8859-1',
      shortData,
      `${shortData};type=status`,
      'x',
      '',
    );
    fc.assert(
      fc.property(types, fc.uint8Array({ maxLength: 400 }), (type, body) => {
        const headers = new SipHeaders([['Content-Type', type]]);
        const reading = readDataMessage({ kind: 'request', method: 'MESSAGE', uri, headers, body }, settings, 0);
        for (const word of reading.ok ? reading.words : []) {
          if (word.name === 'text') expect(word.text.length).toBeLessThanOrEqual(1000);
          if (word.name === 'position') expect(Math.abs(word.position.latitudeDeg)).toBeLessThanOrEqual(90);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a text in parts, of a SIP far end', () => {
  const one = (sequence: number, text: string): Uint8Array =>
    Uint8Array.of(0x8a, 0x00, 0x10 + sequence, 0x01, 5, 0, 3, 0x11, 2, sequence, ...Buffer.from(text, 'latin1'));

  it('is one text when all have come', async () => {
    await opened();
    expect((await said(one(2, 'à Rekkem'), { contentType: shortData })).status).toBe(202);
    expect(stand.data).toEqual([]);
    await said(one(1, 'Renfort '), { contentType: shortData });
    expect(stand.data).toEqual([{ ...origin, name: 'text', text: 'Renfort à Rekkem' }]);
  });

  it('is told as far as it came after a minute', async () => {
    await opened();
    await said(one(2, 'à Rekkem'), { contentType: shortData });
    await stand.advance(59_000);
    expect(stand.data).toEqual([]);
    await stand.advance(1000);
    expect(stand.data).toEqual([{ ...origin, name: 'text', text: '…à Rekkem' }]);
  });
});

describe('what other networks said, to a SIP far end', () => {
  const place = { latitudeDeg: 50.78, longitudeDeg: 3.15 };
  const meaning = { fr: 'Sur place', nl: 'Ter plaatse', en: 'On scene' };

  it('is not said where it is not wished', async () => {
    await opened();
    expect(await passed({ name: 'text', text: 'x' })).toEqual(['not-carried']);
    expect(messages()).toEqual([]);
  });

  it('goes in words of the language, with the name of its sender, and arrives when it is answered', async () => {
    await opened({ sip: { data: { send: 'text', language: 'nl' } } });
    expect(await passed({ name: 'text', text: 'Œil sur Škoda' })).toEqual([undefined]);
    expect(await passed({ name: 'status', code: 16, meaning })).toEqual([undefined]);
    expect(await passed({ name: 'status', code: 77 })).toEqual([undefined]);
    expect(await passed({ name: 'position', position: place })).toEqual([undefined]);
    expect(await passed({ name: 'alarm', raised: true, position: place })).toEqual([undefined]);
    expect(await passed({ name: 'alarm', raised: false })).toEqual([undefined]);
    expect(textsToBox()).toEqual([
      'Tournai 22: OEil sur Skoda',
      'Tournai 22: Ter plaatse',
      'Tournai 22: Status 77',
      'Tournai 22: 50.78000 N 3.15000 E',
      'NOODOPROEP Tournai 22 50.78000 N 3.15000 E',
      'Einde noodoproep Tournai 22',
    ]);
    const [first, , , , alarm] = messages();
    expect(first!.uri).toMatchObject({ user: number, host: '192.0.2.10' });
    expect(first!.headers.get('Priority')).toBeUndefined();
    expect(alarm!.headers.get('Priority')).toBe('emergency');
  });

  it('takes an alarm back by a status of the network, or by a header, and reads that header', async () => {
    await opened({ sip: { data: { send: 'short-data', alarmOverHeader: 'Priority: non-urgent' } } });
    await passed({ name: 'alarm', raised: false, alarmCode: 33015 });
    expect(messages()).toHaveLength(2);
    expect([...messages()[0]!.body]).toEqual([33015 >> 8, 33015 & 0xff]);
    stand.box.message(number, gatewayAt, 'Fin', { headers: [['Priority', 'Non-Urgent']] });
    stand.box.message(number, gatewayAt, 'Reçu', { headers: [['Priority', 'normal']] });
    await stand.advance(100);
    expect(stand.data).toEqual([
      { ...origin, name: 'alarm', raised: false },
      { ...origin, name: 'text', text: 'Fin' },
      { ...origin, name: 'text', text: 'Reçu' },
    ]);
  });

  it('goes as short data: texts, statuses, reports of places, and an alarm as status, place and words', async () => {
    await opened({ sip: { data: { send: 'short-data' } } });
    await passed({ name: 'text', text: 'Élysée' });
    await passed({ name: 'status', code: 33016, meaning });
    await passed({ name: 'alarm', raised: true, position: place });
    const [text, status, emergency, where, words] = messages();
    expect(readShortData(text!.body)).toMatchObject({
      name: 'text',
      protocol: 0x82,
      coding: 1,
      text: 'Tournai 22: Élysée',
    });
    expect(status!.headers.get('Content-Type')).toBe(`${shortData};type=status`);
    expect([...status!.body]).toEqual([0x80, 0xf8]);
    expect([...emergency!.body]).toEqual([0, 0]);
    expect(readShortData(where!.body)).toMatchObject({ name: 'location', message: { additional: { reason: 2 } } });
    expect(readShortData(words!.body)).toMatchObject({ name: 'text', text: 'URGENCE Tournai 22 50.78000 N 3.15000 E' });
  });

  it('goes in parts where it is long, and not at all where nine parts do not hold it', async () => {
    await opened({ sip: { data: { send: 'text', charactersMax: 40 } } });
    expect(await passed({ name: 'text', text: 'mot '.repeat(20) })).toEqual([undefined]);
    expect(textsToBox()[0]).toMatch(/^1\/3 Tournai 22: mot/);
    expect(await passed({ name: 'text', text: 'x'.repeat(1000) })).toEqual(['too-long']);
    expect(messages()).toHaveLength(3);
  });

  it('goes one message after another, each when the last has been answered; an alarm waits for no text', async () => {
    await opened({ sip: { data: { send: 'text', charactersMax: 40 } } });
    const faults: (DataFault | undefined)[] = [];
    const done = (fault: DataFault | undefined) => void faults.push(fault);
    const order = { leg: plan.leg, from: 'Tournai 22', origin: home } as const;
    stand.attachment.passData({ ...order, name: 'text', text: 'mot '.repeat(20) }, done);
    stand.attachment.passData({ ...order, name: 'text', text: 'other' }, done);
    stand.attachment.passData({ ...order, name: 'alarm', raised: true }, done);
    await stand.advance(1000);
    expect(textsToBox().map((text) => text.slice(0, 3))).toEqual(['1/3', 'URG', '2/3', '3/3', 'Tou']);
    expect(faults).toEqual([undefined, undefined, undefined]);
  });

  it('stops at a part that is refused, and what waits for a far end that is silent is not reached either', async () => {
    await opened({ sip: { data: { send: 'text', charactersMax: 40 } } });
    let count = 0;
    stand.box.onMessage = () => ({ status: ++count === 2 ? 403 : 200 });
    expect(await passed({ name: 'text', text: 'mot '.repeat(20) })).toEqual(['refused']);
    expect(messages()).toHaveLength(2);
    stand.box.onMessage = () => undefined;
    const faults: (DataFault | undefined)[] = [];
    const order = { leg: plan.leg, from: 'x', origin: home, name: 'text', text: 'x' } as const;
    for (let turn = 0; turn < 3; turn++) stand.attachment.passData(order, (fault) => faults.push(fault));
    await stand.advance(33_000);
    expect(faults).toEqual(['not-reached', 'not-reached', 'not-reached']);
  });

  it('says an alarm in words to a far end that refuses its status, and that something was refused', async () => {
    await opened({ sip: { data: { send: 'short-data' } } });
    stand.box.onMessage = (request) => ({ status: request.body.length === 2 ? 415 : 200 });
    expect(await passed({ name: 'alarm', raised: true })).toEqual(['refused']);
    expect(messages()).toHaveLength(2);
  });

  it('is said not to have arrived where the far end refuses it, is silent, or gets too much', async () => {
    await opened({ sip: { data: { send: 'text' } } });
    stand.box.onMessage = () => ({ status: 405 });
    expect(await passed({ name: 'text', text: 'x' })).toEqual(['refused']);
    stand.box.onMessage = () => undefined;
    expect(await passed({ name: 'text', text: 'x' }, 33_000)).toEqual(['not-reached']);
    stand.box.onMessage = () => ({ status: 202 });
    const faults: (DataFault | undefined)[] = [];
    const order = { leg: plan.leg, from: 'x', origin: home, name: 'text', text: 'x' } as const;
    for (let turn = 0; turn < 25; turn++) stand.attachment.passData(order, (fault) => faults.push(fault));
    stand.attachment.passData({ ...order, name: 'alarm', raised: true }, (fault) => faults.push(fault));
    await stand.advance(1000);
    expect(faults.filter((fault) => fault === 'too-many')).toHaveLength(5);
    expect(faults.filter((fault) => fault === undefined)).toHaveLength(21);
    stand.attachment.passData({ ...order, leg: 'elsewhere' }, (fault) => faults.push(fault));
    expect(faults.at(-1)).toBe('not-reached');
  });

  it('shows the credentials that calls show', async () => {
    await opened({ sip: { username: 'gw', data: { send: 'text' } }, password: 'pw' });
    stand.box.onMessage = (request) =>
      request.headers.has('Authorization')
        ? { status: 200 }
        : {
            status: 401,
            headers: [['WWW-Authenticate', 'Digest realm="radio", nonce="n1", algorithm=MD5, qop="auth"']],
          };
    expect(await passed({ name: 'text', text: 'x' })).toEqual([undefined]);
    expect(textsToBox()).toEqual(['Tournai 22: x', 'Tournai 22: x']);
  });
});
