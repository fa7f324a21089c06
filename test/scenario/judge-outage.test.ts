import { describe, expect, it } from 'vitest';
import {
  judgeFailover,
  judgeReturn,
  judgeShedding,
  judgeShownLegs,
  judgeVisible,
  type Outage,
} from '../../scenario/judge-outage.ts';
import { loadConfig } from '../../src/config/load.ts';
import { factsWith, logged, shown, startMs } from './facts-of-test.ts';

const folder = new URL('../../config/scenarios/', import.meta.url);
const file = new URL('border.yaml', folder).pathname;
const { config } = loadConfig({ file, environment: {}, workingFolder: folder.pathname });

const outage: Outage = {
  attachments: ['in-lil-1', 'ro-lil-1', 'ro-dkk-1'],
  cutMs: startMs + 10_000,
  healedMs: startMs + 60_000,
};
const up = (afterMs: number, leg: string, attachment: string) =>
  logged(afterMs, 'leg.changed', { leg, attachment, state: 'up' });
const down = (afterMs: number, leg: string, attachment: string) =>
  logged(afterMs, 'leg.changed', { leg, attachment, state: 'down' });

const command = 'xb-plan-cmd/in:590-941';
const hailing = 'xb-acc/in:590-900';
const customs = 'xb-plan-cmd/ro:590-941';
const before = [up(1000, command, 'in-lil-1'), up(1000, hailing, 'in-lil-1'), up(1000, customs, 'ro-lil-1')];
const carried = [
  ...before,
  down(14_000, command, 'in-lil-1'),
  up(15_000, command, 'in-haz-1'),
  logged(15_000, 'leg.shed', { leg: hailing }),
  down(15_000, hailing, 'in-lil-1'),
  down(14_500, customs, 'ro-lil-1'),
];

describe('failover (A-21)', () => {
  it('passes where what another attachment can carry speaks again in time', () => {
    expect(judgeFailover(outage, factsWith({ log: carried }), config)).toEqual({
      result: 'passed',
      figure: '1 of 3 lost legs speak again within 5.0 s',
    });
  });

  it('fails where one was late, or was neither carried nor shed', () => {
    const late = [...before, up(20_500, command, 'in-haz-1'), logged(15_000, 'leg.shed', { leg: hailing })];
    expect(judgeFailover(outage, factsWith({ log: late }), config)).toMatchObject({ result: 'failed' });
    const left = [...before, up(15_000, command, 'in-haz-1')];
    expect(judgeFailover(outage, factsWith({ log: left }), config)).toMatchObject({ result: 'failed' });
    expect(judgeFailover(outage, factsWith({ log: before }), config)).toMatchObject({ result: 'failed' });
  });
});

describe('shedding (A-23)', () => {
  it('passes where the group that comes before kept its channel, and fails where it did not', () => {
    expect(judgeShedding(outage, factsWith({ log: carried }), config)).toMatchObject({ result: 'passed' });
    const wrong = [...before, up(15_000, hailing, 'in-haz-1')];
    expect(judgeShedding(outage, factsWith({ log: wrong }), config)).toMatchObject({ result: 'failed' });
  });
});

describe('what consoles show of it (A-30)', () => {
  const words = (afterMs: number, activity: string) =>
    shown(afterMs, 'ccpd-be-1', 'xb-plan-cmd', { legs: [`${activity}: INPT …`] });
  const hailingShown = [
    shown(500, 'ccpd-be-1', 'xb-acc', { legs: ['quiet'] }),
    shown(11_900, 'ccpd-be-1', 'xb-acc', { legs: ['fault'] }),
  ];

  it('is judged from the cut on', () => {
    const factsOf = (afterMs: number) =>
      factsWith({ log: carried, shown: [words(500, 'quiet'), words(afterMs, 'fault'), ...hailingShown] });
    expect(judgeVisible(outage, factsOf(11_950))).toMatchObject({ result: 'passed' });
    expect(judgeVisible(outage, factsOf(12_050))).toMatchObject({ result: 'failed' });
  });

  it('fails where a console goes on as before', () => {
    const facts = factsWith({ log: carried, shown: [words(500, 'quiet'), ...hailingShown] });
    expect(judgeVisible(outage, facts)).toMatchObject({ result: 'failed' });
  });
});

describe('return (A-25)', () => {
  const back = (afterMs: number) => logged(afterMs, 'leg.moved', { leg: command, why: 'return' });

  it('passes after the time of stability, and fails before it or while somebody speaks there', () => {
    expect(judgeReturn(outage, 10_000, factsWith({ log: [back(72_000)] }))).toMatchObject({ result: 'passed' });
    expect(judgeReturn(outage, 10_000, factsWith({ log: [back(65_000)] }))).toMatchObject({ result: 'failed' });
    expect(judgeReturn(outage, 10_000, factsWith({}))).toMatchObject({ result: 'failed' });
    const line = {
      ...{ step: 1, by: 't22', speech: { rateHz: 8000, samples: new Float32Array(0) }, group: 'xb-plan-cmd' },
      ...{ startMs: startMs + 70_000, endMs: startMs + 75_000, members: [], played: new Map(), whole: true },
    };
    expect(judgeReturn(outage, 10_000, factsWith({ log: [back(72_000)], said: [line] }))).toMatchObject({
      result: 'failed',
    });
  });
});

describe('what consoles show while no link is cut (A-30)', () => {
  const at = startMs + 20_000;
  const fact = (person: string, legs: readonly string[], state = 'idle') =>
    shown(5000, person, 'xb-acc', { legs, state });
  const acc = ['quiet: ASTRID Prête', 'fault: INPT Hors service'];
  const well = ['quiet: ASTRID Prête', 'quiet: INPT Prête'];

  it('passes where each tile shows what is lost, and nothing else', () => {
    const log = [up(1000, hailing, 'in-lil-1'), logged(2000, 'leg.shed', { leg: hailing })];
    const facts = factsWith({ log, shown: [fact('a', well), fact('a', acc), fact('b', [], 'onDemand')] });
    expect(judgeShownLegs(at, facts)).toEqual({
      result: 'passed',
      figure: '1 leg lost; 1 tile on 1 console, 0 show it otherwise',
    });
    const back = factsWith({ log: [...log, up(3000, hailing, 'in-haz-1')], shown: [fact('a', well)] });
    expect(judgeShownLegs(at, back).result).toBe('passed');
  });

  it.each([
    ['a leg is lost and is not shown so', [down(1000, hailing, 'in-lil-1')], [fact('a', acc), fact('b', well)]],
    ['a leg is shown as lost and is not', [up(1000, hailing, 'in-lil-1')], [fact('a', acc)]],
    ['no console shows anything', [], []],
  ])('fails where %s', (_, log, tiles) => {
    expect(judgeShownLegs(at, factsWith({ log, shown: tiles })).result).toBe('failed');
  });
});
