/** Calls: from console to console, which the other answers, or on a direct line to a telephone. Whoever called hangs up. */
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

/** `name`: of the line, as its key has it. Resolves when the words are said. */
export async function callOnLine(
  from: Desk,
  name: string,
  speech: Sound,
): Promise<{ readonly startMs: number; readonly endMs: number }> {
  const key = from.page
    .locator('.line-key')
    .filter({ has: from.page.locator('.line-name bdi').getByText(name, { exact: true }) });
  await key.click(soon);
  await from.page.locator('.line-key[data-line="talking"][data-own="true"]').waitFor(soon);
  const startMs = utcMs();
  await from.say(speech);
  const endMs = utcMs();
  await key.click(soon);
  await from.page.locator('.line-key[data-own="true"]').waitFor({ state: 'hidden', ...soon });
  return { startMs, endMs };
}
