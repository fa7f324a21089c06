/** What a SIP far end says and is told beside voice, for the contract test. */
import { vector } from '../../protocols/mcptt/vectors.ts';
import type { CarriedWord } from '../attachment-stand.ts';
import type { FarEnd } from './far-end.ts';
import { gatewayAt } from './stand.ts';

export const dataSettings = { send: 'text', alarmOverHeader: 'X-Alarm: over' } as const;

const shortData = 'application/vnd.tetra.sds';

export function dataOf(box: () => FarEnd, number: string) {
  return {
    says: (word: CarriedWord, text: string): void => {
      const message = (
        ...said: Parameters<FarEnd['message']> extends [string, unknown, ...infer Rest] ? Rest : never
      ) => box().message(number, gatewayAt, ...said);
      if (word === 'text') message(text);
      else if (word === 'alarm') message(text, { headers: [['Priority', 'emergency']] });
      else if (word === 'alarm over') message(text, { headers: [['X-Alarm', 'over']] });
      else if (word === 'status') message(vector('t10-status-user'), { contentType: `${shortData};type=status` });
      else message(vector('t01-lip-short-brussels'), { contentType: shortData });
    },
    told: (): readonly string[] =>
      box().received.flatMap((message) =>
        message.kind === 'request' && message.method === 'MESSAGE' ? [Buffer.from(message.body).toString()] : [],
      ),
    names: (address: string): void => box().identify(box().only, `"BAC 2" <sip:${address}@astrid.invalid>`),
    /** Everybody whom a request within the call came from. */
    named: (): readonly string[] =>
      box().received.flatMap((message) =>
        message.kind === 'request' && message.method !== 'MESSAGE'
          ? [...message.headers.getAll('From'), ...message.headers.getAll('P-Asserted-Identity')]
          : [],
      ),
  };
}
