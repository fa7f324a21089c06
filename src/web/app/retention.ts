/** How long evidence is kept at the gateway of this page: asks its doors under /api/v1/retention, and keeps what the view shows. */
import type { ChangePreview, HoldWish, RetentionModel } from '../model/retention.ts';
import { ask, type DoorAnswer } from './fleet-door.ts';
import { Store } from './store.ts';

export interface RetentionShown {
  /** Undefined: not read yet. */
  readonly retention: RetentionModel | undefined;
  readonly waiting: boolean;
  /** Why it cannot be read: the gateway's word for it; '': it was. */
  readonly fault: string;
}

export class RetentionDesk {
  readonly store = new Store<RetentionShown>({ retention: undefined, waiting: false, fault: '' });

  async load(): Promise<void> {
    const answer = await ask('GET', 'retention');
    if (answer.status === 200) this.store.set({ retention: answer.body as RetentionModel, fault: '' });
    else this.store.set({ fault: faultOf(answer) });
  }

  /** What would go; else why that cannot be said. */
  async preview(rule: string, days: number): Promise<ChangePreview | string> {
    const answer = await ask('GET', `retention/preview?${new URLSearchParams({ rule, days: `${days}` })}`);
    return answer.status === 200 ? (answer.body as ChangePreview) : faultOf(answer);
  }

  /** Why it is not set; '': it is, or waits for the second person. */
  change(rule: string, days: number, reason: string): Promise<string> {
    return this.#change(`retention/rules/${encodeURIComponent(rule)}`, { days, reason });
  }

  /** Why it is not held; '': it is. */
  hold(wish: HoldWish): Promise<string> {
    return this.#change('retention/holds', wish);
  }

  /** Why it stands; '': it is lifted, or waits for the second person. */
  lift(hold: number, reason: string): Promise<string> {
    return this.#change(`retention/holds/${hold}/lift`, { reason });
  }

  async #change(path: string, body: object): Promise<string> {
    this.store.set({ waiting: true });
    const answer = await ask('POST', path, { body: JSON.stringify(body) });
    await this.load();
    this.store.set({ waiting: false });
    return answer.status >= 200 && answer.status < 300 ? '' : faultOf(answer);
  }
}

function faultOf({ body }: DoorAnswer): string {
  return typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : 'unreachable';
}
