import { describe, expect, it } from 'vitest';
import { faultCatalogue } from '../../src/base/faults.ts';
import type { StatusReport } from '../../src/base/status-report.ts';
import { statusText } from '../../src/status-command.ts';
import { statusOfTest } from '../status-of-test.ts';

describe('escaut status', () => {
  it('prints attachments and legs under their network', () => {
    const text = statusText(statusOfTest);
    expect(text).toContain('test: all up');
    expect(text).toMatch(/astrid-a +sip +up +10 s +1 +1\/8 +12 ms +us-registered 5 min left +sip:box.example at 192/);
    expect(text).toMatch(/g\/astrid-1 +up +5 s +astrid-a +PCMA +100 +1 +3 ms +- +1 s/);
  });

  it('names service tokens that end within two weeks, or have', () => {
    const { utcMs } = statusOfTest;
    const token = (holder: string, days: number) => ({
      tokenId: 't1',
      holder,
      expiresUtcMs: utcMs + days * 86_400_000,
    });
    const text = statusText({ ...statusOfTest, tokens: [token('be-anpr', -1), token('fr-lapi', 9.5)] });
    expect(text).toContain('service token t1 of be-anpr HAS ENDED: make another (escaut token create)');
    expect(text).toContain('service token t1 of fr-lapi ENDS in 9 days');
  });

  it('says how many entries of the audit log wait, and when all were caught up', () => {
    const { utcMs } = statusOfTest;
    expect(statusText(statusOfTest)).not.toContain('audit log');
    const words = (audit: StatusReport['audit']) => statusText({ ...statusOfTest, audit });
    expect(words({ waiting: 312 })).toContain('audit log: ITS DATABASE IS AWAY, 312 entries wait');
    const caughtUp = { lines: 312, utcMs: utcMs - 5000 };
    expect(words({ waiting: 0, caughtUp })).toContain('all in its database; 312 entries that had waited, 5 s ago');
  });

  it("says how far the machine's clock is from its time servers, and what each of them says", () => {
    const { utcMs } = statusOfTest;
    const figures = { offsetMs: 0.4, boundMs: 6.1 };
    const server = {
      server: 'ntp1',
      state: 'answers',
      ...figures,
      delayMs: 9,
      stratum: 1,
      heardUtcMs: utcMs - 4000,
    } as const;
    const measured = { ...figures, source: 'ntp1', sinceUtcMs: utcMs - 9_000_000, servers: [server] };
    const words = (clock: StatusReport['clock']) => statusText({ ...statusOfTest, clock });
    const text = words({ state: 'agreed', ...measured });
    expect(text).toContain('clock: right within 50 ms (+0.4 ms, give or take 6.1 ms, by ntp1), since 2 h');
    expect(text).toMatch(/ntp1 +answers +\+0.4 ms +6.1 ms +9 ms +1 +4 s/);
    expect(words({ state: 'off', ...measured, offsetMs: -3000 })).toContain('clock: BEHIND (-3000 ms, give or take');
    expect(words({ state: 'unknown', reason: 'disagreeing', servers: [] })).toContain('contradict each other');
    const stepped = { steppedMs: -250, steppedUtcMs: utcMs - 5000 };
    expect(words({ state: 'unmeasured', ...stepped, servers: [] })).toContain(
      'clock: not measured: clock.servers is empty; set by -250 ms 5 s ago',
    );
  });

  it('says how fast packets come, from whom, where ours go and how well the radio hears', () => {
    const [leg] = statusOfTest.legs;
    const heard = { receivedPerS: 50, ssrc: '0a1b2c3d', signal: 'RSSI -74 dBm', remote: '239.192.0.1:5004' };
    const text = statusText({ ...statusOfTest, legs: [{ ...leg!, ...heard }] });
    expect(text).toMatch(/PCMA +100 \+50\/s +1 /);
    expect(text).toContain(
      '= g/astrid-1: voice goes to 239.192.0.1:5004, comes from SSRC 0a1b2c3d, radio signal RSSI -74 dBm',
    );
  });

  it('says with a fault what to do, and lets no far end draw on the terminal', () => {
    const [leg] = statusOfTest.legs;
    const text = statusText({
      ...statusOfTest,
      allUp: false,
      legs: [{ ...leg!, state: 'down', fault: 'credentials', reason: '403 \u001b[2Jno' }],
    });
    expect(text).toContain('not all up');
    expect(text).toContain('! g/astrid-1: credentials');
    expect(text).toContain('Compare `username` and `password`');
    expect(text).not.toContain('\u001b');
  });

  it('says reason and remedy of every fault whole, wrapped where the terminal is narrow', () => {
    const [leg] = statusOfTest.legs;
    for (const [fault, { meaning, remedy }] of Object.entries(faultCatalogue)) {
      const reason = 'the far end says at length what it does not like about this call, and what it would take instead';
      const report: StatusReport = { ...statusOfTest, allUp: false, legs: [{ ...leg!, state: 'down', fault, reason }] };
      const said = `! g/astrid-1: ${fault} (${reason}): ${meaning}`;
      expect(statusText(report)).toContain(`\n  ${said}\n    ${remedy}`);
      const lines = statusText(report, 80).split('\n');
      const notes = lines.slice(lines.findIndex((line) => line.startsWith('  ! ')));
      expect(notes.every((line) => line.length <= 80)).toBe(true);
      expect(notes.slice(1).every((line) => /^ {4}\S/.test(line))).toBe(true);
      expect(notes.map((line) => line.trim()).join(' ')).toBe(`${said} ${remedy}`);
    }
  });
});
