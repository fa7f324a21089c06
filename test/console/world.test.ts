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
    expect(world.gatewayName).toBe(config.gateway.name.fr);
  });

  it('knows its units by address', () => {
    expect(world.directory.identify('inpt', '590192102')).toMatchObject({ callSign: 'BAC 2', country: 'FR' });
  });

  it.each(['disabled', 'on-demand'] as const)('leaves a group that is %s out of the picture', (mode) => {
    const sharedGroups = config.sharedGroups.map((group) => ({
      ...group,
      mode: group.id === 'xb-acc' ? mode : group.mode,
    }));
    const model = new ConsoleModel(consoleWorld({ ...config, sharedGroups }));
    expect(model.groupIds.has('xb-acc')).toBe(false);
    expect(model.groupIds.size).toBe(config.sharedGroups.length - 1);
  });
});
