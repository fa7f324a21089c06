/** Rules that concern several parts of a configuration, each broken alone. */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { checkConfig } from '../../src/config/load.ts';
import { checkRules } from '../../src/config/rules.ts';
import { readSipAddress } from '../../src/config/sip-address.ts';
import { readWorld } from '../../src/config/world.ts';

const name = { fr: 'a', nl: 'b', en: 'c' };
const tetra = { id: 'astrid', name: 'ASTRID', technology: 'tetra', country: 'BE' };
const tetrapol = { id: 'inpt', name: 'INPT', technology: 'tetrapol', country: 'FR' };
const attachment = (id: string, network: string, more: object = {}, peer = 'sip:127.0.0.1:5160') => ({
  id,
  network,
  kind: 'sip',
  sip: { peer, ...more },
});
const talkgroup = (id: string, network: string, number: string, more: object = {}) => ({
  id,
  network,
  number,
  short: id,
  ...more,
});
const group = (id: string, legs: object[], more: object = {}) => ({ id, short: id, name, legs, ...more });
const organisation = { id: 'zp', name: 'ZP', country: 'BE' };
const status = (code: number, number?: number) => ({
  code,
  name,
  ...(number !== undefined && { numbers: [{ network: 'astrid', number }] }),
});
const unit = (id: string, address: string, network = 'astrid') => ({
  id,
  address,
  network,
  callSign: id,
  organisation: 'zp',
  language: 'fr',
});

function config(more: object = {}): object {
  return {
    version: 1,
    gateway: { id: 'gw', name },
    networks: [tetra, tetrapol],
    attachments: [attachment('as-1', 'astrid'), attachment('in-1', 'inpt', {}, 'sip:127.0.0.1:5170')],
    organisations: [organisation],
    talkgroups: [talkgroup('t1', 'astrid', '101'), talkgroup('t2', 'inpt', '590-911')],
    sharedGroups: [group('g1', [{ talkgroup: 't1' }, { talkgroup: 't2' }])],
    ...more,
  };
}

/** What checking says, without file and line; through YAML, as from a file. */
function findings(raw: object): string[] {
  const folder = join(import.meta.dirname);
  const { problems } = checkConfig(stringify(raw), {
    file: join(folder, 'x.yaml'),
    environment: { P: 'secret' },
    workingFolder: folder,
  });
  return problems.map(
    ({ severity, path, message }) => `${severity === 'warning' ? '(warning) ' : ''}${path} ${message}`,
  );
}

it('has nothing against the configuration that the other tests spoil', () => {
  expect(findings(config())).toEqual([]);
});

describe('ids and references', () => {
  it('are unique within their section, and may be the same in two sections', () => {
    expect(findings(config({ networks: [tetra, tetrapol, tetra] }))).toEqual([
      'networks[2].id is the id of networks[0] as well: give each its own',
    ]);
    expect(findings(config({ units: [unit('t1', '5317031')] }))).toEqual([]);
  });

  it.each([
    [
      'attachments',
      {
        attachments: [attachment('as-1', 'astrd'), attachment('in-1', 'inpt', {}, 'sip:127.0.0.1:5170')],
        sharedGroups: [],
      },
      'attachments[0].network is not an id of networks. Did you mean "astrid"?',
    ],
    [
      'talkgroups',
      { talkgroups: [talkgroup('t1', 'tetra', '101')], sharedGroups: [] },
      'talkgroups[0].network is not an id of networks',
    ],
    [
      'units',
      { units: [unit('u', '5317031', 'inptt')] },
      'units[0].network is not an id of networks. Did you mean "inpt"?',
    ],
    [
      'legs',
      { sharedGroups: [group('g1', [{ talkgroup: 't3' }])] },
      'sharedGroups[0].legs[0].talkgroup is not an id of talkgroups. Did you mean "t1"?',
    ],
    [
      'legs by attachment',
      { sharedGroups: [group('g1', [{ talkgroup: 't1', attachment: 'as-2' }])] },
      'sharedGroups[0].legs[0].attachment is not an id of attachments. Did you mean "as-1"?',
    ],
    [
      'simulated networks',
      { simulator: { networks: [{ network: 'rubis', port: 5180 }] } },
      'simulator.networks[0].network is not an id of networks',
    ],
  ])('resolve for %s', (_what, more, problem) => {
    expect(findings(config(more))).toEqual([problem]);
  });
});

describe('direct lines', () => {
  const line = (id: string, more: object = {}) => ({ id, name: id, attachment: 'as-1', number: '204', ...more });

  it('each have their own number on an attachment, and may share one on two', () => {
    const calledAs = '8001';
    const other = line('b', { attachment: 'in-1', calledAs });
    expect(findings(config({ directLines: [line('a', { calledAs }), other] }))).toEqual([]);
    expect(findings(config({ directLines: [line('a'), line('b')] }))).toEqual([
      'directLines[1].number is that of directLines[0] as well: give each line its own',
    ]);
    const third = line('c', { number: '205', calledAs });
    expect(findings(config({ directLines: [line('a', { calledAs }), third] }))).toEqual([
      'directLines[1].calledAs is that of directLines[0] as well: give each line its own',
    ]);
  });

  it('need an attachment of kind sip, and control rooms that there are', () => {
    const rtp = { id: 'r', network: 'astrid', kind: 'rtp', enabled: false, rtp: { remote: '127.0.0.1:5{number}' } };
    const attachments = [attachment('as-1', 'astrid'), attachment('in-1', 'inpt', {}, 'sip:127.0.0.1:5170'), rtp];
    expect(findings(config({ attachments, directLines: [line('a', { attachment: 'r' })] }))).toContain(
      'directLines[0].attachment is of kind rtp: a direct line needs one of kind sip',
    );
    expect(findings(config({ directLines: [line('a', { rings: ['cr-x'], controlRoom: 'cr-y' })] }))).toEqual([
      'directLines[0].rings[0] is not an id of controlRooms',
      'directLines[0].controlRoom is not an id of controlRooms',
    ]);
  });
});

describe('numbers', () => {
  const withNumber = (network: string, number: string) =>
    findings(config({ talkgroups: [talkgroup('t', network, number)], sharedGroups: [] }));

  it.each(['1', '5300110', '16777215', '530 0110'])('of TETRA may be %s: below 2^24', (number) => {
    expect(withNumber('astrid', number)).toEqual([]);
  });

  it.each(['0', '16777216', '99999999999', '590-911', 'A1'])('of TETRA may not be %s', (number) => {
    expect(withNumber('astrid', number)).toEqual([
      'talkgroups[0].number must be a TETRA group number from 1 to 16777215',
    ]);
  });

  it.each(['0', '911', '4095', '590-911', '59-4095'])(
    'of TETRAPOL may be %s: 12 bits after the base network',
    (number) => {
      expect(withNumber('inpt', number)).toEqual([]);
    },
  );

  it.each(['4096', '590-4096', '59-', '1-2-3', '99999-1'])('of TETRAPOL may not be %s', (number) => {
    expect(withNumber('inpt', number)).toEqual([
      'talkgroups[0].number must be a TETRAPOL group number from 0 to 4095, after a base network and "-" if any',
    ]);
  });

  it('stand for one talkgroup in a network', () => {
    const talkgroups = [
      talkgroup('t1', 'astrid', '101'),
      talkgroup('t2', 'astrid', '1 01'),
      talkgroup('t3', 'inpt', '101'),
    ];
    expect(findings(config({ talkgroups, sharedGroups: [] }))).toEqual([
      'talkgroups[1].number is the number of talkgroups[0] in the same network as well',
    ]);
  });

  it('of units are unique in their network, spaces aside, and fit it', () => {
    const units = [unit('a', '5317031'), unit('b', '531 7031'), unit('c', '5317031', 'inpt'), unit('d', '16777216')];
    expect(findings(config({ units }))).toEqual([
      'units[1].address is the address of units[0] in the same network as well',
      'units[3].address must be a TETRA address from 1 to 16777215',
    ]);
  });
});

describe('statuses', () => {
  it('mean one thing by a number in each network', () => {
    expect(findings(config({ statuses: [status(10, 33_010), status(11, 33_011)] }))).toEqual([]);
    expect(findings(config({ statuses: [status(33_010), status(33_010)] }))).toEqual([
      'statuses[1].code means statuses[0] in astrid as well: give each its own number there',
    ]);
    expect(findings(config({ statuses: [status(33_010), status(11, 33_010)] }))).toEqual([
      'statuses[1].numbers[0].number means statuses[0] in astrid as well: give each its own number there',
    ]);
    const stray = { ...status(33_010), numbers: [{ network: 'astrit', number: 5 }] };
    expect(findings(config({ statuses: [stray] }))[0]).toMatch(
      /^statuses\[0\].numbers\[0\].network is not an id of networks/,
    );
  });

  const reserved = (network: string) =>
    `is its number in ${network}, where SIP drops it: TETRA reserves what is below 32768. Give it one of those above in \`numbers\``;
  const shortData = attachment('in-1', 'inpt', { data: { send: 'short-data' } }, 'sip:127.0.0.1:5170');

  it.each<[string, object, string[]]>([
    ['by its code', { statuses: [status(32_767)] }, [`statuses[0].code ${reserved('astrid')}`]],
    [
      'by its own number there',
      { statuses: [status(33_010, 10)] },
      [`statuses[0].numbers[0].number ${reserved('astrid')}`],
    ],
    ['not from 32768 on', { statuses: [status(32_768), status(10, 33_010)] }, []],
    [
      'wherever short data goes',
      { statuses: [status(10)], attachments: [attachment('as-1', 'astrid'), shortData] },
      [`statuses[0].code ${reserved('astrid, inpt')}`],
    ],
    [
      'not where the attachment is switched off',
      {
        statuses: [status(10, 33_010)],
        attachments: [attachment('as-1', 'astrid'), attachment('in-2', 'inpt'), { ...shortData, enabled: false }],
      },
      [],
    ],
  ])('are warned of where TETRA reserves their number: %s', (_, more, problems) => {
    expect(findings(config(more))).toEqual(problems.map((each) => `(warning) ${each}`));
  });
});

describe('places and positions', () => {
  const place = (code: string) => ({ code, name, latitudeDeg: 50.76, longitudeDeg: 3.19 });

  it('have one code each', () => {
    expect(findings(config({ places: [place('PF-01'), place('PF-02')] }))).toEqual([]);
    expect(findings(config({ places: [place('PF-01'), place('PF-02'), place('PF-01')] }))).toEqual([
      'places[2].code is the code of places[0] as well: give each its own',
    ]);
    expect(findings(config({ places: [{ ...place('pf 1'), latitudeDeg: 91 }] }))).toHaveLength(2);
  });

  it('do not pass to the other radios where they are not shared (R5)', () => {
    const legs = [{ talkgroup: 't1' }, { talkgroup: 't2' }];
    const kept = group('g1', legs, { sharePositions: false, passes: ['position'] });
    expect(findings(config({ sharedGroups: [kept] }))).toEqual([
      'sharedGroups[0].sharePositions is false, yet `passes` names position: decide for one of them',
    ]);
    expect(findings(config({ sharedGroups: [{ ...kept, passes: ['text'] }] }))).toEqual([]);
  });
});

describe('a line that grants by digits', () => {
  const line = (more: object) => findings(config({ attachments: [attachment('as-1', 'astrid', more), inpt] }));
  const inpt = attachment('in-1', 'inpt', {}, 'sip:127.0.0.1:5170');

  it('is warned of a guard of 0, which makes of its digits talk', () => {
    const grant = { mode: 'telephone-event' };
    expect(line({ grant, guardMs: 0 })).toEqual([
      expect.stringMatching(/^\(warning\) attachments\[0\]\.sip\.guardMs is 0/),
    ]);
    expect(line({ grant })).toEqual([]);
    expect(line({ guardMs: 0 })).toEqual([]);
    expect(line({ grant, guardMs: 0, keyIn: { mode: 'vox' } })).toEqual([]);
  });
});

describe('shared groups', () => {
  it('never have an end-to-end encrypted talkgroup (R1), not even when disabled', () => {
    const talkgroups = [talkgroup('t1', 'astrid', '101', { endToEndEncrypted: true })];
    expect(
      findings(config({ talkgroups, sharedGroups: [group('g', [{ talkgroup: 't1' }], { mode: 'disabled' })] })),
    ).toEqual([
      'sharedGroups[0].legs[0].talkgroup is end-to-end encrypted and is never bridged (rule R1): the gateway would have to hold its keys. Take the leg out',
    ]);
  });

  it('that are permanent share no talkgroup (R4)', () => {
    const sharedGroups = [group('g1', [{ talkgroup: 't1' }]), group('g2', [{ talkgroup: 't2' }, { talkgroup: 't1' }])];
    expect(findings(config({ sharedGroups }))).toEqual([
      'sharedGroups[1].legs[1].talkgroup is in the permanent group "g1" as well, and can be in one at a time (rule R4): take it out of one, or make one on-demand',
    ]);
  });

  it('that are on-demand are warned of a talkgroup that a permanent one holds, in either order', () => {
    const permanent = group('g1', [{ talkgroup: 't1' }]);
    const onDemand = group('g2', [{ talkgroup: 't1' }], { mode: 'on-demand' });
    const warned = 'legs[0].talkgroup is in the permanent group "g1", so that this group cannot be opened (rule R4)';
    expect(findings(config({ sharedGroups: [permanent, onDemand] }))).toEqual([`(warning) sharedGroups[1].${warned}`]);
    expect(findings(config({ sharedGroups: [onDemand, permanent] }))).toEqual([`(warning) sharedGroups[0].${warned}`]);
    expect(findings(config({ sharedGroups: [onDemand, { ...onDemand, id: 'g3', short: 'g3' }] }))).toEqual([]);
  });

  it('hold what is only listened to to the rules of legs, and listen to no radio session', () => {
    const shadowed = (id: string, more: object = {}) =>
      config({ ...more, sharedGroups: [group('g', [{ talkgroup: 't1' }], { shadowLegs: [{ talkgroup: id }] })] });
    const at = 'sharedGroups[0].shadowLegs[0].talkgroup';
    expect(findings(shadowed('t2'))).toEqual([]);
    expect(findings(shadowed('t1'))).toEqual([
      `${at} is a leg of this group already: a talkgroup has one leg in a group`,
    ]);
    expect(findings(shadowed('t9')).join()).toContain(`${at} is not an id of talkgroups`);
    const secret = talkgroup('t2', 'inpt', '590-911', { endToEndEncrypted: true });
    const talkgroups = [talkgroup('t1', 'astrid', '101'), secret];
    expect(findings(shadowed('t2', { talkgroups })).join()).toContain('(rule R1)');
    const radio = { id: 'in-1', network: 'inpt', kind: 'ed137', ed137: { peer: 'sip:127.0.0.1:5170' } };
    const attachments = [attachment('as-1', 'astrid'), radio];
    expect(findings(shadowed('t2', { attachments })).join()).toContain(`${at} is reached by a radio session (ED-137)`);
  });

  it('have one leg a talkgroup, and names that people can tell apart', () => {
    expect(findings(config({ sharedGroups: [group('g', [{ talkgroup: 't1' }, { talkgroup: 't1' }])] }))).toEqual([
      'sharedGroups[0].legs[1].talkgroup is a leg of this group already: a talkgroup has one leg in a group',
    ]);
    const sharedGroups = [group('g1', [{ talkgroup: 't1' }]), group('g2', [{ talkgroup: 't2' }], { short: 'g1' })];
    expect(findings(config({ sharedGroups }))).toEqual([
      '(warning) sharedGroups[1].short is the name of sharedGroups[0] as well: people cannot tell them apart',
    ]);
  });

  it('need an enabled attachment for each leg, unless they are disabled', () => {
    const attachments = [
      attachment('as-1', 'astrid'),
      { ...attachment('in-1', 'inpt', {}, 'sip:127.0.0.1:5170'), enabled: false },
    ];
    expect(findings(config({ attachments }))).toEqual([
      'sharedGroups[0].legs[1].talkgroup is in the network "inpt", which no enabled attachment reaches: add one, or set the group\'s mode to disabled',
    ]);
    expect(
      findings(config({ attachments, sharedGroups: [group('g', [{ talkgroup: 't2' }], { mode: 'disabled' })] })),
    ).toEqual([]);
  });

  it("carry a leg only over an enabled attachment of its talkgroup's network", () => {
    const leg = (attachment: string) => config({ sharedGroups: [group('g', [{ talkgroup: 't1', attachment }])] });
    expect(findings(leg('as-1'))).toEqual([]);
    expect(findings(leg('in-1'))).toEqual([
      'sharedGroups[0].legs[0].attachment reaches the network "inpt", and the talkgroup is in "astrid"',
    ]);
    const attachments = [
      attachment('as-1', 'astrid'),
      { ...attachment('as-2', 'astrid', {}, 'sip:127.0.0.1:5161'), enabled: false },
    ];
    expect(findings({ ...leg('as-2'), attachments })).toEqual([
      'sharedGroups[0].legs[0].attachment is not enabled: set its `enabled` to true, or name another',
    ]);
  });

  it('are warned when the permanent ones have more legs in a network than its attachments carry', () => {
    const attachments = [{ ...attachment('as-1', 'astrid'), channels: 1 }];
    const talkgroups = [talkgroup('t1', 'astrid', '101'), talkgroup('t2', 'astrid', '102')];
    expect(findings(config({ attachments, talkgroups }))).toEqual([
      '(warning) networks[0].id has 2 legs in permanent groups and attachments for 1: the rest stays down',
    ]);
  });

  it('have priorities within what a leg may claim, and warnings before limits', () => {
    expect(
      findings(config({ sharedGroups: [group('g', [{ talkgroup: 't1', priority: 9, priorityMax: 8 }])] })),
    ).toEqual(['sharedGroups[0].legs[0].priority must not exceed priorityMax, which is 8']);
    expect(findings(config({ limits: { talkLimitMs: 20_000, talkWarnMs: 20_000 } }))).toEqual([
      'limits.talkWarnMs must be less than talkLimitMs, which is 20000',
    ]);
    const legs = [{ talkgroup: 't1' }];
    expect(findings(config({ sharedGroups: [group('g', legs, { talkWarnMs: 30_000 })] }))).toEqual([
      'sharedGroups[0].talkWarnMs must be less than the limit, which is 30000',
    ]);
    expect(findings(config({ sharedGroups: [group('g', legs, { talkLimitMs: 15_000 })] }))).toEqual([
      'sharedGroups[0].talkLimitMs is not above limits.talkWarnMs, which is 20000: add a talkWarnMs below it here',
    ]);
    expect(findings(config({ sharedGroups: [group('g', legs, { talkLimitMs: 15_000, talkWarnMs: 10_000 })] }))).toEqual(
      [],
    );
  });
});

describe('SIP attachments', () => {
  const one = (more: object, peer?: string) =>
    findings(config({ attachments: [attachment('as-1', 'astrid', more, peer)], sharedGroups: [] }));

  it('agree with their URI and with sip.listen on the transport', () => {
    expect(one({}, 'sip:127.0.0.1:5160;transport=tcp')).toEqual([
      'attachments[0].sip.peer says transport=tcp, and `transport` says udp: let them agree',
    ]);
    expect(one({ transport: 'tcp' }, 'sip:127.0.0.1:5160;transport=tcp')).toEqual([]);
    const udpOnly = { sip: { listen: [{ transport: 'udp', host: '127.0.0.1', port: 5060 }] } };
    expect(
      findings(
        config({ ...udpOnly, attachments: [attachment('a', 'astrid', { transport: 'tcp' })], sharedGroups: [] }),
      ),
    ).toEqual(['attachments[0].sip.transport is tcp, and sip.listen has no entry with that transport: add one']);
  });

  it('are warned when every talkgroup would be called at one address', () => {
    expect(one({ callee: 'sip:radio@{peer}' })).toEqual([
      '(warning) attachments[0].sip.callee has no {number}, so that every talkgroup is called at the same address',
    ]);
  });

  it('have whole credentials where they are needed', () => {
    const password = { env: 'P' };
    expect(one({ mode: 'register-and-accept' })).toEqual([
      'attachments[0].sip needs username and password for mode: register-and-accept',
    ]);
    expect(one({ challengeIncoming: true, username: 'u' })).toEqual([
      'attachments[0].sip needs username and password for challengeIncoming',
    ]);
    expect(one({ password })).toEqual(['attachments[0].sip has a password and no username']);
    expect(one({ mode: 'register-and-accept', challengeIncoming: true, username: 'u', password })).toEqual([]);
    expect(one({ registerWith: 'sip:127.0.0.1' })).toEqual([
      '(warning) attachments[0].sip registers without a username: a registrar that asks for digest credentials will refuse',
    ]);
  });

  it('use different digits for different signals from one side', () => {
    const mode = 'telephone-event';
    expect(one({ keyIn: { mode, on: '5', off: '5' } })).toEqual([
      'attachments[0].sip.keyIn.off must be another digit than `on`',
    ]);
    expect(one({ keyOut: { mode, on: '5', off: '5' } })).toEqual([
      'attachments[0].sip.keyOut.off must be another digit than `on`',
    ]);
    expect(one({ keyIn: { mode, on: '*', off: '#', emergency: '#' } })).toEqual([
      'attachments[0].sip.keyIn.emergency must be another digit than keyIn.off',
    ]);
    expect(one({ keyIn: { mode: 'presence', emergency: 'A' }, grant: { mode } })).toEqual([
      'attachments[0].sip.grant.granted must be another digit than keyIn.emergency: both come from the far end',
    ]);
    expect(one({ keyOut: { mode }, answers: { denied: '*', granted: '1', revoked: '1' } })).toEqual([
      'attachments[0].sip.answers.denied must be another digit than keyOut.on: we send both',
      'attachments[0].sip.answers.revoked must be another digit than answers.granted: we send both',
    ]);
    expect(one({ grant: { mode, granted: 'A', denied: 'A' } })).toEqual([
      'attachments[0].sip.grant.denied must be another digit than `granted`',
    ]);
    expect(one({ keyIn: { mode, on: '*', off: '#' }, grant: { mode, granted: '#', denied: 'B' } })).toEqual([
      'attachments[0].sip.grant.granted must be another digit than keyIn.off: both come from the far end',
    ]);
  });

  it('are not asked to grant where they cannot see us key', () => {
    expect(one({ keyOut: { mode: 'continuous' }, grant: { mode: 'telephone-event' } })).toEqual([
      'attachments[0].sip.grant.mode must not be telephone-event with keyOut continuous: the far end cannot see us key',
    ]);
  });

  it('that accept calls can be told apart: INPT and RORCAL both have a group 590-900', () => {
    const rorcal = { ...tetrapol, id: 'rorcal' };
    const talkgroups = [talkgroup('t1', 'inpt', '590-900'), talkgroup('t2', 'rorcal', '590-900')];
    const accepting = (id: string, network: string, peer: string, more: object = {}) =>
      attachment(id, network, { mode: 'accept', ...more }, peer);
    const build = (...attachments: object[]) =>
      config({ networks: [tetra, tetrapol, rorcal], talkgroups, attachments, sharedGroups: [] });
    expect(
      findings(build(accepting('a', 'inpt', 'sip:127.0.0.1:5170'), accepting('b', 'rorcal', 'sip:127.0.0.1:5190'))),
    ).toEqual([
      'attachments[1].sip.peer is the host of attachments[0] as well, and both networks have a group 590-900: a call in could be for either',
    ]);
    expect(findings(build(accepting('a', 'inpt', 'sip:127.0.0.1'), accepting('b', 'rorcal', 'sip:127.0.0.2')))).toEqual(
      [],
    );
    const digest = (username: string) => ({ challengeIncoming: true, username, password: { env: 'P' } });
    expect(
      findings(
        build(
          accepting('a', 'inpt', 'sip:127.0.0.1', digest('x')),
          accepting('b', 'rorcal', 'sip:127.0.0.1', digest('y')),
        ),
      ),
    ).toEqual([]);
  });
});

describe('link attachments', () => {
  const link = (id: string, more: object = {}, listen: object = {}) => ({
    id,
    network: 'astrid',
    kind: 'link',
    link: { listen: { host: '127.0.0.1', port: 5870, ...listen }, agent: id, token: { env: 'P' }, ...more },
  });
  const with2 = (...links: object[]) =>
    findings(
      config({
        attachments: [attachment('as-1', 'astrid'), attachment('in-1', 'inpt', {}, 'sip:127.0.0.1:5170'), ...links],
      }),
    );

  it('are in order with a token on loopback', () => {
    expect(with2(link('l1'))).toEqual([]);
  });

  it('need something that the agent knows or has', () => {
    expect(with2(link('l1', { token: undefined }))).toEqual([
      'attachments[2].link lets in whoever knows the name of the agent: add a token, serviceTokens or tls.clientCa',
    ]);
    expect(with2(link('l1', { token: undefined, serviceTokens: true }))).toEqual([]);
    const tls = { certificate: { env: 'P' }, key: { env: 'P' }, clientName: 'x' };
    expect(with2(link('l1', { tls }))).toEqual([
      'attachments[2].link.tls.clientName needs tls.clientCa: without it no certificate is asked for',
    ]);
  });

  it('have a port each, and are warned of where everybody can hear them', () => {
    expect(with2(link('l1'), link('l2'))).toEqual([
      'attachments[3].link.listen.port is a port of attachments[2].link.listen as well: give each its own',
    ]);
    expect(with2(link('l1', { voice: ['frames'] }, { host: '192.0.2.1' }))).toEqual([
      '(warning) attachments[2].link is heard by whoever is on the way, its token too: add tls',
      '(warning) attachments[2].link.sources lets connections in from everywhere: name the address of the agent',
    ]);
    expect(with2(link('l1', { sources: ['192.0.2.0/24'] }, { host: '192.0.2.1' }))).toContain(
      'attachments[2].link.voice is rtp between listen.host, 192.0.2.1, and media.host, 127.0.0.1: let both be loopback or neither',
    );
  });
});

describe('addresses and ports', () => {
  it('of the console are off loopback by TLS alone', () => {
    const at = (more: object, host = '0.0.0.0') => findings(config({ console: { listen: { host }, ...more } }));
    expect(at({})).toEqual([
      'console.listen.host is not loopback, and passwords and voice must not travel in plain: give console.tls, or say tlsByProxy: true where a proxy before it does TLS, and name its address in console.origins',
    ]);
    expect(at({ tlsByProxy: true })).toEqual([]);
    const missing = ['certificate', 'key'].map((part) => expect.stringContaining(`console.tls.${part} names a file`));
    expect(at({ tls: { certificate: 'a.pem', key: 'a.key' } })).toEqual(missing);
    expect(at({}, '::1')).toEqual([]);
  });

  it('that are told to others are not wildcards', () => {
    expect(findings(config({ media: { host: '0.0.0.0', webrtc: { host: '::' } } }))).toEqual([
      'media.host is told to far ends, so it must be one address of this machine',
      'media.webrtc.host is told to browsers: write one address of this machine, or add announcedAddress',
    ]);
    expect(findings(config({ sip: { listen: [{ transport: 'udp', host: '0.0.0.0', port: 5060 }] } }))).toEqual([
      'sip.listen[0].host is told to far ends, so it must be one address of this machine',
    ]);
  });

  it('can reach each other: loopback and IP version', () => {
    const to = (peer: string, more: object) =>
      findings(config({ attachments: [attachment('a', 'astrid', {}, peer)], sharedGroups: [], ...more }));
    expect(to('sip:192.0.2.10', {})).toEqual([
      'attachments[0].sip.peer cannot send voice to media.host, which is loopback: write an address of this machine there',
      'attachments[0].sip.peer cannot answer to sip.listen, which is loopback: write an address of this machine there',
    ]);
    const listen = [{ transport: 'udp', host: '198.51.100.1', port: 5060 }];
    expect(to('sip:192.0.2.10', { media: { host: '198.51.100.1' }, sip: { listen } })).toEqual([]);
    expect(to('sip:[2001:db8::10]', { media: { host: '198.51.100.1' }, sip: { listen } })).toEqual([
      'attachments[0].sip.peer is of another IP version than media.host, 198.51.100.1: add media.otherHost',
      'attachments[0].sip.peer is of another IP version than every udp entry of sip.listen',
    ]);
    const both = { host: '198.51.100.1', otherHost: '2001:db8::1' };
    const listenBoth = [...listen, { transport: 'udp', host: '2001:db8::1', port: 5060 }];
    expect(to('sip:[2001:db8::10]', { media: both, sip: { listen: listenBoth } })).toEqual([]);
    expect(to('sip:192.0.2.10', { media: both, sip: { listen: listenBoth } })).toEqual([]);
    expect(to('sip:[2001:db8::10]', { media: { ...both, otherHost: '::1' }, sip: { listen: listenBoth } })).toEqual([
      'attachments[0].sip.peer cannot send voice to media.otherHost, which is loopback: write an address of this machine there',
    ]);
    expect(to('sip:192.0.2.10', { media: { ...both, otherHost: '198.51.100.2' }, sip: { listen } })).toEqual([
      'media.otherHost is of the same IP version as media.host, 198.51.100.1',
    ]);
    expect(to('sip:192.0.2.10', { media: { ...both, otherHost: '::' }, sip: { listen } })).toEqual([
      'media.otherHost is told to far ends, so it must be one address of this machine',
    ]);
    expect(to('sip:box.example.org', {})).toEqual([]); // a name says nothing about its address
  });

  it('suffice for all legs that may be up, an even and an odd port each', () => {
    expect(findings(config({ media: { ports: { from: 40_001, to: 40_004 } } }))).toEqual([
      'media.ports has 1 pairs of ports and the groups have 2 legs: widen the range by 2',
    ]);
    expect(findings(config({ media: { ports: { from: 40_000, to: 40_003 } } }))).toEqual([]);
  });

  it('suffice for all consoles', () => {
    expect(findings(config({ media: { webrtc: { ports: { from: 44_000, to: 44_099 } } } }))).toEqual([
      '(warning) media.webrtc.ports has 100 ports, and 200 consoles (console.sessionsMax) take 400',
    ]);
  });

  it('do not overlap', () => {
    expect(findings(config({ media: { webrtc: { ports: { from: 43_999, to: 44_999 } } } }))).toEqual([
      'media.webrtc.ports overlaps media.ports (40000–43999)',
    ]);
    const udp = { transport: 'udp', host: '127.0.0.1', port: 40_000 };
    expect(findings(config({ sip: { listen: [udp, { ...udp, transport: 'tcp' }] } }))).toEqual([
      'sip.listen[0].port overlaps media.ports (40000–43999)',
    ]);
    expect(
      findings(
        config({
          sip: {
            listen: [
              { ...udp, port: 5060 },
              { ...udp, port: 5060 },
            ],
          },
        }),
      ),
    ).toEqual(['sip.listen[1] stands twice in sip.listen']);
  });
});

describe('MCPTT systems', () => {
  const mcptt = (id: string, network: string, more: object = {}) => {
    const { sip: _, ...rest } = attachment(id, network);
    return { ...rest, kind: 'mcptt', mcptt: { peer: `sip:127.0.0.1:${id === 'mc-1' ? 5160 : 5170}`, ...more } };
  };
  const twoLegs = {
    networks: [tetra, tetrapol],
    talkgroups: [talkgroup('t', 'astrid', '1'), talkgroup('u', 'inpt', '2')],
    sharedGroups: [group('g', [{ talkgroup: 't' }, { talkgroup: 'u' }])],
  };

  it('two of one group whose talkgroups are homed elsewhere are warned of', () => {
    const both = [mcptt('mc-1', 'astrid'), mcptt('mc-2', 'inpt')];
    expect(findings(config({ ...twoLegs, attachments: both }))).toEqual([
      '(warning) sharedGroups[0].legs has 2 legs whose groups are homed elsewhere (mcptt.home: there): each far end decides on the floor by itself',
    ]);
    const one = [mcptt('mc-1', 'astrid'), mcptt('mc-2', 'inpt', { home: 'here' })];
    expect(findings(config({ ...twoLegs, attachments: one }))).toEqual([]);
  });

  it('take a pair of ports more a leg, and obey the rules of SIP sessions', () => {
    const attachments = [
      mcptt('mc-1', 'astrid', { transport: 'tcp', challengeIncoming: true }),
      mcptt('mc-2', 'inpt', { home: 'here' }),
    ];
    const media = { ports: { from: 40_000, to: 40_005 } };
    expect(
      findings(
        config({
          ...twoLegs,
          attachments,
          media,
          sip: { listen: [{ transport: 'udp', host: '127.0.0.1', port: 5060 }] },
        }),
      ),
    ).toEqual(
      expect.arrayContaining([
        expect.stringContaining('attachments[0].mcptt.transport is tcp, and sip.listen has no entry'),
        expect.stringContaining('attachments[0].mcptt needs username and password'),
        expect.stringContaining('media.ports has 3 pairs of ports and the groups have 2 legs, 2 with floor control'),
      ]),
    );
  });
});

describe('simulated networks', () => {
  it('play the far end of an attachment', () => {
    expect(findings(config({ simulator: { networks: [{ network: 'astrid', port: 5160 }] } }))).toEqual([]);
    expect(findings(config({ simulator: { networks: [{ network: 'astrid', port: 5170 }] } }))).toEqual([
      'simulator.networks[0].port plays 127.0.0.1:5170, and no enabled attachment of "astrid" has that as its peer',
    ]);
  });

  it('play the places of RTP without signalling where no port of SIP is given', () => {
    const played = (rtp: Record<string, unknown>) =>
      findings(
        config({
          attachments: [
            { id: 'line', network: 'astrid', kind: 'rtp', rtp },
            { id: 'other', network: 'inpt', kind: 'sip', sip: { peer: 'sip:127.0.0.1:5199' } },
          ],
          simulator: { networks: [{ network: 'astrid' }] },
        }),
      );
    const group = { remote: '239.192.0.1:5004', sources: ['127.0.0.1'], loopback: true };
    expect(played(group)).toEqual([]);
    expect(played({ remote: '127.0.0.1:5004', listenPort: 5006 })).toEqual([]);
    expect(played({ ...group, loopback: false })).toEqual([
      'attachments[0].rtp.loopback must be true: line is played by the simulator on this machine',
    ]);
    expect(played({ ...group, sources: ['192.0.2.1'], codec: 'G722' })).toEqual([
      'attachments[0].rtp.sources must have 127.0.0.1, from where the simulator plays 101',
      'attachments[0].rtp.codec must be PCMA: line is played by the simulator',
    ]);
    expect(findings(config({ simulator: { networks: [{ network: 'astrid' }] } }))).toEqual([
      'simulator.networks[0] needs a port: no enabled attachment of "astrid" is of kind rtp or link',
    ]);
  });

  it('play the agent of a link that needs no TLS and can have A-law by RTP', () => {
    const played = (more: object) =>
      findings(
        config({
          attachments: [
            {
              id: 'link',
              network: 'astrid',
              kind: 'link',
              link: { listen: { host: '127.0.0.1', port: 5870 }, agent: 'link', token: { env: 'P' }, ...more },
            },
            attachment('in-1', 'inpt', {}, 'sip:127.0.0.1:5170'),
          ],
          simulator: { networks: [{ network: 'astrid' }] },
        }),
      );
    const problem = 'attachments[0].link is played by the simulator: without tls, with voice rtp and codec PCMA';
    expect(played({})).toEqual([]);
    expect(played({ tls: { certificate: { env: 'P' }, key: { env: 'P' } } })).toEqual([problem]);
    expect(played({ voice: ['frames'] })).toEqual([problem]);
    expect(played({ codecs: ['PCM16', 'PCMU'] })).toEqual([problem]);
    expect(played({ serviceTokens: true })).toEqual([]);
    expect(played({ serviceTokens: true, token: undefined })).toEqual([`${problem}, and a token of the file`]);
  });

  it('keep their ports out of ours, and their scenario is there', () => {
    const networks = [{ network: 'astrid', port: 5160 }];
    expect(findings(config({ simulator: { networks, ports: { from: 43_000, to: 43_100 } } }))).toEqual([
      'simulator.ports overlaps media.ports (40000–43999)',
    ]);
    expect(findings(config({ simulator: { networks, scenario: 'none.yaml' } }))).toEqual([
      'simulator.scenario names a file that is not there',
    ]);
  });
});

describe('RTP without signalling', () => {
  const withRtp = (rtp: object, more: object = {}) =>
    findings(
      config({
        attachments: [
          { id: 'as-1', network: 'astrid', kind: 'rtp', rtp: { remote: '127.0.0.9:5{number}', ...rtp } },
          attachment('in-1', 'inpt', {}, 'sip:127.0.0.1:5170'),
        ],
        ...more,
      }),
    );

  it('may be unicast or multicast, by template or by talkgroup', () => {
    expect(withRtp({})).toEqual([]);
    expect(withRtp({ remote: '239.1.2.{number}:5004', sources: ['127.0.0.9'], interface: '127.0.0.1' })).toEqual([]);
    expect(withRtp({ remote: undefined, talkgroups: [{ number: '1 01', remote: '127.0.0.9:5004' }] })).toEqual([]);
  });

  it.each([
    [
      { remote: '239.1.2.9{number}:5004' },
      'remote gives 239.1.2.9101:5004 for 101, which is no address and port: add it to talkgroups',
    ],
    [{ remote: undefined }, 'remote has no place for 101: add it to talkgroups'],
    [{ listenPort: '9{number}9' }, 'remote gives no port to listen on for 101: add it to talkgroups'],
    [{ listenPort: 40_002 }, 'listenPort gives 101 of as-1 a port of media.ports, 40002: take one beside that range'],
    [
      { remote: '[2001:db8::1]:5004' },
      'remote is of another IP version than media.host, 127.0.0.1: add media.otherHost',
    ],
    [{ remote: '192.0.2.9:5004' }, 'remote cannot be reached from media.host, which is loopback'],
    [{ payloadType: 72 }, 'payloadType must not be of 64–95: with the marker bit it would be taken for RTCP'],
    [
      { payloadType: 101, telephoneEventPayloadType: 101 },
      'telephoneEventPayloadType must be another than payloadType',
    ],
    [
      { keyOut: { mode: 'telephone-event' } },
      'telephoneEventPayloadType is missing: digits are sent or heard on this attachment',
    ],
    [
      { codec: 'L16/16000', ptimeMs: 60 },
      'ptimeMs must be at most 40 with L16/16000: more does not fit into a datagram',
    ],
    [
      { remote: '239.1.2.{number}:5004', sources: ['127.0.0.9'], interface: 'eth1' },
      'interface must be an IPv4 address of the interface: the groups are of IPv4',
    ],
    [
      { keyIn: { mode: 'telephone-event', on: '5', off: '5' }, telephoneEventPayloadType: 101 },
      'keyIn.off must be another digit than `on`',
    ],
  ])('%j is refused', (rtp, problem) => {
    expect(withRtp(rtp)).toEqual([`attachments[0].rtp.${problem}`]);
  });

  it('warns of a multicast group in which anybody is heard', () => {
    expect(withRtp({ remote: '239.1.2.{number}:5004' })).toEqual([
      '(warning) attachments[0].rtp.sources is empty: whoever sends to the multicast group is heard',
    ]);
  });

  it('has a place of its own for each talkgroup', () => {
    const talkgroups = [
      talkgroup('t1', 'astrid', '101'),
      talkgroup('t2', 'inpt', '590-911'),
      talkgroup('t3', 'astrid', '102'),
    ];
    const sharedGroups = [group('g1', [{ talkgroup: 't1' }, { talkgroup: 't2' }, { talkgroup: 't3' }])];
    expect(withRtp({ remote: '127.0.0.9:5004' }, { talkgroups, sharedGroups })).toEqual([
      'attachments[0].rtp.remote gives 102 of as-1 what 101 of as-1 has as well: port 5004',
    ]);
    expect(withRtp({}, { talkgroups, sharedGroups })).toEqual([]);
  });

  it.each([
    [{ remote: 'host:5004' }, 'remote must be an address and a port such as 192.0.2.20:5004 or [2001:db8::20]:5004'],
    [{ remote: '192.0.2.1:{port}' }, 'remote has the placeholder {port}; known is {number}'],
    [{ remote: '192.0.2.1:70000' }, 'remote must have a port from 1 to 65535'],
    [{ listenPort: 'x' }, 'listenPort must be a port from 1 to 65535, or one with {number} in it such as "5{number}"'],
  ])('%j is not read', (rtp, problem) => {
    expect(withRtp(rtp)).toContain(`attachments[0].rtp.${problem}`);
  });
});

describe('totality', () => {
  it('reads any text as a SIP address or says why not, and reads again what it read', () => {
    const uri = fc.stringMatching(/^sips?:[[\]a-z0-9@:.;=%-]{0,40}$/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), uri), (text) => {
        const reading = readSipAddress(text);
        if (reading.ok) {
          const { host, port } = reading.address;
          const again = readSipAddress(`sip:${host.includes(':') ? `[${host}]` : host}:${port}`);
          expect(again).toMatchObject({ ok: true, address: { host, port } });
        } else expect(reading.reason).toMatch(/^(must|may) /);
      }),
    );
  });

  it('runs the rules over anything without throwing', () => {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 5 }), (raw) => {
        expect(checkRules(readWorld(raw))).toBeInstanceOf(Array);
      }),
    );
  });
});
