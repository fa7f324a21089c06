import type { DataWord, Meaning } from '../../bridges/ports.ts';

/** What a unit says beside voice. */
export interface DataSaid {
  readonly group: string;
  readonly leg: string;
  /** Empty: its network did not say. */
  readonly address: string;
  readonly unproven?: true;
  readonly word: DataWord;
  /** Of a status that the configuration knows. */
  readonly meaning?: Meaning;
}

/** What a unit says beside voice that is more than news. */
export interface UnitSaid {
  readonly group: string;
  /** Call sign, or what its network calls it. */
  readonly unit: string;
  readonly what: 'border-crossed' | 'post-manned' | 'post-released' | 'position';
  /** Of a position. */
  readonly place?: { readonly latitudeDeg: number; readonly longitudeDeg: number };
}
