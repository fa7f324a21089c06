/** What a run records while it goes: judged afterwards, so that judging disturbs nothing. Times are UTC, ms. */
import type { LogLine } from '../test/interop/support/gateway.ts';
import type { Sound } from '../test/interop/support/wav.ts';
import type { Language } from './scenario-file.ts';

/** A packet of the gateway's voice as it came to a simulated network, by talkgroup. */
export interface HeardPacket {
  readonly atMs: number;
  readonly talkgroup: string;
  readonly attachment: string;
  readonly timestamp: number;
  readonly alaw: Uint8Array;
  readonly carried: boolean;
  /** It only keys. */
  readonly silent: boolean;
}

/** What the gateway told a talkgroup's bridge beside voice. */
export type ToldFact = { readonly atMs: number; readonly talkgroup: string } & (
  | { readonly name: 'digit'; readonly digit: string }
  | { readonly name: 'talker'; readonly user: string }
  | { readonly name: 'said'; readonly contentType: string; readonly body: Uint8Array }
);

/** A line that somebody spoke. */
export interface SaidLine {
  readonly step: number;
  readonly by: string;
  /** As it was sent, at 8 kHz. */
  readonly speech: Sound;
  /** When the key went down. */
  readonly startMs: number;
  readonly endMs: number;
  /** Shared group and leg (or console) that it went into; absent on a talkgroup that no group has. */
  readonly group?: string;
  readonly party?: string;
  /** Group of the recordings where that is no shared group: of a direct line. */
  readonly recordedOn?: string;
  /** Talkgroup whose radio spoke; absent for a console. */
  readonly talkgroup?: string;
  /** Talkgroups of the group at that time. */
  readonly members: readonly string[];
  /** When the packet that held a sample of it left; absent for a console. */
  readonly sentMs?: (sample: number) => number;
  /** What consoles played meanwhile, by person; only of those who listened. */
  readonly played: ReadonlyMap<string, Sound>;
  /** It was cut on purpose, or was to be refused. */
  readonly whole: boolean;
}

/** What a page showed of a group, from then on. */
export interface ShownFact {
  readonly atMs: number;
  readonly person: string;
  readonly group: string;
  readonly state: string;
  /** Title and lines of the talker's card. */
  readonly talker: string;
  readonly lines: string;
  /** Whose words were cut, and by what. */
  readonly cut: string;
  /** Who opened the group, why and until when. */
  readonly strip: string;
  /** What the page says of the group's leg to each network. */
  readonly legs: readonly string[];
}

/** A notice or message that a page showed for the first time. */
export interface NoticedFact {
  readonly atMs: number;
  readonly person: string;
  readonly text: string;
}

/** What a person did on the page, or tried. */
export interface DoneFact {
  readonly step: number;
  readonly person: string;
  readonly action: string;
  /** When the last button was pressed. */
  readonly pressedMs: number;
  /** Words of the page when it refused; empty: done. */
  readonly refusal: string;
  /** When the page said so. */
  readonly answeredMs: number;
  /** The page does not offer it: the gateway was asked on the page's link, and this is its own word for why not. */
  readonly past?: string;
}

/** An announcement that was waited for. */
export interface AwaitedAnnouncement {
  readonly step: number;
  readonly startMs: number;
  /** Lines `announcement.ended` of it. */
  readonly ended: readonly LogLine[];
  /** Its texts as the gateway's own program says them, in each language. */
  readonly words: readonly (Sound & { readonly language: Language })[];
}

/** What the gateway answered to a hit. */
export interface HitFact {
  readonly step: number;
  readonly atMs: number;
  readonly status: number;
  /** Its number at the gateway. */
  readonly hit: number;
  /** new, merged, or the code of a fault. */
  readonly taken: string;
  readonly state: string;
}

/** A row in the list of a console's map. */
export interface SeenUnit {
  readonly callSign: string;
  readonly words: string;
}

/** Units in the list of a console's map. */
export interface SeenFact {
  readonly step: number;
  readonly person: string;
  readonly units: readonly SeenUnit[];
}

/** What the gateway recorded of a line, as another program plays it. */
export interface RecordedFact {
  readonly step: number;
  /** Its `recording.kept`. */
  readonly kept: LogLine;
  /** "GROUP" → "xb-acc"; what stands in the file itself. */
  readonly tags: ReadonlyMap<string, string>;
  readonly sound: Sound;
}

/** The audit log as the auditor's command shows it while the gateway runs. */
export interface AuditedFact {
  readonly atMs: number;
  /** Its chain is whole. */
  readonly isWhole: boolean;
  /** What the command says of the chain. */
  readonly words: string;
  readonly entries: readonly AuditEntry[];
}

export interface AuditEntry {
  /** From 1 on. */
  readonly seq: number;
  /** Of a process, and which of its lines. */
  readonly run: string;
  readonly line: number;
  readonly utc: string;
  readonly event: string;
  readonly about: Readonly<Record<string, unknown>>;
}

/** A package that two persons took out of the gateway, and what became of it elsewhere. */
export interface ExportedFact {
  readonly step: number;
  /** Who exported it, and who stood by. */
  readonly persons: readonly [string, string];
  /** Of the command; what it said. */
  readonly code: number | null;
  readonly words: string;
  readonly octets: number;
  /** Names of its files; empty: there is none. */
  readonly files: readonly string[];
  /** Of what it is a picture, or which plates it names. */
  readonly forbidden: readonly string[];
  readonly manifestSha256: string;
  /** Border records in it, and what it says is missing. */
  readonly records: readonly string[];
  readonly gaps: readonly string[];
  /** `evidence.exported` in the log right afterwards. */
  readonly logged: readonly AuditEntry[];
}

/** What a verifier said of a package that knew nothing of the gateway, and might read nothing but the package. */
export interface VerifiedFact {
  readonly step: number;
  readonly code: number | null;
  readonly words: string;
  readonly tookMs: number;
  /** And of the same one with a single octet changed, each time another. */
  readonly changed: readonly ChangedFact[];
}

export interface ChangedFact {
  /** Where the octet was changed. */
  readonly file: string;
  /** As the verifier is to name it: page of a recording, line of a log; '' in other files. */
  readonly place: string;
  readonly code: number | null;
  readonly words: string;
}

/** What an auditor found in the audit log under a name. */
export interface LogSearchFact {
  readonly step: number;
  readonly person: string;
  readonly search: string;
  readonly code: number | null;
  /** His own search is among them: the log has it before he reads a line. */
  readonly entries: readonly AuditEntry[];
}

/** What of the gateway's files and output was searched for plates. */
export interface SearchedFact {
  readonly files: number;
  readonly bytes: number;
  readonly found: readonly string[];
}

export interface Facts {
  readonly heard: readonly HeardPacket[];
  readonly told: readonly ToldFact[];
  readonly said: readonly SaidLine[];
  readonly shown: readonly ShownFact[];
  readonly noticed: readonly NoticedFact[];
  readonly done: readonly DoneFact[];
  readonly announced: readonly AwaitedAnnouncement[];
  readonly hits: readonly HitFact[];
  readonly seen: readonly SeenFact[];
  /** Of the lines that are judged by their recording. */
  readonly recorded: readonly RecordedFact[];
  readonly exported: readonly ExportedFact[];
  readonly verified: readonly VerifiedFact[];
  readonly logSearches: readonly LogSearchFact[];
  /** Absent until the end of the run. */
  readonly audited?: AuditedFact;
  /** Absent where nobody searched. */
  readonly searched?: SearchedFact;
  readonly log: readonly LogLine[];
  readonly startMs: number;
  readonly endMs: number;
}

/** Persons whose page shows a group at all. */
export function watchersOf({ shown }: Pick<Facts, 'shown'>, group: string | undefined): readonly string[] {
  return [...new Set(shown.filter((fact) => fact.group === group).map(({ person }) => person))];
}
