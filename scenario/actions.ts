/** What persons do on the page, by the names that they read there. */
import type { Locator } from 'playwright-core';
import { utcMs } from './clock.ts';
import type { Desk } from './consoles.ts';
import { askPastThePage } from './hostile-page.ts';
import type { Language } from './scenario-file.ts';

type Args = Readonly<Record<string, unknown>>;

export interface ActionResult {
  /** The page's words; empty: done. */
  readonly refusal: string;
  /** When the person pressed the last button, UTC ms. */
  readonly pressedMs: number;
  /** When the page said what came of it. */
  readonly answeredMs: number;
  /** The gateway's own word for why not, where it was asked past the page. */
  readonly past?: string;
}

/** Names that people read in place of ids. */
export interface Names {
  readonly talkgroup: (id: string) => string;
  readonly callSign: (unit: string) => string;
  readonly plan: (id: string, language: Language) => string;
  /** Of an incident's group, where an action does not name it. */
  readonly incident: () => string;
}

type Action = (desk: Desk, args: Args, names: Names) => Promise<ActionResult>;

export const unoffered = '(the page does not offer it to this person)';
const soon = { timeout: 15_000 } as const;

/** Opens the group with a reason, and joins what is to be joined. */
const openGroup: Action = async (desk, { group, add, reason }, { talkgroup }) => {
  const named = (name: string) => desk.tile(String(group)).getByRole('button', { name: desk.text(name) });
  const button = named('bridging.open').or(named('bridging.openPursuit'));
  if ((await button.count()) === 0) return openPastThePage(desk, String(group), String(reason ?? group));
  await button.click(soon);
  const dialog = desk.page.getByRole('dialog');
  await dialog.getByRole('radio', { name: desk.text('reason.other') }).check(soon);
  await dialog.getByLabel(desk.text('bridging.reasonWords')).fill(String(reason ?? group), soon);
  for (const id of listOf(add)) await dialog.getByLabel(talkgroup(id)).check(soon);
  return submit(desk, 'bridging.openNow');
};

/** It stands on no page. */
function openPastThePage(desk: Desk, groupId: string, reason: string): Promise<ActionResult> {
  return pastThePage(desk, { groupId, open: { reason, talkgroupIds: [], durationS: 3600, exercise: false } });
}

/** `voice_shared_group: 1`; no page has it. */
const setRetention: Action = (desk, args) => {
  const [kind = '', days] = Object.entries(args)[0] ?? [];
  const rule = kind.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return pastThePage(desk, { setRetention: { rule, days: Number(days), reason: 'scenario' } });
};

/** The gateway counts emergencies from here on. */
const firstEmergency = 1;

/** Of an emergency on a national talkgroup no page has anything to press. */
export function seeToNational(desk: Desk, action: string): Promise<ActionResult> {
  const emergencyId = firstEmergency;
  return pastThePage(desk, {
    groupId: '',
    ...(action === 'clear-emergency'
      ? { clearEmergency: { emergencyId, cause: 'scenario' } }
      : { acknowledgeEmergency: { emergencyId, proof: '' } }),
  });
}

async function pastThePage(desk: Desk, asked: Parameters<typeof askPastThePage>[1]): Promise<ActionResult> {
  const pressedMs = utcMs();
  const cause = await askPastThePage(desk, asked);
  const words = desk.text(`refusal.${cause}`);
  return { refusal: cause === '' ? '' : words, past: cause, pressedMs, answeredMs: utcMs() };
}

/** One dialog: the plan, what it asks for, and who is joined to its first group. */
const activatePlan: Action = async (
  desk,
  { plan, add, reason, origin, host, place, hit, authority },
  { talkgroup, plan: nameOf },
) => {
  const button = desk.page.getByRole('button', { name: desk.text('plan.open') });
  if ((await button.count()) === 0) return notOffered();
  await button.click(soon);
  const dialog = desk.page.getByRole('dialog');
  const chip = dialog.getByRole('radio', { name: nameOf(String(plan), desk.language) });
  if ((await chip.count()) === 0) {
    await desk.page.keyboard.press('Escape');
    return notOffered();
  }
  await chip.check(soon);
  if (reason !== undefined) await fillWords(desk, dialog, String(reason));
  if (origin !== undefined && host !== undefined) await chooseRooms(desk, dialog, origin, host);
  if (place !== undefined) await dialog.getByLabel(desk.text('border.place')).selectOption(String(place), soon);
  if (hit !== undefined) await chooseHit(desk, dialog, String(hit));
  await fillAuthority(dialog, authority);
  for (const id of listOf(add)) await dialog.getByLabel(talkgroup(id)).check(soon);
  return submit(desk, 'plan.activate');
};

/** Of those that were confirmed, by its reference. */
async function chooseHit(desk: Desk, dialog: Locator, reference: string): Promise<void> {
  const list = dialog.getByLabel(desk.text('plan.hit'));
  const value = await list
    .locator('option')
    .filter({ hasText: `${reference} ·` })
    .getAttribute('value', soon);
  await list.selectOption(value ?? '', soon);
}

const validateHit: Action = async (desk, { hit, result, checked }) => {
  await desk.page
    .getByRole('navigation')
    .getByRole('button', { name: desk.text('view.hits') })
    .click(soon);
  const row = desk.page
    .locator('.hits li[data-hit]')
    .filter({ hasText: String(hit) })
    .first();
  const as = result === 'confirmed' ? 'confirm' : 'reject';
  await row.getByRole('button', { name: desk.text(`hits.${as}`) }).click(soon);
  await fillWords(desk, desk.page.getByRole('dialog'), String(checked));
  const done = await submit(desk, `hits.now.${as}`);
  await desk.page.keyboard.press('Escape');
  return done;
};

/** Holds the space bar until the page says why nothing is sent. */
const talk: Action = async (desk, { tg }) => {
  await desk.choose(String(tg).replace(/@console$/, ''));
  const pressedMs = utcMs();
  await desk.page.keyboard.down(' ');
  const why = desk.page.locator('.talk-bar-why, .talk-bar[data-talk="refused"] .talk-bar-group').first();
  const refusal = await firstOf(
    wordsOf(why),
    desk.page
      .locator('.talk-bar[data-talk="talking"]')
      .waitFor(soon)
      .then(() => ''),
  );
  await desk.page.keyboard.up(' ');
  return { refusal, pressedMs, answeredMs: utcMs() };
};

const setPlanLevel: Action = async (desk, { plan, level, authority }) => {
  const strip = desk.page.locator(`.plan[data-plan="${String(plan)}"]`);
  await strip.getByRole('button', { name: desk.text('plan.changeLevel') }).click(soon);
  const dialog = desk.page.getByRole('dialog');
  await dialog.getByRole('radio', { name: `${String(level)} ·` }).check(soon);
  await fillAuthority(dialog, authority);
  return submit(desk, 'plan.setLevel');
};

const endPlan: Action = async (desk, { plan, authority }) => {
  const strip = desk.page.locator(`.plan[data-plan="${String(plan)}"]`);
  await strip.getByRole('button', { name: desk.text('plan.endOpen') }).click(soon);
  await fillAuthority(desk.page.getByRole('dialog'), authority);
  return submit(desk, 'plan.end');
};

async function fillAuthority(dialog: Locator, authority: unknown): Promise<void> {
  if (typeof authority !== 'object' || authority === null) return;
  for (const [country, words] of Object.entries(authority)) {
    await dialog.getByLabel(new RegExp(`^${country}\\b`)).fill(String(words), soon);
  }
}

/** What the page does not show to a role it does not refuse in words. */
function notOffered(): ActionResult {
  const pressedMs = utcMs();
  return { refusal: unoffered, pressedMs, answeredMs: pressedMs };
}

const addMember: Action = async (desk, { bridge, add }, { talkgroup }) => {
  await desk
    .tile(String(bridge))
    .getByRole('button', { name: desk.text('bridging.add') })
    .click(soon);
  const dialog = desk.page.getByRole('dialog');
  for (const id of listOf(add)) await dialog.getByLabel(talkgroup(id)).check(soon);
  return submit(desk, 'bridging.add');
};

function closing(button: 'bridging.closeNow' | 'bridging.closeSoon'): Action {
  return async (desk, { bridge }) => {
    await desk
      .tile(String(bridge))
      .getByRole('button', { name: desk.text('bridging.close') })
      .click(soon);
    return submit(desk, button);
  };
}

const markCrossing: Action = async (
  desk,
  { record, unit, place, from, origin, host, basis },
  { callSign, incident },
) => {
  await desk.choose(incident());
  await desk.page.getByRole('button', { name: desk.text('border.mark') }).click(soon);
  const dialog = desk.page.getByRole('dialog');
  const known = desk.page.locator(`li[data-record="${String(record)}"]`);
  const isNew = (await known.count()) === 0;
  await dialog.getByLabel(desk.text('border.record')).selectOption(isNew ? '' : String(record), soon);
  await dialog.getByLabel(desk.text('border.unit')).fill(callSign(String(unit)), soon);
  await dialog.getByLabel(desk.text('border.place')).selectOption(String(place), soon);
  await dialog.getByRole('radio', { name: `${String(from)} →` }).check(soon);
  if (isNew) {
    if (basis !== undefined) await dialog.getByLabel(desk.text('border.patrol')).check(soon);
    if (origin !== undefined && host !== undefined) await chooseRooms(desk, dialog, origin, host);
    if (basis === undefined) await fillWords(desk, dialog, desk.text('border.categories.robbery'));
  }
  return submit(desk, 'border.markNow');
};

const acceptPursuit: Action = async (desk, { record, condition }, { incident }) => {
  await desk.choose(incident());
  const row = desk.page.locator(`li[data-record="${String(record)}"]`);
  await row.getByRole('button', { name: desk.text('border.accept') }).click(soon);
  await fillWords(desk, desk.page.getByRole('dialog'), String(condition));
  return submit(desk, 'border.acceptNow');
};

const acknowledge: Action = async (desk, { unit }, { callSign }) => {
  const call = emergencyOf(desk, callSign(String(unit)));
  const pressedMs = utcMs();
  const button = call.getByRole('button', { name: desk.text('emergency.acknowledge'), exact: true });
  await button.click(soon);
  const gone = button.waitFor({ state: 'hidden', ...soon }).then(() => '');
  const refusal = await firstOf(gone, wordsOf(call.locator('.emergency-actions').getByRole('alert')));
  return { refusal, pressedMs, answeredMs: utcMs() };
};

const acknowledgeOnBehalf: Action = async (desk, { unit, proof }, { callSign }) => {
  const call = emergencyOf(desk, callSign(String(unit)));
  await call.getByRole('button', { name: desk.text('emergency.behalf') }).click(soon);
  await desk.page.getByRole('dialog').getByLabel(desk.text('emergency.proof')).fill(String(proof), soon);
  return submit(desk, 'emergency.behalf');
};

const clearEmergency: Action = async (desk, { unit }, { callSign }) => {
  const call = emergencyOf(desk, callSign(String(unit)));
  await call.getByRole('button', { name: desk.text('emergency.clear') }).click(soon);
  const dialog = desk.page.getByRole('dialog');
  await dialog.getByRole('radio', { name: desk.text('emergency.causes.helped') }).check(soon);
  const asked = await submit(desk, 'emergency.clearNext');
  if (asked.refusal !== '') return asked;
  const pressedMs = utcMs();
  await call.getByRole('button', { name: desk.text('emergency.confirm') }).click(soon);
  const gone = call.waitFor({ state: 'hidden', ...soon }).then(() => '');
  const refusal = await firstOf(gone, wordsOf(call.getByRole('alert')));
  return { refusal, pressedMs, answeredMs: utcMs() };
};

function emergencyOf({ page }: Desk, callSign: string): Locator {
  return page.locator('.emergency').filter({ hasText: callSign }).first();
}

async function chooseRooms(desk: Desk, dialog: Locator, origin: unknown, host: unknown): Promise<void> {
  await dialog.getByLabel(desk.text('border.origin')).selectOption(String(origin), soon);
  await dialog.getByLabel(desk.text('border.host')).selectOption(String(host), soon);
}

/** The line for own words, below those that are one click each. */
async function fillWords(desk: Desk, dialog: Locator, words: string): Promise<void> {
  await dialog.getByLabel(desk.text('border.ownWords')).fill(words, soon);
}

/** The dialog closes when it is done, else it says why not. */
async function submit(desk: Desk, button: string): Promise<ActionResult> {
  const dialog = desk.page.getByRole('dialog');
  const pressedMs = utcMs();
  await dialog.getByRole('button', { name: desk.text(button), exact: true }).click(soon);
  const gone = dialog.waitFor({ state: 'hidden', ...soon }).then(() => '');
  const refusal = await firstOf(gone, wordsOf(dialog.getByRole('alert')));
  const answeredMs = utcMs();
  if (refusal !== '') await desk.page.keyboard.press('Escape');
  return { refusal, pressedMs, answeredMs };
}

async function wordsOf(alert: Locator): Promise<string> {
  await alert.first().waitFor(soon);
  return (await alert.first().textContent()) ?? '';
}

/** By the address of the view, which no button leads to whoever may not search. */
const searchRecordings: Action = async (desk, { group }) => {
  const { page } = desk;
  await page.evaluate("location.hash = '#recordings'");
  const view = page.locator('.recordings');
  await view.getByLabel(desk.text('timeline.group')).selectOption(String(group), soon);
  await view.getByLabel(desk.text('recordings.reason')).fill('scenario', soon);
  const pressedMs = utcMs();
  await view.getByRole('button', { name: desk.text('recordings.search') }).click(soon);
  // Not that it searches.
  const shown = view
    .locator('.recordings-rows')
    .or(view.getByText(desk.text('recordings.none')))
    .first();
  const done = shown.waitFor(soon).then(() => '');
  const refusal = await firstOf(wordsOf(view.getByRole('alert')), done);
  const answeredMs = utcMs();
  await page.keyboard.press('Escape');
  return { refusal, pressedMs, answeredMs };
};

/** Whichever comes; the other one's patience ends unheard. */
function firstOf(...ways: readonly Promise<string>[]): Promise<string> {
  for (const way of ways) way.catch(() => undefined);
  return Promise.any(ways);
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** By the customer's names; what is not here the page cannot do yet. */
export const actions: Readonly<Record<string, Action>> = {
  'activate-plan': activatePlan,
  'set-plan-level': setPlanLevel,
  'end-plan': endPlan,
  'validate-hit': validateHit,
  talk,
  'open-bridge': openGroup,
  'add-member': addMember,
  'close-bridge': closing('bridging.closeNow'),
  'close-bridge-soon': closing('bridging.closeSoon'),
  'mark-crossing': markCrossing,
  'accept-pursuit': acceptPursuit,
  'acknowledge-emergency': acknowledge,
  'acknowledge-on-behalf': acknowledgeOnBehalf,
  'clear-emergency': clearEmergency,
  'set-retention': setRetention,
  'search-recordings': searchRecordings,
};
