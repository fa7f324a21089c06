/** All that sounds: microphone, WebRTC, the operator's mix and its remembered settings, tones. */
import type { AllLegSettings, LegSettings } from '../audio/leg-settings.ts';
import { defaultLegSettings, hearingKey, readLegSettings, writeLegSettings } from '../audio/leg-settings.ts';
import type { Levels } from '../audio/levels.ts';
import { readLevels, silenceMsMax } from '../audio/levels.ts';
import type { MicrophoneView } from '../audio/microphone.ts';
import { Microphone } from '../audio/microphone.ts';
import { Mixer } from '../audio/mixer.ts';
import type { OutputDevice, Purpose } from '../audio/output-choice.ts';
import type { OutputsView } from '../audio/outputs.ts';
import type { Reception, ReceptionCounters } from '../audio/reception.ts';
import { receptionBetween, takeCounters } from '../audio/reception.ts';
import type { ReplaySink } from '../audio/replay-player.ts';
import type { RtcCalls } from '../audio/rtc-calls.ts';
import type { RtcPhase, Stream } from '../audio/rtc-session.ts';
import { RtcSession } from '../audio/rtc-session.ts';
import { playTone } from '../audio/tone-player.ts';
import { toneMs } from '../audio/tones.ts';
import type { IntercomHearing } from '../model/intercom.ts';
import type { Tone } from '../ptt/ptt-machine.ts';

export interface VoiceView {
  readonly microphone: MicrophoneView;
  readonly rtc: RtcPhase;
  /** False while the browser wants a gesture before it lets anything be heard. */
  readonly audible: boolean;
  readonly hearing: AllLegSettings;
  readonly levels: Levels;
  /** Until when the groups that are not selected are silent, on the page's clock; undefined while they are heard. */
  readonly silentUntilMs: number | undefined;
  readonly outputs: OutputsView;
  /** Why a word spoken now would not leave this page; empty when it would. */
  readonly fault: string;
}

interface StreamEntry {
  readonly key: string;
  /** Empty: the intercom. */
  readonly groupId: string;
  pausedSent: boolean;
}

/** Soft: 12 dB below. */
const intercomSettings: Readonly<Record<IntercomHearing, LegSettings>> = {
  full: defaultLegSettings,
  soft: { ...defaultLegSettings, volume: defaultLegSettings.volume / 2 },
  muted: { ...defaultLegSettings, muted: true },
};

const hearingStorageKey = 'escaut.hearing';
const levelsStorageKey = 'escaut.levels';
const sameToneMs = 200;
const alarmTones: ReadonlySet<Tone> = new Set(['emergency', 'emergencyAgain']);
/** How long our own last words may still be on their way back to us. */
const ownTailMs = 400;

export class Voice {
  readonly rtc: RtcSession;
  readonly #mixer: Mixer;
  readonly #microphone: Microphone;
  readonly #onChange: () => void;
  readonly #streams = new Map<string, StreamEntry>();
  #hearing: AllLegSettings = readLegSettings(localStorage.getItem(hearingStorageKey));
  #levels = readLevels(localStorage.getItem(levelsStorageKey));
  #selected: ReadonlySet<string> = new Set();
  #silentUntilMs: number | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #played: { readonly tone: Tone | undefined; readonly atMs: number } = { tone: undefined, atMs: 0 };
  #counters: ReceptionCounters | undefined;
  /** Groups whose talker we are ourselves, or somebody beside us. */
  #hushed: { readonly own: readonly string[]; readonly room: readonly string[] } = { own: [], room: [] };
  /** Streams of theirs, and those that have just ended. */
  #hushedKeys: ReadonlySet<string> = new Set();
  #hushTail: ReturnType<typeof setTimeout> | undefined;
  #intercom: IntercomHearing = 'full';

  constructor(calls: RtcCalls, onChange: () => void) {
    this.#onChange = onChange;
    this.#mixer = new Mixer(onChange);
    this.#mixer.setLevels(this.#levels, false);
    this.#microphone = new Microphone(this.#mixer.context, () => {
      this.rtc.setMicrophone(this.#microphone.track);
      this.#mixer.resume(); // a page that was given the microphone may also be heard
      void this.#mixer.outputs.refresh();
      onChange();
    });
    this.rtc = new RtcSession(calls, {
      onPhase: onChange,
      onStream: (stream) => this.#onStream(stream),
      onStreamEnd: (consumerId) => this.#onStreamEnd(consumerId),
    });
    this.#mixer.context.addEventListener('statechange', onChange);
  }

  get view(): VoiceView {
    return {
      microphone: this.#microphone.view,
      rtc: this.rtc.phase,
      audible: this.#mixer.audible,
      hearing: this.#hearing,
      levels: this.#levels,
      silentUntilMs: this.#silentUntilMs,
      outputs: this.#mixer.outputs.view,
      fault: this.#fault(),
    };
  }

  startMicrophone(): void {
    this.#microphone.start();
    this.#mixer.outputs.start();
  }

  pickMicrophone(deviceId: string): void {
    this.#microphone.pick(deviceId);
  }

  /** Asks for the same microphone again, after the operator has allowed it or plugged it in. */
  retryMicrophone(): void {
    this.#microphone.pick(this.#microphone.view.deviceId);
  }

  microphoneLevelDbfs(): number {
    return this.#microphone.level();
  }

  /** To be called in a gesture of the user. */
  unlock(): void {
    this.#mixer.resume();
    this.#mixer.outputs.unlock();
  }

  /** Where what is heard again goes: beside the live mix. */
  get replaySink(): ReplaySink {
    return { context: this.#mixer.context, output: this.#mixer.outputs.node('replay') };
  }

  /** The same tone of several groups at once sounds once, and no alarm over itself. */
  play(tone: Tone, softerDb = 0): void {
    const nowMs = performance.now();
    const isAlarm = alarmTones.has(tone);
    const againMs = isAlarm ? toneMs(tone) : sameToneMs;
    if (this.#played.tone === tone && nowMs - this.#played.atMs < againMs) return;
    this.#played = { tone, atMs: nowMs };
    const purpose = isAlarm ? 'alarms' : 'selected';
    playTone(this.#mixer.context, tone, this.#mixer.outputs.node(purpose), softerDb);
  }

  /** Groups that are heard at the full level; all others at that of the unselected ones. */
  setSelected(groups: ReadonlySet<string>): void {
    const before = this.#selected;
    this.#selected = groups;
    for (const [consumerId, { groupId }] of this.#streams) {
      if (before.has(groupId) !== groups.has(groupId)) this.#mixer.select(consumerId, groups.has(groupId));
    }
  }

  setLevels(levels: Levels): void {
    this.#levels = levels;
    localStorage.setItem(levelsStorageKey, JSON.stringify(levels));
    this.#applyLevels();
  }

  /** Silences the groups that are not selected, for a while, or lets them be heard again. */
  setSilent(silent: boolean): void {
    clearTimeout(this.#silence);
    this.#silentUntilMs = silent ? performance.now() + silenceMsMax : undefined;
    if (silent) this.#silence = setTimeout(() => this.setSilent(false), silenceMsMax);
    this.#applyLevels();
  }

  chooseOutput(purpose: Purpose, device: OutputDevice): void {
    this.#mixer.outputs.choose(purpose, device);
  }

  setHearing(key: string, settings: LegSettings): void {
    this.#hearing = { ...this.#hearing, [key]: settings };
    localStorage.setItem(hearingStorageKey, writeLegSettings(this.#hearing));
    for (const [consumerId, stream] of this.#streams) if (stream.key === key) this.#tune(consumerId, stream, settings);
    this.#onChange();
  }

  /**
   * The groups that this console talks on. The gateway stops our own stream as well, but learns of the grant no sooner
   * than we do: nobody is to hear himself, not even a syllable.
   */
  setOwnTalk(groupIds: readonly string[]): void {
    this.#hush(groupIds, this.#hushed.room);
  }

  /** Groups on which somebody talks who stands in the same room: he is heard across it already. */
  setRoomTalk(groupIds: readonly string[]): void {
    this.#hush(this.#hushed.own, groupIds);
  }

  #hush(own: readonly string[], room: readonly string[]): void {
    const isSame = (a: readonly string[], b: readonly string[]) =>
      a.length === b.length && a.every((id, n) => id === b[n]);
    if (isSame(own, this.#hushed.own) && isSame(room, this.#hushed.room)) return;
    this.#hushed = { own, room };
    const keys = [...own, ...room].map((groupId) => hearingKey('operators', groupId));
    clearTimeout(this.#hushTail);
    this.#setHushedKeys(new Set([...this.#hushedKeys, ...keys]));
    this.#hushTail = setTimeout(() => this.#setHushedKeys(new Set(keys)), ownTailMs);
  }

  /** Whoever speaks by intercom: he is not heard while this console has its key down, and softly beside an alarm. */
  setIntercom(hearing: IntercomHearing): void {
    if (hearing === this.#intercom) return;
    this.#intercom = hearing;
    for (const [consumerId, { groupId }] of this.#streams) {
      if (groupId === '') this.#mixer.set(consumerId, intercomSettings[hearing]);
    }
  }

  /** What was heard since the last call; undefined when that was nothing. */
  async takeReception(): Promise<Reception | undefined> {
    const report = await this.rtc.receiveStats();
    const counters = takeCounters([...(report?.values() ?? [])]);
    const before = this.#counters;
    this.#counters = counters;
    return before === undefined ? undefined : receptionBetween(before, counters);
  }

  #applyLevels(): void {
    this.#mixer.setLevels(this.#levels, this.#silentUntilMs !== undefined);
    this.#onChange();
  }

  #setHushedKeys(keys: ReadonlySet<string>): void {
    this.#hushedKeys = keys;
    for (const [consumerId, { key, groupId }] of this.#streams)
      if (groupId !== '') this.#mixer.set(consumerId, this.#settingsOf(key));
  }

  #settingsOf(key: string): LegSettings {
    const settings = this.#hearing[key] ?? defaultLegSettings;
    return this.#hushedKeys.has(key) ? { ...settings, muted: true } : settings;
  }

  #fault(): string {
    if (this.#microphone.view.state !== 'live') return 'no-microphone';
    return this.rtc.canSend ? '' : 'no-audio-path';
  }

  #onStream(stream: Stream): void {
    if (stream.groupId === '') {
      this.#streams.set(stream.consumerId, { key: stream.partyId, groupId: '', pausedSent: false });
      this.#mixer.add(stream.consumerId, stream.track, intercomSettings[this.#intercom], true);
      return;
    }
    const key = hearingKey(stream.partyId, stream.groupId);
    const settings = this.#hearing[key] ?? defaultLegSettings;
    this.#mixer.add(stream.consumerId, stream.track, this.#settingsOf(key), this.#selected.has(stream.groupId));
    const entry = { key, groupId: stream.groupId, pausedSent: false };
    this.#streams.set(stream.consumerId, entry);
    this.#tune(stream.consumerId, entry, settings);
  }

  #onStreamEnd(consumerId: string): void {
    this.#streams.delete(consumerId);
    this.#mixer.remove(consumerId);
  }

  /** A muted stream is silent here at once, and soon no longer sent. */
  #tune(consumerId: string, stream: StreamEntry, settings: LegSettings): void {
    this.#mixer.set(consumerId, this.#settingsOf(stream.key));
    if (stream.pausedSent === settings.muted) return;
    stream.pausedSent = settings.muted;
    this.rtc.setConsumerPaused(consumerId, settings.muted);
  }
}
