/** The fleet data at the gateway of this page: asks its doors under /api/v1/fleet, and keeps what the view shows. */
import type { FleetChange, FleetFault, FleetOwed, FleetPreview, FleetVersion } from '../model/fleet.ts';
import type { ShadowModel } from '../model/fleet-shadow.ts';
import { ask, type DoorAnswer } from './fleet-door.ts';
import { promoted } from './fleet-text.ts';
import { Store } from './store.ts';

export interface FleetView {
  readonly active: number;
  readonly running: number;
  readonly owed: readonly FleetOwed[];
  /** The newest first, as far as they have been asked for. */
  readonly versions: readonly FleetVersion[];
  /** `before` of the next page; 0: there is none. */
  readonly next: number;
  /** The one that is looked at, and what it changes. */
  readonly chosen: number;
  readonly changes: readonly FleetChange[] | undefined;
  /** What holds, for the mapping, and as it is edited. */
  readonly data: unknown;
  readonly heldText: string;
  readonly text: string;
  readonly preview: FleetPreview | undefined;
  /** Talkgroups that are listened to; undefined: not read yet. */
  readonly shadows: readonly ShadowModel[] | undefined;
  /** Of the table that was read last. */
  readonly tableFaults: readonly FleetFault[];
  readonly waiting: boolean;
  /** Why the last thing was not done, the gateway's word for it; undefined: it was. */
  readonly fault: string | undefined;
}

type Word = 'agree' | 'refuse' | 'withdraw';

const nothing: FleetView = {
  ...{ active: 0, running: 0, owed: [], versions: [], next: 0, chosen: 0, changes: undefined },
  ...{
    data: undefined,
    heldText: '',
    text: '',
    preview: undefined,
    shadows: undefined,
    tableFaults: [],
    waiting: false,
    fault: undefined,
  },
};

export class FleetDesk {
  readonly store = new Store<FleetView>(nothing);
  /** Of what holds, as it was last read. */
  #etag = '';

  /** All that the view begins with; what is being edited stays. */
  async load(): Promise<void> {
    await this.#during(async () => {
      const [state, versions, data, yaml] = await Promise.all([
        ask('GET', 'fleet/state'),
        ask('GET', 'fleet/versions'),
        ask('GET', 'fleet', { accept: 'application/json' }),
        ask('GET', 'fleet', { accept: 'application/yaml' }),
      ]);
      const failed = [state, versions, data, yaml].find(({ status }) => status !== 200);
      if (failed !== undefined) return faultOf(failed);
      const isNew = this.#etag !== yaml.etag;
      this.#etag = yaml.etag;
      const { active, running, owed } = state.body as Pick<FleetView, 'active' | 'running' | 'owed'>;
      const page = versions.body as { readonly versions: readonly FleetVersion[]; readonly next?: number };
      this.store.set({ active, running, owed, data: data.body, versions: page.versions, next: page.next ?? 0 });
      if (isNew) this.store.set({ heldText: yaml.text, text: yaml.text, preview: undefined });
      return undefined;
    });
  }

  async more(): Promise<void> {
    const { next } = this.store.get();
    await this.#during(async () => {
      const answer = await ask('GET', `fleet/versions?before=${next}`);
      if (answer.status !== 200) return faultOf(answer);
      const page = answer.body as { readonly versions: readonly FleetVersion[]; readonly next?: number };
      this.store.set({ versions: [...this.store.get().versions, ...page.versions], next: page.next ?? 0 });
      return undefined;
    });
  }

  async choose(number: number): Promise<void> {
    this.store.set({ chosen: number, changes: undefined, fault: undefined });
    const answer = await ask('GET', `fleet/versions/${number}/changes`);
    if (this.store.get().chosen !== number) return;
    if (answer.status !== 200) this.store.set({ fault: faultOf(answer) });
    else this.store.set({ changes: (answer.body as { readonly changes: readonly FleetChange[] }).changes });
  }

  /** True: it was done. */
  async say(word: Word, number: number, reason: string): Promise<boolean> {
    return this.#change(`fleet/versions/${number}/${word}`, JSON.stringify({ reason }), 'application/json');
  }

  async back(version: number, reason: string): Promise<boolean> {
    return this.#change('fleet/back', JSON.stringify({ version, reason }), 'application/json', this.#etag);
  }

  async readShadows(): Promise<void> {
    const answer = await ask('GET', 'fleet/shadows');
    if (answer.status !== 200) this.store.set({ fault: faultOf(answer) });
    else this.store.set({ shadows: (answer.body as { readonly shadows: readonly ShadowModel[] }).shadows });
  }

  /** The text of the next version has that shadow as a leg, and what it would change is shown. False: it cannot be read. */
  async promote(group: string, talkgroup: string): Promise<boolean> {
    const text = await promoted(this.store.get().text, group, talkgroup);
    if (text === undefined) return false;
    this.edit(text);
    await this.preview();
    return true;
  }

  edit(text: string): void {
    this.store.set({ text, preview: undefined, fault: undefined });
  }

  /** The text becomes what holds with the units of a table, or stays as it is where a line of that is wrong. */
  async readUnits(csv: string): Promise<void> {
    await this.#during(async () => {
      const answer = await ask('POST', 'fleet/units.csv', { accept: 'application/yaml', body: csv, type: 'text/csv' });
      const told = typeof answer.body === 'object' && answer.body !== null ? answer.body : {};
      const isWrong = 'errors' in told && Array.isArray(told.errors);
      this.store.set({ tableFaults: isWrong ? (told.errors as readonly FleetFault[]) : [] });
      if (answer.status !== 200) return faultOf(answer);
      this.edit(answer.text);
      return undefined;
    });
  }

  async preview(): Promise<void> {
    const { text } = this.store.get();
    await this.#during(async () => {
      const answer = await ask('POST', 'fleet/preview', { body: text, type: 'application/yaml' });
      if (answer.status !== 200) return faultOf(answer);
      if (this.store.get().text === text) this.store.set({ preview: answer.body as FleetPreview });
      return undefined;
    });
  }

  /**
   * What another text would change or what is wrong with it; one without errors becomes the text of the next version.
   * Undefined: the gateway did not say, and `fault` says why.
   */
  async attempt(text: string): Promise<FleetPreview | undefined> {
    let found: FleetPreview | undefined;
    await this.#during(async () => {
      const answer = await ask('POST', 'fleet/preview', { body: text, type: 'application/yaml' });
      if (answer.status !== 200) return faultOf(answer);
      found = answer.body as FleetPreview;
      const isGood = found.problems.every(({ severity }) => severity !== 'error');
      if (isGood) this.store.set({ text, preview: found });
      return undefined;
    });
    return found;
  }

  async propose(reason: string, from: string): Promise<boolean> {
    const query = new URLSearchParams({ reason, ...(from !== '' && { from: new Date(from).toISOString() }) });
    return this.#change(`fleet/versions?${query}`, this.store.get().text, 'application/yaml', this.#etag);
  }

  async #change(path: string, body: string, type: string, ifMatch = ''): Promise<boolean> {
    await this.#during(async () => {
      const answer = await ask('POST', path, { body, type, ifMatch });
      if (answer.status >= 300 || answer.status === 0) return faultOf(answer);
      this.store.set({ chosen: (answer.body as FleetVersion).number, changes: undefined });
      return undefined;
    });
    if (this.store.get().fault !== undefined) return false;
    await this.load();
    await this.choose(this.store.get().chosen);
    return true;
  }

  async #during(work: () => Promise<string | undefined>): Promise<void> {
    this.store.set({ waiting: true, fault: undefined });
    this.store.set({ fault: await work(), waiting: false });
  }
}

function faultOf({ status, body }: DoorAnswer): string {
  if (status === 0) return 'unreachable';
  const told = typeof body === 'object' && body !== null ? body : {};
  return 'code' in told && typeof told.code === 'string' ? told.code : '';
}
