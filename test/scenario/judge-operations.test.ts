import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { DoneFact, HitFact } from '../../scenario/facts.ts';
import {
  judgeAfterMicrophone,
  judgeEscalation,
  judgeHit,
  judgeHome,
  judgeInsertion,
  judgeNationalEmergency,
  judgePlanEnd,
  judgePosition,
  judgeSeen,
  judgeStored,
  judgeValidated,
  judgeWindowShut,
} from '../../scenario/judge-operations.ts';
import { readScenario, type Scenario, type StepOf } from '../../scenario/scenario-file.ts';
import { readTestbed } from '../../scenario/testbed.ts';
import { loadConfig } from '../../src/config/load.ts';
import { factsWith, logged, shown, startMs } from './facts-of-test.ts';

const folder = new URL('../../config/scenarios/', import.meta.url);
const file = new URL('border.yaml', folder).pathname;
const { config } = loadConfig({ file, environment: {}, workingFolder: folder.pathname });
const testbed = readTestbed(parse(readFileSync(new URL('testbed.yaml', folder), 'utf8')));

function scenario(name: string): Scenario {
  const reading = readScenario(parse(readFileSync(new URL(`${name}.yaml`, folder), 'utf8')));
  if (!reading.ok) throw new Error(reading.problems.join('\n'));
  return reading.scenario;
}

const s2 = scenario('S2');
const stepOf = <Kind extends 'hit' | 'ui' | 'pos' | 'emg'>(from: Scenario, kind: Kind, at = 0) => {
  const found = from.steps.filter((step) => step.do === kind)[at];
  return found as StepOf<Kind>;
};
const indexOf = (from: Scenario, fits: (step: Scenario['steps'][number]) => boolean) => from.steps.findIndex(fits);
const done = (afterMs: number, action: string, refusal = ''): DoneFact => ({
  ...{ step: 1, person: 'ccpd-be-2', action, refusal },
  ...{ pressedMs: startMs + afterMs, answeredMs: startMs + afterMs + 100 },
});

describe('hits (A-19)', () => {
  const h1 = indexOf(s2, (step) => step.do === 'hit' && step.id === 'H-1');
  const h2 = indexOf(s2, (step) => step.do === 'hit' && step.id === 'H-2');
  const hit = (step: number, change: Partial<HitFact>): HitFact => ({
    ...{ step, atMs: startMs, status: 201, hit: 1, taken: 'new', state: 'unvalidated' },
    ...change,
  });
  const first = hit(h1, {});
  const looked = [{ ...done(5000, 'validate-hit'), step: h1 + 1 }];

  it('one read is one hit, a second of the same vehicle the same, and nothing is said before a person has looked', () => {
    expect(judgeHit(first, s2, factsWith({ hits: [first], done: looked }), testbed)).toMatchObject({
      result: 'passed',
    });
    const early = [logged(3000, 'announcement.ended', { announcement: 'ann-hit' })];
    expect(judgeHit(first, s2, factsWith({ hits: [first], done: looked, log: early }), testbed)).toMatchObject({
      result: 'failed',
    });
    const merged = hit(h2, { taken: 'merged' });
    expect(judgeHit(merged, s2, factsWith({ hits: [first, merged] }), testbed)).toMatchObject({ result: 'passed' });
    const apart = hit(h2, { hit: 2 });
    expect(judgeHit(apart, s2, factsWith({ hits: [first, apart] }), testbed)).toMatchObject({ result: 'failed' });
  });

  it('a hit that was rejected is on no announcement', () => {
    const step = s2.steps.find((each) => each.do === 'ui' && each.args.hit === 'H-3') as StepOf<'ui'>;
    expect(judgeValidated(done(0, 'validate-hit'), step, s2, factsWith({}))).toMatchObject({ result: 'passed' });
    const aired = [logged(9000, 'announcement.ended', { texts: ['Hit bevestigd. blauwe Peugeot.'] })];
    expect(judgeValidated(done(0, 'validate-hit'), step, s2, factsWith({ log: aired }))).toMatchObject({
      result: 'failed',
    });
    expect(judgeValidated(done(0, 'validate-hit', 'Non.'), step, s2, factsWith({}))).toMatchObject({
      result: 'failed',
    });
  });

  it('no plate is in what the gateway has written', () => {
    expect(judgeStored(factsWith({ searched: { files: 3, bytes: 900, found: [] } }))).toMatchObject({
      result: 'passed',
    });
    expect(judgeStored(factsWith({ searched: { files: 3, bytes: 900, found: ['1QZX473'] } }))).toMatchObject({
      result: 'failed',
    });
    expect(judgeStored(factsWith({}))).toMatchObject({ result: 'failed' });
  });
});

describe('positions (A-17)', () => {
  const step = stepOf(s2, 'pos');
  const at = { group: 'xb-patr-b2', begunMs: startMs };
  const watching = [shown(-5000, 'ccpd-fr-1', 'xb-patr-b2'), shown(-5000, 'ccpd-be-2', 'xb-patr-b2')];
  const noticed = [{ atMs: startMs + 300, person: 'ccpd-fr-1', text: 'Position Mixte 2 11:42:00 50.77900° N' }];

  it('come to consoles of the other country', () => {
    expect(judgePosition(step, at, factsWith({ shown: watching, noticed }), config)).toMatchObject({
      result: 'passed',
    });
    expect(judgePosition(step, at, factsWith({ shown: watching }), config)).toMatchObject({ result: 'failed' });
  });

  it('are gone there when the link has closed', () => {
    const seen = (callSign: string) => [{ step: 7, person: 'tn-op-1', units: [{ callSign, words: callSign }] }];
    expect(judgeWindowShut(7, factsWith({ seen: seen('BAC 2') }), config)).toMatchObject({ result: 'passed' });
    expect(judgeWindowShut(7, factsWith({ seen: seen('Mouscron 31') }), config)).toMatchObject({ result: 'failed' });
    expect(judgeWindowShut(7, factsWith({}), config)).toMatchObject({ result: 'failed' });
  });

  it('are of units of the group alone', () => {
    const check = indexOf(s2, (each) => each.do === 'check');
    const seen = (...callSigns: string[]) => [
      { step: check, person: 'codt-op-1', units: callSigns.map((callSign) => ({ callSign, words: callSign })) },
    ];
    const judged = (...callSigns: string[]) =>
      judgeSeen(check, 'xb-patr-b2', s2, factsWith({ seen: seen(...callSigns), shown: watching }), config);
    expect(judged('Mixte 2', 'GMSI 4')).toMatchObject({ result: 'passed' });
    expect(judged('Mixte 2', 'Vlas 12')).toMatchObject({ result: 'failed' });
    expect(judged()).toMatchObject({ result: 'not-yet' });
  });
});

describe('emergencies (A-10 to A-12)', () => {
  const s1 = scenario('S1');
  const s3 = scenario('S3');
  const press = stepOf(s1, 'emg');
  const changed = (afterMs: number, what: string, fields = {}) =>
    logged(afterMs, 'emergency.changed', { what, emergency: 1, ...fields });

  it('belong to the control room of the unit', () => {
    const of = (home: readonly string[]) =>
      judgeHome(press, startMs, factsWith({ log: [changed(40, 'raised', { home })] }), config);
    expect(of(['cr-tn59'])).toMatchObject({ result: 'passed' });
    expect(of(['cr-ht'])).toMatchObject({ result: 'failed' });
    expect(of(['cr-tn59', 'cr-ht'])).toMatchObject({ result: 'failed' });
  });

  it('are escalated after 20 s, at a supervisor’s console', () => {
    const noticed = [{ atMs: startMs + 20_100, person: 'ccpd-sup', text: '' }];
    const judged = (afterMs: number, text: string) =>
      judgeEscalation(
        startMs + 25_000,
        factsWith({
          log: [changed(0, 'raised'), changed(afterMs, 'escalated')],
          noticed: noticed.map((each) => ({ ...each, text })),
        }),
        config,
      );
    const words = JSON.parse(readFileSync(new URL('../../src/web/i18n/fr.json', import.meta.url), 'utf8')).emergency;
    expect(judged(20_050, words.escalated)).toMatchObject({ result: 'passed' });
    expect(judged(35_000, words.escalated)).toMatchObject({ result: 'failed' });
    expect(judged(20_050, '')).toMatchObject({ result: 'failed' });
  });

  it('of a national talkgroup are nowhere here', () => {
    const national = stepOf(s3, 'emg');
    expect(judgeNationalEmergency(national, factsWith({}), config)).toMatchObject({ result: 'passed' });
    const noticed = [{ atMs: startMs, person: 'ht-op-1', text: 'Détresse Tournai 21' }];
    expect(judgeNationalEmergency(national, factsWith({ noticed }), config)).toMatchObject({ result: 'failed' });
    const address = config.units.find(({ id }) => id === national.by)?.address;
    const log = [logged(0, 'emergency.changed', { what: 'raised', talker: address })];
    expect(judgeNationalEmergency(national, factsWith({ log }), config)).toMatchObject({ result: 'failed' });
  });

  it('are announced after the open microphone', () => {
    const words = [{ language: 'fr', rateHz: 8000, samples: new Float32Array(16_000) } as const];
    const found = { step: 1, startMs, words, ended: [logged(10_000, 'announcement.ended', { talkgroups: ['as:1'] })] };
    expect(judgeAfterMicrophone(found, startMs + 7000)).toMatchObject({ result: 'passed' });
    expect(judgeAfterMicrophone(found, startMs + 9500)).toMatchObject({ result: 'failed' });
    expect(judgeAfterMicrophone(found, undefined)).toMatchObject({ result: 'failed' });
  });
});

describe('one-way announcements (A-12)', () => {
  const words = [{ language: 'fr', rateHz: 8000, samples: new Float32Array(16_000) } as const];
  const ended = [logged(10_000, 'announcement.ended', { talkgroups: ['in:590-131'] })];
  const packet = (afterMs: number) => ({
    ...{ atMs: startMs + afterMs, talkgroup: 'in:590-131', attachment: 'in-lil-1', timestamp: 0 },
    ...{ alaw: new Uint8Array(160), carried: true, silent: false },
  });

  it('bring the announcement and nothing else', () => {
    const judged = (...times: number[]) =>
      judgeInsertion({ step: 1, startMs, words, ended }, factsWith({ heard: times.map(packet) }));
    expect(judged(8000, 9000)).toMatchObject({ result: 'passed' });
    expect(judged(8000, 60_000)).toMatchObject({ result: 'failed' });
    expect(judged()).toMatchObject({ result: 'failed' });
  });
});

describe('the end of a plan (A-28)', () => {
  const groups = { closing: ['xb-plan-cmd'], staying: ['xb-acc'] };
  const log = [
    logged(-60_000, 'leg.changed', { leg: 'xb-acc/as:1', state: 'up' }),
    logged(60_000, 'announcement.ended', { announcement: 'ann-closed', group: 'xb-plan-cmd' }),
    logged(60_500, 'leg.changed', { leg: 'xb-plan-cmd/as:2', state: 'closed' }),
  ];
  const pages = [
    shown(-9000, 'ccpd-sup', 'xb-plan-cmd'),
    shown(60_600, 'ccpd-sup', 'xb-plan-cmd', { state: 'onDemand' }),
  ];

  it('closes what it opened, announced and shown, and leaves the rest', () => {
    const ended = done(0, 'end-plan');
    expect(judgePlanEnd(ended, groups, factsWith({ log, shown: pages }))).toMatchObject({ result: 'passed' });
    expect(judgePlanEnd(ended, groups, factsWith({ log, shown: pages.slice(0, 1) }))).toMatchObject({
      result: 'failed',
    });
    expect(judgePlanEnd(ended, groups, factsWith({ log: log.slice(1), shown: pages }))).toMatchObject({
      result: 'failed',
    });
    expect(judgePlanEnd(ended, groups, factsWith({ log: log.slice(0, 1), shown: pages }))).toMatchObject({
      result: 'failed',
    });
  });
});
