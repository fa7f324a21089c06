/** Direct lines as persons use them: dialled, rung, answered, shown to everybody, joined to one voice, logged. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/base/clock.ts';
import type { PhonePlan, PhoneReport } from '../../../src/bridges/ports.ts';
import type { Config } from '../../../src/config/schema.ts';
import type { DirectLine, Intercom as Shown } from '../../../src/console/wire.ts';
import { DirectLines } from '../../../src/gateway/operations/direct-lines.ts';
import { Intercom } from '../../../src/gateway/operations/intercom.ts';
import { type Role, roles } from '../../../src/operations/terms.ts';
import type { VoiceCommand } from '../../../src/voice/contract.ts';
import { demoConfig } from '../demo-config.ts';

const utc = Date.UTC(2026, 0, 9, 20, 37);
const config: Config = {
  ...demoConfig,
  directLines: [
    { id: 'ht', name: 'CIC Hainaut', attachment: 'tel', number: '204', rings: ['cr-ccpd'] },
    { id: 'lil', name: 'TN 59', controlRoom: 'cr-tn59', attachment: 'tel', number: '259', calledAs: '9001', rings: [] },
  ],
};
const line = 'line:ht';

class Stand {
  readonly clock = new ManualClock({ nowMs: 1000, utcMs: utc });
  readonly shown = new Map<string, Shown>();
  readonly ends: string[] = [];
  readonly lines = new Map<string, DirectLine>();
  readonly did: string[] = [];
  readonly heard = new Map<string, readonly string[]>();
  readonly commands: VoiceCommand[] = [];
  readonly log: object[] = [];
  readonly plans: PhonePlan[] = [];
  readonly phones = new Map<string, (report: PhoneReport) => void>();
  onDial: () => void = () => undefined;
  readonly directLines: DirectLines;
  readonly intercom: Intercom;

  constructor() {
    const { clock } = this;
    this.directLines = new DirectLines(config, {
      clock,
      events: { operations: { directLine: (at) => this.log.push(at) } },
      console: { setDirectLine: (shown) => this.lines.set(shown.consoleId ?? '', shown) },
      attachments: { telephone: (_attachment, plan, report) => this.#telephone(plan, report) },
      rtc: {
        openLine: (id, leg) => this.did.push(`open ${id} ${leg}`),
        closeLine: (id) => this.did.push(`close ${id}`),
      },
      calls: {
        called: (id, rooms) => this.intercom.called(id, rooms),
        answered: (id) => this.intercom.answered(id),
        over: (id, as) => this.intercom.over(id, as),
      },
      sendVoice: (command) => this.commands.push(command),
    });
    this.intercom = new Intercom(config, {
      clock,
      events: { operations: { intercom: (at) => this.log.push(at) } },
      console: {
        setIntercom: (at, shown) => {
          this.shown.set(at, shown);
          if (shown.over) this.ends.push(`${at}: ${shown.over.display} ${shown.over.end}`);
        },
      },
      rtc: { hear: (at, consoles) => this.heard.set(at, consoles) },
      lines: this.directLines,
    });
    this.directLines.start();
    this.intercom.start();
    this.#sits('a', 'anna', 'cr-ccpd');
    this.#sits('b', 'bram', 'cr-ccpd');
    this.#sits('w', 'wim', 'cr-wv');
    this.#sits('o', 'olga', 'cr-ccpd', 'observer');
    this.commands.splice(0);
    this.heard.clear();
  }

  #sits(console: string, person: string, controlRoom: string, role: Role = 'dispatcher'): void {
    const display = person.toUpperCase();
    this.intercom.stationHere({ console, display, person: { person, display, role, controlRoom } });
  }

  #telephone(plan: PhonePlan, report: (report: PhoneReport) => void) {
    const { group } = plan;
    this.plans.push(plan);
    this.phones.set(group, report);
    return {
      dial: () => {
        this.did.push(`dial ${group}`);
        this.onDial();
      },
      answer: () => this.did.push(`answer ${group}`),
      hangUp: (why: string) => this.did.push(`hang up ${group} ${why}`),
      voiceEvent: () => undefined,
    };
  }

  says(report: PhoneReport, id = line): void {
    this.phones.get(id)?.(report);
  }

  ask(console: string, operation: Parameters<Intercom['operate']>[1]): string {
    let answer = 'unanswered';
    this.intercom.operate(console, operation, (refusal) => {
      answer = refusal?.cause ?? 'done';
    });
    return answer;
  }

  dial(console: string, id = line): string {
    return this.ask(console, { line: 'intercom', name: 'callStation', to: { console: id }, hot: false });
  }

  answer(console: string, call = 1): string {
    return this.ask(console, { line: 'intercom', name: 'answerCall', call });
  }

  hangUp(console: string, call = 1): string {
    return this.ask(console, { line: 'intercom', name: 'hangUp', call, keyUp: false });
  }

  voice(): string[] {
    return this.commands.splice(0).map((command) => {
      const [first] = 'settings' in command ? Object.values(command.settings) : Object.values(command).slice(1);
      return `${command.name} ${String(first)}`;
    });
  }
}

describe('a direct line that is dialled', () => {
  it('goes its way from dialling to hanging up, seen by everybody, and joins two voices and no more', () => {
    const stand = new Stand();
    expect(stand.lines.get(line)).toMatchObject({ state: 'idle', display: 'CIC Hainaut', by: '' });
    expect(stand.dial('a')).toBe('done');
    const by = { by: 'ANNA', byControlRoom: 'CCPD Tournai', sinceUtcMs: utc };
    expect(stand.lines.get(line)).toMatchObject({ state: 'calling', ...by });
    stand.clock.advance(1000);
    stand.says({ name: 'rings' });
    expect(stand.lines.get(line)).toMatchObject({ state: 'alerting', ...by });
    expect([stand.did, stand.voice()]).toEqual([['dial line:ht'], []]);
    stand.says({ name: 'answered' });
    expect(stand.lines.get(line)).toMatchObject({ state: 'talking', by: 'ANNA', sinceUtcMs: utc + 1000 });
    expect(stand.shown.get('a')?.call).toMatchObject({ state: 'talking', consoleId: line, display: 'CIC Hainaut' });
    expect(stand.did.slice(1)).toEqual(['open line:ht line:ht/ht']);
    expect(stand.voice()).toEqual(['openConsole line:ht', 'joinGroup line:ht']);
    expect([stand.heard.get('a'), stand.heard.get(line)]).toEqual([[line], ['a']]);
    stand.clock.advance(5000);
    expect(stand.hangUp('a')).toBe('done');
    expect(stand.did.slice(2)).toEqual(['close line:ht', 'hang up line:ht hung-up']);
    expect(stand.voice()).toEqual(['closeConsole line:ht']);
    expect(stand.lines.get(line)).toMatchObject({ state: 'idle', by: '' });
    expect([stand.heard.get('a'), stand.heard.get(line)]).toEqual([[], []]);
    const who = { line: 'ht', operator: 'ANNA', role: 'dispatcher', controlRoom: 'cr-ccpd', call: 1 };
    expect(stand.log).toEqual([
      { what: 'dialled', ...who },
      { what: 'answered', ...who },
      { what: 'over', ...who, end: 'hung-up', durationMs: 5000 },
    ]);
  });

  it('holds its side of the line whenever the way of its voice has been laid, and only while it talks', () => {
    const stand = new Stand();
    const laid = { name: 'micOpened', console: line, localPort: 7 } as const;
    stand.directLines.voiceEvent(laid);
    stand.dial('a');
    stand.directLines.voiceEvent(laid);
    expect(stand.voice()).toEqual([]);
    stand.says({ name: 'answered' });
    stand.voice();
    stand.directLines.voiceEvent(laid);
    stand.directLines.voiceEvent({ ...laid, console: 'a' });
    stand.directLines.voiceEvent(laid);
    expect(stand.voice()).toEqual([`requestFloor ${line}`, `requestFloor ${line}`]);
  });

  it('says in its own word why it came to nothing, even at once, and logs what the telephone said', () => {
    for (const end of ['busy', 'refused', 'no-answer', 'unknown-number', 'unreachable', 'failed', 'lost'] as const) {
      const stand = new Stand();
      stand.onDial = () => stand.says({ name: 'ended', end, reason: 'refused 486 Busy Here' });
      expect(stand.dial('a')).toBe('done');
      expect(stand.ends).toEqual([`a: CIC Hainaut ${end}`]);
      expect(stand.shown.get('a')?.call).toBeUndefined();
      expect(stand.lines.get(line)?.state).toBe('idle');
      expect(stand.log.at(-1)).toMatchObject({ what: 'over', end, reason: 'refused 486 Busy Here', operator: 'ANNA' });
      expect(stand.commands).toEqual([]);
    }
  });

  it('cannot be taken by a second, who is told so', () => {
    const stand = new Stand();
    stand.dial('a');
    expect(stand.dial('w')).toBe('line-busy');
    stand.says({ name: 'answered' });
    expect(stand.dial('b')).toBe('line-busy');
    expect(stand.log.slice(-1)).toEqual([
      { what: 'busy', line: 'ht', operator: 'BRAM', role: 'dispatcher', controlRoom: 'cr-ccpd' },
    ]);
    expect(stand.did.filter((each) => each.startsWith('dial'))).toHaveLength(1);
    expect(stand.dial('w', 'line:lil')).toBe('done');
  });

  it('is hung up when its console is gone, ringing or answered, and taken back after 30 s without answer', () => {
    for (const prepare of [() => undefined, (stand: Stand) => stand.says({ name: 'answered' })]) {
      const stand = new Stand();
      stand.dial('a');
      prepare(stand);
      stand.intercom.stationAway('a');
      expect(stand.did.at(-1)).toBe('hang up line:ht lost');
      expect(stand.lines.get(line)?.state).toBe('idle');
    }
    const stand = new Stand();
    stand.dial('a');
    stand.clock.advance(30_000);
    expect(stand.did.at(-1)).toBe('hang up line:ht no-answer');
    expect(stand.ends).toEqual(['a: CIC Hainaut no-answer']);
  });

  it('is refused to whoever may not, by whatever name, and logged', () => {
    const stand = new Stand();
    expect(stand.dial('o')).toBe('not-permitted');
    const byPerson = { line: 'intercom', name: 'callStation', to: { person: line }, hot: true } as const;
    expect(stand.ask('o', byPerson)).toBe('not-permitted');
    expect(stand.did).toEqual([]);
    expect(stand.log.at(-1)).toEqual({
      what: 'refused',
      line: 'ht',
      operator: 'OLGA',
      role: 'observer',
      controlRoom: 'cr-ccpd',
      refusal: 'not-permitted',
    });
  });
});

it.each(roles)('a direct line is for dispatchers and supervisors, to call and to answer: %s', (role) => {
  const stand = new Stand();
  const may = role === 'dispatcher' || role === 'supervisor';
  const one = { person: 'x', display: 'X', role, controlRoom: 'cr-ccpd' };
  stand.intercom.stationHere({ console: 'x', display: 'X', person: one });
  stand.says({ name: 'called' });
  expect(stand.shown.get('x')?.call?.state).toBe(may ? 'ringing' : undefined);
  expect(stand.answer('x')).toBe(may ? 'done' : 'not-permitted');
  expect(stand.dial('x', 'line:lil')).toBe(may ? 'in-other-call' : 'not-permitted');
});

describe('a direct line that calls', () => {
  it('rings at the consoles of its rooms whose persons may answer; the first who does has it', () => {
    const stand = new Stand();
    stand.says({ name: 'called' });
    const states = () => ['a', 'b', 'w', 'o'].map((console) => stand.shown.get(console)?.call?.state);
    expect(states()).toEqual(['ringing', 'ringing', undefined, undefined]);
    expect(stand.lines.get(line)).toMatchObject({ state: 'ringing', by: '' });
    expect(stand.answer('o')).toBe('not-permitted');
    expect(stand.answer('b')).toBe('done');
    expect(stand.did).toEqual(['open line:ht line:ht/ht', 'answer line:ht']);
    stand.says({ name: 'answered' }); // acknowledged there
    expect(states()).toEqual([undefined, 'talking', undefined, undefined]);
    expect(stand.lines.get(line)).toMatchObject({ state: 'talking', by: 'BRAM' });
    expect(stand.ends).toEqual(['a: CIC Hainaut taken']);
    stand.says({ name: 'ended', end: 'hung-up', reason: 'hung-up' });
    expect(stand.ends.at(-1)).toBe('b: CIC Hainaut hung-up');
    expect(stand.log).toMatchObject([
      { what: 'called', line: 'ht', call: 1 },
      { what: 'refused', operator: 'OLGA' },
      { what: 'answered', operator: 'BRAM' },
      { what: 'over', operator: 'BRAM', end: 'hung-up' },
    ]);
    expect(stand.log[0]).not.toHaveProperty('operator');
  });

  it('is missed by all who did not answer in 30 s, and called back by one click', () => {
    const stand = new Stand();
    stand.says({ name: 'called' });
    stand.clock.advance(30_000);
    expect(stand.did).toEqual(['hang up line:ht no-answer']);
    const missed = { personId: line, display: 'CIC Hainaut', times: 1, atUtcMs: utc + 30_000 };
    for (const console of ['a', 'b']) expect(stand.shown.get(console)?.missed).toMatchObject([missed]);
    expect(stand.ask('a', { line: 'intercom', name: 'callStation', to: { person: line }, hot: false })).toBe('done');
    stand.says({ name: 'answered' });
    expect(stand.shown.get('b')?.missed).toEqual([]);
  });

  it('gives up, is refused by all, or finds all engaged or nobody there: each has its word', () => {
    const gives = new Stand();
    gives.says({ name: 'called' });
    gives.says({ name: 'ended', end: 'cancelled', reason: 'cancelled' });
    expect(gives.shown.get('a')?.missed).toHaveLength(1);

    const refused = new Stand();
    refused.says({ name: 'called' });
    for (const console of ['a', 'b']) expect(refused.hangUp(console)).toBe('done');
    expect(refused.did).toEqual(['hang up line:ht refused']);

    const engaged = new Stand();
    engaged.dial('a', 'line:lil');
    engaged.ask('b', { line: 'intercom', name: 'callStation', to: { person: 'wim' }, hot: false });
    engaged.did.splice(0);
    engaged.says({ name: 'called' });
    expect(engaged.did).toEqual(['hang up line:ht busy']);
    expect(engaged.shown.get('a')?.missed).toHaveLength(1);

    const alone = new Stand();
    for (const console of ['a', 'b']) alone.intercom.stationAway(console);
    alone.says({ name: 'called' });
    expect(alone.did).toEqual(['hang up line:ht no-answer']);
    expect(alone.log).toEqual([{ what: 'unattended', line: 'ht' }]);
  });

  it('names its far end and the number that it is called by to the telephone', () => {
    const [first, second] = new Stand().plans;
    expect(first).toEqual({
      leg: 'line:ht/ht',
      group: line,
      number: '204',
      calledAs: undefined,
      display: demoConfig.gateway.name.fr,
    });
    expect(second?.calledAs).toBe('9001');
  });
});
