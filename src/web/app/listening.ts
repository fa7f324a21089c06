/** Announcements as the gateway would say them, before it does: asked of its door, and heard on this page. */
import { ask } from './fleet-door.ts';

export interface Announcement {
  readonly id: string;
  readonly fr: string;
  readonly nl: string;
  readonly en: string;
  readonly de?: string;
}

export interface Heard {
  readonly text: string;
  readonly spoken: string;
  readonly spelled: string;
  /** Absent: there was no speech. */
  readonly durationMs?: number;
  readonly wav?: string;
}

/** Those that come with the gateway; none where it cannot be asked. */
export async function announcementsOfGateway(): Promise<readonly Announcement[]> {
  const { status, body } = await ask('GET', 'fleet/announcements');
  return status === 200 ? (body as { readonly texts: readonly Announcement[] }).texts : [];
}

export interface ListenWish {
  readonly id: string;
  readonly text: string;
  readonly language: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** Undefined: the gateway did not say. */
export async function listen(wish: ListenWish): Promise<Heard | undefined> {
  const { status, body } = await ask('POST', 'fleet/announcements/listen', { body: JSON.stringify(wish) });
  return status === 200 ? (body as Heard) : undefined;
}

/** For an element that plays; to be revoked by whoever has it. */
export function urlOfSpeech(wav: string): string {
  const bytes = Uint8Array.from(atob(wav), (character) => character.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type: 'audio/wav' }));
}
