/**
 * The fleet data of a running gateway, changed over HTTP by people of two countries while a radio talks, and taken over
 * by what runs; killed in the midst, the gateway starts with the old version or the new one.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { show } from './support/figures.ts';
import { FleetClient } from './support/fleet-client.ts';
import type { Gateway } from './support/gateway.ts';
import { RadioStage, type Role } from './support/radio-stage.ts';
import { resampled } from './support/sound.ts';
import { compareSpeech } from './support/speech-compare.ts';
import { playing, until } from './support/until.ts';
import { readWav } from './support/wav.ts';

const cast = {
  a: { group: 'xb-duo', network: 'astrid', number: '5300110' },
  b: { group: 'xb-duo', network: 'inpt', number: '590-911' },
} as const satisfies Record<string, Role>;
const person = { display: 'OPO', role: 'fleet-admin', language: 'fr' } as const;

let stage: RadioStage<keyof typeof cast>;
let opoBe: FleetClient;
let opoFr: FleetClient;
/** The gateway that was started after a kill. */
let later: Gateway | undefined;
/** Five seconds. */
const french = resampled(readWav(new URL('../vectors/speech-fr-16k.wav', import.meta.url)), 8000);

beforeAll(async () => {
  stage = await RadioStage.set(cast);
  await stage.startGateway({
    accounts: { enabled: true },
    controlRooms: [
      { id: 'cr-be', callSign: 'CIC Hainaut', country: 'BE' },
      { id: 'cr-fr', callSign: 'CORG Lille', country: 'FR' },
    ],
    people: [
      { ...person, id: 'opo-be', controlRoom: 'cr-be', country: 'BE' },
      { ...person, id: 'opo-fr', controlRoom: 'cr-fr', country: 'FR' },
      { ...person, id: 'lotte', display: 'Lotte', role: 'dispatcher', controlRoom: 'cr-be', country: 'BE' },
    ],
    organisations: [{ id: 'pz', name: 'PZ Mouscron', country: 'BE' }],
    units: [
      { id: 'm31', organisation: 'pz', callSign: 'Mouscron 31', network: 'astrid', address: '5300131', language: 'fr' },
    ],
  });
  opoBe = await FleetClient.login('opo-be', await stage.gateway.consoleLink());
  opoFr = await FleetClient.invited('opo-fr', stage.gateway);
}, 90_000);

afterAll(async () => {
  await later?.kill();
  await stage?.clear();
}, 20_000);

it('is proposed by one and agreed to by the other, and both stand in the audit log', async () => {
  const proposed = await opoBe.propose('request 12', (fleet) => {
    const [group] = fleet.sharedGroups ?? [];
    Object.assign(group ?? {}, { name: { fr: 'Duo', nl: 'Duo', en: 'Duo' } });
  });
  expect([proposed.status, proposed.body.state]).toEqual([201, 'proposed']);
  const agreed = await opoFr.agree(1);
  expect([agreed.status, agreed.body.state]).toEqual([200, 'active']);
  const audited = async () => (await stage.gateway.audited('--event', 'fleet.changed')).output;
  await expect.poll(audited).toContain('"state":"active"');
});

it('is taken over in the midst of an over, which loses no frame', async () => {
  const from = stage.gateway.lines.length;
  const heard = stage.listen(['b']);
  const over = stage.over('a', french);
  await playing(500);
  const { body } = await opoBe.propose('request 13', (fleet) => {
    fleet.units?.push({ ...fleet.units[0], id: 'm32', callSign: 'Mouscron 32', address: '5300132' });
    Object.assign(fleet.sharedGroups?.[0] ?? {}, { name: { fr: 'Duo deux', nl: 'Duo twee', en: 'Duo two' } });
  });
  await opoFr.agree(Number(body.number));
  await until('it is taken over', () => stage.gateway.linesOf('fleet.taken', from).length > 0, 20_000);
  const { line } = await over;
  const [taken] = stage.gateway.linesOf('fleet.taken', from);
  expect(taken).toMatchObject({ version: body.number, taken: 2, waits: '', restart: '' });
  expect(Date.parse(taken?.time ?? '')).toBeLessThan(Date.parse(line.time)); // while it was spoken
  expect(line).toMatchObject({ lostMs: 0 });
  const figures = compareSpeech(french, heard().b);
  show('taken over in the midst', { ...figures });
  expect(figures.coverAfterOnset).toBeGreaterThanOrEqual(0.99);
  expect(figures.longestGapMs).toBeLessThanOrEqual(100);
  expect((await opoBe.get('fleet/state')).body).toEqual({ active: body.number, running: body.number, owed: [] });
}, 40_000);

const legs = async () => (await stage.gateway.readiness()).parts.legs;

it('waits with a permanent group until there is no talk on it, and calls it anew', async () => {
  const from = stage.gateway.lines.length;
  const taken = () => stage.gateway.linesOf('fleet.taken', from).map((line) => [line.taken, line.waits]);
  const over = stage.over('a', french);
  await playing(500);
  const { body } = await opoBe.propose('request 14', (fleet) => {
    Object.assign(fleet.sharedGroups?.[0] ?? {}, { priority: 3 });
  });
  await opoFr.agree(Number(body.number));
  await until('it is looked at', () => taken().length > 0, 20_000);
  expect(taken()).toEqual([[0, 'sharedGroups xb-duo (talk)']]);
  expect((await opoBe.get('fleet/state')).body.owed).toMatchObject([{ item: 'xb-duo', when: 'waits', why: 'talk' }]);
  expect((await over).line).toMatchObject({ lostMs: 0 });
  await until('it is taken over', () => taken().length > 1, 20_000);
  expect(taken()[1]).toEqual([1, '']);
  await until('both are up again', async () => (await legs()).up === 2, 20_000);
}, 60_000);

it('closes a permanent group, and opens another, without a restart', async () => {
  const turn = async (mode: string) => {
    const { body } = await opoBe.propose(`make it ${mode}`, (fleet) => {
      Object.assign(fleet.sharedGroups?.[0] ?? {}, { mode });
    });
    await opoFr.agree(Number(body.number));
  };
  await turn('on-demand');
  await until('it is let go', async () => (await legs()).total === 0, 20_000);
  await turn('permanent');
  await until('it is joined', async () => (await legs()).up === 2, 20_000);
  const heard = stage.listen(['b']);
  const { line } = await stage.over('a', french);
  expect(line).toMatchObject({ group: 'xb-duo', lostMs: 0, priority: 3 });
  const figures = compareSpeech(french, heard().b);
  show('in a group that was made permanent', { ...figures });
  expect(figures.coverAfterOnset).toBeGreaterThanOrEqual(0.99);
}, 60_000);

it('is not for a dispatcher, and his wish stands in the log', async () => {
  const lotte = await FleetClient.invited('lotte', stage.gateway);
  expect((await lotte.get('fleet')).status).toBe(403);
  await expect
    .poll(() => stage.gateway.linesOf('fleet.refused'))
    .toMatchObject([{ what: 'read', operator: 'Lotte', refusal: 'role' }]);
});

it('killed in the midst, the gateway starts with the old version or the new one, and goes on from there', async () => {
  for (const [round, waitMs] of [0, 15, 60].entries()) {
    const { body } = await opoBe.propose(`round ${round}`, (fleet) => {
      Object.assign(fleet.units?.[0] ?? {}, { callSign: `Mouscron 4${round}` });
      Object.assign(fleet.sharedGroups?.[0] ?? {}, { short: `R${round}` });
    });
    const version = Number(body.number);
    const agreed = opoFr.agree(version).catch(() => undefined); // its answer may not come
    await playing(waitMs); // the kill falls into another moment each time
    later = await (later ?? stage.gateway).restart('SIGKILL');
    await agreed;
    const [started] = later.linesOf('gateway.starting');
    expect([version - 1, version]).toContain(started?.fleetVersion);
    await until('it is looked at', async () => (await opoBe.get('fleet/state')).status === 200, 20_000);
    await until(
      'what holds is what it works with',
      async () => {
        const { active, running } = (await opoBe.get('fleet/state')).body;
        return active === running;
      },
      20_000,
    );
    const state = (await opoBe.get(`fleet/versions/${version}`)).body.state;
    if (state === 'proposed') expect((await opoFr.agree(version)).body.state).toBe('active');
    else expect(state).toBe('active');
  }
}, 90_000);
