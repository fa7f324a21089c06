/** What a unit says beside voice that is more than news. */
export interface UnitSaid {
  readonly group: string;
  /** Call sign, or what its network calls it. */
  readonly unit: string;
  readonly what: 'border-crossed' | 'post-manned' | 'post-released' | 'position';
  /** Of a position. */
  readonly place?: { readonly latitudeDeg: number; readonly longitudeDeg: number };
}
