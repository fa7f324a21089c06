import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultLevels, levelGain, readLevels } from '../../src/web/audio/levels.ts';
import {
  defaultOutputs,
  missingOutputs,
  type OutputChoices,
  type OutputDevice,
  purposes,
  readOutputs,
  sinksOf,
  systemOutput,
  writeOutputs,
} from '../../src/web/audio/output-choice.ts';
import { emptyModel } from '../../src/web/model/console-model.ts';
import { fullLevelGroups } from '../../src/web/model/full-level.ts';
import { readGroups } from '../../src/web/model/read-wire.ts';
import { floor, grensleie7 } from './demo-groups.ts';

const headset = { id: 'h', label: 'Headset' };
const speaker = { id: 's', label: 'Speaker' };
const stock = (...devices: OutputDevice[]) => ({ devices, refused: new Set<string>() });
const choices: OutputChoices = { ...defaultOutputs, selected: headset, unselected: speaker };

describe('outputs by purpose', () => {
  it('are those that were chosen while they are there, and the system’s own when not', () => {
    expect(sinksOf(choices, stock(headset, speaker))).toEqual({
      selected: 'h',
      unselected: 's',
      replay: '',
      alarms: '',
    });
    expect(sinksOf(choices, stock(speaker))).toEqual({ selected: '', unselected: 's', replay: '', alarms: '' });
    expect(missingOutputs(choices, stock(speaker))).toEqual(['selected']);
    const refusing = { ...stock(headset, speaker), refused: new Set(['s']) };
    expect(missingOutputs(choices, refusing)).toEqual(['unselected']);
    expect(sinksOf(choices, refusing).unselected).toBe('');
  });

  it('are not said to be missing while the browser lists none', () => {
    expect(missingOutputs(choices, stock())).toEqual([]);
  });

  it('never name a device that is not there, whatever was stored', () => {
    const device = fc.constantFrom(headset, speaker, systemOutput);
    const stored = fc.oneof(
      fc.string(),
      fc
        .dictionary(fc.constantFrom(...purposes), fc.oneof(device, fc.anything()))
        .map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(stored, fc.array(device), (json, devices) => {
        const read = readOutputs(json);
        expect(readOutputs(writeOutputs(read))).toEqual(read);
        for (const sink of Object.values(sinksOf(read, stock(...devices)))) {
          expect(sink === '' || devices.some(({ id }) => id === sink)).toBe(true);
        }
      }),
    );
  });
});

describe('the two levels', () => {
  it('stand 12 dB apart on a new desk', () => {
    const db = 20 * Math.log10(levelGain(defaultLevels.unselected) / levelGain(defaultLevels.selected));
    expect(db).toBeCloseTo(-12, 0);
  });

  it('are within bounds whatever was stored', () => {
    expect(readLevels('{"selected":0.3,"unselected":0}')).toEqual({ selected: 0.3, unselected: 0 });
    for (const json of [null, '', '7', 'null', '{"selected":2,"unselected":"1"}', '{"unselected":null}']) {
      expect(readLevels(json)).toEqual(defaultLevels);
    }
  });

  it('lift whoever is in distress to the full one', () => {
    const wire = ['a', 'b', 'c'].map((id) => ({
      id,
      floor: id === 'c' ? floor(grensleie7, 0, { emergency: true }) : {},
    }));
    const model = { ...emptyModel, groups: readGroups(wire, { nowMs: 0, gatewayUtcMs: 0 }) };
    expect([...fullLevelGroups(model, new Set(), ['a'])]).toEqual(['a', 'c']);
  });
});
