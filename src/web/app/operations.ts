/** What a person asks of the gateway over the console link, each settled once: by its answer, or when the link is lost. */
import type { escaut } from '../../protocols/generated/console.js';
import { type CapacityModel, readCapacity, type WishedGroup } from '../model/capacity.ts';

/** What a person does with a group; one of these. */
export type Operation = Pick<
  escaut.console.v1.Operate.$Properties,
  | 'open'
  | 'add'
  | 'remove'
  | 'extend'
  | 'close'
  | 'keep'
  | 'consent'
  | 'suspendExercise'
  | 'resumeExercise'
  | 'acknowledgeEmergency'
  | 'clearEmergency'
  | 'confirmClear'
  | 'withdrawClear'
  | 'openRecord'
  | 'markCrossing'
  | 'acceptPursuit'
  | 'orderStop'
  | 'activatePlan'
  | 'setPlanLevel'
  | 'renewPlan'
  | 'endPlan'
  | 'markPost'
  | 'validateHit'
  | 'enterExerciseHit'
  | 'callStation'
  | 'answerCall'
  | 'hangUp'
  | 'seeMissedCalls'
  | 'sendText'
  | 'removeTalker'
  | 'offerShift'
  | 'confirmShift'
  | 'refuseShift'
  | 'withdrawShift'
>;

/** Why it was not done, as a word of proto/console.proto or `link-lost`, and what it is about. */
export interface OperationRefusal {
  readonly cause: string;
  readonly talkgroupId: string;
  readonly groupId: string;
}

type Asked = Pick<escaut.console.v1.ClientMessage.$Properties, 'operate' | 'capacityRequest'>;

export class Operations {
  /** False when the link is not live. */
  readonly #send: (message: Asked) => boolean;
  #last = 0;
  readonly #capacityAsked = new Map<number, (capacity: CapacityModel | undefined) => void>();
  readonly #asked = new Map<number, (refusal: OperationRefusal | undefined) => void>();

  constructor(send: (message: Asked) => boolean) {
    this.#send = send;
  }

  /** Asks the gateway to do something, with a group or (`groupId` empty) about an emergency; why it was not done, or undefined. Never rejects. */
  operate(groupId: string, operation: Operation): Promise<OperationRefusal | undefined> {
    return new Promise((resolve) => {
      const requestId = ++this.#last;
      if (!this.#send({ operate: { requestId, groupId, ...operation } })) {
        resolve({ cause: 'link-lost', talkgroupId: '', groupId: '' });
        return;
      }
      this.#asked.set(requestId, resolve);
    });
  }

  /** What joining would take of the networks; undefined when the gateway cannot say now. Never rejects. */
  capacity(groups: readonly WishedGroup[]): Promise<CapacityModel | undefined> {
    return new Promise((resolve) => {
      const requestId = ++this.#last;
      const wished = groups.map(({ groupId, talkgroupIds, exercise = false }) => {
        return { groupId, talkgroupIds: [...talkgroupIds], exercise };
      });
      if (this.#send({ capacityRequest: { requestId, groups: wished } })) {
        this.#capacityAsked.set(requestId, resolve);
      } else resolve(undefined);
    });
  }

  answerCapacity(answer: escaut.console.v1.CapacityAnswer.$Properties): void {
    const requestId = answer.requestId ?? 0;
    this.#capacityAsked.get(requestId)?.(readCapacity(answer));
    this.#capacityAsked.delete(requestId);
  }

  answer({ requestId, refusal, talkgroupId, groupId }: escaut.console.v1.OperationAnswer.$Properties): void {
    const asked = this.#asked.get(requestId ?? 0);
    this.#asked.delete(requestId ?? 0);
    asked?.(refusal ? { cause: refusal, talkgroupId: talkgroupId ?? '', groupId: groupId ?? '' } : undefined);
  }

  /** Whether it was done the snapshot of the next link shows. */
  dropAll(): void {
    for (const answer of this.#asked.values()) answer({ cause: 'link-lost', talkgroupId: '', groupId: '' });
    this.#asked.clear();
    for (const answer of this.#capacityAsked.values()) answer(undefined);
    this.#capacityAsked.clear();
  }
}
