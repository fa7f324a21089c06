import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Events } from '../../src/base/events.ts';
import { createLog, type LogOptions } from '../../src/base/logger.ts';
import { Meter } from '../../src/base/meter.ts';
import { Secret } from '../../src/base/secret.ts';

function capture(options: Partial<LogOptions> = {}) {
  const written: string[] = [];
  const stream = { write: (text: string): void => void written.push(text) };
  const { logger } = createLog({ level: 'trace', personalData: 'pseudonym', form: 'lines', stream, ...options });
  const lines = (): Record<string, unknown>[] => written.map((text) => JSON.parse(text) as Record<string, unknown>);
  return { logger, written, lines, text: () => written.join('') };
}

describe('log', () => {
  it('writes one JSON object a line with level in words, UTC time and a number that keeps the order', () => {
    const { logger, lines, written } = capture();
    logger.info({ event: 'leg.changed', reason: 'two\nlines' });
    logger.warn({ event: 'leg.changed' });
    expect(written.every((text) => text.indexOf('\n') === text.length - 1)).toBe(true);
    expect(lines()).toMatchObject([
      { level: 'info', line: 1, event: 'leg.changed', reason: 'two\nlines' },
      { level: 'warn', line: 2 },
    ]);
    expect(lines()[0]?.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('listens to standard output once, however many logs one process has', () => {
    createLog({ level: 'silent', personalData: 'hidden', form: 'lines' });
    const before = process.stdout.listenerCount('error');
    for (let log = 0; log < 20; log++) createLog({ level: 'silent', personalData: 'hidden', form: 'lines' });
    expect(process.stdout.listenerCount('error')).toBe(before);
    expect(before).toBeGreaterThan(0);
  });

  it('keeps error, code and cause', () => {
    const { logger, lines } = capture();
    const cause = Object.assign(new Error('inner'), { code: 'EADDRINUSE' });
    logger.error({ event: 'x', err: new Error('outer', { cause }) });
    expect(lines()[0]?.err).toMatchObject({
      type: 'Error',
      message: 'outer',
      cause: { message: 'inner', code: 'EADDRINUSE' },
    });
  });

  it.each([
    'password',
    'token',
    'resumeToken',
    'resume_token',
    'authorization',
    'Proxy-Authorization',
    'cookie',
    'secret',
  ])('never writes what is in a field named %s, in a line, nested, or in a child', (field) => {
    const { logger, text } = capture();
    logger.info({ [field]: 'hunter2' });
    logger.info({ request: { headers: [{ [field]: 'hunter2' }] } });
    if (/^[a-z]+$/i.test(field)) logger.child({ [field]: 'hunter2' }).info('from a child');
    expect(text()).not.toContain('hunter2');
  });

  it('never writes a Secret, wherever it stands', () => {
    const { logger, text } = capture();
    logger.info({
      config: { attachments: [{ sip: { password: new Secret('hunter2'), other: new Secret('hunter2') } }] },
    });
    expect(text()).not.toContain('hunter2');
    expect(`${new Secret('hunter2')}${JSON.stringify([new Secret('hunter2')])}`).toBe('[secret]["[secret]"]');
  });

  it('puts the same digest for the same person in one process, and never the number', () => {
    const { logger, lines, text } = capture();
    logger.info({ talker: '5317031' });
    logger.info({ talker: '5317031', address: 5317031, callSign: 'Mouscron 31' });
    const [first, second] = lines();
    expect(first?.talker).toMatch(/^~[0-9a-f]{8}$/);
    expect(second?.talker).toBe(first?.talker);
    expect(text()).not.toMatch(/5317031|Mouscron/);
  });

  it('shows neither operator of an intercom call', () => {
    const { logger, text } = capture();
    const at = {
      what: 'called',
      operator: 'Lille 1',
      role: 'dispatcher',
      controlRoom: 'cr-59',
      called: 'Tournai 2',
    } as const;
    new Events(logger, new Meter()).operations.intercom(at);
    expect(text()).toContain('intercom.changed');
    expect(text()).not.toMatch(/Lille 1|Tournai 2/);
  });

  it('gives another digest in another process, so that digests cannot be looked up', () => {
    const [one, other] = [capture(), capture()];
    one.logger.info({ talker: '5317031' });
    other.logger.info({ talker: '5317031' });
    expect(one.lines()[0]?.talker).not.toBe(other.lines()[0]?.talker);
  });

  it('hides people altogether, or shows them, when told to', () => {
    const hidden = capture({ personalData: 'hidden' });
    hidden.logger.info({ talker: '5317031', err: new Error('from <sip:5317031@192.0.2.1>') });
    expect(hidden.lines()[0]).toMatchObject({ talker: '[person]' });
    expect(hidden.text()).not.toContain('5317031');
    const shown = capture({ personalData: 'shown' });
    shown.logger.info({ talker: '5317031', reason: 'sip:5317031@192.0.2.1' });
    expect(shown.lines()[0]).toMatchObject({ talker: '5317031', reason: 'sip:5317031@192.0.2.1' });
  });

  it('finds the user of SIP and tel URIs in any text, and leaves hosts readable', () => {
    const { logger, lines, text } = capture();
    logger.info(
      { reason: 'INVITE sip:5317031@192.0.2.1 and <SIPS:5317031@x> and tel:+3256001122' },
      'to sip:5317031@h',
    );
    expect(text()).not.toMatch(/5317031|3256001122/);
    expect(lines()[0]?.reason).toContain('@192.0.2.1');
    logger.info({ reason: 'sip:192.0.2.1:5060;transport=udp' });
    expect(lines()[1]?.reason).toBe('sip:192.0.2.1:5060;transport=udp');
  });

  it('survives anything that can be logged: depth, cycles, odd values', () => {
    const { logger, written } = capture();
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    logger.info(cycle);
    fc.assert(
      fc.property(fc.object({ maxDepth: 8 }), (object) => logger.info(object)),
      { numRuns: 200 },
    );
    expect(written).toHaveLength(201);
  });

  it('is readable on a terminal: one line with time, level and event', () => {
    const { logger, text } = capture({ form: 'terminal' });
    logger.info({ event: 'leg.changed', leg: 'xb-acc/as:1', talker: '5317031' });
    expect(text()).toMatch(/INFO.*leg\.changed.*"leg":"xb-acc\/as:1"/);
    expect(text()).not.toContain('5317031');
    expect(text().trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('standard output', () => {
  const flood = (read: boolean) => {
    const child = spawn(process.execPath, [fileURLToPath(new URL('./flood.ts', import.meta.url))]);
    let lines = 0;
    let told = '';
    if (read) child.stdout.on('data', (chunk: Buffer) => (lines += chunk.toString().split('\n').length - 1));
    else child.stdout.pause();
    child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
    return new Promise<{ code: number | null; lines: number; dropped: number }>((resolve) =>
      child.on(read ? 'close' : 'exit', (code) =>
        setImmediate(() => resolve({ code, lines, dropped: (JSON.parse(told) as { dropped: number }).dropped })),
      ),
    );
  };

  it('that nobody reads costs lines, which are counted, and neither blocks the process nor holds up its end', async () => {
    const { code, dropped } = await flood(false);
    expect(code).toBe(7);
    expect(dropped).toBeGreaterThan(10_000); // of 20,000 lines of 280 bytes, 1 MiB and a pipe's 64 KiB are held
  });

  it('that is read gets every line or has it counted', async () => {
    const { code, lines, dropped } = await flood(true);
    expect([code, lines + dropped]).toEqual([7, 20_000]);
  });
});

describe('events', () => {
  it('never hide level and number of their line behind what they tell', () => {
    const { logger, lines } = capture();
    const events = new Events(logger, new Meter());
    events.operations.alertPlan({ what: 'level', plan: 'plan-pf', level: 2 });
    events.operations.directLine({ what: 'dialled', line: 'corg' });
    expect(lines()).toMatchObject([
      { level: 'info', line: 1, event: 'plan.changed', planLevel: 2 },
      { level: 'info', line: 2, event: 'line.changed', directLine: 'corg' },
    ]);
  });

  it('hide the unit at a post of a plan, and log what was said of the plan word by word', () => {
    const { logger, lines } = capture({ personalData: 'hidden' });
    const events = new Events(logger, new Meter());
    events.operations.alertPlan({ what: 'said', plan: 'plan-pf', place: 'PF-14', manned: true, unit: 'Tournai 22' });
    events.operations.alertPlan({ what: 'level', plan: 'plan-pf', words: ['BE: DirCo; Hainaut', 'FR: préfet'] });
    expect(JSON.stringify(lines()[0])).not.toContain('Tournai 22');
    expect(lines()[1]).toMatchObject({ texts: ['BE: DirCo; Hainaut', 'FR: préfet'] });
  });

  it('move their counter with their line', async () => {
    const { logger, lines } = capture();
    const meter = new Meter();
    const events = new Events(logger, meter);
    events.legs.changed({ leg: 'g/t', network: 'inpt', attachment: 'a', state: 'down', reason: '486 Busy Here' });
    events.talk.overEnded({
      group: 'g',
      party: 'p',
      over: 1,
      end: 'released',
      durationMs: 4200,
      lostMs: 60,
      packetsLost: 0,
      priority: 2,
      emergency: false,
      talker: '5317031',
    });
    expect(lines()).toMatchObject([
      { level: 'warn', event: 'leg.changed', leg: 'g/t', reason: '486 Busy Here' },
      { level: 'info', event: 'over.ended', durationMs: 4200 },
    ]);
    expect(await meter.value('leg_changes_total', { network: 'inpt', state: 'down' })).toBe(1);
    expect(await meter.value('overs_total', { end: 'released' })).toBe(1);
    expect(await meter.value('over_lost_seconds_total')).toBeCloseTo(0.06);
  });
});
