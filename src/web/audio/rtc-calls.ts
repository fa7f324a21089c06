/** Questions of the WebRTC signalling and their answers, matched by request id. Bounded in time and number. */
import type { escaut } from '../../protocols/generated/console.js';

type RtcRequest = escaut.console.v1.RtcRequest.$Properties;
type RtcResponse = escaut.console.v1.RtcResponse.$Properties;
/** `send` says false when the link is not live. */
type Send = (request: RtcRequest) => boolean;

const answerMsMax = 5000;
const pendingMax = 100;

interface Pending {
  readonly resolve: (response: RtcResponse) => void;
  readonly reject: (reason: Error) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

export class RtcCalls {
  readonly #send: Send;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Rejects when the gateway refuses, when it does not answer within 5 s, or when the link is not live. */
  call(request: Omit<RtcRequest, 'requestId'>): Promise<RtcResponse> {
    const requestId = ++this.#lastId;
    return new Promise((resolve, reject) => {
      if (this.#pending.size >= pendingMax) return reject(new Error('too many questions are open'));
      if (!this.#send({ ...request, requestId })) return reject(new Error('the link is not live'));
      const timer = setTimeout(() => this.#settle(requestId)?.reject(new Error('no answer')), answerMsMax);
      this.#pending.set(requestId, { resolve, reject, timer });
    });
  }

  answer(response: RtcResponse): void {
    const pending = this.#settle(response.requestId ?? 0);
    if (response.error) pending?.reject(new Error(response.error));
    else pending?.resolve(response);
  }

  /** The link broke: nothing that is open will be answered. */
  dropAll(): void {
    for (const requestId of [...this.#pending.keys()]) this.#settle(requestId)?.reject(new Error('the link broke'));
  }

  #settle(requestId: number): Pending | undefined {
    const pending = this.#pending.get(requestId);
    this.#pending.delete(requestId);
    clearTimeout(pending?.timer);
    return pending;
  }
}
