/**
 * A talkgroup that is listened to beside a group that talks, on real calls: two people put it there while the gateway runs,
 * it is muted on both sides and counted, and becomes a leg by another word of the two, without a restart.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ShadowReport } from '../../src/api/shadow-schema.ts';
import { show } from './support/figures.ts';
import { FleetClient, type FleetSections } from './support/fleet-client.ts';
import { Gateway } from './support/gateway.ts';
import { RadioStage, type Role } from './support/radio-stage.ts';
import { dbov, windowPowers } from './support/sound.ts';
import { playing, until } from './support/until.ts';
import type { Sound } from './support/wav.ts';

const group = 'xb-duo';
/** a and b are called and joined; c is a patrol of a talkgroup of its own, which calls in. */
const cast = {
  a: { group, network: 'astrid', number: '5300110' },
  b: { group, network: 'inpt', number: '590-911' },
  c: {
    group,
    network: 'rubis',
    number: '59-900',
    user: '590192102',
    sip: { mode: 'accept', talkerIdentity: 'caller' },
  },
} as const satisfies Record<string, Role>;
const talkgroup = (name: keyof typeof cast): string => `${cast[name].network}:${name}`;
const legs = (...names: (keyof typeof cast)[]) =>
  names.map((name) => ({ talkgroup: talkgroup(name), attachment: `box-${name}` }));
const admin = { display: 'OPO', role: 'fleet-admin', language: 'fr' } as const;
/** About as much as is said: how long it was is read off the wire. */
const spokenMs = 1500;
const nearMs = 60;

let stage: RadioStage<keyof typeof cast>;
let gateway: Gateway;
let opoBe: FleetClient;
let opoFr: FleetClient;

beforeAll(async () => {
  stage = await RadioStage.set(cast);
  const world = stage.world({
    accounts: { enabled: true },
    controlRooms: [
      { id: 'cr-be', callSign: 'CIC Hainaut', country: 'BE' },
      { id: 'cr-fr', callSign: 'CORG Lille', country: 'FR' },
    ],
    people: [
      { ...admin, id: 'opo-be', controlRoom: 'cr-be', country: 'BE' },
      { ...admin, id: 'opo-fr', controlRoom: 'cr-fr', country: 'FR' },
    ],
    organisations: [{ id: 'pn', name: 'Police nationale', country: 'FR' }],
    units: [
      { id: 'bac2', address: '590 1 92 102', network: 'rubis', callSign: 'BAC 2', organisation: 'pn', language: 'fr' },
    ],
    sharedGroups: [{ id: group, short: group, name: { fr: group, nl: group, en: group }, legs: legs('a', 'b') }],
  });
  gateway = await Gateway.start(stage.ports, world);
  opoBe = await FleetClient.login('opo-be', await gateway.consoleLink());
  opoFr = await FleetClient.invited('opo-fr', gateway);
  await gateway.legsUp(['a', 'b'].map((name) => `${group}/${talkgroup(name as 'a' | 'b')}`));
}, 60_000);

afterAll(async () => {
  await gateway?.kill();
  await stage?.clear();
}, 20_000);

function tone(hz: number): Sound {
  const samples = Float32Array.from({ length: (8000 * spokenMs) / 1000 }, (_, i) => 0.2 * Math.sin((i * hz) / 1273.24));
  return { rateHz: 8000, samples };
}

/** ms in which something sounds. */
function soundingMs({ samples, rateHz }: Sound): number {
  return 20 * [...windowPowers(samples, rateHz)].filter((power) => dbov(power) > -45).length;
}

async function agreed(reason: string, edit: (fleet: FleetSections) => void): Promise<void> {
  const proposed = await opoBe.propose(reason, edit);
  expect([proposed.status, proposed.body.state]).toEqual([201, 'proposed']);
  expect((await opoFr.agree(Number(proposed.body.number))).body.state).toBe('active');
}

async function report(): Promise<ShadowReport> {
  const { body } = await opoFr.get('fleet/shadows');
  const [shadow] = body.shadows as readonly ShadowReport[];
  if (shadow === undefined) throw new Error('nothing is listened to');
  return shadow;
}

/** Lets boxes speak at once, each what it is given, and gives what every box heard meanwhile. */
async function spoken(who: Partial<Record<keyof typeof cast, Sound>>) {
  const heard = stage.listen(stage.names);
  const sinceMs = Date.now();
  const talkers = Object.entries(who) as [keyof typeof cast, Sound][];
  for (const [name, sound] of talkers) stage.boxes[name].say(sound);
  await playing(spokenMs);
  for (const [name] of talkers) stage.boxes[name].hush();
  await playing(1200); // the key is let go after the last word
  return { heard: heard(), sinceMs };
}

it('is put beside the group by two people while the gateway runs, and called', async () => {
  await agreed('request 20', (fleet) => Object.assign(fleet.sharedGroups?.[0] ?? {}, { shadowLegs: legs('c') }));
  await until('it may call', () => gateway.linesOf('fleet.shadow').length > 0, 20_000);
  stage.boxes.c.command('dial', stage.addressOf('c'));
  await until('it is listened to', async () => (await report().catch(() => undefined))?.state === 'up', 20_000);
  expect(gateway.linesOf('fleet.taken').at(-1)).toMatchObject({ taken: 1, waits: '', restart: '' });
  expect(gateway.linesOf('fleet.shadow')).toMatchObject([{ what: 'listens', group, talkgroup: talkgroup('c') }]);
  expect((await gateway.readiness()).parts.legs).toEqual({ up: 2, total: 2 }); // it is none
}, 30_000);

it('hears the group, sends nothing, and counts what it would have sent', async () => {
  const { heard, sinceMs } = await spoken({ a: tone(600) });
  expect(soundingMs(heard.b)).toBeGreaterThan(spokenMs - 100);
  expect(soundingMs(heard.c)).toBe(0);
  expect(stage.capture.rtp(stage.media, stage.boxes.c.rtpPorts, sinceMs)).toHaveLength(0); // not even silence
  await expect.poll(async () => (await report()).out.overs).toBe(1);
  const { out, last } = await report();
  const saidMs = soundingMs(stage.sent('a', sinceMs));
  show('shadow, out', { voiceMs: out.voiceMs, saidMs });
  expect(Math.abs(out.voiceMs - saidMs)).toBeLessThanOrEqual(nearMs);
  expect(last[0]).toMatchObject({ what: 'over', way: 'out', end: 'released' });
}, 15_000);

it('is heard by nobody, and counted with its talker', async () => {
  const { heard, sinceMs } = await spoken({ c: tone(900) });
  expect([soundingMs(heard.a), soundingMs(heard.b)]).toEqual([0, 0]);
  expect(gateway.linesOf('over.ended')).toHaveLength(1);
  await expect.poll(async () => (await report()).in.overs).toBe(1);
  const counted = await report();
  const saidMs = soundingMs(stage.sent('c', sinceMs));
  show('shadow, in', { voiceMs: counted.in.voiceMs, saidMs });
  expect(counted.in).toMatchObject({ overs: 1, queued: 0, refused: 0 });
  expect(Math.abs(counted.in.voiceMs - saidMs)).toBeLessThanOrEqual(nearMs);
  expect(counted.last[0]).toMatchObject({ what: 'over', way: 'in', talker: 'BAC 2', end: 'released' });
  expect(counted).toMatchObject({ collisions: 0, loops: 0 });
}, 15_000);

it('counts who would have talked into whom, and disturbs neither', async () => {
  const before = await report();
  const { heard } = await spoken({ a: tone(600), c: tone(900) });
  expect(soundingMs(heard.b)).toBeGreaterThan(spokenMs - 100);
  const disturbed = async () => {
    const after = await report();
    const own = after.collisions - before.collisions + after.out.queued - before.out.queued;
    return own + after.in.queued - before.in.queued;
  };
  await expect.poll(disturbed).toBeGreaterThan(0);
}, 15_000);

it('becomes a leg by the word of both, without a restart, and is heard', async () => {
  const pid = gateway.processes('voice-process');
  await agreed('request 21: it disturbs nobody', (fleet) => {
    Object.assign(fleet.sharedGroups?.[0] ?? {}, { shadowLegs: [], legs: legs('a', 'b', 'c') });
  });
  await until('it was let go', () => stage.boxes.c.count('CALL_CLOSED') > 0, 20_000);
  stage.boxes.c.command('dial', stage.addressOf('c'));
  await gateway.legsUp([`${group}/${talkgroup('c')}`]);
  expect((await opoBe.get('fleet/shadows')).body.shadows).toEqual([]);
  const toC = await spoken({ a: tone(600) });
  expect(soundingMs(toC.heard.c)).toBeGreaterThan(spokenMs - 300);
  const fromC = await spoken({ c: tone(900) });
  expect(soundingMs(fromC.heard.a)).toBeGreaterThan(spokenMs - 300);
  expect(soundingMs(fromC.heard.b)).toBeGreaterThan(spokenMs - 300);
  expect(gateway.processes('voice-process')).toEqual(pid);
  expect(gateway.linesOf('fleet.shadow').at(-1)).toMatchObject({ what: 'ended' });
  const audited = async () => (await gateway.audited('--event', 'fleet.shadow')).output;
  await expect.poll(audited).toContain('"what":"ended"');
}, 30_000);
