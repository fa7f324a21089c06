/**
 * A scenario as the customer writes it (config/scenarios/S1.yaml …): who says or does what, when, and which pass
 * conditions are judged there. Pure: a document comes in, a scenario or all its problems go out.
 */
import { z } from 'zod';

const languages = ['fr', 'nl', 'en', 'de'] as const;
export type Language = (typeof languages)[number];

/** "05:13" after the start, as ms. */
const clock = z
  .string()
  .regex(/^\d{1,3}:[0-5]\d$/, 'must be minutes and seconds such as "05:13"')
  .transform((text) => {
    const [minutes = 0, seconds = 0] = text.split(':').map(Number);
    return 1000 * (60 * minutes + seconds);
  });
const assertion = z.string().regex(/^A-\d\d$/, 'must be a pass condition such as A-01');
const language = z.enum(languages);
const words = z.string().min(1).max(400);
const id = z.string().min(1).max(64);
const named = z.partialRecord(language, z.string());

const common = { t: clock, expect: z.array(assertion).max(10).default([]) };
const stepSchema = z.discriminatedUnion('do', [
  z.strictObject({
    ...common,
    do: z.literal('say'),
    by: id,
    tg: id,
    lang: language,
    text: words,
    overlap: z.boolean().default(false),
    hot_mic: z.boolean().default(false),
    cut_by_emergency: z.boolean().default(false),
    cut_by_fault: z.boolean().default(false),
  }),
  z.strictObject({ ...common, do: z.literal('regroup'), by: id, to: id }),
  z.strictObject({ ...common, do: z.literal('status'), by: id, code: z.int().min(1).max(65_535) }),
  z.strictObject({
    ...common,
    do: z.literal('pos'),
    by: id,
    lat: z.number().min(-90).max(90),
    lon: z.number().min(-180).max(180),
    why: z.string().optional(),
  }),
  z.strictObject({ ...common, do: z.literal('emg'), by: id, tg: id }),
  z.strictObject({
    ...common,
    do: z.literal('ui'),
    by: id,
    action: id,
    args: z.record(
      z.string(),
      z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.record(z.string(), z.string())]),
    ),
  }),
  z.strictObject({
    ...common,
    do: z.literal('ann'),
    id: z.string().regex(/^ann-[a-z-]+$/),
    to: z.array(id).min(1),
    one_way: z.boolean().default(false),
    fields: z.record(z.string(), z.string()).default({}),
    after_hot_mic: z.boolean().default(false),
  }),
  z.strictObject({
    ...common,
    do: z.literal('hit'),
    id,
    source: id,
    camera: z.string(),
    vehicle: named,
    reason: z.string(),
  }),
  z.strictObject({ ...common, do: z.literal('call'), by: id, to: id, via: z.string(), text: words }),
  z.strictObject({ ...common, do: z.literal('intercom'), by: id, to: id, lang: language, text: words }),
  z.strictObject({ ...common, do: z.literal('fault'), target: z.array(id).min(1), mode: z.enum(['cut']) }),
  z.strictObject({ ...common, do: z.literal('heal'), target: z.array(id).min(1) }),
  z.strictObject({ ...common, do: z.literal('check'), name: z.string() }),
]);

const scenarioSchema = z.strictObject({
  scenario: id,
  title: z.string(),
  language_mix: z.array(language),
  clock_start: z.string().regex(/^\d\d:\d\d:\d\d$/),
  length: clock,
  story: z.string(),
  start_state: z.strictObject({
    bridges: z.array(id),
    permanent: z.array(id),
    /** Unit → the talkgroup, or `group@leg`, that it stands on. */
    units: z.record(z.string(), id),
    hits_source: z.string().optional(),
  }),
  steps: z.array(stepSchema).min(1).max(500),
  end_state: z.record(z.string(), z.unknown()),
});

export type Scenario = z.infer<typeof scenarioSchema>;
export type Step = Scenario['steps'][number];
export type StepOf<Kind extends Step['do']> = Extract<Step, { do: Kind }>;

export type ScenarioReading =
  | { readonly ok: true; readonly scenario: Scenario }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Total: any document gives a scenario or what is wrong with it, one line a problem. */
export function readScenario(document: unknown): ScenarioReading {
  const read = scenarioSchema.safeParse(document);
  if (!read.success)
    return { ok: false, problems: read.error.issues.map(({ path, message }) => problem(path, message)) };
  const problems = [...problemsOfOrder(read.data), ...problemsOfPlaces(read.data)];
  return problems.length > 0 ? { ok: false, problems } : { ok: true, scenario: read.data };
}

function problem(path: readonly PropertyKey[], message: string): string {
  return `${path.map(String).join('.') || 'the file'}: ${message}`;
}

/** Steps stand in the order of their times, within the length. */
function problemsOfOrder({ steps, length }: Scenario): readonly string[] {
  return steps.flatMap(({ t }, index) => {
    const before = steps[index - 1]?.t ?? 0;
    if (t < before) return [problem(['steps', index, 't'], 'is before the step above it')];
    return t > length ? [problem(['steps', index, 't'], 'is after the end of the scenario')] : [];
  });
}

/** A unit speaks where it stands: at the start, or since it changed its group. */
function problemsOfPlaces({ steps, start_state }: Scenario): readonly string[] {
  const stands = new Map(Object.entries(start_state.units));
  return steps.flatMap((step, index) => {
    if (step.do === 'regroup') {
      if (!stands.has(step.by)) return [problem(['steps', index, 'by'], `start_state.units does not have ${step.by}`)];
      stands.set(step.by, step.to);
      return [];
    }
    if (step.do !== 'say' && step.do !== 'emg') return [];
    const place = stands.get(step.by);
    return place === undefined || place === step.tg
      ? []
      : [problem(['steps', index, 'tg'], `${step.by} stands on ${place}, not on ${step.tg}`)];
  });
}

/** `xb-pours-1@inpt` → group and leg; a talkgroup alone has no leg. */
export function placeOf(place: string): { readonly id: string; readonly leg?: string } {
  const at = place.indexOf('@');
  return at < 0 ? { id: place } : { id: place.slice(0, at), leg: place.slice(at + 1) };
}

/** Time after the start as the customer writes it. */
export function clockText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
}
