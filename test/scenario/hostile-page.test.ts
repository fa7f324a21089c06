import { expect, it } from 'vitest';
import { askPastThePage } from '../../scenario/hostile-page.ts';
import { escaut } from '../../src/protocols/generated/console.js';

const { ClientMessage, ServerMessage } = escaut.console.v1;

/** A page whose gateway answers with that word, behind other messages. */
function pageOf(refusal: string) {
  const asked: Uint8Array[] = [];
  const evaluate = async (script: string) => {
    const [, base64] = /send\('([^']+)'\)/.exec(script) ?? [];
    if (base64 !== undefined) asked.push(Buffer.from(base64, 'base64'));
    if (base64 !== undefined || asked.length === 0) return undefined;
    const requestId = ClientMessage.decode(asked[0] ?? new Uint8Array()).operate?.requestId ?? 0;
    const messages = [
      { pong: { nonce: 3 } },
      { operationAnswer: { requestId: 7, refusal: 'no-reason' } },
      { operationAnswer: { requestId, refusal } },
    ];
    return ['/w==', ...messages.map((each) => Buffer.from(ServerMessage.encode(each).finish()).toString('base64'))];
  };
  return { asked, page: { evaluate } as never };
}

it('asks the gateway on the page’s link, and takes the answer that is its own', async () => {
  const { asked, page } = pageOf('group-disabled');
  const operation = { groupId: 'xb-trip', open: { reason: 'x', talkgroupIds: [], durationS: 3600, exercise: false } };
  expect(await askPastThePage({ page }, operation)).toBe('group-disabled');
  expect(ClientMessage.decode(asked[0] ?? new Uint8Array()).operate).toMatchObject({ groupId: 'xb-trip' });
  expect(await askPastThePage({ page: pageOf('').page }, operation)).toBe('');
});
