/** Carries out what a session has decided (session.ts): towards the voice process, WebRTC, operations and the page. */
import type { GroupId } from '../talkgroups/terms.ts';
import type { ConsoleModel } from './console-model.ts';
import type { Irregularities } from './irregularities.ts';
import type { IntercomOperation, Operation, RetentionOperation } from './operation.ts';
import type { ConsolePorts, OperationRefusal } from './ports.ts';
import type { Presence } from './presence.ts';
import { type RecordingsWish, writeRecordingsReply } from './recordings-wire.ts';
import { rtcResponse } from './rtc-wire.ts';
import type { LostWhy, Seat } from './seat.ts';
import type { Seats } from './seats.ts';
import type { CloseReason, SessionAction } from './session.ts';
import type { Teller } from './teller.ts';
import { capacityAnswer, type RecallWish, recallAnswer, writeDelta } from './wire.ts';

interface PageActionsOptions {
  readonly ports: ConsolePorts;
  readonly model: ConsoleModel;
  readonly seats: Seats;
  readonly teller: Teller;
  readonly presence: Presence;
  readonly irregularities: Irregularities;
  /** The gateway's time, and a fresh token where the last one has grown old. */
  readonly pong: (seat: Seat) => { gatewayUtcMs: number; resumeToken?: string };
  readonly closeLink: (seat: Seat, reason: CloseReason, why: LostWhy) => void;
}

const lostWhy: Readonly<Record<CloseReason, LostWhy>> = {
  left: 'left',
  silent: 'lost',
  protocol: 'protocol',
  rate: 'protocol',
};

export class PageActions {
  readonly #options: PageActionsOptions;
  readonly #ports: ConsolePorts;
  readonly #seats: Seats;
  readonly #teller: Teller;
  readonly #presence: Presence;

  constructor(options: PageActionsOptions) {
    this.#options = options;
    this.#ports = options.ports;
    this.#seats = options.seats;
    this.#teller = options.teller;
    this.#presence = options.presence;
  }

  perform(seat: Seat, action: SessionAction): void {
    switch (action.name) {
      case 'say':
        this.#teller.say(seat, action.body);
        return;
      case 'pong':
        this.#teller.say(seat, { pong: { nonce: action.nonce, ...this.#options.pong(seat) } });
        return;
      case 'requestFloor': {
        const { group, requestId } = action;
        const { priority } = seat.operator;
        this.#ports.sendVoice({ name: 'requestFloor', party: seat.id, group, requestId, priority });
        return;
      }
      case 'releaseFloor':
        this.#ports.sendVoice({ ...action, party: seat.id });
        return;
      case 'monitor':
        this.#monitor(seat, action.group, action.listen);
        return;
      case 'operate':
        this.#operate(seat, action.requestId, action.operation);
        return;
      case 'recall':
        this.#recall(seat, action.requestId, action.wish);
        return;
      case 'capacity':
        this.#teller.say(seat, capacityAnswer(action.requestId, this.#ports.capacity(action.groups)));
        return;
      case 'timeline': {
        const { requestId, asked } = action;
        const isLocked = this.#seats.isLocked(seat.operator.person);
        const timeline = isLocked ? {} : this.#ports.timeline(seat.session.rights.hears, asked);
        this.#teller.say(seat, { timelineAnswer: { requestId, timeline } });
        return;
      }
      case 'sheet': {
        const { requestId, shift } = action;
        const isLocked = this.#seats.isLocked(seat.operator.person);
        const sheet = isLocked ? { refusal: 'not-kept' } : this.#ports.sheet(seat.operator, shift);
        this.#teller.say(seat, { sheetAnswer: { requestId, ...sheet } });
        return;
      }
      case 'recordings':
        this.#recordings(seat, action.requestId, action.wish);
        return;
      case 'talkNotPermitted': {
        const { display, role, controlRoom } = seat.operator;
        const { group } = action;
        this.#ports.events.consoles.notPermitted({ permission: 'talk', group, operator: display, role, controlRoom });
        this.#seats.feed(seat, { name: 'refused' });
        return;
      }
      case 'shareRoom':
        this.#options.model.shareRoom(seat.id, action.room);
        this.#presence.moved();
        return;
      case 'watchStatus':
        this.#presence.watchStatus(seat, action.on);
        return;
      case 'rtc': {
        const { link } = seat;
        if (action.request.name === 'open') this.#joinIntercom(seat);
        void this.#ports.rtc.request(seat.id, action.request).then((answer) => {
          this.#seats.feed(seat, { name: 'rtcAnswered' });
          // Another page counts its requests anew.
          if (seat.link === link) this.#teller.say(seat, rtcResponse(action.requestId, answer));
        });
        return;
      }
      case 'closeLink':
        this.#options.closeLink(seat, action.reason, lostWhy[action.reason]);
        return;
      case 'end':
        this.#seats.end(seat);
        return;
      case 'count':
        this.#options.irregularities.count(action.what);
        return;
    }
  }

  #operate(seat: Seat, requestId: number, operation: Operation | RetentionOperation | IntercomOperation): void {
    const { person, display, role, controlRoom } = seat.operator;
    const answer = (refusal: OperationRefusal | undefined): void => {
      const { cause = '', talkgroup = '', group = '' } = refusal ?? {};
      this.#teller.say(seat, {
        operationAnswer: { requestId, refusal: cause, talkgroupId: talkgroup, groupId: group },
      });
      if (refusal !== undefined) this.#seats.feed(seat, { name: 'refused' });
    };
    if (this.#seats.isLocked(person)) answer({ cause: 'locked' });
    else if ('line' in operation) this.#ports.callOthers(seat.id, operation, answer);
    else this.#ports.operate({ person, display, role, controlRoom }, operation, answer);
  }

  #joinIntercom(seat: Seat): void {
    if (seat.isStation || seat.link === undefined) return;
    seat.isStation = true;
    const { person, display, role, controlRoom } = seat.operator;
    const who = { person, display, role, controlRoom };
    this.#ports.stationHere({ console: seat.id, person: who, display: seat.display });
    this.#presence.moved();
  }

  #recall(seat: Seat, requestId: number, wish: RecallWish): void {
    const { person, display, role, controlRoom } = seat.operator;
    const { link } = seat;
    if (this.#seats.isLocked(person)) {
      this.#teller.say(seat, recallAnswer(requestId, { refusal: 'not-permitted' }));
      this.#seats.feed(seat, { name: 'refused' });
      return;
    }
    this.#ports.recall({ person, display, role, controlRoom }, wish, (answer) => {
      // Another page counts its requests anew.
      if (seat.link === link) this.#teller.say(seat, recallAnswer(requestId, answer));
    });
  }

  #recordings(seat: Seat, requestId: number, wish: RecordingsWish): void {
    const { link, operator } = seat;
    const { person, display, role, controlRoom } = operator;
    if (this.#seats.isLocked(person)) {
      this.#teller.say(seat, { recordingsAnswer: { requestId, refusal: 'locked' } });
      return;
    }
    this.#ports.recordings({ person, display, role, controlRoom }, wish, (reply) => {
      if (seat.link === link) this.#teller.say(seat, { recordingsAnswer: writeRecordingsReply(requestId, reply) });
      if ('refusal' in reply) this.#seats.feed(seat, { name: 'refused' });
    });
  }

  #monitor(seat: Seat, group: GroupId, listen: boolean): void {
    const { monitored, rights } = seat.session;
    this.#ports.sendVoice(
      listen
        ? { name: 'joinGroup', console: seat.id, group, mayTalk: rights.talks.has(group) }
        : { name: 'leaveGroup', console: seat.id, group },
    );
    this.#ports.rtc.setMonitored(seat.id, [...monitored]);
    const picture = this.#options.model.group(group, { monitored, rights });
    if (picture !== undefined) this.#teller.tellSeat(seat, writeDelta({ group: { group: picture } }));
    this.#presence.moved();
  }
}
