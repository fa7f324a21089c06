/**
 * /api/v1/fleet: versions of the fleet data (docs/fleet.md), for the page and for programs of people who have logged in.
 * Says who may come in and what a request must look like; what is valid and whose word is needed is decided behind it.
 *
 *   GET  fleet                        what holds: YAML, or JSON where Accept asks for it
 *   GET  fleet/state                  which version holds, and with which the gateway works
 *   GET  fleet/shadows                what talkgroups that are listened to would have done as legs
 *   GET  fleet/versions               a page of them, the newest first
 *   GET  fleet/versions/N             one; /text: its text; /changes: what it changes
 *   GET  fleet/units.csv              the units that hold, as a table
 *   POST fleet/units.csv              what holds with the units of a table, for a proposal; changes nothing
 *   GET  fleet/announcements          those that come with the gateway
 *   POST fleet/announcements/listen   what the gateway would say
 *   GET  fleet/people                 who has an account
 *   POST fleet/people/disable         … /ask, /give: a leaver; a link for a new password, asked for and given by two
 *   POST fleet/preview                what a text would change
 *   POST fleet/versions               proposes a text
 *   POST fleet/versions/N/agree       … /refuse, /withdraw
 *   POST fleet/back                   proposes the text of an older version
 *
 *   rate, origin ─▶ session ─▶ role, by the permission matrix ─▶ Idempotency-Key ─▶ If-Match ─▶ schema ─▶ desk
 *
 * A text and the way back are proposed against the version that was looked at (If-Match), so that nobody undoes unseen
 * what somebody else has changed. Faults are problem+json (RFC 9457).
 */
import { createHash } from 'node:crypto';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { SomeEvents } from '../base/events.ts';
import { textBytesMax } from '../config/yaml-source.ts';
import { mayActOnAccounts } from '../operations/account-orders.ts';
import { personLine } from '../operations/fleet-line.ts';
import { type Editor, mayOpenFleet } from '../operations/fleet-version.ts';
import { accountActs, type accountsListSchema, personSchema } from './account-desk.ts';
import type { FleetOutcome, FleetPort } from './fleet-port.ts';
import { codeOf, problems, Refusal } from './fleet-refusals.ts';
import {
  backSchema,
  changesQuery,
  type changesSchema,
  numberParameter,
  type previewSchema,
  proposalQuery,
  shownChanges,
  shownFaults,
  shownNeeds,
  shownVersion,
  type stateSchema,
  versionsQuery,
  type versionsSchema,
  versionTag,
  wordSchema,
} from './fleet-schemas.ts';
import { type GivenAnswer, IdempotencyKeys, type KeptAnswers } from './idempotency.ts';
import { type announcementsSchema, listenSchema, shownHeard } from './listening.ts';
import type { GatewayServer } from './login-door.ts';
import { fromOf } from './login-request.ts';
import { PageGuard, type PageGuardOptions, rateWaitMs } from './page-guard.ts';
import type { shadowsSchema } from './shadow-schema.ts';

export interface FleetDoorOptions extends PageGuardOptions {
  readonly events: SomeEvents<'http.refused' | 'fleet.refused'>;
  /** Undefined: people do not log in here. */
  readonly port: FleetPort | undefined;
  /** Left out: a request that is sent again after a restart is looked at anew. */
  readonly answers?: KeptAnswers;
}

export const fleetPath = '/api/v1/fleet';
const yamlType = 'application/yaml';

/** Adds the doors to the server. */
export function registerFleetDoor(server: GatewayServer, options: FleetDoorOptions): void {
  const door = new FleetDoor(options);
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    const bodies = { parseAs: 'string', bodyLimit: textBytesMax } as const;
    scope.addContentTypeParser(yamlType, bodies, (_request, body, done) => done(null, { yaml: body.toString() }));
    scope.addContentTypeParser('text/csv', bodies, (_request, body, done) => done(null, { csv: body.toString() }));
    scope.addContentTypeParser('application/json', { ...bodies, bodyLimit: 8192 }, (_request, body, done) =>
      done(null, { json: parsed(body.toString()) }),
    );
    scope.setErrorHandler<FastifyError>(async (error, request, reply) => door.fail(error, request, reply));
    scope.addHook('onRequest', (request) => door.admit(request));
    const versions = `${fleetPath}/versions`;
    scope.get(fleetPath, (request, reply) => door.holding(request, reply));
    scope.get(`${fleetPath}/state`, (request, reply) => door.state(request, reply));
    scope.get(`${fleetPath}/shadows`, (_request, reply) => door.shadows(reply));
    scope.get(`${fleetPath}/units.csv`, (_request, reply) => door.units(reply));
    scope.post(`${fleetPath}/units.csv`, (request, reply) => door.withUnits(request, reply));
    scope.get(versions, (request, reply) => door.list(request, reply));
    scope.get(`${versions}/:number`, (request, reply) => door.one(request, reply));
    scope.get(`${versions}/:number/text`, (request, reply) => door.text(request, reply));
    scope.get(`${versions}/:number/changes`, (request, reply) => door.changes(request, reply));
    scope.get(`${fleetPath}/announcements`, (_request, reply) => door.announcements(reply));
    scope.post(`${fleetPath}/announcements/listen`, (request, reply) => door.listen(request, reply));
    scope.get(`${fleetPath}/people`, (request, reply) => door.accounts(request, reply));
    for (const act of accountActs) {
      scope.post(`${fleetPath}/people/${act}`, (request, reply) => door.actOnAccount(act, request, reply));
    }
    scope.post(`${fleetPath}/preview`, (request, reply) => door.preview(request, reply));
    scope.post(versions, (request, reply) => door.propose(request, reply));
    scope.post(`${fleetPath}/back`, (request, reply) => door.back(request, reply));
    for (const [word, name] of words) {
      scope.post(`${versions}/:number/${word}`, (request, reply) => door.decide(name, request, reply));
    }
  });
}

const words = [
  ['agree', 'approve'],
  ['refuse', 'refuse'],
  ['withdraw', 'withdraw'],
] as const;

class FleetDoor {
  readonly #options: FleetDoorOptions;
  readonly #guard: PageGuard;
  readonly #keys: IdempotencyKeys;
  readonly #editors = new WeakMap<FastifyRequest, Editor>();

  constructor(options: FleetDoorOptions) {
    this.#options = options;
    this.#keys = new IdempotencyKeys(options.answers);
    this.#guard = new PageGuard(options);
  }

  /** Before the body is read. */
  async admit(request: FastifyRequest): Promise<void> {
    const refusal = this.#guard.refusal(request);
    if (refusal !== undefined) throw new Refusal(refusal);
    const { port, events } = this.#options;
    if (port === undefined) throw new Refusal('accounts-off');
    const signedIn = port.editor(fromOf(request).token);
    if (signedIn === undefined) throw new Refusal('no-session');
    const { editor, isLocked } = signedIn;
    const what = request.method === 'POST' ? 'change' : 'read';
    const why = isLocked ? 'locked' : mayOpenFleet(editor, what) ? undefined : 'role';
    if (why !== undefined) {
      events.fleet.refused({ what, ...personLine(editor), refusal: why });
      throw new Refusal(why);
    }
    this.#editors.set(request, editor);
  }

  async holding(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { active } = await this.#desk.fleet();
    await this.#sendText(active, request, reply);
  }

  async state(_request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { active } = await this.#desk.fleet();
    const { running, owed } = this.#port;
    const said: z.infer<typeof stateSchema> = { active, running, owed: owed.map((each) => ({ ...each })) };
    await send(reply, said);
  }

  async shadows(reply: FastifyReply): Promise<void> {
    const { utcMs, shadows } = this.#port.shadows;
    const said: z.infer<typeof shadowsSchema> = { at: new Date(utcMs).toISOString(), shadows: [...shadows] };
    await send(reply, said);
  }

  async list(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { limit, before } = read(versionsQuery, request.query, 'query');
    const { versions, active } = await this.#desk.fleet();
    const found = [...versions.values()].reverse().filter(({ number }) => before === undefined || number < before);
    const page = found.slice(0, limit);
    const next = found.length > limit ? page.at(-1)?.number : undefined;
    const said: z.infer<typeof versionsSchema> = {
      active,
      versions: page.map(shownVersion),
      ...(next !== undefined && { next }),
    };
    if (next !== undefined) reply.header('link', `<${fleetPath}/versions?limit=${limit}&before=${next}>; rel="next"`);
    await send(reply, said);
  }

  async one(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const version = (await this.#desk.fleet()).versions.get(numberOf(request));
    if (version === undefined) throw new Refusal('version-unknown');
    await sendTagged(request, reply, versionTag(version), 'application/json', () => shownVersion(version));
  }

  async text(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await this.#sendText(numberOf(request), request, reply);
  }

  async changes(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const to = numberOf(request);
    const asked = read(changesQuery, request.query, 'query');
    const from = asked.from ?? (await this.#desk.fleet()).versions.get(to)?.base ?? 0;
    const changes = await this.#desk.changes(from, to);
    if (changes === undefined) throw new Refusal('version-unknown');
    await send(reply, { from, to, changes: shownChanges(changes) } satisfies z.infer<typeof changesSchema>);
  }

  async units(reply: FastifyReply): Promise<void> {
    const csv = await this.#desk.units();
    await named(reply, 'units.csv').header('cache-control', 'no-store').type('text/csv').send(csv);
  }

  async withUnits(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const csv = partOf(request, 'csv');
    if (typeof csv !== 'string') throw new Refusal('media-type');
    const outcome = await this.#desk.withUnits(csv);
    if ('problems' in outcome) throw new Refusal('invalid', { errors: shownFaults(outcome.problems) });
    await named(reply, 'fleet.yaml').header('cache-control', 'no-store').type(yamlType).send(outcome.text);
  }

  async accounts(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const by = this.#editor(request);
    if (!mayActOnAccounts(by)) {
      this.#options.events.fleet.refused({ what: 'read people', ...personLine(by), refusal: 'role' });
      throw new Refusal('role');
    }
    const accounts = (await this.#port.accounts.list()).map((each) => ({ ...each }));
    await send(reply, { accounts } satisfies z.infer<typeof accountsListSchema>);
  }

  async actOnAccount(act: (typeof accountActs)[number], request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { person } = read(personSchema, jsonOf(request), 'body');
    await this.#once(request, reply, async (by) => {
      const outcome = await this.#port.accounts.act(act, by, person);
      if (!('refusal' in outcome))
        return { status: 200, headers: {}, body: { ...outcome }, isSecret: outcome.link !== undefined };
      const refusal = outcome.refusal;
      this.#options.events.fleet.refused({ what: `${act} ${person}`, ...personLine(by), refusal });
      throw new Refusal(refusal);
    });
  }

  async announcements(reply: FastifyReply): Promise<void> {
    const texts = this.#port.listening.texts.map((text) => ({ ...text }));
    await send(reply, { texts } satisfies z.infer<typeof announcementsSchema>);
  }

  async listen(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const wish = read(listenSchema, jsonOf(request), 'body');
    await send(reply, shownHeard(await this.#port.listening.listen(wish)));
  }

  async preview(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { problems, changes, needs } = await this.#desk.preview(this.#editor(request), yamlOf(request));
    const said: z.infer<typeof previewSchema> = {
      problems: shownFaults(problems),
      changes: shownChanges(changes),
      needs: shownNeeds(needs),
    };
    await send(reply, said);
  }

  async propose(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { reason, from } = read(proposalQuery, request.query, 'query');
    const text = yamlOf(request);
    await this.#once(request, reply, async (by) => {
      const base = await this.#base(request);
      const fromUtcMs = from === undefined ? undefined : Date.parse(from);
      return created(
        await this.#desk.propose({ by, text, reason, base, ...(fromUtcMs !== undefined && { fromUtcMs }) }),
      );
    });
  }

  async back(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { version, reason } = read(backSchema, jsonOf(request), 'body');
    await this.#once(request, reply, async (by) => {
      const base = await this.#base(request);
      return created(await this.#desk.back(by, version, reason, base));
    });
  }

  async decide(name: (typeof words)[number][1], request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const number = numberOf(request);
    const { reason } = read(wordSchema, jsonOf(request), 'body');
    await this.#once(request, reply, async (by) => {
      const wanted = request.headers['if-match'];
      const version = (await this.#desk.fleet()).versions.get(number);
      if (version === undefined) throw new Refusal('version-unknown');
      if (wanted !== undefined && !tagsOf(wanted).includes(versionTag(version))) throw new Refusal('version-changed');
      return given(200, await this.#desk.decide({ name, by, version: number, reason }));
    });
  }

  /** What is refused, whatever refuses it. @throws what is a fault of ours, for the server's own handler to log */
  async fail(error: FastifyError, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const code = codeOf(error);
    if (code === undefined) throw error;
    const about = error instanceof Refusal ? error.about : {};
    const { status, title, detail } = problems[code];
    reply.code(status).header('cache-control', 'no-store').type('application/problem+json');
    if (status === 401) reply.header('www-authenticate', 'Escaut-Session');
    const waitS = code === 'rate' || code === 'busy' ? Math.ceil(rateWaitMs / 1000) : undefined;
    if (waitS !== undefined) reply.header('retry-after', waitS);
    // What is left of a body is not waited for.
    if (request.method === 'POST' && request.body === undefined) reply.header('connection', 'close');
    await reply.send({ title, status, detail, code, ...about, ...(waitS !== undefined && { waitS }) });
  }

  get #port(): FleetPort {
    const { port } = this.#options;
    if (port === undefined) throw new Refusal('accounts-off');
    return port;
  }

  get #desk(): FleetPort['desk'] {
    return this.#port.desk;
  }

  #editor(request: FastifyRequest): Editor {
    const editor = this.#editors.get(request);
    if (editor === undefined) throw new Refusal('no-session');
    return editor;
  }

  async #sendText(number: number, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const text = await this.#desk.text(number);
    if (text === undefined) throw new Refusal('version-unknown');
    const isJson = wantsJson(request.headers.accept);
    named(reply, `fleet-${number}.${isJson ? 'json' : 'yaml'}`).header('vary', 'accept');
    // The file's own data, version 0, is another after a restart.
    const print = number === 0 ? `.${createHash('sha256').update(text).digest('base64url').slice(0, 16)}` : '';
    const tag = `"v${number}${print}.${isJson ? 'json' : 'yaml'}"`;
    await sendTagged(request, reply, tag, isJson ? 'application/json' : yamlType, () =>
      isJson ? this.#desk.json(number) : text,
    );
  }

  /** The version against which something is proposed: the one that holds, as whoever asks has seen it. */
  async #base(request: FastifyRequest): Promise<number> {
    const wanted = request.headers['if-match'];
    if (wanted === undefined) throw new Refusal('precondition-missing');
    const { active } = await this.#desk.fleet();
    const seen = tagsOf(wanted).map((tag) => /^"v(\d{1,9})(?:\.[\w-]{16})?\.(?:yaml|json)"$/.exec(tag)?.[1]);
    if (!seen.includes(`${active}`)) throw new Refusal('base-outdated');
    return active;
  }

  /** Does it once for each key, and answers the same again to whoever sends it again. */
  async #once(request: FastifyRequest, reply: FastifyReply, work: (by: Editor) => Promise<GivenAnswer>): Promise<void> {
    const by = this.#editor(request);
    const keyed = {
      ...{ header: request.headers['idempotency-key'], by: by.person },
      ...{ asked: [request.url, request.headers['if-match'] ?? '', request.body], utcMs: this.#options.clock.utcMs() },
    };
    const answer = await this.#keys.once(keyed, () => work(by));
    if (typeof answer === 'string') throw new Refusal(answer);
    await send(reply.code(answer.status).headers(answer.headers), answer.body);
  }
}

/** Where a browser opens it, it is kept under that name and not shown (ASVS 5.4.1). */
function named(reply: FastifyReply, name: string): FastifyReply {
  return reply.header('content-disposition', `attachment; filename="${name}"`);
}

function given(status: number, outcome: FleetOutcome): GivenAnswer {
  if ('refusal' in outcome) throw new Refusal(outcome.refusal);
  if ('problems' in outcome) throw new Refusal('invalid', { errors: shownFaults(outcome.problems) });
  const { version } = outcome;
  return { status, headers: { etag: versionTag(version) }, body: shownVersion(version) };
}

function created(outcome: FleetOutcome): GivenAnswer {
  const answer = given(201, outcome);
  const number = 'version' in outcome ? outcome.version.number : 0;
  return { ...answer, headers: { ...answer.headers, location: `${fleetPath}/versions/${number}` } };
}

async function send(reply: FastifyReply, body: unknown): Promise<void> {
  await reply.header('cache-control', 'no-store').type('application/json').send(body);
}

/** Whoever has it already is told so (RFC 9110 §13.1.2). */
async function sendTagged(
  request: FastifyRequest,
  reply: FastifyReply,
  tag: string,
  type: string,
  body: () => unknown,
): Promise<void> {
  reply.header('cache-control', 'private, no-cache').header('etag', tag);
  const known = request.headers['if-none-match'];
  if (known !== undefined && tagsOf(known).includes(tag)) await reply.code(304).send();
  else await reply.type(type).send(await body());
}

function tagsOf(header: string): readonly string[] {
  return header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
}

/** YAML unless JSON is asked for and YAML is not. */
function wantsJson(accept = ''): boolean {
  return /\bapplication\/json\b/.test(accept) && !/\byaml\b/.test(accept);
}

function numberOf({ params }: FastifyRequest): number {
  const given: unknown = typeof params === 'object' && params !== null && 'number' in params ? params.number : '';
  const number = numberParameter.safeParse(given);
  if (!number.success) throw new Refusal('version-unknown');
  return number.data;
}

function read<Value>(schema: z.ZodType<Value>, value: unknown, code: 'query' | 'body'): Value {
  const found = schema.safeParse(value);
  if (found.success) return found.data;
  const fields = found.error.issues.map(({ path }) => path.join('.')).filter((path) => path !== '');
  throw new Refusal(code, fields.length === 0 ? {} : { fields });
}

function yamlOf(request: FastifyRequest): string {
  const yaml = partOf(request, 'yaml');
  if (typeof yaml !== 'string') throw new Refusal('media-type');
  return yaml;
}

function jsonOf(request: FastifyRequest): unknown {
  const { body } = request;
  if (typeof body !== 'object' || body === null || !('json' in body)) throw new Refusal('media-type');
  return body.json;
}

/** A body bears its type as a name. */
function partOf({ body }: FastifyRequest, type: 'yaml' | 'csv'): unknown {
  return typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>)[type] : undefined;
}

/** Undefined for what is no JSON; no schema takes that. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
