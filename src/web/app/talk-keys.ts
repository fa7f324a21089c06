/** Push-to-talk keys of this page: what they press, what the gateway answers, and what follows (ptt/talk-board.ts). */
import type { escaut } from '../../protocols/generated/console.js';
import type { GroupModel } from '../model/console-model.ts';
import { groupFault, type OwnIds } from '../model/tile-state.ts';
import type { FloorResult, KeySource, PttAction, Tone } from '../ptt/ptt-machine.ts';
import type { BoardEvent, TalkBoard, Target } from '../ptt/talk-board.ts';
import { activeGroups, boardDeadlineMs, initialBoard, isKeyDown, stepBoard, talkedGroups } from '../ptt/talk-board.ts';

type Said = Pick<escaut.console.v1.ClientMessage.$Properties, 'floorRequest' | 'floorRelease'>;

export interface TalkHost {
  readonly send: (message: Said) => void;
  readonly groups: () => readonly GroupModel[];
  /** Nobody calls into a group without hearing the answer. */
  readonly listen: (groupId: string) => void;
  /** A key is down: closed before a group hears us, opened after. */
  readonly setKeyDown: (down: boolean) => void;
  /** Something talks or asks to; `changed`: other than before. */
  readonly setKeyed: (keyed: boolean, changed: boolean) => void;
  readonly setOwnTalk: (groups: readonly string[]) => void;
  readonly setGate: (open: boolean) => void;
  readonly renewMicrophone: () => void;
  readonly play: (tone: Tone) => void;
  readonly show: (board: TalkBoard) => void;
}

const floorResults: readonly (FloorResult | undefined)[] = [
  undefined,
  'granted',
  'queued',
  'denied',
  'revoked',
  'warned',
  'released',
];

export class TalkKeys {
  readonly #host: TalkHost;
  #board: TalkBoard = initialBoard;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: TalkHost) {
    this.#host = host;
  }

  get board(): TalkBoard {
    return this.#board;
  }

  /** We talk somewhere, or ask to. */
  get isActive(): boolean {
    return activeGroups(this.#board).length > 0;
  }

  press(groupIds: readonly string[], source: KeySource): void {
    const targets = groupIds.flatMap((groupId): Target[] => {
      const group = this.#host.groups().find((candidate) => candidate.id === groupId);
      if (group === undefined) return [];
      if (group.mayTalk && !group.monitored) this.#host.listen(groupId);
      // Refused here and now; the gateway is asked all the same, for it writes down who tried.
      if (!group.mayTalk && !group.onDemand) this.#host.send({ floorRequest: { groupId, requestId: 0 } });
      return [{ group: groupId, fault: groupFault(group) }];
    });
    this.feed({ name: 'press', targets, source });
  }

  feed(event: BoardEvent): void {
    const before = activeGroups(this.#board).length > 0;
    const { board, actions } = stepBoard(this.#board, event, performance.now());
    this.#board = board;
    // Closed before a group hears us, opened after.
    if (isKeyDown(board)) this.#host.setKeyDown(true);
    for (const action of actions) this.#perform(action);
    if (!isKeyDown(board)) this.#host.setKeyDown(false);
    this.#host.setOwnTalk(talkedGroups(board));
    const keyed = activeGroups(board).length > 0;
    this.#host.setKeyed(keyed, keyed !== before);
    clearTimeout(this.#timer);
    const dueMs = boardDeadlineMs(board);
    if (dueMs !== Infinity) {
      const waitMs = Math.max(0, Math.ceil(dueMs - performance.now()));
      this.#timer = setTimeout(() => this.feed({ name: 'tick' }), waitMs);
    }
    this.#host.show(board);
  }

  #perform(action: PttAction): void {
    switch (action.name) {
      case 'microphone':
        this.#host.setGate(action.on);
        return;
      case 'request':
        this.#host.send({ floorRequest: { groupId: action.group, requestId: action.requestId } });
        return;
      case 'release':
        this.#host.send({ floorRelease: { groupId: action.group, requestId: action.requestId } });
        return;
      case 'tone':
        this.#host.play(action.tone);
        return;
    }
  }

  answer(answer: escaut.console.v1.FloorAnswer.$Properties): void {
    const result = floorResults[answer.result ?? 0];
    if (result === undefined) return;
    // The gateway has lost the microphone that this page believes to be offered.
    if (answer.cause === 'no-microphone') this.#host.renewMicrophone();
    this.feed({
      name: 'answer',
      group: answer.groupId ?? '',
      requestId: answer.requestId ?? 0,
      result,
      cause: answer.cause ?? '',
      position: answer.queuePosition ?? 0,
      talkLimitMs: answer.talkLimitMs ?? 0,
    });
  }

  /** A floor that the gateway still holds for us although no key is down here. */
  giveBackForgottenFloors(own: OwnIds): void {
    for (const group of this.#host.groups()) {
      const { holder } = group.floor;
      const forgotten =
        holder !== undefined && own.has(holder.partyId) && !activeGroups(this.#board).includes(group.id);
      if (forgotten) this.#host.send({ floorRelease: { groupId: group.id, requestId: 0 } });
    }
  }
}
