/** What the machines of a radio session say to each other, a control room and a radio, as tshark reads it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pttType } from '../../src/protocols/ed137/r2s-extension.ts';
import { type Sent, TwoRadios } from '../protocols/ed137/two-radios.ts';

const folder = mkdtempSync(join(tmpdir(), 'escaut-ed137-'));
const ports = { controlRoom: 5010, radio: 5012 } as const;
let dissected = '';

describe('radio sessions under tshark', () => {
  beforeAll(() => {
    const line = new TwoRadios();
    line.run(1000);
    line.session.controlRoom.press(pttType.emergency);
    line.voice.add('controlRoom');
    line.run(200);
    line.session.radio.press(pttType.emergency, 7);
    line.run(200);
    line.voice.delete('controlRoom');
    line.session.controlRoom.release();
    line.session.radio.release();
    line.run(200);
    line.session.radio.squelch(true, 12);
    line.run(200);
    const file = join(folder, 'session.pcap');
    writeFileSync(file, pcapOf(line.sent));
    const decode = Object.values(ports).flatMap((port) => ['-d', `udp.port==${port},rtp`]);
    const { stdout, stderr, status } = spawnSync('tshark', ['-r', file, '-n', '-V', ...decode], {
      encoding: 'utf8',
      maxBuffer: 64 << 20,
    });
    if (status !== 0) throw new Error(stderr);
    dissected = stdout;
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('finds no packet malformed and the extension in every one', () => {
    expect(dissected).not.toMatch(/malformed|unknown|expert info/i);
    expect(count(/Defined by profile: ED137A \(0x0167\)/g)).toBe(count(/^Real-Time Transport Protocol/gm));
    expect(count(/Defined by profile/g)).toBeGreaterThan(30);
  });

  it('reads emergency key, PTT-ID, squelch, signal quality and both halves of a delay measurement', () => {
    expect(dissected).toContain('PTT Type: Emergency PTT ON (4)');
    expect(dissected).toContain('PTT-id: 7');
    expect(dissected).toContain('SQU: SQ ON (1)');
    expect(dissected).toContain('lower than or equal to -74.29 dBm (12)');
    expect(dissected).toContain('RMM Request');
    expect(dissected).toContain('MAM Response (ED-137B)');
  });

  function count(pattern: RegExp): number {
    return dissected.match(pattern)?.length ?? 0;
  }
});

/** Raw IPv4 (link type 101) without UDP checksums. */
function pcapOf(sent: readonly Sent[]): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2_c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65_535, 16);
  head.writeUInt32LE(101, 20);
  const records = sent.map(({ from, atMs, bytes }) => {
    const record = Buffer.alloc(16 + 28);
    const length = 28 + bytes.length;
    record.writeUInt32LE(Math.floor(atMs / 1000), 0);
    record.writeUInt32LE((atMs % 1000) * 1000, 4);
    record.writeUInt32LE(length, 8);
    record.writeUInt32LE(length, 12);
    record.writeUInt16BE(0x4500, 16);
    record.writeUInt16BE(length, 18);
    record.writeUInt16BE(0x4011, 24);
    record.set(from === 'radio' ? [192, 0, 2, 20, 192, 0, 2, 10] : [192, 0, 2, 10, 192, 0, 2, 20], 28);
    record.writeUInt16BE(ports[from], 36);
    record.writeUInt16BE(ports[from === 'radio' ? 'controlRoom' : 'radio'], 38);
    record.writeUInt16BE(8 + bytes.length, 40);
    return Buffer.concat([record, bytes]);
  });
  return Buffer.concat([head, ...records]);
}
