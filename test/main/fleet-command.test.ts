/** `escaut fleet` beside the state of a gateway: what it says, what it writes, what the log says of it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { auditLines, auditVerdict } from '../../src/audit-command.ts';
import type { Command } from '../../src/command-line.ts';
import { CommandProblem } from '../../src/command-log.ts';
import { loadConfig } from '../../src/config/load.ts';
import { runFleetCommand } from '../../src/fleet-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'escaut-fleet-command-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (callSign: string, legs: string) => `
units: [{id: m31, address: "1", network: be, callSign: ${callSign}, organisation: pz, language: fr}]
organisations: [{id: pz, name: PZ Mouscron, country: BE}]
controlRooms: [{id: cr, callSign: CCPD, country: BE}]
people:
  - {id: opo-be, display: OPO BE, role: fleet-admin, controlRoom: cr, country: BE}
  - {id: opo-fr, display: OPO FR, role: fleet-admin, controlRoom: cr, country: FR}
  - {id: disp, display: Dirk, role: dispatcher, controlRoom: cr, country: BE}
talkgroups:
  - {id: a, network: be, number: "5300110", short: HT ALERTE 1}
  - {id: b, network: fr, number: "911", short: POLICE 1}
sharedGroups:
  - {id: xb, short: FRBE 1, name: {fr: a, nl: b, en: c}, mode: disabled, legs: [${legs}]}
`;
const both = '{talkgroup: a}, {talkgroup: b}';
const infrastructure = `version: 1
gateway: {id: gw, name: {fr: a, nl: b, en: c}, stateFolder: state}
networks:
  - {id: be, name: ASTRID, technology: tetra, country: BE}
  - {id: fr, name: INPT, technology: tetrapol, country: FR}
`;

let place = '';
beforeEach(() => {
  place = mkdtempSync(join(folder, 'gw-'));
  writeFileSync(join(place, 'escaut.yaml'), infrastructure + file('Mouscron 31', both));
});

function load() {
  return loadConfig({ file: 'escaut.yaml', environment: {}, workingFolder: place });
}

type Fleet = Extract<Command, { name: 'fleet' }>;
type Act = Fleet extends infer Each ? (Each extends Fleet ? Omit<Each, 'name' | 'config'> : never) : never;

async function fleet(command: Act, utcMs = 1_700_000_000_000, environment = {}) {
  const around = { environment, workingFolder: place };
  const whole = { ...command, name: 'fleet' } as Fleet;
  return runFleetCommand(load(), whole, around, () => utcMs);
}

function propose(text: string, by = 'opo-be', more: { check?: boolean; fromUtcMs?: number } = {}) {
  writeFileSync(join(place, 'new.yaml'), text);
  const { check = false, ...from } = more;
  return fleet({ act: 'propose', path: 'new.yaml', by, reason: 'demande 12', check, ...from });
}

async function log(): Promise<{ event: string; about: Record<string, unknown> }[]> {
  const lines: { event: string; about: Record<string, unknown> }[] = [];
  for await (const line of auditLines(load().config, {})) lines.push(JSON.parse(line));
  return lines;
}

const callSign = () => load().config.units[0]?.callSign;

describe('what is listened to', () => {
  it('is read as the gateway last wrote it', async () => {
    expect((await fleet({ act: 'shadow' })).words).toBe('no talkgroup is listened to');
    const side = { overs: 2, voiceMs: 3000, queued: 1, refused: 0, cut: 0, emergencies: 0 };
    const at = '2026-11-29T02:15:00.000Z';
    const shadow = {
      ...{ group: 'xb', talkgroup: 'b', state: 'up', since: at, in: side, out: side, plan: '' },
      ...{ unheardMs: 200, collisions: 1, collisionMs: 300, lowered: 0, loops: 0, unreadable: 0, data: 0 },
      last: [{ what: 'over', at, way: 'in', talker: 'BAC 2', voiceMs: 1500, end: 'released' }],
    };
    const kept = join(place, 'state', 'gw', 'shadows.json');
    writeFileSync(kept, JSON.stringify({ version: 1, at, shadows: [shadow] }));
    const { words } = await fleet({ act: 'shadow' });
    expect(words).toContain('b beside xb: up, counted since 2026-11-29 02:15:00 UTC');
    expect(words).toContain('into the group:  2 overs, 3.0 s; 1 would wait');
    expect(words).toContain('2026-11-29 02:15:00 UTC over in BAC 2: 1.5 s released');
    writeFileSync(kept, '{}');
    await expect(fleet({ act: 'shadow' })).rejects.toThrow(CommandProblem);
  });
});

describe('escaut fleet', () => {
  it('exports what holds as the file has it', async () => {
    const { words } = await fleet({ act: 'export' });
    expect(words).toContain('callSign: Mouscron 31');
    expect(words).not.toContain('networks');
    expect(await propose(words)).toEqual({ isDone: false, words: 'refused: it changes nothing' });
  });

  it('makes a gateway start with what was agreed on, in place of the data of its file', async () => {
    const { isDone, words } = await propose(file('Mouscron 39', both));
    expect(isDone).toBe(true);
    expect(words).toContain('version 1: holds; a gateway that runs takes it over within 5 s');
    expect(callSign()).toBe('Mouscron 39');
    expect(load().fleetVersion).toBe(1);
    const { words: listed } = await fleet({ act: 'list' });
    expect(listed).toMatch(/1 {2}active.*opo-be.*demande 12\n {3}0 {2}past/);
  });

  it('gives the units as a table and takes it back, each wrong line named and nothing changed', async () => {
    const { words: table } = await fleet({ act: 'units' });
    expect(table).toBe('id,network,address,callSign,organisation,language,controlRoom\r\nm31,be,1,Mouscron 31,pz,fr,');
    const wish = { act: 'propose', path: 'units.csv', by: 'opo-be', reason: 'demande 12', check: false } as const;
    writeFileSync(join(place, 'units.csv'), `${table}\nm32,be,2,Mouscron 32,pz\nm33,nowhere,3,Mouscron 33,pz,fr,`);
    const { isDone, words } = await fleet(wish);
    expect([isDone, words]).toEqual([false, expect.stringContaining('units.csv:3:1')]);
    writeFileSync(join(place, 'units.csv'), `${table}\nm33,nowhere,3,Mouscron 33,pz,fr,`);
    expect((await fleet(wish)).words).toContain('units.csv:3:1');
    expect(callSign()).toBe('Mouscron 31');
    writeFileSync(join(place, 'units.csv'), table.replace('Mouscron 31', 'Mouscron 39'));
    expect((await fleet(wish)).isDone).toBe(true);
    expect(callSign()).toBe('Mouscron 39');
  });

  it('tells what a version would change, field by field, and whose word it wants', async () => {
    const { words } = await propose(file('Mouscron 39', '{talkgroup: a, priority: 7}, {talkgroup: b}'), 'opo-be', {
      check: true,
    });
    expect(words.split('\n')).toEqual([
      '  units m31: changed',
      '    callSign: "Mouscron 31" → "Mouscron 39"',
      '  sharedGroups xb: changed',
      '    legs[a].priority: nothing → 7',
      '  wanted: the word of a fleet administrator of FR',
    ]);
    expect(callSign()).toBe('Mouscron 31');
  });

  it('waits for the other country, tells each who may not why, and logs every step and refusal', async () => {
    await propose(file('Mouscron 39', '{talkgroup: a}'));
    expect((await fleet({ act: 'approve', version: 1, by: 'opo-be', reason: '' })).words).toBe(
      'refused: OPO BE has proposed it: somebody else has to agree',
    );
    expect((await fleet({ act: 'approve', version: 1, by: 'disp', reason: '' })).words).toContain('may not edit this');
    expect(callSign()).toBe('Mouscron 31');
    const { words } = await fleet({ act: 'approve', version: 1, by: 'opo-fr', reason: 'd’accord' });
    expect(words).toMatch(/^version 1: holds/);
    expect(words).toContain('approved 2023-11-14 22:13 UTC by OPO FR (fleet-admin, FR): d’accord');
    expect(callSign()).toBe('Mouscron 39');
    expect(
      (await log()).map(({ event, about }) => `${event} ${about.operator} ${about.state ?? about.refusal}`),
    ).toEqual([
      'fleet.changed OPO BE proposed',
      'fleet.refused OPO BE author-cannot-approve',
      'fleet.refused Dirk may-not-edit',
      'fleet.changed OPO FR approved',
      'fleet.changed OPO FR due',
      'fleet.changed OPO BE active',
    ]);
    expect((await auditVerdict(load().config)).isWhole).toBe(true);
  });

  it('believes whom it is told, and has the log say by which user of the machine; a name that is nobody’s is refused there too', async () => {
    await propose(file('Mouscron 39', '{talkgroup: a}'));
    await expect(fleet({ act: 'approve', version: 1, by: 'opo-frr', reason: '' })).rejects.toThrow(
      'there is no person opo-frr in the configuration',
    );
    expect((await fleet({ act: 'show', version: 1 })).words).toContain(
      'wanted: the word of a fleet administrator of FR',
    );
    await fleet({ act: 'refuse', version: 1, by: 'opo-fr', reason: 'non' }, undefined, { SUDO_USER: 'alice' });
    const machineUser = userInfo().username;
    expect((await log()).map(({ event, about }) => ({ event, ...about }))).toMatchObject([
      { event: 'fleet.changed', operator: 'OPO BE', door: 'command', machineUser },
      {
        ...{ event: 'fleet.refused', what: 'approve', operator: 'opo-frr', refusal: 'person-unknown' },
        ...{ door: 'command', machineUser },
      },
      { event: 'fleet.changed', operator: 'OPO FR', state: 'refused', machineUser, sudoOf: 'alice' },
    ]);
  });

  it('names every line of a file with errors, and changes nothing', async () => {
    const text = file('Mouscron 39', both)
      .replace('network: fr', 'network: frr')
      .replace('country: BE}]', 'country: B}]');
    const { isDone, words } = await propose(text);
    expect(isDone).toBe(false);
    expect(words.split('\n').length).toBeGreaterThan(2);
    for (const line of words.split('\n').slice(1)) expect(line).toMatch(/^ {2}new\.yaml:[0-9]+:[0-9]+: /);
    expect(callSign()).toBe('Mouscron 31');
  });

  it('shows a version with its words and its differences, and goes back', async () => {
    await propose(file('Mouscron 39', both));
    const { words } = await fleet({ act: 'show', version: 1 });
    expect(words).toContain('by OPO BE (fleet-admin, BE): demande 12');
    expect(words).toContain('callSign: "Mouscron 31" → "Mouscron 39"');
    expect((await fleet({ act: 'back', version: 0, by: 'opo-be', reason: 'erreur' })).words).toContain(
      'back to version 0',
    );
    expect(callSign()).toBe('Mouscron 31');
    await expect(fleet({ act: 'show', version: 7 })).rejects.toThrow('there is no version 7');
  });

  it('refuses and withdraws with who and why', async () => {
    await propose(file('Mouscron 39', '{talkgroup: a}'));
    expect((await fleet({ act: 'refuse', version: 1, by: 'opo-fr', reason: 'non' })).words).toContain(
      'version 1: refused',
    );
    await propose(file('Mouscron 39', '{talkgroup: b}'));
    expect((await fleet({ act: 'withdraw', version: 2, by: 'opo-be', reason: '' })).words).toContain('withdrawn');
    expect(callSign()).toBe('Mouscron 31');
  });

  it('makes an agreed version hold when its day has come', async () => {
    await propose(file('Mouscron 39', both), 'opo-be', { fromUtcMs: 1_700_000_060_000 });
    expect((await fleet({ act: 'list' })).words).toMatch(/1 {2}approved {3}2023-11-14 22:14 UTC/);
    expect(callSign()).toBe('Mouscron 31');
    await fleet({ act: 'list' }, 1_700_000_060_000);
    expect(callSign()).toBe('Mouscron 39');
  });

  it('names no person that is none, and no file that is none', async () => {
    await expect(propose(file('x', both), 'nobody')).rejects.toThrow(CommandProblem);
    await expect(fleet({ act: 'propose', path: 'none.yaml', by: 'opo-be', reason: 'x', check: false })).rejects.toThrow(
      'none.yaml cannot be read (ENOENT)',
    );
    writeFileSync(join(place, 'latin.yaml'), Buffer.from([0x23, 0xe9]));
    await expect(
      fleet({ act: 'propose', path: 'latin.yaml', by: 'opo-be', reason: 'x', check: false }),
    ).rejects.toThrow('latin.yaml is not UTF-8');
  });
});

describe('a gateway', () => {
  it('does not start with fleet data that somebody has edited by hand', async () => {
    await propose(file('Mouscron 39', both));
    const held = join(place, 'state/gw/fleet.yaml');
    writeFileSync(held, readFileSync(held, 'utf8').replace('Mouscron 39', 'Mouscron 40'));
    expect(load).toThrow('state/gw/fleet.yaml:1:1: is not as the gateway wrote it');
  });

  it('is given anew by the command what somebody has deleted', async () => {
    await propose(file('Mouscron 39', both));
    rmSync(join(place, 'state/gw/fleet.yaml'));
    expect(callSign()).toBe('Mouscron 31');
    await fleet({ act: 'list' });
    expect(callSign()).toBe('Mouscron 39');
  });

  it('tells of errors in it by its own name', async () => {
    await propose(file('Mouscron 39', both));
    writeFileSync(join(place, 'escaut.yaml'), infrastructure.replace('id: fr', 'id: rf') + file('Mouscron 31', both));
    expect(load).toThrow('state/gw/fleet.yaml');
  });
});
