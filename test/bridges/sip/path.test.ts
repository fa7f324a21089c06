import { afterEach, describe, expect, it } from 'vitest';
import { PathMarks } from '../../../src/bridges/path-marks.ts';
import type { SipRequest } from '../../../src/protocols/sip/message.ts';
import { plan } from '../attachment-stand.ts';
import { gatewayAt, SipStand, type StandOptions } from './stand.ts';

const ours = (): PathMarks => new PathMarks('ours', (group) => [plan.group].includes(group));
const at = { attachment: 'as-1', leg: plan.leg, group: plan.group };
const mark = ours().said(at)[0]!;
const other = new PathMarks('theirs', (group) => [plan.group].includes(group)).said(at)[0]!;

let stand: SipStand;
afterEach(() => stand.close());

async function opened(options: StandOptions = {}, prepare: (stand: SipStand) => void = () => undefined) {
  stand = await SipStand.make({ paths: ours(), ...options });
  prepare(stand);
  stand.attachment.start();
  stand.attachment.openLeg(plan);
  await stand.advance(3000);
}
const requests = (method: string): SipRequest[] =>
  stand.box.received.filter((each): each is SipRequest => each.kind === 'request' && each.method === method);
const looped = () => stand.lines.filter(({ event }) => event === 'pathLooped').length;

describe('path marks in SIP', () => {
  it('stand in our calls, and in our answers to theirs', async () => {
    await opened();
    expect(requests('INVITE')[0]?.headers.get('Escaut-Path')).toBe(mark);
    await stand.close();
    await opened({ sip: { mode: 'accept' } });
    stand.box.call('5300110', gatewayAt);
    await stand.advance(100);
    const answer = stand.box.received.find((each) => each.kind === 'response' && each.status === 200);
    expect(answer?.headers.get('Escaut-Path')).toBe(mark);
  });

  it('are left out for a far end that stumbles over them', async () => {
    await opened({ sip: { markPaths: false } });
    expect(requests('INVITE')[0]?.headers.has('Escaut-Path')).toBe(false);
  });

  it('refuse a call that leads back with 482, say why, and take it once it no longer does', async () => {
    await opened({ sip: { mode: 'accept' } });
    const callWith = async (path: string) => {
      stand.box.extraHeaders = [['Escaut-Path', path]];
      stand.box.call('5300110', gatewayAt);
      await stand.advance(100);
    };
    await callWith(`${other}, ${mark.toUpperCase()}`);
    const refusal = stand.box.received.find((each) => each.kind === 'response' && each.status >= 400);
    expect(refusal).toMatchObject({ status: 482 });
    expect(looped()).toBe(1);
    expect(stand.attachment.details().legFaults.get(plan.leg)).toEqual({ code: 'path-loop' });
    await callWith(other);
    expect(stand.states.at(-1)).toBe('up');
    expect(stand.attachment.details().legFaults.get(plan.leg)).toBeUndefined();
  });

  it('of a call that is turned away are not those of the call that stands', async () => {
    const paths = ours();
    await opened({ paths, sip: { mode: 'accept' } });
    stand.box.extraHeaders = [['Escaut-Path', other]];
    stand.box.call('5300110', gatewayAt);
    await stand.advance(100);
    const beyond = () => paths.said({ ...at, leg: 'another leg of the group' });
    expect(beyond()).toEqual([mark, other]);
    const stranger = new PathMarks('third', (group) => [plan.group].includes(group)).said(at)[0]!;
    stand.box.extraHeaders = [['Escaut-Path', stranger]];
    stand.box.call('5300110', gatewayAt, 'stranger');
    await stand.advance(100);
    expect(stand.box.received.at(-1)).toMatchObject({ status: 486 });
    expect(beyond()).toEqual([mark, other]);
  });

  it('end a call of ours whose answer leads back, and try again by themselves', async () => {
    let path = `${other}, ${mark}`;
    await opened({}, (s) => {
      Object.defineProperty(s.box.terms, 'headers', { get: () => [['Escaut-Path', path]] });
    });
    expect(looped()).toBe(1);
    expect(stand.states.at(-1)).toBe('down');
    expect(requests('BYE')).toHaveLength(1);
    expect(stand.attachment.details().legFaults.get(plan.leg)).toEqual({ code: 'path-loop' });
    path = other;
    for (let n = 0; n < 10 && stand.states.at(-1) !== 'up'; n++) await stand.advance(30_000);
    expect(stand.states.at(-1)).toBe('up');
  });

  it('mark messages, and turn away one that has come round', async () => {
    await opened({ sip: { data: { send: 'text' } } });
    const count = stand.data.length;
    for (const path of [`${other}, ${mark}`, other]) {
      stand.box.message('5300110', gatewayAt, 'Allô', { headers: [['Escaut-Path', path]] });
      await stand.advance(100);
    }
    expect(stand.box.responses.map(({ status }) => status)).toEqual([482, 202]);
    expect(stand.data.length - count).toBe(1);
  });

  it('or none: a request of our own that comes back is answered 482 all the same (RFC 3261 §16.3)', async () => {
    await opened({ sip: { markPaths: false } }, (s) => {
      s.box.onCall = () => 'ring';
    });
    const [invite] = requests('INVITE');
    const text = [
      'INVITE sip:5300110@192.0.2.1 SIP/2.0',
      'Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKproxy',
      `Via: ${invite!.headers.get('Via')}`,
      `From: ${invite!.headers.get('From')}`,
      `To: ${invite!.headers.get('To')}`,
      `Call-ID: ${invite!.headers.get('Call-ID')}`,
      `CSeq: ${invite!.headers.get('CSeq')}`,
      'Max-Forwards: 69',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n');
    stand.box.send(text, gatewayAt);
    await stand.advance(100);
    expect(stand.box.received.some((each) => each.kind === 'response' && each.status === 482)).toBe(true);
  });
});
