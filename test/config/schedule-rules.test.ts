/** When scheduled groups are open: what `validate` says of windows that cannot be meant. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { checkConfig } from '../../src/config/load.ts';
import type { PathProblem } from '../../src/config/problems.ts';
import { checkSchedules } from '../../src/config/schedule-rules.ts';
import type { Config } from '../../src/config/schema.ts';

const name = { fr: 'a', nl: 'b', en: 'c' };
const friday = { days: ['fri'], from: '20:00', to: '04:00' };

function group(id: string, schedule: object | undefined, mode = 'scheduled', talkgroup = 't1') {
  return { id, short: id, name, mode, legs: [{ talkgroup }], ...(schedule === undefined ? {} : { schedule }) };
}

function check(sharedGroups: readonly object[]): { config: Config | undefined; findings: readonly string[] } {
  const raw = {
    version: 1,
    gateway: { id: 'gw', name },
    networks: [{ id: 'astrid', name: 'ASTRID', technology: 'tetra', country: 'BE' }],
    attachments: [{ id: 'as-1', network: 'astrid', kind: 'sip', sip: { peer: 'sip:127.0.0.1:5160' } }],
    talkgroups: [
      { id: 't1', network: 'astrid', number: '101', short: 't1' },
      { id: 't2', network: 'astrid', number: '102', short: 't2' },
    ],
    sharedGroups,
  };
  const folder = import.meta.dirname;
  const { config, problems } = checkConfig(stringify(raw), {
    file: join(folder, 'x.yaml'),
    environment: {},
    workingFolder: folder,
  });
  return { config, findings: problems.map(worded) };
}

const worded = ({
  severity,
  message,
  path,
}: {
  severity: string;
  message: string;
  path: string | PathProblem['path'];
}) => `${severity === 'warning' ? '(warning) ' : ''}${typeof path === 'string' ? path : path.join('.')} ${message}`;
/** What is said of one group. */
const said = (schedule: object | undefined, mode?: string) => {
  return check([group('g', schedule, mode)]).findings.map((line) => line.replace('sharedGroups[0].', ''));
};
/** What is said of the year after an instant, whatever the year of today is: that has no changes of clocks. */
const ahead = (groups: readonly { schedule?: object }[], from: string) => {
  const { config } = check(groups.map((each) => ({ ...each, schedule: { ...each.schedule, timezone: 'UTC' } })));
  if (config === undefined) throw new Error('the configuration is not valid');
  const sharedGroups = config.sharedGroups.map(({ schedule, ...each }, index) => {
    const timezone = 'Europe/Brussels';
    return schedule === undefined ? each : { ...each, schedule: { ...schedule, timezone, ...groups[index]?.schedule } };
  });
  return checkSchedules({ ...config, sharedGroups }, Date.parse(from)).map(worded);
};

describe('a schedule', () => {
  it('belongs to groups of mode scheduled, and they need one', () => {
    expect(said({ weekly: [friday] })).toEqual([]);
    expect(said({ weekly: [friday] }, 'on-demand')).toEqual([
      'schedule opens nothing: the mode is on-demand. Set mode to scheduled',
    ]);
    expect(said(undefined)).toEqual(['mode needs a schedule: the windows in which the group is open']);
    expect(said({})).toEqual([
      'schedule has no window, so that the group never opens: name one in `weekly` or `dates`',
    ]);
  });

  it('is of a zone, of days of the calendar, and of times of day', () => {
    expect(said({ timezone: 'Europe/Doornik', weekly: [friday] })).toEqual([
      'schedule.timezone must be a time zone of the IANA database such as Europe/Brussels or UTC',
    ]);
    expect(said({ dates: [{ date: '2027-02-29', from: '20:00', to: '04:00' }] })).toEqual([
      'schedule.dates[0].date must be a day of the calendar such as 2026-12-31',
    ]);
    expect(said({ weekly: [{ ...friday, to: '24:00' }] })).toEqual([
      'schedule.weekly[0].to must be a time between quotes, "00:00" to "23:59"; midnight is "00:00"',
    ]);
  });

  it('has no windows that overlap, neither of a week nor of single days', () => {
    const saturday = { days: ['wed', 'sat'], from: '03:00', to: '08:00' };
    expect(said({ weekly: [friday, saturday] })).toEqual([
      'schedule.weekly[1] on Saturday overlaps weekly[0]: let one end when the other begins, or make them one',
    ]);
    expect(said({ weekly: [friday, { ...saturday, from: '04:00' }] })).toEqual([]);
    const sunday = { days: ['sun'], from: '22:00', to: '06:00' };
    expect(said({ weekly: [{ days: ['mon'], from: '05:00', to: '07:00' }, sunday] })).toEqual([
      'schedule.weekly[1] on Sunday overlaps weekly[0]: let one end when the other begins, or make them one',
    ]);
    // 2026-12-25 is a Friday.
    const morning = { date: '2026-12-26', from: '01:00', to: '06:00' };
    expect(said({ weekly: [friday], dates: [morning] })).toEqual([
      'schedule.dates[0] overlaps weekly[0]: let one end when the other begins, or name that day in `except`',
    ]);
    expect(said({ weekly: [friday], dates: [morning], except: ['2026-12-25'] })).toEqual([]);
    expect(said({ dates: [morning, { ...morning, from: '05:00' }] })).toEqual([
      'schedule.dates[1] overlaps dates[0]: let one end when the other begins, or make them one',
    ]);
    expect(said({ weekly: [{ ...friday, days: ['fri', 'fri'] }] })).toEqual([
      'schedule.weekly[0].days names a day twice',
    ]);
  });

  it('that never closes is a permanent group', () => {
    const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
    expect(said({ weekly: [{ days, from: '06:00', to: '06:00' }] })).toEqual([
      'schedule.weekly never closes the group: set its mode to permanent',
    ]);
  });

  it('excepts days on which it would open', () => {
    expect(said({ weekly: [friday], except: ['2026-12-25'] })).toEqual([]);
    expect(said({ weekly: [friday], except: ['2026-12-24'] })).toEqual([
      '(warning) schedule.except[0] is a Thursday, and no window of `weekly` opens then',
    ]);
  });
});

describe('the year ahead', () => {
  const now = '2026-11-29T12:00:00Z';

  it('has an hour that clocks leave out: said with what happens then', () => {
    const weekly = [
      { days: ['sat'], from: '22:00', to: '02:30' },
      { days: ['sun'], from: '02:45', to: '05:00' },
    ];
    const words = 'when clocks in Europe/Brussels go from 02:00 to 03:00';
    expect(ahead([group('g', { weekly })], now)).toEqual([
      `(warning) sharedGroups.0.schedule.weekly.0.to does not exist on 2027-03-28, ${words}: the group closes at 03:30 then`,
      `(warning) sharedGroups.0.schedule.weekly.1.from does not exist on 2027-03-28, ${words}: the group opens at 03:45 then`,
    ]);
    expect(ahead([group('g', { weekly: [{ days: ['sun'], from: '02:30', to: '03:15' }] })], now)).toEqual([
      `(warning) sharedGroups.0.schedule.weekly.0.from does not exist on 2027-03-28, ${words}: the window is left out then`,
    ]);
    expect(ahead([group('g', { weekly, timezone: 'UTC' })], now)).toEqual([]);
    expect(ahead([group('g', { weekly: [{ days: ['sat'], from: '22:00', to: '02:00' }] })], now)).toEqual([]);
    expect(ahead([group('g', { weekly, except: ['2027-03-27', '2027-03-28'] })], now)).toEqual([]);
  });

  it('has that hour on a single day: to be written otherwise', () => {
    const dates = [{ date: '2027-03-27', from: '22:00', to: '02:30' }];
    expect(ahead([group('g', { dates })], now)).toEqual([
      'sharedGroups.0.schedule.dates.0.to does not exist on 2027-03-28, when clocks in Europe/Brussels go from 02:00 to 03:00: write a time up to 02:00, or from 03:00 on',
    ]);
    // The hour that comes twice is no fault.
    expect(ahead([group('g', { dates: [{ date: '2027-10-31', from: '02:15', to: '02:45' }] })], now)).toEqual([]);
  });

  it('has two groups that want one talkgroup at a time (R4)', () => {
    const later = { weekly: [{ days: ['sat'], from: '03:00', to: '06:00' }] };
    expect(ahead([group('g1', { weekly: [friday] }), group('g2', later)], now)).toEqual([
      '(warning) sharedGroups.1.legs.0.talkgroup is in the scheduled group "g1" as well, and both are open on 2026-12-05: whichever opens first has it (rule R4)',
    ]);
    const apart = { weekly: [{ days: ['sat'], from: '04:00', to: '06:00' }] };
    expect(ahead([group('g1', { weekly: [friday] }), group('g2', apart)], now)).toEqual([]);
    expect(ahead([group('g1', { weekly: [friday] }), group('g2', later, 'scheduled', 't2')], now)).toEqual([]);
  });

  it('has a permanent group in the way', () => {
    expect(check([group('g1', undefined, 'permanent'), group('g2', { weekly: [friday] })]).findings).toEqual([
      '(warning) sharedGroups[1].legs[0].talkgroup is in the permanent group "g1", so that this group opens without it (rule R4)',
    ]);
  });
});
