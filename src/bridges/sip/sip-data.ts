/**
 * The messages of a SIP attachment beside its calls, in and out: judged by data-message.ts, bounded in rate here.
 * A message that repeats is the transaction layer's: it is answered again and not taken twice.
 *
 * Standard: RFC 3428 §4, §7, §8.
 */
import { Alarm } from '../../base/clock.ts';
import { type Bucket, fullBucket, take } from '../../base/rate-limit.ts';
import { readFrom } from '../../protocols/sip/headers.ts';
import type { SipRequest } from '../../protocols/sip/message.ts';
import type { Answer } from '../../protocols/sip/response.ts';
import type { TextPart } from '../../protocols/tetra/short-data.ts';
import { TextParts, type WholeText } from '../../protocols/tetra/text-parts.ts';
import type { DataFault, DataOrder, DataOrigin } from '../ports.ts';
import { type DataMessage, headerOf, readDataMessage, textCharsMax, writeDataMessage } from './data-message.ts';
import { addressOf, type SipLeg } from './sip-leg.ts';
import type { SipAttachmentParts, SipAttachmentSettings } from './sip-parts.ts';

/** Each way: what a talkgroup's radios can send or read in earnest, and what keeps a flood off both. */
const rate = { burst: 20, perSecond: 5 };
/** To wait before more is sent (RFC 3261 §20.33). */
const retryAfterS = 5;
const fromCharsMax = 64;
const sentMax = 64;
/** A network says back what it was told within this; later it is somebody who says the same. */
const echoMs = 30_000;
const statusBytes = 2;
/** Orders that wait for a talkgroup whose last one has not been answered. */
const waitingMax = 32;

interface Job {
  readonly leg: SipLeg;
  readonly messages: readonly DataMessage[];
  readonly isAlarm: boolean;
  readonly done: (fault: DataFault | undefined) => void;
}

export class SipData {
  readonly #settings: SipAttachmentSettings;
  readonly #parts: SipAttachmentParts;
  #inBucket: Bucket;
  /** An alarm is not put off, either way, for what else has been said. */
  #alarmBucket: Bucket;
  #outBucket: Bucket;
  #alarmOutBucket: Bucket;
  #reference = 0;
  /** Parts of texts that are not whole yet. */
  readonly #texts = new TextParts<DataOrigin>();
  readonly #textsAlarm: Alarm;
  /** What waits, by leg, alarms by themselves; a lane exists while a message of it is under way. */
  readonly #lanes = new Map<string, Job[]>();
  /** What was last said, to know it again. */
  readonly #sent: { readonly key: string; readonly atMs: number }[] = [];

  constructor(settings: SipAttachmentSettings, parts: SipAttachmentParts) {
    this.#settings = settings;
    this.#parts = parts;
    const nowMs = parts.clock.nowMs();
    this.#textsAlarm = new Alarm(parts.clock, () => this.#tellTexts(this.#texts.expire(parts.clock.nowMs())));
    this.#inBucket = fullBucket(rate, nowMs);
    this.#alarmBucket = fullBucket(rate, nowMs);
    this.#outBucket = fullBucket(rate, nowMs);
    this.#alarmOutBucket = fullBucket(rate, nowMs);
  }

  /** Takes a message for a leg. 202: taken by us, and by its readers hopefully (RFC 3428 §7). */
  take(leg: SipLeg, request: SipRequest, isProven: boolean): Answer {
    const { clock, observer } = this.#parts;
    const reading = readDataMessage(request, this.#settings.sip.data, clock.utcMs());
    const isAlarm = reading.ok && reading.words.some(({ name }) => name === 'alarm');
    if (!this.#mayTake(isAlarm, clock.nowMs())) {
      this.#refused('too-many');
      return { status: 480, reason: 'Too many messages', headers: [['Retry-After', String(retryAfterS)]] };
    }
    if (!reading.ok) {
      this.#refused(reading.why);
      return reading.answer;
    }
    if (leg.leadsBack(request.headers)) {
      this.#refused('echo');
      return { status: 482 };
    }
    const caller = readFrom(request.headers);
    const from = (caller && addressOf(caller.uri))?.slice(0, fromCharsMax) ?? '';
    // A network may say to all who listen, us too, what it was told for them.
    if (from === this.#ourName || this.#isEcho(echoKey(leg, request.body))) {
      this.#refused('echo');
      return { status: 202 };
    }
    const origin = {
      leg: leg.plan.leg,
      attachment: this.#settings.id,
      from,
      ...(!isProven && ({ unproven: true } as const)),
    };
    for (const word of reading.words) {
      if (word.name === 'text' && reading.part !== undefined) this.#takePart(origin, reading.part, word.text);
      else observer.dataReceived({ ...origin, ...word });
    }
    if (reading.reserved !== undefined) {
      this.#refused('reserved');
      this.#parts.events.data.statusReserved({
        leg: origin.leg,
        attachment: origin.attachment,
        number: reading.reserved,
      });
    }
    if (reading.receipt !== undefined) this.#send(leg, reading.receipt, () => undefined);
    return { status: 202 };
  }

  #takePart(origin: DataOrigin, part: TextPart, text: string): void {
    this.#tellTexts(this.#texts.take(`${origin.leg} ${origin.from}`, origin, part, text, this.#parts.clock.nowMs()));
  }

  #tellTexts(texts: readonly WholeText<DataOrigin>[]): void {
    for (const { origin, text } of texts) {
      this.#parts.observer.dataReceived({ ...origin, name: 'text', text: text.slice(0, textCharsMax) });
    }
    this.#textsAlarm.setAt(this.#texts.deadlineMs);
  }

  stop(): void {
    this.#textsAlarm.clear();
  }

  /** Says it to a leg's talkgroup; `done` when all of it is answered. */
  pass(leg: SipLeg, order: DataOrder, done: (fault: DataFault | undefined) => void): void {
    const { clock } = this.#parts;
    const { data } = this.#settings.sip;
    this.#reference = (this.#reference + 1) % 256;
    const messages = writeDataMessage(order, data, clock.utcMs(), this.#reference);
    if (data.send === 'off' || messages === undefined) {
      done(data.send === 'off' ? 'not-carried' : 'too-long');
      return;
    }
    const isAlarm = order.name === 'alarm';
    const bucket = take(isAlarm ? this.#alarmOutBucket : this.#outBucket, rate, clock.nowMs());
    if (bucket === undefined) {
      done('too-many');
      return;
    }
    if (isAlarm) this.#alarmOutBucket = bucket;
    else this.#outBucket = bucket;
    this.#queue(isAlarm ? `alarm ${order.leg}` : order.leg, { leg, messages, isAlarm, done });
  }

  /** One message after another is said to a talkgroup, each when the last has been answered (RFC 3428 §8). */
  #queue(lane: string, job: Job): void {
    const waiting = this.#lanes.get(lane);
    if (waiting === undefined) {
      this.#lanes.set(lane, []);
      this.#begin(lane, job);
    } else if (waiting.length >= waitingMax) job.done('too-many');
    else waiting.push(job);
  }

  #begin(lane: string, job: Job): void {
    this.#sayInTurn(job, job.messages, (fault) => {
      const waiting = this.#lanes.get(lane) ?? [];
      // What waits for a far end that is silent would each be silent for as long.
      const lost = fault === 'not-reached' ? waiting.splice(0) : [];
      const next = waiting.shift();
      if (next === undefined) this.#lanes.delete(lane);
      for (const { done } of [job, ...lost]) done(fault);
      if (next !== undefined) this.#begin(lane, next);
    });
  }

  /** A text of which a part is refused is not gone on with; an alarm is, by whichever of its signs is understood. */
  #sayInTurn(job: Job, [first, ...rest]: readonly DataMessage[], done: Job['done']): void {
    if (first === undefined) {
      done(undefined);
      return;
    }
    this.#send(job.leg, first, (fault) => {
      const goesOn = fault === undefined || (fault === 'refused' && job.isAlarm);
      if (goesOn) this.#sayInTurn(job, rest, (later) => done(fault ?? later));
      else done(fault);
    });
  }

  #send(leg: SipLeg, message: DataMessage, done: (fault: DataFault | undefined) => void): void {
    const { letterhead } = leg;
    const { username, password } = this.#settings.sip;
    if (letterhead === undefined) {
      done('not-reached');
      return;
    }
    const { contentType, body, urgent, header } = message;
    // A status is too short to tell from another unit's.
    const atMs = this.#parts.clock.nowMs();
    if (body.length > statusBytes) this.#sent.push({ key: echoKey(leg, body), atMs });
    if (this.#sent.length > sentMax) this.#sent.shift();
    const headers: [string, string][] = [['Content-Type', contentType]];
    if (urgent) headers.push(['Priority', 'emergency']);
    if (header !== undefined) {
      const { name, value } = headerOf(header);
      headers.push([name, value]);
    }
    for (const [name, value] of leg.pathHeaders) headers.push([name, value]);
    const credentials =
      username === undefined || password === undefined ? undefined : { username, password: password.reveal() };
    const plan = { method: 'MESSAGE', ...letterhead, headers, body, ...(credentials && { credentials }) };
    this.#parts.line.request(plan, (outcome) => {
      if (outcome.name === 'unanswered') done('not-reached');
      else done(outcome.response.status < 300 ? undefined : 'refused');
    });
  }

  #mayTake(isAlarm: boolean, nowMs: number): boolean {
    const bucket = take(isAlarm ? this.#alarmBucket : this.#inBucket, rate, nowMs);
    if (bucket === undefined) return false;
    if (isAlarm) this.#alarmBucket = bucket;
    else this.#inBucket = bucket;
    return true;
  }

  #isEcho(key: string): boolean {
    const sinceMs = this.#parts.clock.nowMs() - echoMs;
    return this.#sent.some((sent) => sent.key === key && sent.atMs >= sinceMs);
  }

  get #ourName(): string {
    return this.#settings.sip.username ?? 'escaut';
  }

  #refused(why: 'echo' | 'too-many' | 'too-long' | 'unreadable' | 'not-carried' | 'reserved'): void {
    this.#parts.meter.add('data_refused_total', 1, { attachment: this.#settings.id, why });
  }
}

function echoKey(leg: SipLeg, body: Uint8Array): string {
  return `${leg.plan.leg} ${Buffer.from(body).toString('base64')}`;
}
