/** What a page does not offer is asked of the gateway all the same, on the page's own link: whoever holds a page may. */
import { type ClientMessage, readServerMessage, writeClientMessage } from '../src/web/link/codec.ts';
import { until } from '../test/interop/support/until.ts';
import type { Desk } from './consoles.ts';

type Operate = NonNullable<ClientMessage['operate']>;

/** No page has asked as often. */
const requestId = 0x7fff_0000;
const answeredMs = 5000;

/** The gateway's word of why not; empty: it was done. @throws Error where it does not answer */
export async function askPastThePage({ page }: Pick<Desk, 'page'>, operation: Operate): Promise<string> {
  const bytes = writeClientMessage({ operate: { ...operation, requestId } });
  await page.evaluate(`window.scenario.send('${Buffer.from(bytes).toString('base64')}')`);
  let refusal: string | undefined;
  const answered = async () => {
    refusal = refusalIn(await page.evaluate<string[]>('window.scenario.answers()'));
    return refusal !== undefined;
  };
  await until('the gateway has answered', answered, answeredMs);
  return refusal ?? '';
}

/** Of the answer among what came, in base64. */
function refusalIn(messages: readonly string[]): string | undefined {
  for (const each of messages) {
    const answer = readServerMessage(Buffer.from(each, 'base64'))?.operationAnswer;
    if (answer?.requestId === requestId) return answer.refusal ?? '';
  }
  return undefined;
}
