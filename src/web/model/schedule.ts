/** What a group that opens by itself does now and next. Pure. */
import type { OpeningModel, ScheduleModel } from './console-model.ts';

export function openingNow({ openings }: ScheduleModel, utcMs: number): OpeningModel | undefined {
  return openings.find(({ fromUtcMs, toUtcMs }) => fromUtcMs <= utcMs && utcMs < toUtcMs);
}

export function openingNext({ openings }: ScheduleModel, utcMs: number): OpeningModel | undefined {
  return openings.find(({ fromUtcMs }) => fromUtcMs > utcMs);
}
