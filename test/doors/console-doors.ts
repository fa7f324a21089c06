/** Requests of the console link: a real link, and behind it what persons do, as the gateway puts it together. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '../../src/base/clock.ts';
import type { ConsolePorts } from '../../src/console/ports.ts';
import { readClientMessage } from '../../src/console/wire.ts';
import { consoleWorld } from '../../src/console/world.ts';
import { ExportDesk } from '../../src/gateway/export-desk.ts';
import { DirectLines } from '../../src/gateway/operations/direct-lines.ts';
import { Intercom } from '../../src/gateway/operations/intercom.ts';
import { Operations, type OperationsPorts } from '../../src/gateway/operations/operations.ts';
import { Recall } from '../../src/gateway/recall.ts';
import { RecordingsDesk } from '../../src/gateway/recordings-desk.ts';
import { Retention } from '../../src/gateway/retention.ts';
import { lineId } from '../../src/operations/intercom.ts';
import { type Person, type Role, roles } from '../../src/operations/terms.ts';
import { escaut } from '../../src/protocols/generated/console.js';
import { demoConfig } from '../gateway/demo-config.ts';
import { ConsoleBench, type Page } from '../interop/console-bench.ts';

const wire = escaut.console.v1;
type Request = escaut.console.v1.ClientMessage.$Properties;
type Operate = escaut.console.v1.Operate.$Properties;

/** What came of a request. */
export interface Tried {
  /** Undefined: it was done. */
  readonly refusal: string | undefined;
  /** What was done, whatever it was. */
  readonly done: readonly string[];
  /** The log names him, his role, and that it was refused. */
  readonly isLogged: boolean;
}

interface Case {
  /** What there has to be before; `at`: his console. */
  readonly before?: (stand: Stand, person: Person, at: string) => void;
  readonly ask: Request;
  /** Of a console of its own: what is asked ends it. */
  readonly alone?: true;
}

const acc = 'xb-acc';
const lab = 'xb-lab';
const tech = 'xb-tech';
const pours = 'xb-pours-2';
const training = 'xb-training';
const suspended = 'xb-suspended';
const line = lineId('dl-corg');
const room = 'cr-ht';

const [someone] = demoConfig.people;
const member = (id: string, role: Role, country = 'BE', controlRoom = room) => {
  return { ...someone!, id, display: `Mr ${id}`, role, controlRoom, country };
};
const byId = (id: string) => demoConfig.sharedGroups.find((group) => group.id === id)!;
const [plan] = demoConfig.alertPlans;
const config = {
  ...demoConfig,
  people: [
    ...roles.map((role) => member(role, role)),
    member('sup-2', 'supervisor'),
    member('aud-fr', 'auditor', 'FR'),
    member('ht-op-2', 'dispatcher'),
  ],
  talkgroups: demoConfig.talkgroups.map((each) => (each.id === 'in:590-131' ? { ...each, consentOf: room } : each)),
  sharedGroups: [
    ...demoConfig.sharedGroups.map((each) => (each.id === acc ? { ...each, monitoredBy: [] } : each)),
    { ...byId(acc), id: lab, use: 'test' as const, monitoredBy: [], legs: [] },
    { ...byId(pours), id: tech, use: 'test' as const, monitoredBy: [], legs: [] },
    { ...byId(pours), id: training, legs: [] },
    { ...byId(pours), id: suspended, legs: [] },
  ],
  alertPlans: [{ ...plan!, renewable: true, levels: [{ level: 1, groups: plan!.groups, posts: ['PF-04'] }] }],
  directLines: [
    { id: 'dl-corg', name: 'CORG 59', controlRoom: 'cr-corg', attachment: 'tel-1', number: '3259', rings: [] },
  ],
} as unknown as typeof demoConfig;

const supervisor = config.people.find(({ id }) => id === 'sup-2')!;
const personOf = ({ id, display, role, controlRoom }: (typeof config.people)[number]): Person => {
  return { person: id, display, role, controlRoom };
};
const chief = personOf(supervisor);
const known = (id: string): Person => personOf(config.people.find((each) => each.id === id)!);

/** All that is behind consoles, anew for each request. */
class Stand {
  readonly done: string[] = [];
  readonly operations: Operations;
  readonly intercom: Intercom;
  readonly exports: ExportDesk;
  readonly retention: Retention;
  readonly recall: Recall;
  readonly recordings: RecordingsDesk;
  readonly clock = new ManualClock({ nowMs: 1000, utcMs: Date.UTC(2026, 0, 1) });

  constructor(bench: ConsoleBench, folder: string) {
    const { done, clock } = this;
    const { events } = bench;
    const doing = (name: string) => {
      return new Proxy({} as Record<string, unknown>, {
        get: (_, what) => () => void done.push(`${name} ${String(what)}`),
      });
    };
    const console = {
      ...Object.fromEntries(
        [
          'setBridging',
          'setEmergency',
          'clearEmergency',
          'setBorderRecord',
          'setPlan',
          'endPlan',
          'setHit',
          'setHandOver',
        ]
          .concat('setIntercom', 'setDirectLine', 'raiseAlarm')
          .map((name) => [name, () => void done.push(name)]),
      ),
      ...Object.fromEntries(['setSchedule', 'setHits'].map((name) => [name, () => undefined])),
      identify: () => ({}),
      talkerOf: () => undefined,
      talkerNow: () => ({ address: '5317031', networkId: 'astrid' }),
      isNamedAnew: () => true,
      sheetOf: () => ({}),
    };
    const sendVoice = ({ name }: { name: string }) => void done.push(`voice ${name}`);
    const ports = {
      ...{ clock, events, console, sendVoice },
      attachments: doing('attachments'),
      rtc: doing('rtc'),
      speech: { speak: async () => ({ ok: false, reason: 'test' }) },
      kept: () => ({ read: () => undefined, write: () => undefined }),
      older: () => ({ put: () => undefined, forget: () => true }),
    };
    this.operations = new Operations(config, ports as unknown as OperationsPorts);
    const lines = new DirectLines(config, {
      ...(ports as unknown as ConstructorParameters<typeof DirectLines>[1]),
      calls: {
        called: (at, rooms) => this.intercom.called(at, rooms),
        answered: () => undefined,
        over: () => undefined,
      },
    });
    this.intercom = new Intercom(config, {
      ...(ports as unknown as ConstructorParameters<typeof Intercom>[1]),
      lines,
    });
    this.intercom.start();
    this.retention = new Retention(
      { ...config, gateway: { ...config.gateway, stateFolder: folder } },
      {
        clock,
        events,
        alarm: () => undefined,
        forget: () => true,
        words: { read: () => undefined, write: () => undefined },
        signedIn: () => undefined,
        incident: async () => undefined,
        swept: () => undefined,
      },
    );
    this.recall = new Recall(config, { clock, events, sendVoice, talkerOf: () => undefined, isExercise: () => false });
    this.exports = new ExportDesk('gw', join(folder, 'exports'), {
      isDiskNearlyFull: () => false,
      ...{ clock, events, masters: [], kept: { read: () => undefined, write: () => undefined } },
      build: (_order, _out, news) => {
        done.push('build');
        news.built({ octets: 2, recordings: 1, gaps: 0, manifestSha256: '', fingerprint: '' });
      },
      show: () => undefined,
    });
    this.recordings = new RecordingsDesk(config, {
      ...{ clock, events, exports: this.exports, isHere: () => true },
      newToken: () => 'T'.repeat(43),
      reader: {
        search: async () => {
          done.push('search');
          return { found: [], more: false, isBehind: false };
        },
        recording: async () => {
          done.push('recording');
          return { group: acc, over: 1, file: 'x.opus', isKept: true } as never;
        },
        incident: async () => undefined,
        read: async () => undefined,
        follow: async () => undefined,
      },
    });
    const distress = { priority: 15, emergency: true, over: 1, sinceUtcMs: 0 };
    const calm = { ...distress, emergency: false, over: 2, party: `${tech}/as:5990001` };
    this.#floor(acc, { ...distress, party: `${acc}/as:5990001` });
    this.#floor(tech, calm);
    for (const group of [training, suspended]) this.act(chief, { groupId: group, ...exerciseOpen });
    this.act(chief, { groupId: suspended, suspendExercise: {} });
    const report = {
      group: acc,
      over: 7,
      party: `${acc}/x`,
      priority: 5,
      emergency: false,
      lostMs: {},
      packetsLost: 0,
    };
    const startUtcMs = clock.utcMs() - 2000;
    this.recall.voiceEvent({ name: 'over', report: { ...report, startUtcMs, durationMs: 1000, end: 'released' } });
  }

  /** By somebody else, and beside the link. */
  act(person: Person, operation: Operate): void {
    const operate = wireOperation(operation);
    this.operate(person, operate, (refusal) => {
      if (refusal !== undefined) throw new Error(`${person.person}, before: ${refusal.cause}`);
    });
  }

  readonly operate: ConsolePorts['operate'] = (person, operation, answer) => {
    if (operation.name === 'setRetention') this.retention.operate(person, operation, answer);
    else this.operations.operate(person, operation, answer);
  };

  async stop(): Promise<void> {
    this.operations.stop();
    this.intercom.stop();
    this.exports.stop();
    await this.retention.stop();
  }

  #floor(group: string, holder: object): void {
    this.operations.voiceEvent({ name: 'floor', floor: { group, holder, queue: [] } } as never);
  }
}

/** As the link reads it. */
function wireOperation(operation: Operate): Parameters<ConsolePorts['operate']>[1] {
  const read = readClientMessage(wire.ClientMessage.encode({ operate: { requestId: 1, ...operation } }).finish());
  if (read?.name !== 'operate' || 'line' in read.operation) throw new Error('no operation');
  return read.operation;
}

const exerciseOpen = { open: { reason: 'vol', exercise: true } } as const;
const notice = { origin: 'cr-tn59', host: room, category: 'vol', basis: 'pursuit' } as const;
const details = { reason: 'vol', origin: room, host: 'cr-tn59', place: 'PF-04' };
const activate = { planId: 'plan-pours', level: 1, details };
const period = { fromUtcMs: Date.UTC(2025, 11, 31), toUtcMs: Date.UTC(2026, 0, 1) };
const other = 'other-console';

const operate = (operation: Operate): Request => ({ operate: operation });
const opened = (stand: Stand): void => stand.act(chief, { groupId: pours, open: { reason: 'vol' } });
const active = (stand: Stand): void => stand.act(chief, { activatePlan: activate });
const recorded = (stand: Stand): void => stand.act(chief, { groupId: acc, openRecord: { ...notice, place: 'PF-04' } });
const acknowledged = (stand: Stand): void => stand.act(chief, { acknowledgeEmergency: { emergencyId: 1 } });
function clearing(stand: Stand, person: Person): void {
  acknowledged(stand);
  stand.act(person, { clearEmergency: { emergencyId: 1, cause: 'false' } });
}
const leads = ({ role }: Person): boolean => role === 'dispatcher' || role === 'supervisor';
const whoLeads = (person: Person): Person => (leads(person) ? person : known('ht-op-2'));
function stations(stand: Stand, person: Person, at: string): void {
  stand.intercom.stationHere({ console: at, person, display: person.display });
  stand.intercom.stationHere({ console: other, person: known('ht-op-2'), display: 'HT 2' });
}
function called(stand: Stand, person: Person, at: string): void {
  stations(stand, person, at);
  const call = { line: 'intercom', name: 'callStation', to: { console: at }, hot: false } as const;
  stand.intercom.operate(other, call, () => undefined);
}
const hearer = (id: string) => ({ ...known(id), country: config.people.find((each) => each.id === id)?.country ?? '' });
function ordered(stand: Stand, { person, role }: Person): void {
  const second = role === 'auditor' || role === 'supervisor' ? person : 'sup-2';
  const asked = {
    by: hearer('aud-fr'),
    second: hearer(second),
    reason: 'x',
    groups: [acc],
    incident: '',
    askedUtcMs: 0,
  };
  stand.exports.order({ ...asked, ...period, askedUtcMs: stand.clock.utcMs() });
}
function built(stand: Stand, person: Person): void {
  ordered(stand, person);
  stand.exports.answer(stand.exports.of(1)!.second, 1, 'approve', '');
}

/** By what stands behind `WS` in the table. */
export const consoleCases: Readonly<Record<string, Case>> = {
  hello: { alone: true, ask: {} },
  ping: { ask: { ping: { nonce: 7 } } },
  floorRequest: { ask: { floorRequest: { groupId: acc } } },
  'floorRequest: a group for tests': { ask: { floorRequest: { groupId: lab } } },
  floorRelease: { ask: { floorRelease: { groupId: acc } } },
  monitor: { ask: { monitor: { groupId: acc, listen: true } } },
  rtcRequest: { ask: { rtcRequest: { open: {} } } },
  goodbye: { alone: true, ask: { goodbye: {} } },
  listenerReport: { ask: { listenerReport: {} } },
  watchStatus: { ask: { watchStatus: { on: true } } },
  'recallRequest: a list': { ask: { recallRequest: { groupId: acc, list: { lastS: 60 } } } },
  'recallRequest: an over': { ask: { recallRequest: { groupId: acc, partOf: { over: 7 } } } },
  timelineRequest: { ask: { timelineRequest: {} } },
  sheetRequest: { ask: { sheetRequest: { handOverId: 1 } } },
  shareRoom: { ask: { shareRoom: { name: 'salle' } } },
  capacityRequest: { ask: { capacityRequest: {} } },
  'recordingsRequest.search': {
    ask: { recordingsRequest: { reason: 'x', search: { ...period, groupIds: [acc] } } },
  },
  'recordingsRequest.listenTo': { ask: { recordingsRequest: { reason: 'x', listenTo: { recordingId: 1 } } } },
  'recordingsRequest.orderExport': {
    ask: { recordingsRequest: { reason: 'x', orderExport: { ...period, groupIds: [acc], secondPersonId: 'aud-fr' } } },
  },
  'recordingsRequest.answerExport': {
    before: ordered,
    ask: { recordingsRequest: { reason: 'x', answerExport: { orderId: 1, answer: 'approve' } } },
  },
  'recordingsRequest.fetchPackage': { before: built, ask: { recordingsRequest: { fetchPackage: { orderId: 1 } } } },

  'operate.open': { ask: operate({ groupId: pours, open: { reason: 'vol' } }) },
  'operate.open: an exercise': { ask: operate({ groupId: pours, ...exerciseOpen }) },
  'operate.open: an exercise on a group for tests': { ask: operate({ groupId: tech, ...exerciseOpen }) },
  'operate.add': {
    before: opened,
    ask: operate({ groupId: pours, add: { talkgroupId: 'in:590-131', reason: 'vol' } }),
  },
  'operate.remove': {
    before: (stand) => {
      opened(stand);
      stand.act(chief, { groupId: pours, add: { talkgroupId: 'in:590-131', reason: 'vol' } });
    },
    ask: operate({ groupId: pours, remove: { talkgroupId: 'in:590-131' } }),
  },
  'operate.extend': { before: opened, ask: operate({ groupId: pours, extend: { durationS: 600 } }) },
  'operate.close': { before: opened, ask: operate({ groupId: pours, close: {} }) },
  'operate.keep': { before: opened, ask: operate({ groupId: pours, keep: {} }) },
  'operate.consent': {
    before: (stand) => {
      opened(stand);
      const abroad = { ...chief, controlRoom: 'cr-tn59' };
      stand.act(abroad, { groupId: pours, add: { talkgroupId: 'in:590-131', reason: 'vol' } });
    },
    ask: operate({ groupId: pours, consent: { talkgroupId: 'in:590-131', given: true } }),
  },
  'operate.acknowledgeEmergency': { ask: operate({ acknowledgeEmergency: { emergencyId: 1 } }) },
  'operate.clearEmergency': {
    before: acknowledged,
    ask: operate({ clearEmergency: { emergencyId: 1, cause: 'false' } }),
  },
  'operate.confirmClear': {
    before: (stand, person) => clearing(stand, whoLeads(person)),
    ask: operate({ confirmClear: { emergencyId: 1 } }),
  },
  'operate.withdrawClear': {
    before: (stand) => clearing(stand, chief),
    ask: operate({ withdrawClear: { emergencyId: 1 } }),
  },
  'operate.activatePlan': { ask: operate({ activatePlan: activate }) },
  'operate.activatePlan: an exercise': { ask: operate({ activatePlan: { ...activate, exercise: true } }) },
  'operate.setPlanLevel': { before: active, ask: operate({ setPlanLevel: { planId: 'plan-pours', level: 1 } }) },
  'operate.renewPlan': { before: active, ask: operate({ renewPlan: { planId: 'plan-pours' } }) },
  'operate.endPlan': { before: active, ask: operate({ endPlan: { planId: 'plan-pours' } }) },
  'operate.markPost': {
    before: active,
    ask: operate({ markPost: { planId: 'plan-pours', place: 'PF-04', manned: true, unit: 'M 31' } }),
  },
  'operate.openRecord': { ask: operate({ groupId: acc, openRecord: { ...notice, place: 'PF-04' } }) },
  'operate.markCrossing': {
    before: recorded,
    ask: operate({
      groupId: acc,
      markCrossing: { recordId: 'B1', ...notice, unit: 'M 31', place: 'PF-04', from: 'FR', to: 'BE' },
    }),
  },
  'operate.acceptPursuit': { before: recorded, ask: operate({ groupId: acc, acceptPursuit: { recordId: 'B1' } }) },
  'operate.orderStop': {
    before: recorded,
    ask: operate({ groupId: acc, orderStop: { recordId: 'B1', authority: 'PR Tournai' } }),
  },
  'operate.validateHit': {
    before: (stand) => stand.act(chief, { enterExerciseHit: { camera: 'E17', vehicle: 'grey Audi', reason: 'theft' } }),
    ask: operate({ validateHit: { hitId: 1, confirmed: true, checked: 'colour' } }),
  },
  'operate.suspendExercise': { ask: operate({ groupId: training, suspendExercise: {} }) },
  'operate.resumeExercise': { ask: operate({ groupId: suspended, resumeExercise: {} }) },
  'operate.enterExerciseHit': {
    ask: operate({ enterExerciseHit: { camera: 'E17', vehicle: 'grey Audi', reason: 'theft' } }),
  },
  'operate.callStation': { before: stations, ask: operate({ callStation: { consoleId: other } }) },
  'operate.callStation: a direct line': { before: stations, ask: operate({ callStation: { consoleId: line } }) },
  'operate.answerCall': { before: called, ask: operate({ answerCall: { callId: 1 } }) },
  'operate.answerCall: a direct line': {
    before: (stand, person, at) => {
      stations(stand, person, at);
      stand.intercom.called(line, []);
    },
    ask: operate({ answerCall: { callId: 1 } }),
  },
  'operate.hangUp': { before: called, ask: operate({ hangUp: { callId: 1 } }) },
  'operate.seeMissedCalls': { before: stations, ask: operate({ seeMissedCalls: {} }) },
  'operate.sendText': { ask: operate({ groupId: acc, sendText: { text: 'RDV PF-04' } }) },
  'operate.sendText: an exercise': { ask: operate({ groupId: training, sendText: { text: 'RDV PF-04' } }) },
  'operate.sendText: a suspended exercise': { ask: operate({ groupId: suspended, sendText: { text: 'RDV PF-04' } }) },
  'operate.removeTalker': { ask: operate({ groupId: tech, removeTalker: { over: 2, reason: 'stuck key' } }) },
  'operate.setRetention': {
    before: (stand) => {
      const what = { name: 'setRetention', rule: 'voiceSharedGroup', days: 29, reason: 'law' } as const;
      stand.retention.operate(known('aud-fr'), what, () => undefined);
    },
    ask: operate({ setRetention: { rule: 'voiceSharedGroup', days: 29, reason: 'law' } }),
  },
  'operate.offerShift': { ask: operate({ offerShift: { personId: 'ht-op-2' } }) },
  'operate.confirmShift': {
    before: (stand, person) =>
      stand.act(chief, { offerShift: { personId: leads(person) ? person.person : 'ht-op-2' } }),
    ask: operate({ confirmShift: { handOverId: 1 } }),
  },
  'operate.refuseShift': {
    before: (stand, person) =>
      stand.act(chief, { offerShift: { personId: leads(person) ? person.person : 'ht-op-2' } }),
    ask: operate({ refuseShift: { handOverId: 1, reason: 'busy' } }),
  },
  'operate.withdrawShift': {
    before: (stand, person) => stand.act(whoLeads(person), { offerShift: { personId: 'sup-2' } }),
    ask: operate({ withdrawShift: { handOverId: 1 } }),
  },
};

/** So many requests, each with what a refusal costs, fit into what a console may say at once. */
const requestsMax = 8;

export class ConsoleDoors {
  readonly #folder = mkdtempSync(join(tmpdir(), 'console-doors-'));
  readonly #bench: ConsoleBench;
  readonly #log: Readonly<Record<string, unknown>>[] = [];
  readonly #pages = new Map<Role, { readonly page: Page; readonly asked: number }>();
  #stand: Stand | undefined;
  #requests = 0;

  /** `isLocked`: whoever comes has done nothing for long, and has to give his password first. */
  constructor(isLocked = false) {
    const stand = (): Stand => this.#stand!;
    this.#bench = new ConsoleBench({
      world: consoleWorld(config),
      sessionsMax: 1000,
      people: config.people.map((each) => {
        const { language, priority, country } = each;
        return { ...personOf(each), controlRoomName: 'CIC', country, language, priority };
      }),
      signedIn: ({ headers }) => ({ person: String(headers['x-person']), isLocked }),
      said: (_level, event, about) => void this.#log.push({ event, ...about }),
      ports: {
        operate: (person, operation, answer) => stand().operate(person, operation, answer),
        callOthers: (at, operation, answer) => stand().intercom.operate(at, operation, answer),
        recall: (person, wish, answer) => stand().recall.ask(person, wish, answer),
        recordings: (person, wish, answer) => stand().recordings.ask(person, wish, answer),
        sheet: (person, shift) => stand().operations.handOvers.sheet(person, shift),
      },
    });
  }

  start(): Promise<void> {
    return this.#bench.start();
  }

  async stop(): Promise<void> {
    await this.#bench.stop();
    rmSync(this.#folder, { recursive: true });
  }

  async try(door: string, role: Role): Promise<Tried> {
    const { before, ask, alone } = consoleCases[door]!;
    const page = alone ? await this.#open(role) : await this.#page(role);
    const person = known(role);
    this.#stand = new Stand(this.#bench, this.#folder);
    try {
      before?.(this.#stand, person, page.id);
      this.#stand.done.length = 0;
      this.#log.length = 0;
      const spoken = this.#bench.commands.length;
      const refusal = await this.#ask(page, ask);
      const floors = this.#bench.commands.slice(spoken).filter(({ name }) => name === 'requestFloor');
      const isLogged = this.#log.some(({ event, operator, role: by, refusal: why }) => {
        return operator === person.display && by === role && (event === 'permission.refused' || why !== undefined);
      });
      return { refusal, done: [...this.#stand.done, ...floors.map(({ name }) => name)], isLogged };
    } finally {
      await this.#stand.stop();
    }
  }

  /** Answered before the next thing that is asked, but for what is looked up elsewhere. */
  async #ask(page: Page, request: Request): Promise<string | undefined> {
    const requestId = ++this.#requests;
    const [[name, body] = ['', {}]] = Object.entries(request);
    const nonce = 1_000_000 + requestId;
    page.send({ [name]: { ...body, requestId } });
    if (name === 'goodbye') return undefined;
    page.send({ ping: { nonce } });
    if (name === 'recordingsRequest') {
      const answer = await page.until(({ recordingsAnswer }) => {
        return recordingsAnswer?.requestId === requestId ? recordingsAnswer : undefined;
      });
      return answer.refusal || undefined;
    }
    await page.until(({ pong }) => (pong?.nonce === nonce ? pong : undefined));
    const found = page.messages.findLast(({ operationAnswer, recallAnswer, floorAnswer }) => {
      return [operationAnswer, recallAnswer, floorAnswer].some((each) => each?.requestId === requestId);
    });
    const sheet = page.messages.findLast(({ sheetAnswer }) => sheetAnswer?.requestId === requestId);
    if (sheet !== undefined) return sheet.sheetAnswer?.refusal === 'not-kept' ? 'not-kept' : undefined;
    return found?.operationAnswer?.refusal || found?.recallAnswer?.refusal || found?.floorAnswer?.cause || undefined;
  }

  async #page(role: Role): Promise<Page> {
    const at = this.#pages.get(role);
    const page = at === undefined || at.asked >= requestsMax ? await this.#open(role) : at.page;
    if (page !== at?.page) at?.page.socket.terminate();
    this.#pages.set(role, { page, asked: page === at?.page ? at.asked + 1 : 1 });
    return page;
  }

  async #open(role: Role): Promise<Page> {
    const page = await this.#bench.connect({ 'x-person': role });
    page.send({ hello: { versionMin: 1, versionMax: 1 } });
    await page.until(({ snapshot }) => snapshot);
    this.#bench.server.handleRtcNotice(page.id, { name: 'microphone', present: true });
    return page;
  }
}
