import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { ConsoleModel } from '../../src/console/console-model.ts';
import { consoleWorld } from '../../src/console/world.ts';

describe('what consoles are shown of a configuration', () => {
  const { config } = loadConfig({ file: 'config/demo.yaml', environment: {}, workingFolder: process.cwd() });
  const world = consoleWorld(config);

  it('has the groups of the demonstration, with their legs, limits and networks', () => {
    const accueil = world.groups.find((group) => group.id === 'xb-acc');
    expect(accueil).toMatchObject({ shortName: 'FRBE ACC', priority: 4, talkLimitMs: 60_000, talkWarnMs: 20_000 });
    expect(accueil?.legs).toEqual([
      { id: 'xb-acc/as:5990001', talkgroup: 'FRBE ACC', network: 'astrid' },
      { id: 'xb-acc/in:590-900', talkgroup: 'FRBE ACC', network: 'inpt' },
      { id: 'xb-acc/ru:59-900', talkgroup: 'FRBE ACC', network: 'rubis' },
    ]);
    expect(world.networks.map((network) => network.id)).toEqual(['astrid', 'inpt', 'rubis']);
    expect(world.gatewayName).toEqual(config.gateway.name);
    expect(world.timezone).toBe('Europe/Brussels');
  });

  it('knows its units by address', () => {
    expect(world.directory.identify('inpt', '590192102')).toMatchObject({ callSign: 'BAC 2', country: 'FR' });
  });

  it('leaves a group that is disabled out, and shows one that is on demand after the joined ones, without a key', () => {
    const modes: Readonly<Record<string, 'disabled' | 'on-demand'>> = {
      'xb-acc': 'disabled',
      'xb-pours-1': 'on-demand',
    };
    const sharedGroups = config.sharedGroups.map((group) => ({ ...group, mode: modes[group.id] ?? group.mode }));
    const model = new ConsoleModel(consoleWorld({ ...config, sharedGroups }));
    const talks = new Set(['xb-patr-b1', 'xb-pours-1', 'xb-acc']);
    expect(
      model.snapshot({ monitored: new Set(), rights: { hears: new Set(), talks, leads: new Set() } }, 0).groups,
    ).toMatchObject([
      { id: 'xb-patr-b1', onDemand: false, mayTalk: true },
      { id: 'xb-pours-1', onDemand: true, mayTalk: false },
      { id: 'xb-pours-2', onDemand: true, mayTalk: false },
    ]);
    expect([...model.joinedGroups]).toEqual(['xb-patr-b1']);
  });
});
