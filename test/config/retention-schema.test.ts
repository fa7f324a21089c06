import { expect, it } from 'vitest';
import { retentionSchema, retentionValues } from '../../src/config/retention-schema.ts';

it('takes the shortest of rules that are given twice, in whatever order', () => {
  for (const days of [
    [30, 10],
    [10, 30],
  ]) {
    const retention = retentionSchema.parse({
      voiceNationalLegDays: days.map((each) => ({ country: 'FR', days: each })),
      national: days.map((each) => ({ country: 'FR', kind: 'timeline', days: each })),
    });
    const values = retentionValues({ retention, hits: { keptDays: 30 } });
    expect(values).toMatchObject({ 'voiceNationalLeg.FR': 10, 'timeline.FR': 10, timeline: 2, hit: 30 });
  }
});
