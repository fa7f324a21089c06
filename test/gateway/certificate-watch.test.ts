import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/base/clock.ts';
import { CertificateWatch } from '../../src/gateway/certificate-watch.ts';

const dayMs = 86_400_000;

function stand() {
  const clock = new ManualClock();
  const said: string[] = [];
  const watch = new CertificateWatch(
    clock,
    {
      certificates: {
        seen: ({ certificate }) => void said.push(`seen ${certificate}`),
        expiring: ({ certificate, days }) => void said.push(`${certificate} ${days} days`),
      },
    },
    {
      raiseAlarm: (code, subject) => void said.push(`raise ${code} ${subject}`),
      clearAlarm: () => undefined,
    },
  );
  watch.start();
  return { clock, watch, said };
}

describe('certificates that end', () => {
  it('raise an alarm 30 days before, with a line a day, and nothing before', () => {
    const { clock, watch, said } = stand();
    watch.seen('as-1', clock.utcMs() + 32 * dayMs);
    watch.seen('as-1', clock.utcMs() + 32 * dayMs);
    clock.advance(2 * dayMs - 1);
    expect(said).toEqual(['seen as-1']);
    clock.advance(dayMs + 7_200_000);
    expect(said.filter((line) => line.startsWith('as-1'))).toEqual(['as-1 29 days', 'as-1 28 days']);
    expect(said).toContain('raise certificate-expiring as-1');
    watch.stop();
  });
});
