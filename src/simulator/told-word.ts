/**
 * What a simulated radio says beside voice, as its bridge sends it in a SIP MESSAGE: texts in words, all else as short
 * data of TETRA.
 */
import { reportReason, shortReport } from '../protocols/tetra/location-report.ts';
import { writeShortData } from '../protocols/tetra/short-data.ts';

export type ToldWord =
  | { readonly name: 'status'; readonly code: number }
  | { readonly name: 'text'; readonly text: string }
  | { readonly name: 'position'; readonly latitudeDeg: number; readonly longitudeDeg: number }
  | { readonly name: 'alarm' };

interface ToldMessage {
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly urgent: boolean;
}

const shortData = 'application/vnd.tetra.sds';
/** Taken within the last 5 s (TS 100 392-18-1, elapsed time). */
const justNow = 0;

export function messageOf(word: ToldWord): ToldMessage {
  switch (word.name) {
    case 'status':
      return {
        contentType: `${shortData};type=status`,
        body: Uint8Array.of(word.code >> 8, word.code & 0xff),
        urgent: false,
      };
    case 'text':
      return { contentType: 'text/plain;charset=utf-8', body: Buffer.from(word.text), urgent: false };
    case 'position': {
      const message = shortReport(word, justNow, reportReason.application);
      return { contentType: shortData, body: writeShortData({ name: 'location', message }), urgent: false };
    }
    case 'alarm':
      return { contentType: 'text/plain;charset=utf-8', body: new Uint8Array(0), urgent: true };
  }
}
