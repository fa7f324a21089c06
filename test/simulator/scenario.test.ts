import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ManualClock } from '../../src/base/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import { readScenario, type Scenario, ScenarioPlayer } from '../../src/simulator/scenario.ts';
import { readAlawWav } from '../../src/simulator/wav.ts';

const folder = join(import.meta.dirname, '../../config');
const scenario = readScenario(parse(readFileSync(join(folder, 'demo-scenario.yaml'), 'utf8')));
const overs = scenario.steps.filter((step) => step.do === 'say');
const { config } = loadConfig({ file: join(folder, 'demo.yaml'), environment: {}, workingFolder: folder });

function lengthMs(speech: string): number {
  const reading = readAlawWav(readFileSync(join(folder, 'demo-speech', speech)));
  return reading.ok ? reading.alaw.length / 8 : Number.NaN;
}

describe('scenario of the demonstration', () => {
  it('names only units, talkgroups and networks that config/demo.yaml has, each unit on its own network', () => {
    for (const { unit, talkgroup } of scenario.steps) {
      const network = config.talkgroups.find(({ id }) => id === talkgroup)?.network;
      expect([talkgroup, network]).not.toContain(undefined);
      expect(config.units.find(({ id }) => id === unit)).toMatchObject({ network });
      expect(config.simulator?.networks.map((each) => each.network)).toContain(network);
      expect(config.sharedGroups.flatMap(({ legs }) => legs.map((leg) => leg.talkgroup))).toContain(talkgroup);
    }
  });

  it('lets no two overs of a shared group collide or follow within 500 ms, but those that are meant to', () => {
    for (const group of config.sharedGroups) {
      const own = new Set(group.legs.map(({ talkgroup }) => talkgroup));
      const said = overs
        .filter(({ talkgroup }) => own.has(talkgroup))
        .map(({ speech, atMs, overlap }) => ({ speech, atMs, endMs: atMs + lengthMs(speech), overlap }));
      for (const over of said) {
        expect(over.endMs).toBeGreaterThan(over.atMs);
        const before = said.filter((other) => other !== over && !other.overlap && other.atMs <= over.atMs);
        const freeMs = Math.max(0, ...before.map(({ endMs }) => endMs));
        if (over.overlap) expect(over.atMs, over.speech).toBeLessThan(freeMs);
        else expect(over.atMs, over.speech).toBeGreaterThanOrEqual(freeMs + 500);
      }
    }
  });

  it('has radios say something beside voice: a status that is known, their places, a text, an alarm and its end', () => {
    expect(scenario.steps.map((step) => step.do).filter((what) => what !== 'say')).toEqual([
      'status',
      ...Array.from({ length: 7 }, () => 'position'),
      'text',
      'alarm',
      'alarm',
    ]);
    const codes = config.statuses.flatMap(({ numbers }) => numbers.map(({ number }) => number));
    for (const step of scenario.steps) if (step.do === 'status') expect(codes).toContain(step.code);
  });

  it('is in French and Dutch, has one overlap, and leaves the operator 20 s', () => {
    expect(new Set(overs.map(({ lang }) => lang))).toEqual(new Set(['fr', 'nl']));
    expect(overs.filter(({ overlap }) => overlap)).toHaveLength(1);
    expect(scenario.operatorPauseMs).toBe(20_000);
  });
});

describe('scenario reader', () => {
  it('refuses a step with both unit and address, or neither, and keys that it does not know', () => {
    const [step] = overs;
    const withStep = (change: object) => () => readScenario({ ...scenario, steps: [{ ...step, ...change }] });
    expect(withStep({})).not.toThrow();
    expect(withStep({ unit: undefined, address: '5399999' })).not.toThrow();
    expect(withStep({ address: '5399999' })).toThrow('either unit or address');
    expect(withStep({ unit: undefined })).toThrow('either unit or address');
    expect(withStep({ loud: true })).toThrow('loud');
    expect(withStep({ speech: '../secret.wav' })).toThrow();
    expect(withStep({ do: 'shout' })).toThrow();
  });
});

describe('scenario player', () => {
  const step = (atMs: number, text: string): Scenario['steps'][number] => ({ ...overs[0]!, atMs, text });
  const played = (clock: ManualClock) => {
    const said: [number, string][] = [];
    const short: Scenario = { ...scenario, operatorPauseMs: 5000, steps: [step(4000, 'second'), step(1000, 'first')] };
    const player = new ScenarioPlayer(short, clock, (each) => {
      said.push([clock.nowMs(), each.do === 'say' ? each.text : '']);
      return 1500;
    });
    return { player, said };
  };

  it('plays steps in order of their time, and again once the operator had his pause after the last word', () => {
    const clock = new ManualClock({ nowMs: 100 });
    const { player, said } = played(clock);
    player.start();
    clock.advance(30_000);
    // A round lasts 4000 + 1500 ms, then 5000 ms of pause.
    expect(said).toEqual([
      [1100, 'first'],
      [4100, 'second'],
      [11_600, 'first'],
      [14_600, 'second'],
      [22_100, 'first'],
      [25_100, 'second'],
    ]);
  });

  it('says nothing more once stopped, be it in a round or in the pause', () => {
    for (const atMs of [2000, 6000]) {
      const clock = new ManualClock();
      const { player, said } = played(clock);
      player.start();
      clock.advance(atMs);
      const before = said.length;
      player.stop();
      clock.advance(60_000);
      expect(said).toHaveLength(before);
      expect(clock.plannedCalls).toBe(0);
    }
  });
});
