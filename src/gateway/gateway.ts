/**
 * The gateway as a whole: makes every part, joins their ports, and takes them down in order. Holds no rule of its own.
 *
 *   configuration ─▶ voice process ◀─▶ bridges (SIP)      legs
 *                        ▲  │
 *                        │  └──▶ console link, WebRTC      consoles
 *                        └────── floor requests
 */
import { randomBytes, randomInt } from 'node:crypto';
import { join } from 'node:path';
import { workerBin } from 'mediasoup';
import type { GatewayParts } from '../api/health.ts';
import { createHttpServer, type HttpServer } from '../api/http-server.ts';
import type { ProofPort } from '../api/proof-door.ts';
import { markingFault } from '../base/dscp.ts';
import { SeededRandom, secretToken } from '../base/random.ts';
import type { StatusReport } from '../base/status-report.ts';
import { readTimeServer } from '../config/clock-schema.ts';
import { type FleetSections, type LiveConfig, liveConfig } from '../config/live-config.ts';
import { recordingMasters } from '../config/recording-schema.ts';
import { ConsoleServer } from '../console/console-server.ts';
import type { Operator } from '../console/ports.ts';
import { writeExportOrder } from '../console/recordings-wire.ts';
import { consoleWorld } from '../console/world.ts';
import { tokenHolders } from '../operations/service-token.ts';
import type { Person } from '../operations/terms.ts';
import { AnnouncementVoice } from '../speech/announcement-voice.ts';
import { AccountThread } from '../store/account-thread.ts';
import { databasePlace } from '../store/database-place.ts';
import { type EvidenceAlarm, type EvidenceWaiting, evidenceAlarms } from '../store/evidence-alarms.ts';
import { lastingKey } from '../store/lasting-key.ts';
import type { VoiceCommand, VoiceEvent } from '../voice/contract.ts';
import { masterId } from '../voice/recording-keys.ts';
import { VoiceClient } from '../voice/voice-client.ts';
import { RtcPlane } from '../webrtc/rtc-plane.ts';
import { AccountOffice } from './account-office.ts';
import { Accounts } from './accounts.ts';
import { AnnouncementBooth } from './announcement-booth.ts';
import { Attachments } from './attachments.ts';
import { CardDesk } from './card-desk.ts';
import { CertificateWatch } from './certificate-watch.ts';
import { ClockWatch } from './clock-watch.ts';
import { DiskWatch } from './disk-watch.ts';
import { documentsIn } from './documents.ts';
import { EvidenceDesks } from './evidence-desks.ts';
import { FleetKeeper } from './fleet-keeper.ts';
import { type PlannedGroup, planGroups, planWished } from './group-plan.ts';
import { machineKey } from './machine-key.ts';
import { DirectLines } from './operations/direct-lines.ts';
import { Intercom } from './operations/intercom.ts';
import { Operations } from './operations/operations.ts';
import { Proofs } from './operations/proofs.ts';
import { Timeline } from './operations/timeline.ts';
import { pageUrlOf, reachedUrlOf } from './page-url.ts';
import { peopleOf, signedInName } from './people.ts';
import { Recall } from './recall.ts';
import type { ConsoleLink, GatewayOptions, RunningGateway } from './running-gateway.ts';
import { ServiceTokens } from './service-tokens.ts';
import { Shadows } from './shadows.ts';
import { SimulatorProcess } from './simulator-process.ts';
import { TokenOffice } from './token-office.ts';
import { TokenWatch } from './token-watch.ts';
import { VoiceReports } from './voice-reports.ts';
import { VoiceWatch } from './voice-watch.ts';
import { workerCount } from './worker-count.ts';

/** Time that a synthesiser has for one announcement. */
const speakWithinMs = 10_000;
const pageFolder = join(import.meta.dirname, '../../dist/web');

/** @throws GatewayError when something that the operator can mend is in the way; then nothing is left running. */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const gateway = new Gateway(options);
  try {
    await gateway.start();
  } catch (error) {
    await gateway.stop();
    throw error;
  }
  return gateway;
}

/**
 * Where this run begins to number its overs: above all that earlier runs can have reached, at 8 overs a second on
 * average. 32 bits last until 2041.
 */
function oversBefore(utcMs: number): number {
  return (8 * Math.floor((utcMs - Date.UTC(2025, 0, 1)) / 1000)) % 2 ** 32;
}

class Gateway implements RunningGateway {
  readonly #links = new Map<string, ConsoleLink>();
  readonly #options: GatewayOptions;
  readonly #live: LiveConfig;
  readonly #groups: readonly PlannedGroup[];
  readonly #voice: VoiceClient;
  readonly #voiceWatch: VoiceWatch;
  readonly #rtc: RtcPlane;
  readonly #console: ConsoleServer;
  readonly #certificates: CertificateWatch;
  /** Undefined: nobody comes by service tokens. */
  readonly #tokenWatch: TokenWatch | undefined;
  readonly #attachments: Attachments;
  readonly #operations: Operations;
  readonly #proofs: Proofs;
  /** Undefined while the parts are made. */
  #shadows: Shadows | undefined;
  readonly #lines: DirectLines;
  readonly #intercom: Intercom;
  readonly #recall: Recall;
  readonly #evidence: EvidenceDesks;
  readonly #timeline: Timeline;
  #waiting: EvidenceWaiting = { waiting: 0 };
  readonly #clock: ClockWatch;
  readonly #disk: DiskWatch;
  readonly #reports: VoiceReports;
  readonly #accountThread: AccountThread;
  readonly #accounts: Accounts | undefined;
  readonly #fleet: FleetKeeper | undefined;
  readonly #http: HttpServer;
  readonly #cards: CardDesk | undefined;
  #simulator: SimulatorProcess | undefined;
  /** Consoles can be opened: from here on a voice process that cannot be had ends the gateway. */
  #isOpen = false;
  #stopping: Promise<void> | undefined;

  constructor(options: GatewayOptions) {
    const { clock, events, meter, logger } = options;
    this.#live = liveConfig(options.config);
    const { config } = this.#live;
    const random = new SeededRandom(randomInt(2 ** 47));
    this.#options = options;
    this.#groups = planGroups(config);
    const { enabled: isRecorded, folder: recordingsFolder } = config.recording;
    const masters = recordingMasters(config.recording);
    this.#voice = new VoiceClient({
      clock,
      oversBefore: oversBefore(clock.utcMs()),
      dscp: config.dscp.voice,
      ...(isRecorded && { recordings: { folder: recordingsFolder, gateway: config.gateway.id, masters } }),
    });
    const sendVoice = (command: VoiceCommand) => this.#sendVoice(command);
    const { webrtc } = config.media;
    this.#rtc = new RtcPlane(
      {
        workerBin,
        workers: workerCount(config),
        listen: {
          host: webrtc.host,
          ports: webrtc.ports,
          ...(webrtc.announcedAddress === undefined ? {} : { announcedAddress: webrtc.announcedAddress }),
        },
        groups: this.#groups.map(({ settings, legs }) => ({
          group: settings.group,
          legs: legs.map(({ plan }) => plan.leg),
        })),
      },
      {
        clock,
        random,
        events,
        sendVoice,
        notify: (console, notice) => this.#console.handleRtcNotice(console, notice),
        raiseAlarm: (code, subject) => this.#console.raiseAlarm(code, subject),
        clearAlarm: (code, subject) => this.#console.clearAlarm(code, subject),
      },
    );
    const pageUrl = pageUrlOf(config);
    const { id, stateFolder } = config.gateway;
    const { key, fault } = lastingKey(join(stateFolder, id, 'console-key'));
    this.#console = new ConsoleServer(
      {
        world: consoleWorld(config),
        people: peopleOf(config),
        sessionsMax: config.console.sessionsMax,
        pageUrl,
        gatewayVersion: options.version,
        signer: { key, gateway: id },
        run: `${randomBytes(4).toString('hex')}-`,
      },
      {
        clock,
        random,
        events,
        meter,
        rtc: this.#rtc,
        sendVoice,
        newToken: () => secretToken(32),
        ...(config.accounts.enabled && { signedIn: (request) => this.#accounts?.signedIn(request) }),
        onConsoleLink: (url, operator) => this.#showLink(url, operator),
        operate: (person, operation, answer) => {
          if (operation.name === 'setRetention') this.#evidence.retention.operate(person, operation, answer);
          else this.#operations.operate(person, operation, answer);
        },
        callOthers: (at, operation, answer) => this.#intercom.operate(at, operation, answer),
        stationHere: (station) => this.#intercom.stationHere(station),
        stationAway: (at) => this.#intercom.stationAway(at),
        recall: (person, wish, answer) => this.#recall.ask(person, wish, answer),
        recordings: (person, wish, answer) => this.#evidence.recordings.ask(person, wish, answer),
        recordingsShown: (person) => ({
          recordingRights: this.#evidence.recordings.rights(person),
          exportOrders: this.#evidence.exports.shown(person.person).map(writeExportOrder),
        }),
        timeline: (hears, asked) => this.#timeline.shown(hears, asked),
        shifts: (person) => this.#operations.handOvers.shown(person),
        sheet: (person, shift) => this.#operations.handOvers.sheet(person, shift),
        status: () => this.#status(),
        capacity: (groups) => this.#attachments.capacity(planWished(config, groups)),
      },
    );
    this.#voiceWatch = new VoiceWatch({
      ...{ clock, events, console: this.#console, onFailure: options.onFailure },
      isOpen: () => this.#isOpen,
    });
    if (fault !== undefined) {
      events.state.notKept({ reason: fault });
      this.#console.raiseAlarm('state-not-kept', 'console-key');
    }
    this.#clock = new ClockWatch(
      config.clock.servers.flatMap((server) => readTimeServer(server) ?? []),
      {
        ...{ clock, events, meter },
        showClock: (quality) => {
          this.#console.showClock(quality);
          this.#evidence.retention.clockSaid(quality);
        },
      },
    );
    const disks = { state: stateFolder, ...(isRecorded && { recordings: recordingsFolder }) };
    this.#disk = new DiskWatch(disks, config.gateway.diskReserveMiB, {
      ...{ clock, events, meter },
      alarm: (isRaised) => {
        if (isRaised) this.#console.raiseAlarm('disk-nearly-full', '');
        else this.#console.clearAlarm('disk-nearly-full', '');
      },
    });
    const documents = documentsIn(join(stateFolder, id), { clock, events, meter, console: this.#console });
    this.#timeline = new Timeline(config, {
      clock,
      meter,
      events,
      console: this.#console,
      kept: documents.lines('timeline'),
      older: documents.older('timeline'),
    });
    events.listen(this.#timeline);
    this.#certificates = new CertificateWatch(clock, events, this.#console);
    this.#accountThread = new AccountThread(databasePlace(config, 'accounts'));
    const { keeper } = this.#accountThread;
    const serviceTokens = new ServiceTokens(keeper, clock);
    const comeByTokens = config.hits.sources.length > 0 || config.attachments.some(({ kind }) => kind === 'link');
    this.#tokenWatch = comeByTokens ? new TokenWatch({ clock, events, console: this.#console, keeper }) : undefined;
    this.#attachments = new Attachments(config, this.#groups, {
      serviceTokens,
      inEmergency: (group) => this.#operations.inEmergency(group),
      certificates: this.#certificates,
      clock,
      random,
      events,
      meter,
      sendVoice,
      console: this.#console,
      legShown: (leg, up, second) => {
        this.#operations.legState(leg, up, second);
        this.#proofs.legState(leg, up);
      },
      talkerNamed: (group, leg, address) => {
        this.#operations.talkerNamed(group, leg);
        this.#proofs.talkerNamed(leg, address);
      },
      alarmSaid: (said) => this.#operations.alarmSaid(said),
      dataSaid: (said) => this.#timeline.dataSaid(said),
      unitSaid: (said) => this.#operations.unitSaid(said),
      placeSaid: (said) => this.#operations.placeSaid(said),
      shadows: {
        legShown: (leg, state) => this.#shadows?.legShown(leg, state),
        talkerNamed: (leg, address, lasts) => this.#shadows?.talkerNamed(leg, address, lasts),
        dataSaid: (leg) => this.#shadows?.dataSaid(leg),
      },
    });
    const { command, voices, recordings } = config.announcements;
    const cacheFolder = join(stateFolder, id, 'announcements');
    this.#operations = new Operations(config, {
      clock,
      events,
      console: this.#console,
      attachments: this.#attachments,
      rtc: this.#rtc,
      speech: new AnnouncementVoice({ command, voices, cacheFolder, recordings, timeoutMs: speakWithinMs }),
      kept: (name) => documents.at(name),
      older: (list) => documents.older(list),
      sendVoice,
    });
    this.#proofs = new Proofs(config, {
      ...{ clock, random, events, sendVoice },
      console: this.#console,
      attachments: this.#attachments,
      kept: documents.at('proofs'),
      groupOf: (talkgroup) => this.#operations.groupOf(talkgroup),
      isJoined: (group) => this.#operations.isJoined(group),
    });
    this.#shadows = new Shadows(config, {
      ...{ clock, events, sendVoice },
      attachments: this.#attachments,
      kept: documents.at('shadows'),
      talkerNow: (group, party) => {
        const { callSign, address } = this.#console.talkerNow(group, party);
        return callSign || address || '';
      },
    });
    this.#evidence = new EvidenceDesks(config, {
      ...{ clock, events, documents, configFile: options.configFile },
      ...{ console: this.#console, timeline: this.#timeline, operations: this.#operations },
      signedIn: (token) => this.#signedIn(token),
      isDiskNearlyFull: () => this.#disk.isNearlyFull,
    });
    const isExercise = (group: string, over: number) => this.#console.isExercise(group, over);
    this.#lines = new DirectLines(config, {
      clock,
      events,
      console: this.#console,
      attachments: this.#attachments,
      rtc: this.#rtc,
      calls: {
        called: (line, rooms) => this.#intercom.called(line, rooms),
        answered: (line) => this.#intercom.answered(line),
        over: (line, as) => this.#intercom.over(line, as),
      },
      sendVoice,
    });
    this.#intercom = new Intercom(config, {
      clock,
      events,
      console: this.#console,
      rtc: this.#rtc,
      lines: this.#lines,
    });
    const talkerOf = (group: string, over: number) => this.#console.talkerOf(group, over);
    this.#recall = new Recall(config, {
      clock,
      events,
      sendVoice,
      talkerOf,
      isExercise,
    });
    this.#reports = new VoiceReports({ clock, events, meter, talkerOf, isExercise }, config.recording.enabled);
    this.#cards =
      config.console.tls?.clientCertificates &&
      new CardDesk(config, {
        ...{ clock, events },
        alarm: (isRaised) => {
          if (isRaised) this.#console.raiseAlarm('cards-unchecked', '');
          else this.#console.clearAlarm('cards-unchecked', '');
        },
        certificateSeen: (certificate, expiresUtcMs) => this.#certificates.seen(certificate, expiresUtcMs),
      });
    this.#accounts = config.accounts.enabled
      ? new Accounts(config, peopleOf(config), {
          clock,
          events,
          consoles: this.#console,
          keeper,
          keyNotKept: () => this.#console.raiseAlarm('state-not-kept', 'accounts-key'),
          left: (person) => this.#evidence.left(person),
          invited: ({ person, display, role }, token) => {
            const who = `${display} (${role}), who chooses a password there`;
            this.#links.set(person, { url: `${pageUrl}#invitation=${token}`, who });
          },
          people: () => config.people,
          cards: this.#cards,
        })
      : undefined;
    this.#fleet = this.#fleetKeeper();
    const { sources } = config.hits;
    const hits = { sources, clock, events, port: this.#operations.hits, tokens: serviceTokens };
    this.#http = createHttpServer({
      config,
      version: options.version,
      clock,
      logger,
      events,
      meter,
      machineKey: machineKey(join(stateFolder, id), { events, console: this.#console }),
      parts: () => this.#parts(),
      status: () => this.#status(),
      consoleLink: this.#console,
      ...(sources.length === 0 ? {} : { hits }),
      ...(this.#accounts !== undefined && {
        logins: { clock, events, ...this.#accounts.doors(() => this.#disk.isNearlyFull) },
      }),
      ...(this.#fleet !== undefined && this.#accounts !== undefined && { fleet: this.#fleet }),
      proofs: this.#proofPort(),
      tokens: new TokenOffice({
        ...{ clock, events, keeper, holders: tokenHolders(config) },
        signedIn: (token) => this.#signedIn(token),
        people: () => this.#live.config.people,
        isDiskNearlyFull: () => this.#disk.isNearlyFull,
        changed: () => void this.#tokenWatch?.look(),
      }),
      retention: { port: this.#evidence.retention.office, answers: documents.at('retention-answers') },
      fleetAnswers: documents.at('fleet-answers'),
      recordings: {
        port: this.#evidence.recordings,
        ...(this.#accounts !== undefined && { signedIn: (request) => signedInName(this.#accounts?.signedIn(request)) }),
      },
      pageFolder,
      certificateSeen: (expiresUtcMs) => this.#certificates.seen('console.tls', expiresUtcMs),
    });
  }

  #personOf(id: string): Person | undefined {
    return peopleOf(this.#live.config).find(({ person }) => person === id);
  }

  /** Who has logged in with that cookie. */
  #signedIn(token: string): { readonly person: Person; readonly isLocked: boolean } | undefined {
    const session = this.#accounts?.logins.signedIn(token);
    const person = this.#personOf(session?.person ?? '');
    return session === undefined || person === undefined ? undefined : { person, isLocked: session.isLocked };
  }

  #proofPort(): ProofPort {
    const proofs = this.#proofs;
    return {
      signedIn: (token) => this.#signedIn(token),
      personOf: (id) => this.#personOf(id),
      view: (person) => proofs.view(person),
      report: (number) => proofs.report(number),
      run: (person, attachment) => proofs.run(person, attachment),
    };
  }

  #fleetKeeper(): FleetKeeper | undefined {
    const { configFile: file, fleet, clock, events } = this.#options;
    const { config } = this.#live;
    if (fleet === undefined) return undefined;
    const { fileText, version: held, workingFolder } = fleet;
    const folder = join(config.gateway.stateFolder, config.gateway.id);
    return new FleetKeeper(
      { file, fileText, workingFolder, folder, database: databasePlace(config, 'fleet'), held },
      {
        clock,
        events,
        editor: (token) => {
          const session = this.#accounts?.logins.signedIn(token);
          const person = config.people.find(({ id }) => id === session?.person);
          if (session === undefined || person === undefined) return undefined;
          const { id, display, role, controlRoom, country } = person;
          return { editor: { person: id, display, role, controlRoom, country }, isLocked: session.isLocked };
        },
        isDiskNearlyFull: () => this.#disk.isNearlyFull,
        accounts: new AccountOffice({
          clock,
          keeper: this.#accountThread.keeper,
          people: () => config.people,
          pageUrl: reachedUrlOf(config),
        }),
        listening: new AnnouncementBooth(config.announcements, speakWithinMs),
        inUse: () => {
          const { controlRooms, groups, talkgroups, plans } = this.#operations.inUse;
          const proof = this.#proofs.inUse;
          return {
            plans,
            groups: new Set([...groups, ...proof.groups]),
            talkgroups: new Set([...talkgroups, ...proof.talkgroups]),
            controlRooms: new Set([...controlRooms, ...this.#console.rooms]),
          };
        },
        shadows: () => this.#shadows?.report() ?? { utcMs: clock.utcMs(), shadows: [] },
        take: (sections) => this.#takeFleet(sections),
      },
    );
  }

  #sendVoice(command: VoiceCommand): void {
    this.#voice.send(command);
    this.#shadows?.commanded(command);
  }

  /** In one turn: nothing sees a part of it. */
  #takeFleet(sections: FleetSections): void {
    const { config, take } = this.#live;
    take(sections);
    this.#console.setWorld(consoleWorld(config), peopleOf(config)); // groups that come are known before they open
    this.#shadows?.fleetChanged(); // before legs that were shadows are joined
    this.#operations.fleetChanged();
    this.#lines.fleetChanged();
    this.#evidence.retention.fleetChanged();
    this.#accounts?.logins.setPeople(peopleOf(config));
  }

  async start(): Promise<void> {
    const { config, noSimulator, events } = this.#options;
    this.#voiceWatch.start();
    this.#voice.onEvent((event) => this.#onVoice(event));
    this.#voice.onPlane((state, reason) => this.#voiceWatch.plane(state, reason));
    const { simulator } = config;
    // The three wait for other processes to come up: side by side they take as long as the slowest.
    await Promise.all([
      this.#voice.start(),
      this.#rtc.start(),
      noSimulator || simulator === undefined ? undefined : this.#startSimulator(simulator.networks.length),
    ]);
    const fault = await markingFault(config.dscp.voice || config.dscp.signalling);
    if (fault !== undefined) events.machine.notMarked({ reason: fault });
    if (config.recording.enabled) {
      const [master] = recordingMasters(config.recording);
      events.recordings.form({ encrypted: master !== undefined, ...(master && { master: masterId(master) }) });
    }
    await this.#attachments.listen();
    this.#timeline.start(); // no other gateway has our ports, so none has our files
    await this.#accounts?.start();
    await this.#http.listen(config.console.listen);
    await this.#cards?.start(this.#accounts?.cards);
    this.#evidence.start();
    this.#console.start();
    this.#isOpen = true;
    this.#clock.start();
    void this.#disk.start();
    for (const { settings } of this.#groups) this.#sendVoice({ name: 'openGroup', settings });
    this.#lines.start();
    this.#intercom.start();
    this.#certificates.start();
    this.#tokenWatch?.start();
    this.#attachments.start();
    this.#operations.start();
    this.#proofs.start();
    this.#shadows?.start();
    this.#evidence.retention.start();
    this.#fleet?.start();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    this.#console.close();
    this.#clock.stop();
    this.#certificates.stop();
    this.#tokenWatch?.stop();
    this.#proofs.stop();
    this.#disk.stop();
    this.#operations.stop();
    this.#shadows?.stop();
    this.#evidence.stop();
    this.#intercom.stop();
    this.#accounts?.stop();
    await this.#attachments.stop();
    await Promise.all([
      this.#voice.stop(),
      this.#simulator?.stop(),
      this.#http.close(),
      this.#fleet?.stop(),
      this.#cards?.stop(),
    ]);
    await Promise.all([this.#accountThread.close(), this.#evidence.close()]);
    this.#reports.stop();
    this.#rtc.close();
  }

  async #startSimulator(networks: number): Promise<void> {
    this.#simulator = new SimulatorProcess(this.#options.configFile, this.#options.events);
    await this.#simulator.start(networks);
  }

  #onVoice(event: VoiceEvent): void {
    if (event.name === 'ready') this.#voiceWatch.ready(this.#voice.pid ?? 0);
    this.#shadows?.voiceEvent(event); // while consoles still show who talked
    this.#rtc.handleVoiceEvent(event);
    // Who talks comes by way of the attachment, which knows whether its far end is to be believed.
    if (event.name !== 'identity') this.#console.handleVoiceEvent(event);
    this.#attachments.voiceEvent(event);
    this.#operations.voiceEvent(event);
    this.#proofs.voiceEvent(event);
    this.#lines.voiceEvent(event);
    this.#recall.voiceEvent(event);
    this.#timeline.voiceEvent(event);
    this.#reports.take(event); // consoles first: they know who talked
    if (event.name === 'recordingFault') this.#voiceWatch.recordingFault(event.reason);
  }

  #status(): StatusReport {
    return {
      ...this.#attachments.report(),
      clock: this.#clock.report(),
      disk: this.#disk.report,
      audit: this.#waiting,
      tokens: [...(this.#tokenWatch?.ending ?? [])],
    };
  }

  #parts(): GatewayParts {
    return {
      voiceProcess: this.#voiceWatch.isReady,
      mediaWorkers: {
        alive: this.#rtc.statistics.workerPids.length,
        wanted: workerCount(this.#options.config),
      },
      sipListeners: this.#attachments.listeners,
      legs: this.#attachments.legCounts,
    };
  }

  evidenceAlarms(alarms: readonly EvidenceAlarm[]): void {
    for (const alarm of evidenceAlarms) {
      if (alarms.includes(alarm)) this.#console.raiseAlarm(alarm, '');
      else this.#console.clearAlarm(alarm, '');
    }
  }

  evidence(waiting: EvidenceWaiting): void {
    this.#waiting = waiting;
    for (const alarm of ['evidence-away', 'evidence-unsafe'] as const)
      this.#console.countAlarm(alarm, '', waiting.waiting);
  }

  get consoleLinks(): readonly ConsoleLink[] {
    return [...this.#links.values()];
  }

  /** The first links are printed by whoever started us; each time one is spent the next is shown. */
  #showLink(url: string, { person, display, role }: Operator): void {
    const who = this.#options.config.people.length > 1 ? `${display} (${role})` : '';
    if (this.#isOpen) process.stderr.write(`\n  Next console${who === '' ? '' : ` of ${who}`}: ${url}\n\n`);
    this.#links.set(person, { url, who });
  }
}
