/**
 * The gateway's log: one line per event, JSON for machines, readable on a terminal. Fastify's logger is this one.
 *
 * Two kinds of content never reach the output as they are:
 *   secrets   by the name of their field (password, token, authorization …): always "[secret]"
 *   people    addresses of radios, call signs, operators, SIP users: as PersonalData says
 * Every line is searched for SIP and tel URIs as well, since their user part is somebody's number and they stand in
 * texts of errors and of far ends.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import { PinoPretty } from 'pino-pretty';

export type Logger = PinoLogger;
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';

/**
 * What becomes of people's numbers and names. `pseudonym` puts a keyed digest in their place: lines about one talker
 * can be found together while the process lives, and nobody gets from the digest back to the number.
 */
export type PersonalData = 'hidden' | 'pseudonym' | 'shown';

export interface LogOptions {
  readonly level: LogLevel;
  readonly personalData: PersonalData;
  /** `lines`: one JSON object a line. `terminal`: for reading, coloured where possible. */
  readonly form: 'lines' | 'terminal';
  /** Where lines go instead of standard output. */
  readonly stream?: DestinationStream;
  /** A line was lost because nobody reads standard output. */
  readonly onDrop?: () => void;
}

export interface Log {
  readonly logger: Logger;
  /** Resolves when all lines are handed over, or after `waitMsMax` at the latest: a reader that hangs holds nothing up. */
  flush(waitMsMax: number): Promise<void>;
}

/** Bytes held for a reader of standard output that is too slow; beyond that lines are dropped and counted. */
const heldBytesMax = 1 << 20;

export function createLog(options: LogOptions): Log {
  const censor = new Censor(options.personalData);
  const { stream, flush } = output(options);
  let line = 0;
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      // The wall clock may jump; the number keeps the order.
      mixin: () => ({ line: ++line }),
      // Fields by name, of lines and of child loggers alike; then whatever is nested deeper.
      serializers: censor.serializers,
      formatters: { level: (label) => ({ level: label }), log: (fields) => censor.nested(fields) },
      hooks: { streamWrite: (text) => censor.uris(text) },
    },
    stream,
  );
  return { logger, flush };
}

function output(options: LogOptions): { stream: DestinationStream; flush: Log['flush'] } {
  const out = options.stream ?? standardOutput(options.onDrop ?? (() => undefined));
  const flush: Log['flush'] = (waitMsMax) => (options.stream === undefined ? drained(waitMsMax) : Promise.resolve());
  if (options.form === 'lines') return { stream: out, flush };
  const prettify = PinoPretty.prettyFactory({
    colorize: options.stream === undefined && PinoPretty.isColorSupported,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'line,event',
    messageFormat: (fields, messageKey) => [fields.event, fields[messageKey]].filter(Boolean).join(' '),
    singleLine: true,
  });
  return { stream: { write: (line) => out.write(prettify(line)) }, flush };
}

/** Of all logs that go to standard output. */
const onDrops = new Set<() => void>();

/**
 * Standard output, bounded. Node writes to a pipe without blocking; pino's own destination would hold a thread in
 * write(2) when nobody reads, and with it the end of the process.
 */
function standardOutput(onDrop: () => void): DestinationStream {
  const { stdout } = process;
  // The reader is gone: the gateway goes on without its log rather than end. One listener, however many logs there are.
  if (onDrops.size === 0) stdout.on('error', () => onDrops.forEach((dropped) => void dropped()));
  onDrops.add(onDrop);
  return {
    write: (line) => {
      if (stdout.writableLength > heldBytesMax) onDrop();
      else stdout.write(line);
    },
  };
}

function drained(waitMsMax: number): Promise<void> {
  const { stdout } = process;
  if (stdout.writableLength === 0) return Promise.resolve();
  return new Promise((resolve) => {
    setTimeout(resolve, waitMsMax);
    stdout.write('', () => resolve());
  });
}

/** Spelled as our code spells them; other spellings (headers, nested objects) are recognised without case, - and _. */
const secretKeys = [
  'password',
  'secret',
  'token',
  'resumeToken',
  'authorization',
  'proxyAuthorization',
  'cookie',
  'setCookie',
];
const personalKeys = [
  'talker',
  'address',
  'callSign',
  'unit',
  'identity',
  'operator',
  'person',
  'colleague',
  'called',
  'user',
  'username',
  'display',
  'client',
];
const plainSecretKeys = new Set(secretKeys.map(plainKey));
const plainPersonalKeys = new Set(personalKeys.map(plainKey));
const depthMax = 5;
const itemsMax = 50;

function plainKey(key: string): string {
  return key.toLowerCase().replaceAll(/[-_]/g, '');
}

/** Takes secrets and people out of what is logged. */
class Censor {
  /** For the fields of a line and of a child logger. */
  readonly serializers: Readonly<Record<string, (value: unknown) => unknown>>;
  readonly #personalData: PersonalData;
  readonly #key = randomBytes(32);

  constructor(personalData: PersonalData) {
    this.#personalData = personalData;
    const named = [...secretKeys, ...personalKeys, 'err'];
    this.serializers = Object.fromEntries(named.map((key) => [key, (value: unknown) => this.#value(key, value, 0)]));
  }

  /** The fields that no serializer looks at. */
  nested(fields: Record<string, unknown>): Record<string, unknown> {
    const entries = Object.entries(fields).slice(0, itemsMax);
    return Object.fromEntries(
      entries.map(([key, value]) => [key, Object.hasOwn(this.serializers, key) ? value : this.#value(key, value, 0)]),
    );
  }

  /** Hides the user part of every SIP and tel URI in a finished line. */
  uris(text: string): string {
    if (this.#personalData === 'shown') return text;
    return text.replaceAll(
      /\b(sips?:|tel:)([^@\s"'<>;,\\]{1,256})(@?)/gi,
      (whole, scheme: string, user: string, at: string) =>
        at === '' && scheme.toLowerCase() !== 'tel:' ? whole : scheme + this.#person(user) + at,
    );
  }

  #value(key: string, value: unknown, depth: number): unknown {
    if (plainSecretKeys.has(plainKey(key))) return '[secret]';
    if (plainPersonalKeys.has(plainKey(key)) && (typeof value === 'string' || typeof value === 'number')) {
      return this.#person(String(value));
    }
    if (value instanceof Error) return this.#error(value, depth);
    if (typeof value !== 'object' || value === null || 'toJSON' in value) return value;
    if (depth >= depthMax) return '[deep]';
    if (Array.isArray(value)) return value.slice(0, itemsMax).map((item) => this.#value(key, item, depth + 1));
    return this.#object(value, depth + 1);
  }

  #object(object: object, depth: number): Record<string, unknown> {
    const entries = Object.entries(object).slice(0, itemsMax);
    return Object.fromEntries(entries.map(([key, value]) => [key, this.#value(key, value, depth)]));
  }

  #error(error: Error, depth: number): Record<string, unknown> {
    const { name, message, stack } = error;
    const code = 'code' in error ? { code: error.code } : {};
    const cause =
      error.cause === undefined || depth >= depthMax ? {} : { cause: this.#value('cause', error.cause, depth + 1) };
    return { type: name, message, ...code, stack, ...cause };
  }

  #person(value: string): string {
    if (this.#personalData === 'shown') return value;
    if (this.#personalData === 'hidden') return '[person]';
    return `~${createHmac('sha256', this.#key).update(value).digest('hex').slice(0, 8)}`;
  }
}
