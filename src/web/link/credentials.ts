/**
 * The one-time token of the printed link (`#token=…`) and the resume token of this tab. The token leaves the address
 * bar as soon as it is read, so that it is neither bookmarked nor shown on a shared screen.
 */
import { invitationOf, returnOf, tokenOf } from './link-token.ts';

const resumeKey = 'escaut.resume';

/** Takes the token out of the page's address; what else stands there is left. */
export function takeToken(): string {
  const token = tokenOf(location.hash);
  if (location.hash.includes('token=')) history.replaceState(null, '', location.pathname + location.search);
  return token;
}

/** Of somebody who was invited to choose a password (`#invitation=…`); taken out of the address as well. */
export function takeInvitation(): string {
  const invitation = invitationOf(location.hash);
  if (location.hash.includes('invitation=')) history.replaceState(null, '', location.pathname + location.search);
  return invitation;
}

/** Whether the browser came back from a provider of identities (`#login=oidc`) or from showing a card (`#login=card`); taken out of the address as well. */
export function takeReturn(): 'oidc' | 'card' | undefined {
  const way = returnOf(location.hash);
  if (way !== undefined) history.replaceState(null, '', location.pathname + location.search);
  return way;
}

export function storedResumeToken(): string {
  return sessionStorage.getItem(resumeKey) ?? '';
}

/** Keeps it for a reload of this tab; an empty one is forgotten. */
export function storeResumeToken(resumeToken: string): void {
  if (resumeToken === '') sessionStorage.removeItem(resumeKey);
  else sessionStorage.setItem(resumeKey, resumeToken);
}
