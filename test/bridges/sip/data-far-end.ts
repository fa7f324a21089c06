/** What a SIP far end says and is told beside voice, for the contract test. */
import type { FarEnd } from './far-end.ts';
import { gatewayAt } from './stand.ts';

export const dataSettings = { send: 'text', alarmOverHeader: 'X-Alarm: over' } as const;

export function dataOf(box: () => FarEnd, number: string) {
  return {
    says: (word: 'text' | 'alarm' | 'alarm over', text: string): void => {
      const headers: [string, string][] =
        word === 'text' ? [] : [word === 'alarm' ? ['Priority', 'emergency'] : ['X-Alarm', 'over']];
      box().message(number, gatewayAt, text, { headers });
    },
    told: (): readonly string[] =>
      box().received.flatMap((message) =>
        message.kind === 'request' && message.method === 'MESSAGE' ? [Buffer.from(message.body).toString()] : [],
      ),
  };
}
