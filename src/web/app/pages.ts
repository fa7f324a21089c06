/** Which of its views the page shows, by its address, so that the browser's own back and bookmarks work. Pure. */
export const pages = [
  'groups',
  'map',
  'timeline',
  'hits',
  'networks',
  'proofs',
  'recordings',
  'fleet',
  'hand-over',
] as const;
export type PageName = (typeof pages)[number];

/** The groups where the address names no view. */
export function pageAt(hash: string): PageName {
  return pages.find((page) => hash === hashOf(page)) ?? 'groups';
}

/** Address of the wall, which is no view of a console but a page of its own. */
export const wallHash = '#wall';

/** Address of one's own account, in a window of its own beside the console. */
export const accountHash = '#account';

/** Fragment of the address; empty for the groups. */
export function hashOf(page: PageName): string {
  return page === 'groups' ? '' : `#${page}`;
}
