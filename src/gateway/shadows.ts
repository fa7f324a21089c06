/**
 * Talkgroups that are listened to beside shared groups: each has a leg that is muted (talkgroups/shadow-group.ts) while
 * its group is joined, and what that finds is counted (shadow-count.ts), logged, and kept over restarts.
 *
 *   groups open and close, legs come and go ─▶ what is wanted ─▶ open, join, leave, close
 *   voice process ── shadow ──▶ names ─▶ counts ─▶ log, document, door
 *
 * A talkgroup that is joined for real, here or elsewhere, is not listened to meanwhile: its network has one call of ours.
 */

import { type KeptShadows, keptShadowsSchema, type ShadowReport } from '../api/shadow-schema.ts';
import { Alarm, type Clock } from '../base/clock.ts';
import type { LegState } from '../base/events/legs.ts';
import type { SomeEvents } from '../base/events.ts';
import type { Config } from '../config/schema.ts';
import type { KeptFile } from '../store/kept-file.ts';
import type { ShadowNews } from '../talkgroups/terms.ts';
import type { VoiceCommand, VoiceEvent } from '../voice/contract.ts';
import type { Attachments } from './attachments.ts';
import { type PlannedShadow, planShadows } from './group-plan.ts';
import { readKept } from './operations/read-kept.ts';
import { counted, newReport } from './shadow-count.ts';

export interface ShadowsPorts {
  readonly clock: Clock;
  readonly events: SomeEvents<'fleet.shadow' | 'state.notKept'>;
  readonly attachments: Pick<Attachments, 'join' | 'leave'>;
  readonly kept: Pick<KeptFile, 'read' | 'write'>;
  sendVoice(command: VoiceCommand): void;
  /** How consoles see a party of a group that talks now; empty: as nobody in particular. */
  talkerNow(group: string, party: string): string;
}

interface Shadow {
  readonly planned: PlannedShadow;
  readonly group: string;
  /** Who talks on it, as its network says; empty: it does not. */
  address: string;
  lasts: 'call' | 'over';
}

interface Counted {
  /** The settings under which it was counted: with others it begins anew. */
  readonly plan: string;
  report: ShadowReport;
}

/** The document is written so often at most. */
const keepEveryMs = 30_000;

export class Shadows {
  readonly #config: Config;
  readonly #ports: ShadowsPorts;
  readonly #keepAlarm: Alarm;
  /** Shared groups that are joined. */
  readonly #open = new Set<string>();
  /** Legs that are joined for real, with their talkgroups. */
  readonly #real = new Map<string, string>();
  /** Those that are listened to, by leg. */
  readonly #shadows = new Map<string, Shadow>();
  readonly #counts = new Map<string, Counted>();
  #isRunning = false;
  #isSyncing = false;
  #isKeepDue = false;

  constructor(config: Config, ports: ShadowsPorts) {
    this.#config = config;
    this.#ports = ports;
    this.#keepAlarm = new Alarm(ports.clock, () => this.#keep());
  }

  /** Attachments can be asked from now on. */
  start(): void {
    this.#isRunning = true;
    for (const { plan, ...report } of readKept(this.#ports.kept, keptShadowsSchema)?.shadows ?? []) {
      this.#counts.set(keyOf(report), { plan, report: { ...report, state: 'waits' } });
    }
    this.#sync();
  }

  stop(): void {
    this.#isRunning = false;
    this.#keepAlarm.clear();
    if (this.#counts.size > 0) this.#keep();
  }

  fleetChanged(): void {
    this.#sync();
  }

  /** What the voice process is told, by whomever. */
  commanded(command: VoiceCommand): void {
    if (command.name === 'openGroup' && command.settings.shadowOf === undefined) {
      this.#open.add(command.settings.group);
    } else if (command.name === 'closeGroup') this.#open.delete(command.group);
    else if (command.name === 'openLeg' && !this.#shadows.has(command.settings.leg)) {
      this.#real.set(command.settings.leg, command.settings.leg.slice(command.settings.leg.indexOf('/') + 1));
    } else if (command.name === 'closeLeg') this.#real.delete(command.leg);
    else return;
    this.#sync();
  }

  legShown(leg: string, state: LegState): void {
    const shadow = this.#shadows.get(leg);
    if (shadow !== undefined) this.#change(shadow, (report) => ({ ...report, state }));
  }

  talkerNamed(leg: string, address: string, lasts: 'call' | 'over'): void {
    const shadow = this.#shadows.get(leg);
    if (shadow !== undefined) Object.assign(shadow, { address, lasts });
  }

  dataSaid(leg: string): void {
    const shadow = this.#shadows.get(leg);
    if (shadow !== undefined) this.#change(shadow, (report) => ({ ...report, data: report.data + 1 }));
  }

  /** Before consoles hear of it: they still show who talks. */
  voiceEvent(event: VoiceEvent): void {
    if (event.name !== 'shadow') return;
    const shadow = this.#shadows.get(event.leg);
    if (shadow === undefined) return;
    const nameOf = (party: string): string =>
      party === event.leg ? this.#unitOf(shadow) : this.#ports.talkerNow(event.group, party);
    this.#change(shadow, (report) => counted(report, event.finding, nameOf));
    this.#log(shadow, event.finding, nameOf);
    // Whoever talks next may be somebody whom the network does not name.
    if (event.finding.name === 'talk' && shadow.lasts === 'over') shadow.address = '';
  }

  report(): { readonly utcMs: number; readonly shadows: readonly ShadowReport[] } {
    const shadows = this.#config.sharedGroups.flatMap((group) =>
      group.shadowLegs.flatMap(({ talkgroup }) => {
        return this.#counts.get(keyOf({ group: group.id, talkgroup }))?.report ?? [];
      }),
    );
    return { utcMs: this.#ports.clock.utcMs(), shadows };
  }

  // ── which ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** What it does makes others speak: that is looked at when it is done. */
  #sync(): void {
    if (!this.#isRunning || this.#isSyncing) return;
    this.#isSyncing = true;
    while (this.#syncOne());
    this.#isSyncing = false;
  }

  #syncOne(): boolean {
    // Asked for every leg that comes or goes: most groups have none.
    const having = this.#config.sharedGroups.filter(({ shadowLegs }) => shadowLegs.length > 0);
    const planned = having.flatMap(({ id }) => {
      return planShadows(this.#config, id).map((each) => ({ group: id, planned: each }));
    });
    this.#forget(planned);
    for (const each of planned) this.#countFrom(each);
    const real = new Set(this.#real.values());
    const wanted = planned.filter(({ group, planned: { talkgroup } }) => this.#open.has(group) && !real.has(talkgroup));
    for (const [leg, shadow] of this.#shadows) {
      const still = wanted.find(({ planned: { leg: own } }) => own.need.leg === leg);
      if (still !== undefined && planOf(still.planned) === planOf(shadow.planned)) continue;
      this.#end(leg, shadow);
      return true;
    }
    const next = wanted.find(({ planned: { leg } }) => !this.#shadows.has(leg.need.leg));
    if (next === undefined) return false;
    this.#begin(next);
    return true;
  }

  #begin({ group, planned }: { readonly group: string; readonly planned: PlannedShadow }): void {
    const { settings, leg, talkgroup } = planned;
    const shadow: Shadow = { planned, group, address: '', lasts: 'over' };
    this.#shadows.set(leg.need.leg, shadow);
    this.#change(shadow, (report) => ({ ...report, state: 'connecting' }));
    this.#ports.sendVoice({ name: 'openGroup', settings });
    this.#ports.attachments.join(leg);
    this.#ports.events.fleet.shadow({ what: 'listens', group, talkgroup });
  }

  #end(leg: string, shadow: Shadow): void {
    const { group, planned } = shadow;
    const { talkgroup } = planned;
    this.#change(shadow, (report) => ({ ...report, state: 'waits' }));
    this.#shadows.delete(leg);
    this.#ports.attachments.leave(leg);
    this.#ports.sendVoice({ name: 'closeGroup', group: planned.settings.group });
    this.#ports.events.fleet.shadow({ what: 'ended', group, talkgroup, counted: this.#wordsOf(group, talkgroup) });
  }

  // ── counts ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #countFrom({ group, planned }: { readonly group: string; readonly planned: PlannedShadow }): void {
    const { talkgroup } = planned;
    const key = keyOf({ group, talkgroup });
    const plan = planOf(planned);
    if (this.#counts.get(key)?.plan === plan) return;
    this.#counts.set(key, { plan, report: newReport(group, talkgroup, this.#ports.clock.utcMs()) });
  }

  /** What is no shadow any more is not counted on: how it was stands in the log. */
  #forget(planned: readonly { readonly group: string; readonly planned: PlannedShadow }[]): void {
    const keys = new Set(planned.map(({ group, planned: { talkgroup } }) => keyOf({ group, talkgroup })));
    const isListened = (key: string): boolean =>
      [...this.#shadows.values()].some(({ group, planned: { talkgroup } }) => keyOf({ group, talkgroup }) === key);
    for (const key of this.#counts.keys()) if (!keys.has(key) && !isListened(key)) this.#counts.delete(key);
  }

  #change({ group, planned }: Shadow, change: (report: ShadowReport) => ShadowReport): void {
    const count = this.#counts.get(keyOf({ group, talkgroup: planned.talkgroup }));
    if (count === undefined) return;
    count.report = change(count.report);
    if (!this.#isRunning || this.#isKeepDue) return;
    this.#isKeepDue = true;
    this.#keepAlarm.setAt(this.#ports.clock.nowMs() + keepEveryMs);
  }

  #keep(): void {
    this.#isKeepDue = false;
    const shadows = [...this.#counts.values()].map(({ plan, report }) => ({ ...report, plan }));
    const at = new Date(this.#ports.clock.utcMs()).toISOString();
    const reason = this.#ports.kept.write({ version: 1, at, shadows } satisfies KeptShadows);
    if (reason !== undefined) this.#ports.events.state.notKept({ reason });
  }

  #log({ group, planned: { talkgroup } }: Shadow, news: ShadowNews, nameOf: (party: string) => string): void {
    if (news.name === 'talk') return;
    const talker = 'party' in news ? nameOf(news.party) : '';
    this.#ports.events.fleet.shadow({
      what: news.name,
      ...{ group, talkgroup },
      ...('way' in news && { way: news.way }),
      ...(talker !== '' && { talker }),
      ...(news.name === 'over' && {
        voiceMs: Math.round(news.voiceMs),
        collisionMs: Math.round(news.collisionMs),
        end: news.end,
      }),
      ...(news.name === 'held' && { why: news.why }),
    });
  }

  #wordsOf(group: string, talkgroup: string): string {
    const report = this.#counts.get(keyOf({ group, talkgroup }))?.report;
    if (report === undefined) return '';
    const { since, in: inward, out, collisions, loops } = report;
    const side = ({ overs, voiceMs }: ShadowReport['in']) => `${overs} overs, ${Math.round(voiceMs / 1000)} s`;
    return `since ${since}: in ${side(inward)}; out ${side(out)}; ${collisions} collisions, ${loops} loops`;
  }

  #unitOf({ address, planned }: Shadow): string {
    const { network } = planned.leg.need;
    const bare = address.replaceAll(/\s/g, '');
    const unit = this.#config.units.find((each) => {
      return each.network === network && each.address.replaceAll(/\s/g, '') === bare;
    });
    return unit?.callSign ?? address;
  }
}

function keyOf({ group, talkgroup }: { readonly group: string; readonly talkgroup: string }): string {
  return `${group} ${talkgroup}`;
}

function planOf({ settings, leg }: PlannedShadow): string {
  return JSON.stringify([settings, leg]);
}
