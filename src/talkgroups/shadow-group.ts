/**
 * A talkgroup that is listened to beside a shared group without being a leg of it: what it says goes into the twin of the
 * group's floor (shadow-floor.ts) and no further, and what the group says never comes here.
 *
 * Muted by construction, at three places each of which is enough: the leg is in no list from which a group keys, sends or
 * feeds (SharedGroup.legs); its call's way out is replaced by a counter when it is connected; and its transmitter
 * (leg-out.ts) is never begun nor ticked. RTCP goes on: by it the far end knows that somebody receives.
 *
 * Pure, as the group is: the caller says the time and calls `tick` at `dueMs`.
 */
import type { Random } from '../base/random.ts';
import { frameMs, type PcmFrame } from '../media/frame.ts';
import type { Edge } from './activity.ts';
import { Leg, type LegLine, type LegPort } from './leg.ts';
import { ShadowFloor, type ShadowParty } from './shadow-floor.ts';
import type { FloorWatcher, SharedGroup } from './shared-group.ts';
import type { GroupEvent, GroupId, GroupSettings, LegMedia, LegSettings, PartyId, ShadowFinding } from './terms.ts';
import { fromLeg, fromLegInOrder, type PathGroup } from './voice-path.ts';

export interface ShadowPort {
  readonly report: (event: GroupEvent) => void;
  readonly wake: (dueMs: number) => void;
  readonly utcMs: (nowMs: number) => number;
  readonly random: Random;
}

/** Unreadable packets that are no further apart are told once, ms. */
const unreadablePauseMs = 5000;

export class ShadowGroup implements PathGroup {
  readonly id: GroupId;
  readonly of: SharedGroup;
  dueMs = Infinity;
  /** Datagrams of voice or keys that something here would have sent: none, unless a rule is broken. */
  packetsStopped = 0;

  readonly #port: ShadowPort;
  readonly #unwatch: () => void;
  #leg: Leg | undefined;
  #floor: ShadowFloor | undefined;
  #shown = false;
  /** Its voice may be ours: it has to prove that it is not before the twin hears of it. */
  #proves = false;
  #foreign = 0;
  #foreignMs = -Infinity;
  #named: string | undefined;

  constructor(settings: GroupSettings, of: SharedGroup, port: ShadowPort) {
    this.id = settings.group;
    this.of = of;
    this.#port = port;
    const watch: FloorWatcher = (event, actions, nowMs) => {
      const { floor } = this;
      if (floor === undefined) return;
      this.#tell(floor.real(event, actions, nowMs));
      this.#wake(floor.dueMs);
    };
    this.#unwatch = of.watch(watch);
  }

  get floor(): ShadowFloor | undefined {
    return this.#floor;
  }

  // ── its leg ────────────────────────────────────────────────────────────────────────────────────────────────────

  addLeg(settings: LegSettings, nowMs: number): Leg {
    if (this.#leg !== undefined) this.removeLeg(this.#leg, nowMs);
    const nothing = (): void => undefined;
    const port: LegPort = {
      random: this.#port.random,
      ...{ legTalk: nothing, changed: nothing, wake: nothing, sentLate: nothing },
    };
    const leg = new Leg(settings, port, this.of.newLoop());
    const { leg: party, priority, priorityMax, mayTalk, mayQueue, canBeTold = true } = settings;
    const own: ShadowParty = {
      ...{ party, kind: 'leg', priority, priorityMax, mayTalk, mayQueue },
      canBeTold: leg.signalled && canBeTold,
    };
    this.#floor = new ShadowFloor(this.of.rules, this.of.members, own, this.of);
    this.#leg = leg;
    return leg;
  }

  replaceLeg(former: Leg, settings: LegSettings, nowMs: number): Leg {
    this.disconnectLeg(former, nowMs);
    const leg = this.addLeg(settings, nowMs);
    leg.succeed(former);
    return leg;
  }

  removeLeg(leg: Leg, nowMs: number): void {
    this.disconnectLeg(leg, nowMs);
    if (leg !== this.#leg) return;
    this.#leg = undefined;
    this.#floor = undefined;
  }

  connectLeg(leg: Leg, media: LegMedia, line: LegLine, nowMs: number): void {
    this.disconnectLeg(leg, nowMs);
    const muted: LegLine = {
      sendRtp: () => {
        this.packetsStopped += 1;
      },
      sendRtcp: line.sendRtcp,
    };
    leg.connect(media, muted, nowMs);
    this.#foreign = leg.inbound.packetsForeign;
    this.#wake(nowMs);
  }

  disconnectLeg(leg: Leg, nowMs: number): void {
    if (!leg.connected) return;
    this.of.loops?.leave(leg);
    leg.inbound.activity.stop();
    this.#end(leg, nowMs);
    leg.disconnect(nowMs, this.#port.utcMs(nowMs));
    this.#show();
  }

  /** Nobody heard what it said last. */
  loseLeg(): void {
    this.#show();
  }

  /** Nothing was asked of its network. */
  legGrant(): void {
    this.#show();
  }

  close(nowMs: number): void {
    this.#unwatch();
    if (this.#leg !== undefined) this.removeLeg(this.#leg, nowMs);
  }

  // ── what it says ───────────────────────────────────────────────────────────────────────────────────────────────

  /** Its network asks by signalling: it gets what it wants, so that nobody there notices who listens. */
  request(
    party: PartyId,
    asked: { readonly priority?: number; readonly emergency?: boolean; readonly requestId?: number },
    nowMs: number,
  ): void {
    if (party !== this.#leg?.id) return;
    const { requestId, emergency = false, priority } = asked;
    this.#begin(this.#leg, nowMs, emergency, nowMs, priority);
    const numbered = requestId === undefined ? {} : { requestId };
    const answer = { result: 'granted', talkLimitMs: 0 } as const;
    this.#port.report({ name: 'answer', party, group: this.id, ...numbered, answer });
    this.#settle();
  }

  /** What it was granted it has given back, as its network is told: else it would say so again and again. */
  release(party: PartyId, nowMs: number): void {
    if (party !== this.#leg?.id) return;
    this.#end(this.#leg, nowMs);
    this.#port.report({ name: 'answer', party, group: this.id, answer: { result: 'released' } });
    this.#settle();
  }

  onLegDatagram(leg: Leg, bytes: Uint8Array, nowMs: number): void {
    if (leg.inbound.media?.receive !== true) return;
    leg.inbound.watch(this.of.loops?.watches(leg, nowMs) === true);
    fromLeg(leg, bytes, nowMs, this);
    this.#noteForeign(leg, nowMs);
    this.#settle();
  }

  onLegReport(leg: Leg, bytes: Uint8Array, nowMs: number): void {
    const malformed = leg.rtcp?.malformed;
    const news = leg.rtcp?.receive(bytes, leg.inbound.input.statistics, nowMs, this.#port.utcMs(nowMs));
    if (leg.rtcp?.malformed === malformed) leg.vitalSigns?.rtcp(nowMs);
    // Between overs the last talker's name is said again; it is nobody's who talks next.
    const isNews = leg.inbound.activity.active || news?.name !== this.#named;
    this.#named = news?.name ?? this.#named;
    if (news?.name !== undefined && isNews) this.#port.report({ name: 'identity', leg: leg.id, address: news.name });
    if (news?.bye === true) {
      leg.inbound.input.statistics.announceEnd();
      this.onEdge(leg, leg.inbound.activity.stop(), nowMs);
    }
    this.#settle();
  }

  onEdge(leg: Leg, edge: Edge, nowMs: number): void {
    if (edge === undefined) return;
    leg.loop?.startOver();
    if (edge === 'fall' && !leg.signalled) this.#end(leg, nowMs);
    else if (edge === 'rise' && !leg.signalled) {
      leg.inbound.become('blocked');
      this.#proves = this.#mustProve(leg, nowMs);
      const { keyIn } = leg.settings;
      // The frame that makes it a talk is in already.
      const sinceMs = keyIn.mode === 'vox' ? nowMs - Math.max(0, keyIn.attackMs - frameMs) : nowMs;
      if (!this.#proves) this.#begin(leg, sinceMs, leg.inEmergency(nowMs), nowMs);
    }
    this.#show();
  }

  onTalk(leg: Leg, nowMs: number): void {
    if (this.#proves && !this.#mustProve(leg, nowMs)) {
      this.#proves = false;
      this.#begin(leg, nowMs, false, nowMs);
    }
    this.#floor?.heard(nowMs);
  }

  onKey(leg: Leg, digit: string, nowMs: number): void {
    if (digit === leg.settings.keyIn.emergency) this.onEmergency(leg, nowMs);
    else this.onEdge(leg, leg.inbound.activity.key(digit, nowMs), nowMs);
  }

  onEmergency(leg: Leg, nowMs: number): void {
    leg.raiseEmergency(nowMs);
    if (leg.settings.keyIn.mode === 'telephone-event') leg.inbound.activity.key(leg.settings.keyIn.on, nowMs);
    this.#begin(leg, nowMs, true, nowMs);
  }

  /** Radio sessions are no shadows (config/rules.ts): they live on our packets. */
  onRadio(): void {
    this.#show();
  }

  onVoice(leg: Leg, frame: PcmFrame, positionMs: number, nowMs: number): void {
    const { loop } = leg;
    const { loops } = this.of;
    if (loop === undefined || loops === undefined || !leg.inbound.watched || leg.inEmergency(nowMs)) return;
    if (!loop.hear(frame, positionMs, nowMs, loops.sent)) return;
    this.#tell(this.#floor?.returns(loop.delayMs, loop.likeness, nowMs) ?? []);
  }

  /** No frame of it may be heard. */
  onFrame(): void {
    this.packetsStopped += 1;
  }

  // ── time ───────────────────────────────────────────────────────────────────────────────────────────────────────

  tick(nowMs: number): void {
    const leg = this.#leg;
    if (leg !== undefined) this.#tickLeg(leg, nowMs);
    this.#tell(this.#floor?.tick(nowMs) ?? [], nowMs);
    this.dueMs = Math.max(this.#exactDueMs(), nowMs + 1);
  }

  #tickLeg(leg: Leg, nowMs: number): void {
    const { inbound, loop } = leg;
    if (inbound.listens && inbound.input.dueMs <= nowMs) fromLegInOrder(leg, nowMs, this);
    this.onEdge(leg, inbound.activity.tick(nowMs), nowMs);
    if (loop !== undefined && nowMs >= loop.dueMs) loop.tick(nowMs);
    leg.reportWhenDue(nowMs, this.#port.utcMs(nowMs));
    if (nowMs < leg.deadMs) return;
    leg.dead = true;
    this.#port.report({ name: 'legDead', leg: leg.id, reason: 'rtp-timeout' });
  }

  /** Not `leg.dueMs`: what its transmitter waits for never comes. */
  #exactDueMs(): number {
    const leg = this.#leg;
    if (leg === undefined) return Infinity;
    const { inbound } = leg;
    return Math.min(
      inbound.activity.dueMs,
      inbound.listens ? inbound.input.dueMs : Infinity,
      leg.rtcp?.dueMs ?? Infinity,
      leg.loop?.dueMs ?? Infinity,
      leg.deadMs,
      this.#floor?.dueMs ?? Infinity,
    );
  }

  #settle(): void {
    this.#show();
    this.#wake(this.#exactDueMs());
  }

  #wake(dueMs: number): void {
    if (dueMs >= this.dueMs) return;
    this.dueMs = dueMs;
    this.#port.wake(dueMs);
  }

  // ── the twin ───────────────────────────────────────────────────────────────────────────────────────────────────

  #begin(leg: Leg, sinceMs: number, emergency: boolean, nowMs: number, priority?: number): void {
    this.#tell(this.#floor?.begin(sinceMs, emergency, nowMs, priority) ?? []);
    if (leg.inbound.talk === 'quiet') leg.inbound.become('blocked');
  }

  #end(leg: Leg, nowMs: number): void {
    this.#proves = false;
    leg.endEmergency();
    this.#tell(this.#floor?.end(nowMs) ?? []);
    leg.inbound.become('quiet');
  }

  #tell(findings: readonly ShadowFinding[], nowMs?: number): void {
    const leg = this.#leg;
    if (leg === undefined) return;
    for (const { sinceMs, ...finding } of findings) {
      const sinceUtcMs = Math.round(this.#port.utcMs(sinceMs));
      this.#port.report({ name: 'shadow', leg: leg.id, group: this.of.id, finding: { ...finding, sinceUtcMs } });
      // As a leg of the group: a pause that outlasts the lease ends the talk, and the next voice is another.
      const isPaused = finding.name === 'over' && finding.way === 'in' && finding.end === 'silence';
      if (!isPaused || leg.signalled || nowMs === undefined) continue;
      leg.inbound.activity.pause();
      this.#end(leg, nowMs);
    }
  }

  #mustProve(leg: Leg, nowMs: number): boolean {
    const { loop } = leg;
    if (loop === undefined || !loop.wary || loop.isOwn) return false;
    return this.of.loops?.mayReturn(leg, nowMs) === true && !leg.inEmergency(nowMs);
  }

  #noteForeign(leg: Leg, nowMs: number): void {
    const { packetsForeign, foreign } = leg.inbound;
    if (packetsForeign === this.#foreign) return;
    const isNew = nowMs - this.#foreignMs > unreadablePauseMs;
    this.#foreign = packetsForeign;
    this.#foreignMs = nowMs;
    const { payloadType = 0 } = foreign ?? {};
    if (isNew) this.#tell([{ name: 'unreadable', sinceMs: nowMs, payloadType }]);
  }

  /** For whoever places legs: one that is listened to is not moved in the midst of a talk. */
  #show(): void {
    const leg = this.#leg;
    if (leg === undefined || leg.inbound.activity.active === this.#shown) return;
    this.#shown = leg.inbound.activity.active;
    const report = { leg: leg.id, receiving: this.#shown, transmission: 'idle', blocked: false } as const;
    this.#port.report({ name: 'leg', report });
  }
}
