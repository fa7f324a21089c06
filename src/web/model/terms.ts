/** What every part of the page's model speaks of. */
export interface LocalisedName {
  readonly fr: string;
  readonly nl: string;
  readonly en: string;
  /** Absent: English stands for it. */
  readonly de?: string;
}

export interface TalkerModel {
  readonly partyId: string;
  readonly isConsole: boolean;
  /** Empty for a unit that the gateway does not know: its address is shown, never a guess. */
  readonly callSign: string;
  readonly address: string;
  readonly organisation: string;
  readonly country: string;
  readonly networkId: string;
  readonly language: string;
  readonly verified: boolean;
}

/** `suspended`: something real happened on it, and nobody has gone on with it. */
export type ExerciseName = 'under-way' | 'suspended';
