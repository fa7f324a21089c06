/** A call from console to console: one person calls, the other answers, the words are said, the first hangs up. */
import type { Sound } from '../test/interop/support/wav.ts';
import { utcMs } from './clock.ts';
import type { Desk } from './consoles.ts';

const soon = { timeout: 15_000 } as const;

/** `name`: of whom is called, as the list has it. */
export async function callByIntercom(
  from: Desk,
  to: Desk,
  name: string,
  speech: Sound,
): Promise<{ readonly startMs: number; readonly endMs: number }> {
  await from.page.getByRole('button', { name: from.text('intercom.open'), exact: true }).click(soon);
  const dialog = from.page.getByRole('dialog');
  await dialog.getByRole('button', { name: from.text('intercom.callName', { name }) }).click(soon);
  const answer = to.page.locator('.calls').getByRole('button', { name: to.text('intercom.answer') });
  await answer.click(soon);
  await from.page.locator('.call[data-call="talking"]').waitFor(soon);
  const startMs = utcMs();
  await from.say(speech);
  const endMs = utcMs();
  await from.page
    .locator('.calls')
    .getByRole('button', { name: from.text('intercom.hangUp') })
    .click(soon);
  await to.page.locator('.call[data-call="talking"]').waitFor({ state: 'hidden', ...soon });
  return { startMs, endMs };
}
