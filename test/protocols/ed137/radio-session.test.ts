import { describe, expect, it } from 'vitest';
import { pttType } from '../../../src/protocols/ed137/r2s-extension.ts';
import { voiceExtensionBytes } from '../../../src/protocols/ed137/radio-session.ts';
import { RtpPacket } from '../../../src/protocols/rtp/rtp-packet.ts';
import { keysOf, TwoRadios } from './two-radios.ts';

describe('a radio session, both sides (ED-137 Volume 1)', () => {
  it('sends a packet without voice every 200 ms both ways while nobody talks', () => {
    const line = new TwoRadios();
    line.run(2001);
    expect(keysOf(line, 'controlRoom', 0)).toEqual(Array(11).fill('0/0'));
    expect(keysOf(line, 'radio', 0)).toEqual(Array(11).fill('0/0'));
  });

  it('keys at once, on every voice packet, and says off three times 20 ms apart', () => {
    const line = new TwoRadios();
    line.run(1050);
    line.session.controlRoom.press(pttType.normal);
    line.run(10);
    line.voice.add('controlRoom');
    line.run(60);
    line.voice.delete('controlRoom');
    line.session.controlRoom.release();
    line.run(100);
    expect(keysOf(line, 'controlRoom', 1050)).toEqual([
      '1/7',
      '1/7 voice',
      '1/7 voice',
      '1/7 voice',
      '0/0',
      '0/0',
      '0/0',
    ]);
    const offs = line.sent.filter(({ from, atMs }) => from === 'controlRoom' && atMs >= 1120).map(({ atMs }) => atMs);
    expect(offs).toEqual([1120, 1140, 1160]);
  });

  it('keeps the key on its keep-alive while the talker says nothing', () => {
    const line = new TwoRadios();
    line.session.controlRoom.press(pttType.coupling);
    line.run(1001);
    expect(keysOf(line, 'controlRoom', 0)).toEqual(Array(6).fill('2/7'));
    expect(line.session.radio.farTalks(line.nowMs)).toBe(true);
  });

  it('is on air when the radio returns our PTT-ID, and locked out when it returns another', () => {
    const line = new TwoRadios('pttId');
    line.run(500);
    line.session.controlRoom.press(pttType.normal);
    line.run(15);
    expect(line.session.radio.farTalks(line.nowMs)).toBe(true);
    expect(line.session.controlRoom.keyAnswer).toBe('waiting');
    line.session.radio.press(pttType.normal, 7);
    line.run(15);
    expect(line.session.controlRoom.keyAnswer).toBe('onAir');
    line.session.radio.press(pttType.emergency, 9);
    line.run(15);
    expect(line.session.controlRoom.keyAnswer).toBe('lockedOut');
    line.session.controlRoom.release();
    expect(line.session.controlRoom.keyAnswer).toBe('waiting');
  });

  it('hears the radio by its squelch, within the way of one packet, and no longer than it is open', () => {
    const line = new TwoRadios();
    line.run(510);
    line.session.radio.squelch(true, 12);
    line.run(12);
    expect(line.session.controlRoom.farTalks(line.nowMs)).toBe(true);
    expect(line.session.controlRoom.far.qualityIndex).toBe(12);
    line.session.radio.squelch(false, -1);
    line.run(12);
    expect(line.session.controlRoom.farTalks(line.nowMs)).toBe(false);
  });

  it('shows two transmissions at once, and a muted key is no talk', () => {
    const line = new TwoRadios();
    line.session.radio.hearsTwo(true);
    line.run(15);
    expect(line.session.controlRoom.far.simultaneous).toBe(true);
    line.session.controlRoom.press(pttType.normal);
    line.run(15);
    line.session.radio.far.pttMuted = true;
    expect(line.session.radio.farTalks(line.nowMs)).toBe(false);
  });

  it('ends the key of a far end that is gone, and its own, within 2 s', () => {
    const line = new TwoRadios();
    line.session.controlRoom.press(pttType.emergency);
    line.run(1000);
    line.cut.add('controlRoom');
    line.run(2000);
    const { radio } = line.session;
    expect(radio.farTalks(line.nowMs)).toBe(false);
    expect(radio.isDead(line.nowMs)).toBe(true);
    expect(radio.dueMs).toBe(Infinity);
    const before = line.sent.length;
    line.run(2000);
    expect(line.sent.length).toBe(before);
  });

  it('holds a far end dead that sends voice without the extension', () => {
    const line = new TwoRadios();
    line.run(500);
    line.cut.add('radio');
    const bare = new RtpPacket();
    bare.read(Uint8Array.of(0x80, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xd5));
    line.run(2000, () => line.session.controlRoom.heard(bare, line.nowMs));
    expect(line.session.controlRoom.isDead(line.nowMs)).toBe(true);
    expect(line.session.controlRoom.packetsBare).toBe(2000);
  });

  it('measures the delay on packets without voice, whose extension alone grows', () => {
    const line = new TwoRadios('immediate', 25);
    line.voice.add('radio');
    line.run(1000);
    const packet = new RtpPacket();
    for (const { bytes } of line.sent) {
      packet.read(bytes);
      if (packet.payloadBytes > 0) expect(packet.extensionBytes + 4).toBe(voiceExtensionBytes);
    }
    expect(line.session.controlRoom.delay).toBeUndefined();
    line.voice.delete('radio');
    line.run(500);
    const { delay } = line.session.controlRoom;
    expect(delay?.roundTripMs).toBe(50);
    expect(delay?.clockOffsetMs).toBe(0);
    expect(delay?.toAirMs).toBe(75);
  });
});
