/** The listener with all its doors, real logins and fleet data behind it, and a person of each role who can log in. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HttpServerOptions } from '../../src/api/http-server.ts';
import { ManualClock } from '../../src/base/clock.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { Secret } from '../../src/base/secret.ts';
import { checkConfig, loadConfig } from '../../src/config/load.ts';
import { retentionValues } from '../../src/config/retention-schema.ts';
import type { AccountOffice } from '../../src/gateway/account-office.ts';
import { AnnouncementBooth } from '../../src/gateway/announcement-booth.ts';
import { FleetOffice } from '../../src/gateway/fleet-office.ts';
import { Proofs } from '../../src/gateway/operations/proofs.ts';
import { RecordingsDesk } from '../../src/gateway/recordings-desk.ts';
import { RetentionOffice } from '../../src/gateway/retention-office.ts';
import { personLine } from '../../src/operations/fleet-line.ts';
import type { Editor } from '../../src/operations/fleet-version.ts';
import { type Person, type Role, roles } from '../../src/operations/terms.ts';
import { AuditStore, type AuditTables } from '../../src/store/audit-store.ts';
import { openDatabase } from '../../src/store/database.ts';
import { fileAt } from '../../src/store/database-place.ts';
import { FleetStore, type FleetTables } from '../../src/store/fleet-store.ts';
import { RetentionKeeper } from '../../src/store/retention-keeper.ts';
import { RetentionStore, type RetentionTables } from '../../src/store/retention-store.ts';
import { signingKey } from '../../src/store/signing-key.ts';
import { operator } from '../console/world-of-test.ts';
import { LoginBench } from '../gateway/login-bench.ts';
import type { Tried } from './console-doors.ts';
import { writeKeptFiles } from './kept-files.ts';
import { type Answer, ownHeaders, send } from './raw-request.ts';
import { bothLegs, fleetData, infrastructure, newcomer, oneLeg } from './small-site.ts';
import { newToken, TokenPlace } from './token-place.ts';

/** What is shown there is no good, whoever shows it. */
const noProof: ReadonlySet<string> = new Set(['passkey', 'oidc-expired', 'card-late']);

interface Asked {
  readonly path?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}
interface Case {
  /** What there has to be before. */
  readonly before?: (site: WebDoors, role: Role) => Promise<void>;
  readonly ask?: (site: WebDoors) => Asked | Promise<Asked>;
}

const password = 'nachtdienst in Doornik';
const hitKey = 'k'.repeat(43);
/** By which programs of the gateway's machine are known. */
export const machineKey = Buffer.alloc(32, 0x6d);
/** By which pages come from elsewhere, by TLS. */
export const siteName = 'radio.example.org';
const ticket = 'T'.repeat(43);

const json = (body: object) => ({ body: JSON.stringify(body) });
const yaml = (body: string) => ({ body, headers: { 'content-type': 'application/yaml' } });
let keys = 0;
const once = () => ({ 'idempotency-key': `"key-${++keys}-of-a-test"` });
const versions = '/api/v1/fleet/versions';
const one = { ask: () => ({ path: `${versions}/1` }) };
const signed = { id: 'AA', rawId: 'AA', type: 'public-key' } as const;
const assertion = { clientDataJSON: 'AA', authenticatorData: 'AA', signature: 'AA' };

async function proposal(site: WebDoors, text: string): Promise<Asked> {
  return {
    path: `${versions}?reason=x`,
    ...yaml(text),
    headers: { ...yaml('').headers, ...once(), ...(await site.seen()) },
  };
}
const word = (act: string) => ({
  path: `${versions}/1/${act}`,
  ...json({ reason: 'x' }),
  headers: once(),
});
const waiting = (site: WebDoors) => site.propose('opo-fr', fleetData(oneLeg));

/** What is asked where it is more than the bare route; by what stands behind `REST` in the table. */
const cases: Readonly<Record<string, Case>> = {
  'GET /*': { ask: () => ({ path: '/' }) },
  'POST /api/v1/hits': { ask: () => json({}) },
  'GET /api/v1/recordings/:ticket': {
    before: (site, role) => site.giveTicket(role),
    ask: () => ({ path: `/api/v1/recordings/${ticket}` }),
  },
  'POST /api/v1/login': { ask: () => json({ name: 'dispatcher', password, takeOver: true }) },
  'GET /api/v1/proofs/:number': { ask: () => ({ path: '/api/v1/proofs/1' }) },
  'GET /api/v1/retention/preview': { ask: () => ({ path: '/api/v1/retention/preview?rule=hit&days=20' }) },
  'POST /api/v1/retention/rules/:rule': {
    // Somebody of France has asked for it already.
    before: (site) => site.askToChange('aud-fr'),
    ask: () => ({
      path: '/api/v1/retention/rules/voiceSharedGroup',
      ...json({ days: 29, reason: 'law' }),
      headers: once(),
    }),
  },
  'POST /api/v1/retention/holds': {
    ask: () => ({ ...json({ reason: 'order 12', groups: ['xb'] }), headers: once() }),
  },
  'POST /api/v1/retention/holds/:number/lift': {
    // Of Belgium; somebody of France has asked for it already.
    before: (site) => site.askToLift('aud-fr'),
    ask: (site) => ({
      path: `/api/v1/retention/holds/${site.hold}/lift`,
      ...json({ reason: 'released' }),
      headers: once(),
    }),
  },
  'POST /api/v1/tokens': { ask: () => ({ ...json(newToken), headers: once() }) },
  'POST /api/v1/tokens: for a link': {
    ask: () => ({ ...json({ ...newToken, holder: 'box', scope: 'link' }), headers: once() }),
  },
  'POST /api/v1/tokens/:id/revoke': {
    before: (site) => site.makeToken(),
    ask: (site) => ({ path: `/api/v1/tokens/${site.token}/revoke`, ...json({}), headers: once() }),
  },
  'POST /api/v1/session/unlock': { ask: () => json({ password }) },
  'POST /api/v1/password': { ask: () => json({ password, newPassword: password }) },
  'POST /api/v1/second-factor': { ask: () => json({ password }) },
  'POST /api/v1/second-factor/confirm': { ask: () => json({ code: '123456' }) },
  'POST /api/v1/passkey/login': { ask: () => json({ credential: { ...signed, response: assertion } }) },
  'POST /api/v1/passkeys': { ask: () => json({ password }) },
  'POST /api/v1/passkeys/enrol': {
    ask: () =>
      json({ name: 'key', credential: { ...signed, response: { clientDataJSON: 'AA', attestationObject: 'AA' } } }),
  },
  'POST /api/v1/passkeys/remove': { ask: () => json({ id: 'AA', password }) },
  'GET /api/v1/fleet/versions/:number': { before: waiting, ...one },
  'GET /api/v1/fleet/versions/:number/text': { before: waiting, ask: () => ({ path: `${versions}/1/text` }) },
  'GET /api/v1/fleet/versions/:number/changes': { before: waiting, ask: () => ({ path: `${versions}/1/changes` }) },
  'POST /api/v1/fleet/units.csv': {
    ask: () => ({
      body: 'id,network,address,callSign,organisation,language,deviceType',
      headers: { 'content-type': 'text/csv' },
    }),
  },
  'POST /api/v1/fleet/announcements/listen': {
    ask: () => json({ id: 'ann-open', text: 'Ouvert.', language: 'fr' }),
  },
  'POST /api/v1/fleet/people/disable': {
    before: (site) => site.bench.store.ensure('aud-fr'),
    ask: () => ({ ...json({ person: 'aud-fr' }), headers: once() }),
  },
  'POST /api/v1/fleet/people/ask': { ask: () => ({ ...json({ person: 'aud-fr' }), headers: once() }) },
  'POST /api/v1/fleet/people/give': {
    before: (site) => site.askForLink('aud-fr'),
    ask: () => ({ ...json({ person: 'aud-fr' }), headers: once() }),
  },
  'POST /api/v1/fleet/preview': { ask: () => yaml(fleetData(oneLeg)) },
  'POST /api/v1/fleet/versions: a group': { ask: (site) => proposal(site, fleetData(oneLeg)) },
  'POST /api/v1/fleet/versions: a person': { ask: (site) => proposal(site, fleetData(bothLegs, newcomer)) },
  'POST /api/v1/fleet/back': {
    before: (site) => site.propose('fleet-admin', fleetData(bothLegs, '', 'ZP')),
    ask: async (site) => ({ ...json({ version: 0, reason: 'wrong' }), headers: { ...once(), ...(await site.seen()) } }),
  },
  'POST /api/v1/fleet/versions/:number/agree': { before: waiting, ask: () => word('agree') },
  'POST /api/v1/fleet/versions/:number/refuse': { before: waiting, ask: () => word('refuse') },
  'POST /api/v1/fleet/versions/:number/withdraw': {
    before: (site, role) => site.propose(role === 'fleet-admin' ? role : 'opo-fr', fleetData('{talkgroup: a}')),
    ask: () => word('withdraw'),
  },
};

export class WebDoors {
  readonly folder = mkdtempSync(join(tmpdir(), 'web-doors-'));
  /** Lines of the audit log. */
  readonly log: Readonly<Record<string, unknown>>[] = [];
  readonly #clock = new ManualClock({ nowMs: 1000, utcMs: Date.UTC(2026, 10, 29) });
  readonly #changes: string[] = [];
  readonly #config: ReturnType<typeof loadConfig>['config'];
  #bench: LoginBench | undefined;
  #store: FleetStore | undefined;
  #office: FleetOffice | undefined;
  #accounts: AccountOffice | undefined;
  #recordings: RecordingsDesk | undefined;
  #retention: RetentionStore | undefined;
  #keeper: RetentionKeeper | undefined;
  #retentionOffice: RetentionOffice | undefined;
  #audit: AuditStore | undefined;
  /** More than a password, from everybody. */
  insists = false;
  #tokens: TokenPlace | undefined;
  /** One that holds. */
  token = '';
  /** One that stands. */
  hold = 0;
  #places = 0;
  readonly #cookies = new Map<Role, string>();
  /** Where the last one was refused. */
  #refusing = '';

  constructor() {
    writeFileSync(join(this.folder, 'escaut.yaml'), infrastructure + fleetData(bothLegs));
    this.#config = this.#load().config;
    writeKeptFiles(this.folder);
  }

  get bench(): LoginBench {
    return this.#bench!;
  }
  get port(): number {
    return this.bench.console.port;
  }
  /** Passkeys are good for names alone. */
  get host(): string {
    return `localhost:${this.port}`;
  }
  /** As `GET /healthz`. */
  get routes(): readonly string[] {
    return this.bench.console.http.routes;
  }

  async start(): Promise<void> {
    await this.#openFleet();
    await this.#openRetention();
    this.#tokens = await TokenPlace.open(join(this.folder, 'tokens.db'), {
      clock: this.#clock,
      said: (event, about) => void this.log.push({ event, ...about }),
      signedIn: (token) => this.#signedIn(token),
      people: () => this.#config.people,
      changed: () => void this.#changes.push('token'),
    });
    const { people } = this.#config;
    this.#bench = await LoginBench.start(join(this.folder, 'page'), {
      people: people.map(({ id, display, role, controlRoom, country }) => {
        return { ...operator, person: id, display, role, controlRoom, country };
      }),
      said: (event, about) => void this.log.push({ event, ...about }),
      doorClock: this.#clock,
      insists: () => this.insists,
      cards: 'door',
      // Nobody listens there: it is away.
      oidc: { issuer: 'http://127.0.0.1:9', clientId: 'x', clientSecret: new Secret('y'), name: 'IdP' } as never,
      fleet: (signedIn, accounts) => {
        this.#accounts = accounts;
        const office = () => this.#office!;
        return {
          ...{ running: 0, owed: [], shadows: { utcMs: 0, shadows: [] } },
          ...{ accounts, listening: new AnnouncementBooth(this.#config.announcements, 5000) },
          get desk() {
            return office();
          },
          editor: (token) => {
            const session = signedIn(token);
            const editor = session && this.#editor(session.person);
            return session && editor && { editor, isLocked: session.isLocked };
          },
        };
      },
      http: {
        clock: this.#clock,
        config: {
          console: { ...this.#config.console, origins: [`https://${siteName}`], requestTimeoutMs: 10_000 },
        },
        hits: {
          sources: [{ ...this.#config.hits.sources[0]!, token: new Secret(hitKey) }],
          clock: this.#clock,
          events: { operations: { hitRefused: (about) => void this.log.push({ event: 'hit.refused', ...about }) } },
          port: { take: () => ({ as: 'new', hit: 1, state: 'unvalidated' }) },
          tokens: { judge: async () => ({ fault: 'token' }), used: () => undefined },
        },
        machineKey,
        proofs: this.#proofPort(),
        retention: { port: this.#retentionOffice! },
        tokens: this.#tokens!.office,
        recordings: {
          port: {
            open: (shown, signedIn) => this.#recordings!.open(shown, signedIn),
            orders: (person) => this.#recordings!.orders(person),
          },
          signedIn: ({ headers }) => {
            const [, token = ''] = /escaut-session=([\w-]{43})/.exec(headers.cookie ?? '') ?? [];
            return this.bench.logins.signedIn(token)?.person ?? '';
          },
        },
      },
    });
    this.#openRecordings();
    for (const role of roles) {
      const set = { invitation: await this.bench.invite(role), newPassword: password };
      await this.ask('POST', '/api/v1/password', json(set));
    }
  }

  async stop(): Promise<void> {
    await this.#bench?.stop();
    await this.#store?.close();
    await this.#retention?.close();
    await this.#audit?.close();
    await this.#tokens?.close();
    rmSync(this.folder, { recursive: true });
  }

  /** What was done to the fleet data. */
  get changes(): readonly string[] {
    return this.#changes;
  }

  /** A request of our own page; time passes with each, so that nobody is told to wait. */
  ask(method: string, path: string, { body = '', headers = {} }: Asked = {}, cookie = ''): Promise<Answer> {
    this.#clock.advance(2000);
    const own = method === 'GET' ? { host: this.host } : ownHeaders(this.host);
    return send(this.port, method, path, { ...own, ...(cookie !== '' && { cookie }), ...headers }, body);
  }

  /** Logs in; his cookie. */
  async login(role: Role): Promise<string> {
    const answer = await this.ask('POST', '/api/v1/login', json({ name: role, password, takeOver: true }));
    const [cookie = ''] = [answer.headers['set-cookie'] ?? []].flat();
    return cookie.split(';', 1)[0] ?? '';
  }

  async try(door: string, role: Role, may: boolean): Promise<Tried> {
    // A refusal changes nothing, so the next one comes to the same place.
    if (may || this.#refusing !== door) {
      await this.#openFleet();
      this.#openRecordings();
      await cases[door]?.before?.(this, role);
    }
    this.#refusing = may ? '' : door;
    const cookie = this.#cookies.get(role) ?? (await this.login(role));
    // What people ask for themselves gives another one, or none.
    if (door.startsWith('POST') && !/\/(?:fleet|retention|tokens)\b/.test(door)) this.#cookies.delete(role);
    else this.#cookies.set(role, cookie);
    this.log.length = 0;
    this.#changes.length = 0;
    const { status, text } = await this.knock(door, cookie);
    const [, code = String(status)] = /"code":"([\w-]+)"/.exec(text) ?? [];
    const isRefused = [401, 403, 404].includes(status) && !noProof.has(code);
    const isLogged = this.log.some(({ operator: by, role: as, refusal, event }) => {
      return by === `Mr ${role}` && as === role && (refusal !== undefined || event === 'permission.refused');
    });
    return { refusal: isRefused ? code : undefined, done: [...this.#changes], isLogged };
  }

  /** What the door is for, with that cookie. */
  async knock(door: string, cookie = '', more: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const [method = '', bare = ''] = door.replace(/: .*/, '').split(' ');
    const asked: Asked = (await cases[door]?.ask?.(this)) ?? (method === 'GET' ? {} : json({}));
    return this.ask(method, asked.path ?? bare, { ...asked, headers: { ...asked.headers, ...more } }, cookie);
  }

  /** The header for whoever has looked at what holds. */
  async seen(): Promise<Readonly<Record<string, string>>> {
    const { active } = await this.#office!.fleet();
    const print = active === 0 ? `.${'p'.repeat(16)}` : '';
    return { 'if-match': `"v${active}${print}.yaml"` };
  }

  async propose(by: string, text: string): Promise<void> {
    const outcome = await this.#office!.propose({ by: this.#editor(by)!, text, reason: 'x' });
    if (!('version' in outcome)) throw new Error(JSON.stringify(outcome));
  }

  /** A link for a new password, asked for by an administrator who is none of those who knock. */
  async askForLink(person: string): Promise<void> {
    const other = { person: 'sys-2', display: 'x', role: 'sys-admin', controlRoom: 'cr', country: 'BE' } as const;
    await this.#accounts!.act('ask', other, person);
  }

  /** Of a recording: to him if he may, else to an auditor. */
  async giveTicket(role: Role): Promise<void> {
    const who = role === 'supervisor' || role === 'auditor' ? role : 'auditor';
    const { display, controlRoom } = this.#config.people.find(({ id }) => id === who)!;
    await new Promise<void>((done) => {
      const wish = { name: 'listen', recording: 1, reason: 'x' } as const;
      this.#recordings!.ask({ person: who, display, role: who, controlRoom }, wish, () => done());
    });
  }

  /** Lines of a group for tests that no attachment carries. */
  #proofPort(): NonNullable<HttpServerOptions['proofs']> {
    const nothing = () => undefined;
    const proofs = new Proofs(
      {
        ...this.#config,
        morningProof: {
          ...{ group: 'xb', at: '05:30', days: ['mon'], waitMin: 1, levelDbov: -16, toleranceDb: 3, oneWayMsMax: 600 },
          ...{ withoutAnswer: [], identities: [] },
        },
      },
      {
        clock: this.#clock,
        random: new SeededRandom(1),
        events: {
          proofs: {
            ...{ begun: nothing, line: nothing, done: nothing, missed: nothing },
            refused: (about) => void this.log.push({ event: 'proof.refused', ...about }),
          },
          state: { notKept: nothing },
        },
        console: { raiseAlarm: nothing, clearAlarm: nothing },
        attachments: { join: nothing, leave: nothing, report: () => ({ legs: [] }) as never },
        kept: { read: nothing, write: nothing },
        sendVoice: nothing,
        groupOf: nothing,
        isJoined: () => false,
      },
    );
    proofs.start();
    return {
      signedIn: (token) => this.#signedIn(token),
      personOf: () => undefined,
      view: (person) => proofs.view(person),
      // Whichever number is asked for: that it is there is not the question.
      report: () => ({
        ...{ number: 1, kind: 'hand', by: '', beganUtcMs: 0, endedUtcMs: 0, verdict: 'unproven', results: [] },
      }),
      run: (person, attachment) => proofs.run(person, attachment),
    };
  }

  #signedIn(token: string): { readonly person: Person; readonly isLocked: boolean } | undefined {
    const session = this.bench.logins.signedIn(token);
    return session && { person: this.#person(session.person), isLocked: session.isLocked };
  }

  #person(id: string): Person {
    const {
      display = '',
      role = 'observer',
      controlRoom = '',
    } = this.#config.people.find((each) => each.id === id) ?? {};
    return { person: id, display, role, controlRoom };
  }

  /** The first of two words for a rule. */
  async askToChange(by: string): Promise<void> {
    this.#retentionOffice!.change(this.#person(by), { rule: 'voiceSharedGroup', days: 29, reason: 'law' });
  }

  /** The first of two words for a hold that another auditor has set. */
  async askToLift(by: string): Promise<void> {
    const about = { reason: 'x', by: 'Mr auditor', country: 'BE', utcMs: 0 };
    this.hold = (await this.#keeper!.addHold({ fromUtcMs: 0, toUtcMs: 1, groups: undefined, ...about }))!;
    await this.#retentionOffice!.lift(this.#person(by), this.hold, 'released');
  }

  async makeToken(): Promise<void> {
    this.token = await this.#tokens!.make();
  }

  async #openRetention(): Promise<void> {
    const state = join(this.folder, 'state/gw');
    const { privateKey: key } = signingKey(join(state, 'signing-key'));
    const groups = { xb: { group: 'xb', countries: ['BE', 'FR'] } };
    this.#retention = await RetentionStore.open(openDatabase<RetentionTables>(fileAt(join(state, 'retention.db'))));
    this.#audit = await AuditStore.open(openDatabase<AuditTables>(fileAt(join(state, 'escaut.db'))), 'gw', key);
    const settings = {
      ...{ recordings: join(this.folder, 'recordings'), stateFolder: state },
      values: retentionValues(this.#config),
    };
    const ports = { store: this.#retention, audit: this.#audit, key, groups: () => groups };
    this.#keeper = new RetentionKeeper(settings, ports);
    const note = (event: string) => (about: object) => void this.log.push({ event, ...about });
    this.#retentionOffice = new RetentionOffice(this.#config, {
      clock: this.#clock,
      events: {
        retention: { changed: note('retention.changed'), holdSet: note('hold.set'), holdLifted: note('hold.lifted') },
        consoles: { notPermitted: note('permission.refused') },
      },
      signedIn: (token) => this.#signedIn(token),
      desk: () => this.#keeper,
      halted: () => undefined,
      values: () => settings.values,
      set: () => true,
      words: { read: () => undefined, write: () => undefined },
      incident: async () => undefined,
    });
  }

  #openRecordings(): void {
    const { clock } = this.bench.console;
    this.#recordings = new RecordingsDesk(this.#config, {
      clock,
      events: this.bench.console.events,
      exports: { shown: () => [] } as never,
      isHere: () => true,
      newToken: () => ticket,
      reader: {
        search: async () => ({ found: [], more: false, isBehind: false }),
        recording: async () => ({ group: 'xb', over: 1, file: 'x.opus', isKept: true }) as never,
        incident: async () => undefined,
        read: async () => new Uint8Array(4),
        follow: async () => undefined,
      },
    });
  }

  async #openFleet(): Promise<void> {
    await this.#store?.close();
    this.#store = await FleetStore.open(
      openDatabase<FleetTables>(fileAt(join(this.folder, `fleet-${++this.#places}.db`))),
    );
    this.#office = new FleetOffice({
      store: this.#store,
      fileText: infrastructure + fleetData(bothLegs),
      textName: 'fleet data',
      utcMs: () => this.#clock.utcMs(),
      check: (text) => this.#check(text),
      hold: () => undefined,
      changed: ({ number, name }) => void this.#changes.push(`${number} ${name}`),
      refused: (by, what, refusal) => void this.log.push({ event: 'fleet.refused', what, ...personLine(by), refusal }),
    });
    await this.#office.start(0);
  }

  #editor(id: string): Editor | undefined {
    const found = this.#config.people.find((each) => each.id === id);
    return (
      found && {
        person: id,
        display: found.display,
        role: found.role,
        controlRoom: found.controlRoom,
        country: found.country,
      }
    );
  }

  #load() {
    return loadConfig({ file: 'escaut.yaml', environment: {}, workingFolder: this.folder });
  }

  #check(text: string | undefined) {
    return checkConfig(infrastructure + fleetData(bothLegs), {
      ...{ file: 'escaut.yaml', environment: {}, workingFolder: this.folder },
      ...(text !== undefined && { fleet: { text, file: 'fleet data' } }),
    });
  }
}
