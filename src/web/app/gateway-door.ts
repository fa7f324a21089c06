/** Asking the gateway of this page by HTTP: its door of people. */
import type { LoginAnswer } from '../model/login.ts';

const answerMsMax = 15_000;

export function post(path: string, body: object): Promise<LoginAnswer> {
  return send(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-escaut-console': '1' },
    body: JSON.stringify(body),
  });
}

/** Out of here and, where the gateway says so, at the provider of identities as well. */
export async function logOut(): Promise<void> {
  const { body } = await post('logout', {});
  const url = typeof body === 'object' && body !== null && 'url' in body ? body.url : undefined;
  if (typeof url === 'string' && /^https?:/.test(url)) location.assign(url);
}

export function ask(path: string): Promise<LoginAnswer> {
  return send(path, {});
}

async function send(path: string, request: RequestInit): Promise<LoginAnswer> {
  try {
    const url = new URL(`api/v1/${path}`, document.baseURI.split('#', 1)[0]);
    const response = await fetch(url, { ...request, signal: AbortSignal.timeout(answerMsMax) });
    return { status: response.status, body: await response.json().catch(() => undefined) };
  } catch {
    return { status: 0, body: undefined };
  }
}
