/**
 * The console behind the page: link, model, push-to-talk and voice, joined. Components read its view and call its
 * methods; they hold no state of the radio.
 */
import type { escaut } from '../../protocols/generated/console.js';
import type { LegSettings } from '../audio/leg-settings.ts';
import { RtcCalls } from '../audio/rtc-calls.ts';
import type { ServerMessage } from '../link/codec.ts';
import { storedResumeToken, storeResumeToken, takeInvitation, takeReturn, takeToken } from '../link/credentials.ts';
import type { LinkState } from '../link/link-machine.ts';
import { initialLink } from '../link/link-machine.ts';
import { LinkShell } from '../link/link-shell.ts';
import { applyDelta, applyMonitored, applySnapshot, forgetEnded } from '../model/apply.ts';
import type { CapacityModel, WishedGroup } from '../model/capacity.ts';
import type { ConsoleModel } from '../model/console-model.ts';
import { emptyModel } from '../model/console-model.ts';
import type { Silenced } from '../model/emergency.ts';
import { alarming, concerns, silence, sounds } from '../model/emergency.ts';
import { fullLevelGroups } from '../model/full-level.ts';
import { addGap, type GapModel } from '../model/gap.ts';
import type { GatewayTime } from '../model/gateway-time.ts';
import { assumeGatewayTime, gatewayUtcMs, measureGatewayTime } from '../model/gateway-time.ts';
import { hasNewHit } from '../model/hit.ts';
import type { EmergencyModel } from '../model/incident-model.ts';
import { type OperatorModel, readOperator } from '../model/operator.ts';
import type { Arrival } from '../model/read-wire.ts';
import { readWide } from '../model/read-wire.ts';
import { groupsHushed } from '../model/shared-room.ts';
import type { StatusModel } from '../model/status-model.ts';
import { applyStatus } from '../model/status-model.ts';
import type { OwnIds } from '../model/tile-state.ts';
import { ownIds, talkableGroups } from '../model/tile-state.ts';
import type { UrgentCall } from '../model/urgent.ts';
import { isNewlyUrgent, urgentCalls } from '../model/urgent.ts';
import type { MultiSelect } from '../ptt/multi-select.ts';
import { multiOff } from '../ptt/multi-select.ts';
import type { KeySource, Tone } from '../ptt/ptt-machine.ts';
import { initialBoard, type TalkBoard } from '../ptt/talk-board.ts';
import { Desk } from './desk.ts';
import { EmergencyAlarm } from './emergency-alarm.ts';
import { FleetDesk } from './fleet.ts';
import { HandOverSheets } from './hand-over-sheets.ts';
import { IntercomDesk } from './intercom.ts';
import { Login } from './login.ts';
import { Look } from './look.ts';
import { type Operation, type OperationRefusal, Operations } from './operations.ts';
import type { PageName } from './pages.ts';
import { hashOf, pageAt, wallHash } from './pages.ts';
import { ProofDesk } from './proofs.ts';
import { Recall } from './recall.ts';
import { Recordings } from './recordings.ts';
import { RetentionDesk } from './retention.ts';
import { Store } from './store.ts';
import { TalkKeys } from './talk-keys.ts';
import type { SwitchesView } from './talk-switches.ts';
import { TalkSwitches } from './talk-switches.ts';
import { TimelineFeed } from './timeline.ts';
import type { VoiceView } from './voice.ts';
import { Voice } from './voice.ts';

export interface ConsoleView {
  readonly link: LinkState;
  readonly model: ConsoleModel;
  readonly talk: TalkBoard;
  readonly switches: SwitchesView;
  readonly voice: VoiceView;
  readonly time: GatewayTime | undefined;
  /** Share of what was heard lately that the browser made up, 0–1; undefined when nothing was heard. */
  readonly concealedRatio: number | undefined;
  /** Undefined until the gateway has said who this console is. */
  readonly operator: OperatorModel | undefined;
  readonly own: OwnIds;
  /** The group that the space bar talks on; empty while there is none. */
  readonly selectedId: string;
  readonly page: PageName;
  /** Emergencies whose alarm the operator has silenced on this page. */
  readonly silenced: Silenced;
  /** When this page had no link, oldest first. */
  readonly gaps: readonly GapModel[];
  /** How the networks fare; undefined until the gateway has said so, and while nobody looks. */
  readonly status: StatusModel | undefined;
}

interface Balanced {
  readonly model: ConsoleModel;
  readonly selectedId: string;
  readonly multi: MultiSelect;
  readonly talk: TalkBoard;
  readonly urgent: readonly UrgentCall[];
}

const reportEveryMs = 5000;
/** So much softer is the alarm that goes on while somebody is heard: his words come first. */
const besideVoiceDb = 10;
export class ConsoleSession {
  readonly store: Store<ConsoleView>;
  readonly desk = new Desk();
  readonly login = new Login();
  readonly fleet = new FleetDesk();
  readonly proofs = new ProofDesk();
  readonly retention = new RetentionDesk();
  readonly look = new Look();
  /** This page is a wall: it shows, and neither sounds nor listens. */
  readonly isWall = location.hash === wallHash;
  readonly recall: Recall;
  readonly recordings: Recordings;
  readonly intercom = new IntercomDesk({
    operate: (operation) => this.operate('', operation),
    layLine: () => this.#voice.rtc.layLine(),
    setLineGate: (open) => this.#voice.rtc.setLineGate(open),
    setHearing: (hearing) => this.#voice.setIntercom(hearing),
    play: (tone) => this.#play(tone),
  });
  readonly timeline: TimelineFeed;
  readonly sheets: HandOverSheets;
  readonly #link: LinkShell;
  readonly #calls: RtcCalls;
  readonly #voice: Voice;
  readonly #operations = new Operations((message) => this.#link.send(message));
  readonly #keys = new TalkKeys({
    send: (message) => this.#link.send(message),
    groups: () => this.store.get().model.groups,
    listen: (groupId) => this.setMonitored(groupId, true),
    setKeyDown: (down) => this.intercom.setKeyDown(down),
    setKeyed: (keyed, changed) => {
      if (keyed) this.#quietReplays(); // they would go on the air by way of the microphone
      if (changed) this.#link.feed({ name: 'keyed', keyed });
    },
    setOwnTalk: (groups) => this.#voice.setOwnTalk(groups),
    setGate: (open) => this.#voice.rtc.setGate(open),
    renewMicrophone: () => this.#voice.rtc.renewMicrophone(),
    play: (tone) => this.#play(tone),
    show: (talk) => this.store.set({ talk }),
  });
  readonly #switches = new TalkSwitches({
    onPress: (kind) => this.pressSelected(kind),
    onRelease: (kind) => this.release(kind),
    onLost: () => this.#voice.play('lost'),
    onChange: () => this.store.set({ switches: this.#switches.view }),
  });
  /** It waits while we talk: it would go on the air by way of the microphone. */
  readonly #alarm = new EmergencyAlarm(() => {
    if (this.#keys.isActive) return;
    const isVoice = this.store
      .get()
      .model.groups.some(({ floor, monitored }) => monitored && floor.holder !== undefined);
    this.#play('emergencyAgain', isVoice ? besideVoiceDb : 0);
  });
  #capabilitiesJson = '';
  /** What the ear was last given to follow. */
  #balanced: Balanced = { model: emptyModel, selectedId: '', multi: multiOff, talk: initialBoard, urgent: [] };
  /** Since when the gateway has not been heard, and whether what happened meanwhile is told; undefined while it is. */
  #away: { readonly sinceMs: number; readonly told: boolean } | undefined;

  constructor(url: string, pageBuild: string) {
    this.#calls = new RtcCalls((rtcRequest) => this.#link.send({ rtcRequest }));
    this.#voice = new Voice(this.#calls, () => this.#onVoice());
    this.recall = new Recall(
      (recallRequest) => this.#link.send({ recallRequest }),
      () => this.#voice.replaySink,
    );
    this.recordings = new Recordings(
      (recordingsRequest) => this.#link.send({ recordingsRequest }),
      () => this.#voice.replaySink,
      () => this.store.get().model.timezone,
    );
    this.sheets = new HandOverSheets((sheetRequest) => this.#link.send({ sheetRequest }));
    this.timeline = new TimelineFeed((timelineRequest) => this.#link.send({ timelineRequest }));
    this.#link = new LinkShell(url, pageBuild, {
      onLink: (link) => this.store.set({ link }),
      onWelcome: (welcome) => this.#onWelcome(welcome),
      onStateMessage: (message) => this.#onStateMessage(message),
      onPong: (utcMs, roundTripMs) => this.#onPong(utcMs, roundTripMs),
      onMessage: (message) => this.#onMessage(message),
      onLost: () => this.#onLost(),
      onLive: () => this.#onLive(),
      keepResumeToken: storeResumeToken,
    });
    this.store = new Store<ConsoleView>({
      link: initialLink,
      model: emptyModel,
      talk: this.#keys.board,
      switches: this.#switches.view,
      voice: this.#voice.view,
      time: undefined,
      concealedRatio: undefined,
      operator: undefined,
      own: ownIds(''),
      selectedId: '',
      page: 'groups',
      silenced: new Map(),
      gaps: [],
      status: undefined,
    });
    this.store.watch(() => this.#balance());
    this.desk.store.watch(() => this.#balance());
  }

  /** Levels and outputs of this desk. */
  get sound(): Pick<Voice, 'setLevels' | 'setSilent' | 'chooseOutput'> {
    return this.#voice;
  }

  /** Pedals and buttons of this desk. */
  get switches(): Pick<TalkSwitches, 'chooseHid' | 'forgetHid' | 'chooseGamepad'> {
    return this.#switches;
  }

  start(): void {
    this.look.start();
    this.login.invite(takeInvitation());
    this.login.returned(takeReturn());
    this.#switches.start();
    this.#link.feed({ name: 'start', token: takeToken(), resumeToken: storedResumeToken() });
    this.#followAddress();
    if (!this.isWall) this.#voice.startMicrophone();
    setInterval(() => this.#report(), reportEveryMs);
    window.addEventListener('online', () => this.retryLink());
    // A fresh link opened in this tab changes only the fragment: the page is not loaded again.
    window.addEventListener('hashchange', () => {
      const token = takeToken();
      this.#followAddress();
      if (token !== '') this.#link.feed({ name: 'start', token, resumeToken: '' });
    });
    window.addEventListener('pagehide', () => this.#link.end('page closed'));
    window.addEventListener('pageshow', (event) => {
      if (event.persisted) this.takeOver();
    });
    for (const gesture of ['pointerdown', 'keydown']) {
      if (!this.isWall) window.addEventListener(gesture, () => this.#voice.unlock(), { capture: true, passive: true });
    }
  }

  retryLink(): void {
    this.#link.feed({ name: 'retry' });
  }

  /** Goes on with this tab's session where another page took it, or after the page slept. */
  takeOver(): void {
    this.#link.feed({ name: 'start', token: '', resumeToken: storedResumeToken() });
  }

  /** Goes to another view by way of the address. */
  show(page: PageName): void {
    if (page !== 'groups') location.hash = hashOf(page);
    else history.pushState(null, '', location.pathname + location.search);
    this.#followAddress();
  }

  /** The page begins anew: what sounds and listens on it ends. */
  showWall(): void {
    location.hash = wallHash;
    location.reload();
  }

  leaveWall(): void {
    history.replaceState(null, '', location.pathname + location.search);
    location.reload();
  }

  #play(tone: Tone, softerDb = 0): void {
    if (!this.isWall) this.#voice.play(tone, softerDb);
  }

  #followAddress(): void {
    const page = pageAt(location.hash);
    if (page === this.store.get().page) return;
    this.store.set({ page, status: undefined });
    this.#link.send({ watchStatus: { on: page === 'networks' } });
  }

  select(groupId: string): void {
    this.look.reveal(this.store.get().model.groups, groupId);
    this.store.set({ selectedId: groupId });
  }

  /** A click or a digit: selects the group, or while groups are being put together adds it to them or takes it out. */
  pick(groupId: string): void {
    if (this.desk.store.get().multi.name !== 'choosing') this.select(groupId);
    else if (talkableGroups(this.store.get().model).has(groupId)) this.desk.multi({ name: 'toggle', group: groupId });
  }

  /**
   * Key down. While a talk is on, the group that it is on stays, whatever is selected meanwhile. Who talks on a group
   * also hears it: nobody calls into a group without hearing the answer.
   */
  press(groupId: string, source: KeySource): void {
    this.#keys.press([groupId], source);
  }

  /** Key down of what talks on the selected group, or on all of those that were put together. */
  pressSelected(source: KeySource): void {
    const { multi } = this.desk.store.get();
    this.#keys.press(multi.name === 'on' ? multi.groups : [this.store.get().selectedId], source);
  }

  release(source: KeySource): void {
    this.#keys.feed({ name: 'release', source });
  }

  blur(): void {
    this.intercom.letGo();
    this.#keys.feed({ name: 'blur' });
  }

  setMonitored(groupId: string, listen: boolean): void {
    if (!this.#link.send({ monitor: { groupId, listen } })) return;
    this.store.set({ model: applyMonitored(this.store.get().model, groupId, listen) });
  }

  /** Asks the gateway to do something; why it was not done, or undefined. Never rejects. */
  operate(groupId: string, operation: Operation): Promise<OperationRefusal | undefined> {
    return this.#operations.operate(groupId, operation);
  }

  /** What joining would take of the networks; undefined when the gateway cannot say now. Never rejects. */
  capacity(groups: readonly WishedGroup[]): Promise<CapacityModel | undefined> {
    return this.#operations.capacity(groups);
  }

  /** Plays what others have said on a group within the last minutes, fast and without pauses. */
  catchUp(groupId: string, lastMin: number): void {
    const { own } = this.store.get();
    void this.recall.catchUp(groupId, lastMin, (partyId) => own.has(partyId));
  }

  /** On this page alone, and until there is news of it: what is shown stays. */
  silenceAlarm(): void {
    this.store.set({ silenced: silence(this.#alarming(), this.store.get().silenced) });
  }

  #alarming(): readonly EmergencyModel[] {
    const { model, operator, silenced } = this.store.get();
    return alarming(model.emergencies, model.groups, operator, silenced);
  }

  setHearing(key: string, settings: LegSettings): void {
    this.#voice.setHearing(key, settings);
  }

  pickMicrophone(deviceId: string): void {
    this.#voice.pickMicrophone(deviceId);
  }

  retryMicrophone(): void {
    this.#voice.retryMicrophone();
  }

  microphoneLevelDbfs(): number {
    return this.#voice.microphoneLevelDbfs();
  }

  #quietReplays(): void {
    this.recall.stop();
    this.recordings.pause();
  }

  /** What the operator works on is heard above the rest. */
  #balance(): void {
    const { link, model, own, selectedId, talk } = this.store.get();
    const { multi, room } = this.desk.store.get();
    const before = this.#balanced;
    const isAlarm = link.phase !== 'refused' && this.#alarming().length > 0;
    this.#alarm.set(isAlarm);
    this.intercom.setAlarm(isAlarm);
    this.#voice.setRoomTalk(groupsHushed(model, own, room));
    if (before.model !== model || before.selectedId !== selectedId || before.multi !== multi) {
      const together = multi.name === 'on' ? multi.groups : [];
      this.#voice.setSelected(fullLevelGroups(model, own, [selectedId, ...together]));
    }
    const urgent = before.model === model && before.talk === talk ? before.urgent : urgentCalls(model, talk);
    if (isNewlyUrgent(before.urgent, urgent)) this.#play('urgent');
    this.#balanced = { model, selectedId, multi, talk, urgent };
    this.desk.keepMulti(talkableGroups(model));
  }

  #onVoice(): void {
    const { view } = this.#voice;
    const before = this.store.get().voice.outputs.missing;
    if (view.outputs.missing.some((purpose) => !before.includes(purpose))) this.#play('lost');
    this.store.set({ voice: view });
    if (view.fault !== this.#keys.board.lead.voiceFault) this.#keys.feed({ name: 'voice', fault: view.fault });
  }

  #onWelcome(welcome: escaut.console.v1.Welcome.$Properties): void {
    const { operator, sessionId } = welcome;
    const isOther = operator?.personId !== this.store.get().operator?.personId;
    if (isOther) this.store.set({ gaps: [] });
    this.#away = isOther ? undefined : this.#away && { ...this.#away, told: welcome.resumed === true };
    this.#capabilitiesJson = welcome.routerRtpCapabilitiesJson ?? '';
    this.desk.seat(operator?.personId ?? '');
    this.look.seat(operator?.personId ?? '');
    const time = assumeGatewayTime(readWide(welcome.gatewayUtcMs), performance.now());
    this.store.set({
      time,
      own: ownIds(sessionId ?? ''),
      operator: readOperator(operator),
    });
  }

  /** Where this console stands with others; what they say there is not played here as well. */
  shareRoom(room: string): void {
    this.desk.shareRoom(room);
    this.#link.send({ shareRoom: { name: room } });
  }

  #onLive(): void {
    this.#endAbsence();
    this.#link.send({ shareRoom: { name: this.desk.store.get().room } });
    this.#keys.feed({ name: 'link', ready: true });
    if (!this.isWall) void this.#voice.rtc.open(this.#capabilitiesJson);
    this.#keys.giveBackForgottenFloors(this.store.get().own);
    if (this.store.get().page === 'networks') this.#link.send({ watchStatus: { on: true } });
  }

  #endAbsence(): void {
    if (this.#away === undefined) return;
    const { time, gaps } = this.store.get();
    const { sinceMs, told } = this.#away;
    const gap = { fromUtcMs: gatewayUtcMs(time, sinceMs), toUtcMs: gatewayUtcMs(time, performance.now()), told };
    this.#away = undefined;
    this.store.set({ gaps: addGap(gaps, gap) });
  }

  #onLost(): void {
    this.#away ??= { sinceMs: this.#link.heardMs ?? performance.now(), told: false };
    this.#keys.feed({ name: 'link', ready: false });
    this.desk.multi({ name: 'leave' });
    this.#calls.dropAll();
    this.recall.dropAll();
    this.recordings.dropAll();
    this.timeline.dropAll();
    this.sheets.dropAll();
    this.#operations.dropAll();
    // The gateway has ended it; the other side is told.
    const { model } = this.store.get();
    const after = { ...model, intercom: { ...model.intercom, call: undefined } };
    this.store.set({ model: after });
    this.intercom.follow(model, after);
  }

  #onStateMessage(message: ServerMessage): void {
    const { model, selectedId } = this.store.get();
    if (message.snapshot) {
      const next = applySnapshot(model, message.snapshot, this.#arrival());
      this.#soundEmergencies(model, next);
      const stands = next.groups.some((group) => group.id === selectedId);
      const first = next.groups.find((group) => group.mayTalk) ?? next.groups[0];
      this.timeline.snapshot(message.snapshot.timeline);
      this.recordings.snapshot(message.snapshot);
      const { operator } = message.snapshot;
      this.store.set({
        model: next,
        selectedId: stands ? selectedId : (first?.id ?? ''),
        ...(operator && { operator: readOperator(operator) }),
      });
      this.intercom.follow(model, next);
    } else if (message.delta?.status) {
      const { page, status } = this.store.get();
      if (page === 'networks') this.store.set({ status: applyStatus(status, message.delta.status) });
    } else if (message.delta?.timelineEntry) this.timeline.tell(message.delta.timelineEntry);
    else if (message.delta?.exportOrder) this.recordings.tellOrder(message.delta.exportOrder);
    else if (message.delta) {
      const next = applyDelta(model, message.delta, this.#arrival());
      this.#soundEmergencies(model, next);
      if (message.delta.overCut) this.#soundCut(message.delta.overCut);
      this.timeline.forget(message.delta.forgotten?.timelineIds ?? []);
      this.sheets.forget(message.delta.forgotten?.handOverIds ?? []);
      this.store.set({ model: next });
      this.intercom.follow(model, next);
    }
  }

  #soundEmergencies(before: ConsoleModel, after: ConsoleModel): void {
    const { operator } = this.store.get();
    const heard = sounds(before.emergencies, after.emergencies).filter(
      (emergency) => operator === undefined || concerns(emergency, after.groups, operator),
    );
    if (heard.length > 0) {
      this.#quietReplays();
      this.#play('emergency');
      this.#alarm.makeRoom();
    } else if (hasNewHit(before.hits, after.hits)) this.#play('hit');
  }

  /** To whoever heard him; his own page has told him that he lost the floor. */
  #soundCut({ groupId, talker }: escaut.console.v1.OverCut.$Properties): void {
    const { model, own } = this.store.get();
    const heard = model.groups.some(({ id, monitored }) => id === groupId && monitored);
    if (heard && !own.has(talker?.partyId ?? '')) this.#play('cut');
  }

  #arrival(): Arrival {
    const nowMs = performance.now();
    return { nowMs, gatewayUtcMs: gatewayUtcMs(this.store.get().time, nowMs) };
  }

  #onPong(utcMs: number, roundTripMs: number): void {
    const { time, model } = this.store.get();
    const nowMs = performance.now();
    this.store.set({
      time: measureGatewayTime(time, utcMs, roundTripMs, nowMs),
      model: forgetEnded(model, nowMs),
    });
  }

  #onMessage(message: ServerMessage): void {
    if (message.floorAnswer) this.#keys.answer(message.floorAnswer);
    else if (message.operationAnswer) this.#operations.answer(message.operationAnswer);
    else if (message.recallAnswer) this.recall.answer(message.recallAnswer);
    else if (message.recordingsAnswer) this.recordings.answer(message.recordingsAnswer);
    else if (message.capacityAnswer) this.#operations.answerCapacity(message.capacityAnswer);
    else if (message.timelineAnswer) this.timeline.answer(message.timelineAnswer);
    else if (message.sheetAnswer) this.sheets.answer(message.sheetAnswer, this.#arrival());
    else if (message.rtcResponse) this.#calls.answer(message.rtcResponse);
    else if (message.rtcNotice) this.#onRtcNotice(message.rtcNotice);
  }

  #onRtcNotice(notice: escaut.console.v1.RtcNotice.$Properties): void {
    if (notice.consume) this.#voice.rtc.consume(notice.consume);
    else if (notice.consumerClosed) this.#voice.rtc.closeConsumer(notice.consumerClosed);
    else if (notice.reset) this.#voice.rtc.reset();
  }

  #report(): void {
    this.#voice
      .takeReception()
      .then((reception) => {
        const roundTripMs = Math.round(this.#link.state.roundTripMs ?? 0);
        this.store.set({ concealedRatio: reception?.concealedRatio });
        if (reception !== undefined) this.#link.send({ listenerReport: { ...reception, roundTripMs } });
      })
      .catch((error: unknown) => console.warn('reception was not measured', error));
  }
}
