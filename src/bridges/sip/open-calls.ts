/** Calls of an attachment that are not over, for an orderly stop: a leg forgets a call when it hangs up, the far end later. */
import type { CallEvent, CallId } from '../../protocols/sip/call-terms.ts';
import type { SipLine } from './sip-line.ts';

export class OpenCalls {
  readonly #calls = new Set<CallId>();
  #whenQuiet: (() => void) | undefined;

  /** Resolves when all calls are over. */
  quiet(): Promise<void> {
    return new Promise<void>((done) => {
      this.#whenQuiet = done;
      if (this.#calls.size === 0) done();
    });
  }

  /** The same line, whose calls are counted. */
  counted(line: SipLine): SipLine {
    const noting = (call: () => CallId, onEvent: (event: CallEvent) => void) => (event: CallEvent) => {
      onEvent(event);
      if (event.name !== 'ended') return;
      this.#calls.delete(call());
      if (this.#calls.size === 0) this.#whenQuiet?.();
    };
    return {
      ...line,
      place: (outgoing, onEvent) => {
        let over = false;
        let id: CallId = -1; // it may be over before it has one
        id = line.place(
          outgoing,
          noting(
            () => id,
            (event) => {
              over ||= event.name === 'ended';
              onEvent(event);
            },
          ),
        );
        if (!over) this.#calls.add(id);
        return id;
      },
      adopt: (id, onEvent) => {
        this.#calls.add(id);
        line.adopt(
          id,
          noting(() => id, onEvent),
        );
      },
    };
  }
}
