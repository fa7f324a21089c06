/** Asking the doors of the fleet data of the gateway of this page. */

const answerMsMax = 30_000;

export interface DoorAnswer {
  /** 0: the gateway could not be reached, or did not answer in time. */
  readonly status: number;
  readonly etag: string;
  readonly text: string;
  /** Of JSON; else undefined. */
  readonly body: unknown;
}

export interface AskedWith {
  readonly accept?: string;
  readonly body?: string;
  readonly type?: string;
  readonly ifMatch?: string;
}

/** `path` below /api/v1. What is changed by it is changed once, however often it arrives. */
export async function ask(
  method: 'GET' | 'POST',
  path: string,
  { accept = 'application/json', body, type = 'application/json', ifMatch = '' }: AskedWith = {},
): Promise<DoorAnswer> {
  try {
    const response = await fetch(new URL(`api/v1/${path}`, document.baseURI.split('#', 1)[0]), {
      method,
      headers: {
        accept,
        ...(body !== undefined && {
          'content-type': type,
          'x-escaut-console': '1',
          'idempotency-key': `"${newKey()}"`,
        }),
        ...(ifMatch !== '' && { 'if-match': ifMatch }),
      },
      ...(body !== undefined && { body }),
      signal: AbortSignal.timeout(answerMsMax),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    const told: unknown = isJson ? JSON.parse(text) : undefined;
    return { status: response.status, etag: response.headers.get('etag') ?? '', text, body: told };
  } catch {
    return { status: 0, etag: '', text: '', body: undefined };
  }
}

function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((each) => each.toString(16).padStart(2, '0')).join('');
}
