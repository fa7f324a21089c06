/** When the lines to the networks are proven, on which group, and what is good enough (docs/proof.md). */
import { z } from 'zod';
import { weekdays } from '../operations/schedule.ts';
import { isTimezone, reference, text } from './schema-values.ts';

export const morningProofSchema = z
  .strictObject({
    group: reference(
      'sharedGroups',
      'Group of use test and not permanent, whose talkgroups are called; never while it is open.',
    ),
    at: z
      .string()
      .regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/, 'must be a time between quotes, "00:00" to "23:59"')
      .describe('Local time at which it begins, such as "05:30": early enough that somebody can mend what is red.'),
    days: z
      .array(z.enum(weekdays))
      .min(1)
      .max(weekdays.length)
      .default([...weekdays])
      .describe('Days on which it runs: mon, tue, wed, thu, fri, sat, sun.'),
    timezone: z
      .string()
      .refine(isTimezone, 'must be a time zone of the IANA database such as Europe/Brussels or UTC')
      .optional()
      .describe('Whose clocks the time is of; default: gateway.timezone.'),
    waitMin: z
      .int()
      .min(1)
      .max(120)
      .default(15)
      .describe('How long it waits while its talkgroups are in use; after that it says that it has proven nothing.'),
    levelDbov: z.number().min(-40).max(-6).default(-16).describe('Level of the tone; −16 dBov is −10 dBm0.'),
    toleranceDb: z.number().min(0.5).max(20).default(3).describe('How much louder or softer it may come back.'),
    oneWayMsMax: z
      .int()
      .min(20)
      .max(3000)
      .default(600)
      .describe('Longest way in one direction: half of the time until the tone is back.'),
    withoutAnswer: z
      .array(reference('talkgroups', 'Of the group.'))
      .max(100)
      .default([])
      .describe(
        'Talkgroups on which nothing sends back what it hears, nor is joined to another: that a call stands is all that can be said of them. They are never green.',
      ),
    identities: z
      .array(
        z.strictObject({
          talkgroup: reference('talkgroups', 'Of the group.'),
          address: text.describe('Who talks, as its network has to say it when the tone comes back on it.'),
        }),
      )
      .max(100)
      .default([])
      .describe('Where a network names talkers: the name that has to come with the tone.'),
  })
  .optional()
  .describe('A daily check of every line to the networks, end to end, before the shift. Left out: none.');
