/** Who talks, as attachments were last told of each party. Bounded: of too many the one told longest ago is forgotten. */
import type { PartyId } from '../voice/contract.ts';
import type { TalkerName } from './ports.ts';

const namesMax = 2000;

export class TalkerNames {
  readonly #names = new Map<PartyId, TalkerName>();

  get(party: PartyId): TalkerName | undefined {
    return this.#names.get(party);
  }

  /** False when that was known. */
  put(talker: TalkerName): boolean {
    const { party, address, name } = talker;
    const known = this.#names.get(party);
    if (known?.address === address && known.name === name) return false;
    this.#names.delete(party);
    this.#names.set(party, talker);
    if (this.#names.size > namesMax) this.#names.delete(this.#names.keys().next().value!);
    return true;
  }
}
