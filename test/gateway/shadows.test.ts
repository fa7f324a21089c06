/** Which talkgroups are listened to beside shared groups, what is counted of them, and what outlives the gateway. */
import { beforeEach, describe, expect, it } from 'vitest';
import { shadowFindingsMax } from '../../src/api/shadow-schema.ts';
import { ManualClock } from '../../src/base/clock.ts';
import { type LiveConfig, liveConfig, sectionsOf } from '../../src/config/live-config.ts';
import { checkConfig } from '../../src/config/load.ts';
import { Shadows } from '../../src/gateway/shadows.ts';
import type { ShadowNews } from '../../src/talkgroups/terms.ts';
import type { VoiceCommand } from '../../src/voice/contract.ts';

const configOf = (legs: string, shadowLegs: string, priorityMax = 14) => {
  const { config, problems } = checkConfig(
    `version: 1
gateway: {id: gw, name: {fr: a, nl: b, en: c}}
networks: [{id: be, name: ASTRID, technology: tetra, country: BE}, {id: fr, name: INPT, technology: tetrapol, country: FR}]
attachments:
  - {id: x, network: be, kind: sip, sip: {peer: "sip:127.0.0.1:5160"}}
  - {id: y, network: fr, kind: sip, sip: {peer: "sip:127.0.0.1:5161"}}
organisations: [{id: pn, name: PN, country: FR}]
units: [{id: bac2, address: "590 2", network: fr, callSign: BAC 2, organisation: pn, language: fr}]
talkgroups:
  - {id: a, network: be, number: "1", short: A}
  - {id: b, network: be, number: "2", short: B}
  - {id: c, network: fr, number: "911", short: C}
sharedGroups:
  - {id: xb, short: XB, name: {fr: a, nl: b, en: c}, legs: [${legs}], shadowLegs: [${shadowLegs.replace('c', `c, priorityMax: ${priorityMax}`)}]}
  - {id: xd, short: XD, name: {fr: a, nl: b, en: c}, mode: on-demand, legs: [{talkgroup: a}]}
`,
    { file: 'x.yaml', environment: {}, workingFolder: '.' },
  );
  if (config === undefined) throw new Error(JSON.stringify(problems));
  return config;
};
const both = '{talkgroup: a}, {talkgroup: b}';
const leg = 'shadow:xb:c/c';
const place = 'shadow:xb:c';

let clock: ManualClock;
let live: LiveConfig;
let done: string[];
let logged: Record<string, unknown>[];
let document: unknown;
let shadows: Shadows;

/** What is told to the voice process comes back here, as in the gateway. */
function start(): Shadows {
  const made: Shadows = new Shadows(live.config, {
    clock,
    events: { fleet: { shadow: (at) => void logged.push(at) }, state: { notKept: () => undefined } },
    attachments: {
      join: ({ need, plan }) => {
        done.push(`join ${need.leg} ${plan.isShadow === true ? 'muted' : ''}`);
        made.commanded({ name: 'openLeg', settings: { leg: need.leg } } as VoiceCommand);
      },
      leave: (left) => {
        done.push(`leave ${left}`);
        made.commanded({ name: 'closeLeg', leg: left });
      },
    },
    kept: {
      read: (isWhole) => (isWhole(document) ? document : undefined),
      write: (written) => {
        document = JSON.parse(JSON.stringify(written));
        return undefined;
      },
    },
    sendVoice: (command) => {
      done.push(`${command.name} ${'settings' in command ? JSON.stringify(command.settings).slice(0, 30) : ''}`.trim());
      made.commanded(command);
    },
    talkerNow: (_group, party) => (party === 'xb/a' ? 'Mouscron 31' : ''),
  });
  return made;
}

const openGroup = (group: string) =>
  shadows.commanded({ name: 'openGroup', settings: { group } } as unknown as VoiceCommand);
const news = (finding: ShadowNews) => shadows.voiceEvent({ name: 'shadow', leg, group: 'xb', finding });
const over = (way: 'in' | 'out', party: string): ShadowNews => ({
  ...{ name: 'over', way, party, sinceUtcMs: clock.utcMs(), voiceMs: 1499.6, end: 'released', priority: 4 },
  ...{ emergency: false, waitedMs: 0, collisionMs: way === 'out' ? 300 : 0 },
});
const only = () => {
  const [report] = shadows.report().shadows;
  if (report === undefined) throw new Error('nothing is counted');
  return report;
};

beforeEach(() => {
  clock = new ManualClock({ nowMs: 0, utcMs: Date.UTC(2026, 10, 29) });
  live = liveConfig(configOf(both, '{talkgroup: c}'));
  done = [];
  logged = [];
  document = undefined;
  shadows = start();
  openGroup('xb');
  shadows.start();
});

describe('a talkgroup beside a group', () => {
  it('is listened to, muted, as long as its group is joined', () => {
    expect(done).toEqual([`openGroup {"group":"${place}","talkLi`, `join ${leg} muted`]);
    shadows.legShown(leg, 'up');
    expect(only()).toMatchObject({ group: 'xb', talkgroup: 'c', state: 'up' });
    done.length = 0;
    shadows.commanded({ name: 'closeGroup', group: 'xb' });
    expect(done).toEqual([`leave ${leg}`, 'closeGroup']);
    expect(only().state).toBe('waits');
    expect(logged.map(({ what }) => what)).toEqual(['listens', 'ended']);
  });

  it('gives way to a leg that is joined for real, wherever, and comes back', () => {
    done.length = 0;
    shadows.commanded({ name: 'openLeg', settings: { leg: 'xd/c' } } as unknown as VoiceCommand);
    expect(done[0]).toBe(`leave ${leg}`);
    shadows.commanded({ name: 'closeLeg', leg: 'xd/c' });
    expect(done.at(-1)).toBe(`join ${leg} muted`);
  });

  it('is counted by side, with names, the last of them shown, and logged', () => {
    news(over('out', 'xb/a'));
    shadows.talkerNamed(leg, '590 2', 'over');
    news(over('in', leg));
    news({ name: 'held', way: 'in', party: leg, sinceUtcMs: 0, why: 'queued', by: 'xb/a' });
    news({ name: 'held', way: 'out', party: 'xb/a', sinceUtcMs: 0, why: 'pre-empted', by: leg });
    news({ name: 'held', way: 'in', party: leg, sinceUtcMs: 0, why: 'receive-only' });
    news({ name: 'talk', sinceUtcMs: 0, talkMs: 1500, unheardMs: 200 });
    news(over('in', leg)); // whom nobody has named since
    news({ name: 'loop', sinceUtcMs: 0, delayMs: 480, likeness: 0.8 });
    news({ name: 'unreadable', sinceUtcMs: 0, payloadType: 96 });
    shadows.dataSaid(leg);
    const report = only();
    expect(report).toMatchObject({
      in: { overs: 2, voiceMs: 3000, queued: 1, refused: 1, cut: 0 },
      out: { overs: 1, voiceMs: 1500, queued: 0, cut: 1 },
      ...{ unheardMs: 200, collisions: 1, collisionMs: 300, loops: 1, unreadable: 1, data: 1 },
    });
    const names = report.last.map(({ what, way = '', talker = '', by = '' }) =>
      `${what} ${way} ${talker} ${by}`.trim(),
    );
    expect(names.reverse()).toEqual([
      'over out Mouscron 31',
      'over in BAC 2',
      'held in BAC 2 Mouscron 31',
      'held out Mouscron 31 BAC 2',
      'held in BAC 2',
      'over in',
      'loop in',
      'unreadable in',
    ]);
    expect(logged.filter(({ what }) => what === 'over')).toHaveLength(3);
    for (let n = 0; n < 200; n++) news(over('in', leg));
    expect(only().last).toHaveLength(shadowFindingsMax);
  });

  it('is counted on after a restart, and anew with other settings', () => {
    news(over('in', leg));
    const { since } = only();
    shadows.stop();
    clock.advance(60_000);
    shadows = start();
    openGroup('xb');
    shadows.start();
    expect(only()).toMatchObject({ since, in: { overs: 1 } });
    live.take(sectionsOf(configOf(both, '{talkgroup: c}', 6)));
    shadows.fleetChanged();
    expect(only().since).not.toBe(since);
    expect(only().in.overs).toBe(0);
  });

  it('is let go before it becomes a leg, and forgotten', () => {
    news(over('in', leg));
    done.length = 0;
    live.take(sectionsOf(configOf(`${both}, {talkgroup: c}`, '')));
    shadows.fleetChanged();
    expect(done).toEqual([`leave ${leg}`, 'closeGroup']);
    expect(shadows.report().shadows).toEqual([]);
    expect(logged.at(-1)).toMatchObject({ what: 'ended', counted: expect.stringContaining('in 1 overs, 2 s') });
  });
});
