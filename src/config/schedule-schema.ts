/** When a group of `mode: scheduled` is open: windows of each week and of single days, in local time. */
import { z } from 'zod';
import { dayOfDate, weekdays } from '../operations/schedule.ts';
import { isTimezone, text } from './schema-values.ts';

const clock = z
  .string()
  .regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/, 'must be a time between quotes, "00:00" to "23:59"; midnight is "00:00"');
const span = {
  from: clock.describe('Local time at which it opens, such as "18:00".'),
  to: clock.describe('Local time at which it closes; not later than `from`: on the next day.'),
};
const date = z
  .string()
  .refine((value) => dayOfDate(value) !== undefined, 'must be a day of the calendar such as 2026-12-31');

export const scheduleSchema = z.strictObject({
  timezone: z
    .string()
    .refine(isTimezone, 'must be a time zone of the IANA database such as Europe/Brussels or UTC')
    .optional()
    .describe('Whose clocks its times are; default: gateway.timezone.'),
  reason: text
    .optional()
    .describe('Why it opens, as consoles and the log say it, e.g. the agreement of which the patrol is part.'),
  weekly: z
    .array(
      z.strictObject({
        days: z
          .array(z.enum(weekdays))
          .min(1)
          .max(weekdays.length)
          .describe('Days on which it opens: mon, tue, wed, thu, fri, sat, sun.'),
        ...span,
      }),
    )
    .max(50)
    .default([])
    .describe('Windows of every week.'),
  dates: z
    .array(z.strictObject({ date: date.describe('Day on which it opens, such as 2026-12-31.'), ...span }))
    .max(400)
    .default([])
    .describe('Windows of single days, beside those of every week.'),
  except: z
    .array(date)
    .max(400)
    .default([])
    .describe('Days on which no window of `weekly` opens, such as 2026-12-25. One of the evening before goes on.'),
});
