/** Damages real parameters the way a hostile page would: one to four changes anywhere in the tree. */
import fc from 'fast-check';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const hostile: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(null, true, false, '', [], {}, 0, -1, 1.5, 255, 256, 65_536, 2 ** 31, 2 ** 32, 2 ** 53, 1e308),
  fc.constantFrom<Json>(
    'opus',
    'audio/opus',
    'AUDIO/OPUS',
    'video/VP8',
    'audio/rtx',
    '__proto__',
    '\u0000',
    'A'.repeat(4096),
  ),
  fc.integer(),
  fc.string(),
  fc.jsonValue().map((value) => value as Json),
);

/** What a worker of mediasoup acts on; adding these is likelier to hurt than random keys. */
const telling = [
  'rid',
  'rtx',
  'codecPayloadType',
  'scalabilityMode',
  'mid',
  'ssrc',
  'payloadType',
  'apt',
  'id',
  'encrypt',
  'channels',
];

interface Change {
  readonly at: number;
  readonly how: 'replace' | 'remove' | 'double' | 'add' | 'wrap';
  readonly key: string;
  readonly value: Json;
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('replace', 'remove', 'double', 'add', 'wrap'),
  key: fc.constantFrom(...telling),
  value: hostile,
});

/** Arbitrary JSON text near `original`. */
export function mutated(original: unknown): fc.Arbitrary<string> {
  return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
    const tree = structuredClone(original) as Json;
    // A value of its own each time: the same object in two places would make the tree a circle.
    for (const one of changes) apply(tree, { ...one, value: structuredClone(one.value) });
    return JSON.stringify(tree);
  });
}

function apply(tree: Json, { at, how, key, value }: Change): void {
  const places = [...containers(tree)];
  const place = places[at % Math.max(places.length, 1)];
  if (place === undefined) return;
  if (Array.isArray(place)) {
    const index = at % Math.max(place.length, 1);
    if (how === 'replace') place[index] = value;
    else if (how === 'remove') place.splice(index, 1);
    else if (how === 'double') place.push(...structuredClone(place));
    else if (how === 'add') place.push(value);
    else place[index] = [place[index] ?? null];
    return;
  }
  const keys = Object.keys(place);
  const chosen = how === 'add' ? key : (keys[at % Math.max(keys.length, 1)] ?? key);
  if (how === 'remove') delete place[chosen];
  else if (how === 'wrap') place[chosen] = [place[chosen] ?? null];
  else place[chosen] = value;
}

function* containers(tree: Json): Generator<Json[] | { [key: string]: Json }> {
  if (tree === null || typeof tree !== 'object') return;
  yield tree;
  for (const child of Array.isArray(tree) ? tree : Object.values(tree)) yield* containers(child);
}
