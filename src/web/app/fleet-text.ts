/**
 * The text of a next version, changed by a form: comments and order of what is not touched stay as they are. What reads
 * YAML comes when the form is first used.
 */

export interface WantedLeg {
  readonly group: string;
  readonly talkgroup: string;
  readonly mayTalk: boolean;
  /** 1–14. */
  readonly priorityMax: number;
}

/** Undefined: the text is no YAML, or has no such group. A leg that is there already is replaced. */
export async function withLeg(text: string, { group, ...leg }: WantedLeg): Promise<string | undefined> {
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text);
  if (document.errors.length > 0) return undefined;
  const groups: unknown = document.toJS()?.sharedGroups;
  const at = Array.isArray(groups) ? groups.findIndex((each: { id?: unknown }) => each?.id === group) : -1;
  if (at < 0) return undefined;
  const legs: unknown = (groups as readonly { legs?: unknown }[])[at]?.legs;
  const known = Array.isArray(legs) ? legs.findIndex((each) => each?.talkgroup === leg.talkgroup) : -1;
  if (known < 0) document.addIn(['sharedGroups', at, 'legs'], document.createNode(leg));
  else {
    document.setIn(['sharedGroups', at, 'legs', known, 'mayTalk'], leg.mayTalk);
    document.setIn(['sharedGroups', at, 'legs', known, 'priorityMax'], leg.priorityMax);
  }
  return document.toString({ lineWidth: 120 });
}
