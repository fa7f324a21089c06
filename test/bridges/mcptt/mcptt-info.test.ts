import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type McpttInfo, mcpttInfo, readMcpttInfo } from '../../../src/bridges/mcptt/mcptt-info.ts';
import { SipHeaders, type SipRequest } from '../../../src/protocols/sip/message.ts';
import { parseSipMessage } from '../../../src/protocols/sip/parse.ts';
import { parseUri } from '../../../src/protocols/sip/uri.ts';
import { vector } from '../../protocols/mcptt/vectors.ts';

const type = 'application/vnd.3gpp.mcptt-info+xml';
const call = {
  sessionType: 'prearranged',
  group: 'sip:g@mcx.example',
  controls: false,
  caller: 'sip:a&b@iwf.example',
} as const;

function invite(content: string, contentType = type): SipRequest {
  const headers = new SipHeaders([['Content-Type', contentType]]);
  const uri = parseUri('sip:g@mcx.example');
  if (uri === undefined) throw new Error('no URI');
  return { kind: 'request', method: 'INVITE', uri, headers, body: Buffer.from(content) };
}

const read = (params: string): McpttInfo | undefined =>
  readMcpttInfo(
    invite(`<mcpttinfo xmlns="urn:3gpp:ns:mcpttInfo:1.0"><mcptt-Params>${params}</mcptt-Params></mcpttinfo>`),
  );
const nothing: McpttInfo = { caller: '', emergency: false, imminentPeril: false, alert: undefined };

describe('mcptt-info (TS 24.379 §F.1)', () => {
  it('reads what it writes, alone and beside a session description', () => {
    for (const emergency of [true, false, undefined]) {
      const { content } = mcpttInfo({ ...call, emergency });
      const parts = `--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b\r\nContent-Type: ${type}\r\n\r\n${content}\r\n--b--`;
      for (const message of [invite(content), invite(parts, 'multipart/mixed;boundary=b')]) {
        expect(readMcpttInfo(message)).toEqual({ ...nothing, caller: call.caller, emergency: emergency ?? false });
      }
    }
  });

  it('reads the worked example s02: a call of emergency and its caller', () => {
    const reading = parseSipMessage(vector('s02-invite-mcptt'));
    expect(reading.ok && readMcpttInfo(reading.message)).toEqual({
      ...nothing,
      caller: 'tel:+32470000001',
      emergency: true,
    });
  });

  it('names the calling group where we are its controlling function', () => {
    expect(mcpttInfo({ ...call, emergency: undefined }).content).not.toContain('mcptt-calling-group-id');
    const { content } = mcpttInfo({ ...call, controls: true, emergency: undefined });
    expect(content).toContain('<mcptt-calling-group-id type="Normal"><mcpttURI>sip:g@mcx.example</mcpttURI>');
  });

  it('reads imminent peril, an alert and its end, whatever prefix and space the elements have', () => {
    const flag = (name: string, value: string) =>
      `<m:${name} type="Normal"> <m:mcpttBoolean>${value}</m:mcpttBoolean></m:${name}>`;
    expect(read(flag('imminentperil-ind', 'true'))).toEqual({ ...nothing, imminentPeril: true });
    expect(read(flag('alert-ind', '1'))).toEqual({ ...nothing, alert: true });
    expect(read(flag('alert-ind', 'false'))).toEqual({ ...nothing, alert: false });
  });

  it('reads the bare values of the first releases, and nothing of what is encrypted', () => {
    expect(read('<emergency-ind>true</emergency-ind>')).toEqual({ ...nothing, emergency: true });
    expect(
      read('<emergency-ind type="Encrypted"><xenc:EncryptedData>true</xenc:EncryptedData></emergency-ind>'),
    ).toEqual(nothing);
    expect(read('<emergency-ind>true')).toEqual(nothing);
  });

  it('is undefined without such a body, and for one of more than 8 KiB', () => {
    expect(readMcpttInfo(invite('v=0', 'application/sdp'))).toBeUndefined();
    expect(readMcpttInfo(invite(' '.repeat(8193)))).toBeUndefined();
  });

  it('gives a value for any text, 8 KiB of openings and closings within 50 ms', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '</',
      'alert-ind',
      'emergency-ind',
      ' type="',
      'Encrypted',
      '&amp;',
      'true',
      ':',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 200 }), (pieces) => {
        expect(readMcpttInfo(invite(pieces.join('')))).toBeDefined();
      }),
      { numRuns: 2000 },
    );
    for (const text of ['<alert-ind', '<alert-ind>', '<a:', '<alert-ind '.concat('x'.repeat(40))]) {
      const message = invite(text.repeat(Math.floor(8192 / text.length)));
      const times = Array.from({ length: 5 }, () => {
        const from = performance.now();
        readMcpttInfo(message);
        return performance.now() - from;
      });
      // The quickest of five: the machine may have stalled in any one.
      expect(Math.min(...times)).toBeLessThan(50);
    }
  });
});
