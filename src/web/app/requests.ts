/** Requests over the console link, each settled by the answer of its number, or when none comes. */

/** An answer that says no; the message is its word of proto/console.proto, or `link-lost`. */
export class Refused extends Error {}

interface Answer {
  readonly requestId?: number | null;
  readonly refusal?: string | null;
}

export class Requests<Asked extends object, Answered extends Answer> {
  readonly #send: (request: Asked & { requestId: number }) => boolean;
  readonly #answerMsMax: number;
  readonly #pending = new Map<number, (answer: Answered | undefined) => void>();
  #last = 0;

  /** `send` says false when the link is not live. `answerMsMax`: whatever is not answered by then is held lost. */
  constructor(send: (request: Asked & { requestId: number }) => boolean, answerMsMax: number) {
    this.#send = send;
    this.#answerMsMax = answerMsMax;
  }

  /** Rejects with `Refused`. */
  ask(request: Asked): Promise<Answered> {
    const requestId = ++this.#last;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#settle(requestId, undefined), this.#answerMsMax);
      this.#pending.set(requestId, (answer) => {
        clearTimeout(timer);
        const refusal = answer === undefined ? 'link-lost' : (answer.refusal ?? '');
        if (answer === undefined || refusal !== '') reject(new Refused(refusal));
        else resolve(answer);
      });
      if (!this.#send({ ...request, requestId })) this.#settle(requestId, undefined);
    });
  }

  answer(answer: Answered): void {
    this.#settle(answer.requestId ?? 0, answer);
  }

  /** The link broke: nothing that is open will be answered. */
  dropAll(): void {
    for (const requestId of [...this.#pending.keys()]) this.#settle(requestId, undefined);
  }

  #settle(requestId: number, answer: Answered | undefined): void {
    const settle = this.#pending.get(requestId);
    this.#pending.delete(requestId);
    settle?.(answer);
  }
}
