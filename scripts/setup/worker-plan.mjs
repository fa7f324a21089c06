/**
 * How mediasoup's worker is compiled, as text: which files, in which pieces, with which flags. Pure: no file is read
 * here, so that the plan can be tested without a compiler.
 *
 * The worker is 211 short files that each read some 5 MB of the same headers, which is where the minutes go. So the
 * files are joined into a few pieces of about equal size; each piece reads the headers once.
 *
 * Driven by: worker.mjs, which writes the plan to disk and runs ninja.
 */

/** Defines as mediasoup's own meson.build makes them; its congestion control by libwebrtc would need abseil. */
const FLAGS = [
  ...['-std=c++20', '-pipe', '-w', '-g0', '-fno-var-tracking', '-DNDEBUG', '-DMS_EXECUTABLE', '-DMS_LITTLE_ENDIAN'],
  ...['-DMS_USE_BUILTIN_BWE', '-DFLATBUFFERS_LOCALE_INDEPENDENT=1'],
];

/** Where voice packets pass, and elsewhere. */
const LEVELS = { hot: '-O2', cold: '-O1' };

const LIBRARIES = ['-luv', '-lssl', '-lcrypto', '-lsrtp2', '-lflatbuffers', '-pthread'];

/**
 * What no voice packet passes: data channels, video's bandwidth estimation, parsing of parameters at set-up of
 * a call. Compiled for size of wait, not for speed.
 */
const COLD = /^src\/(RTC\/(SCTP|SctpDictionaries|RtpDictionaries|BWE|NEW_RTCP)\/|(Settings|Worker|main|lib)\.cpp)/;

/** What the binary depends on besides the sources: part of its key in the cache. */
export const RECIPE = [...FLAGS, ...LIBRARIES, ...Object.values(LEVELS), COLD.source];

/** @typedef {{ path: string, text: string }} Source */
/** @typedef {{ name: string, hot: boolean, paths: string[] }} Piece `hot`: voice packets pass here */
/** @typedef {{ hot: boolean, weight: number, names: Set<string>, paths: string[] }} Bin */

/**
 * The worker's source files as its own build lists them.
 * @param {string} mesonBuild text of worker/meson.build
 */
export function sourcePaths(mesonBuild) {
  const list = /common_sources = \[(.*?)\]/s.exec(mesonBuild)?.[1] ?? '';
  const paths = [...list.matchAll(/'(src\/[^']+\.cpp)'/g)].map(([, path = '']) => path);
  if (paths.length === 0) throw new Error('no common_sources in worker/meson.build: mediasoup changed its build');
  return [...paths, 'src/main.cpp'];
}

/**
 * Names that are private to a file and would clash with the same name of another file in the same piece. Generous:
 * what is taken for private and is not only costs a little freedom in packing.
 * @param {string} text
 */
export function privateNames(text) {
  const bare = text.replace(/\/\*.*?\*\//gs, '').replace(/\/\/[^\n]*/g, '');
  /** @type {Set<string>} */
  const names = new Set();
  for (const [, name = ''] of bare.matchAll(/\b(?:static|constexpr)\b[^;=(){}[\]]*?\b(\w+)\s*[;=({[]/g))
    names.add(name);
  for (const [, name = ''] of bare.matchAll(/^\s*#\s*define\s+(\w+)/gm)) if (name !== 'MS_CLASS') names.add(name);
  return names;
}

/**
 * Joins files into about `count` pieces of about equal size, so that no two files of a piece have a private name in
 * common. More pieces are opened where names demand it; as many as files are each file by itself.
 * @param {readonly Source[]} sources
 * @param {number} count
 * @returns {Piece[]}
 */
export function planPieces(sources, count) {
  /** @type {Bin[]} */
  const pieces = [];
  const weigh = (/** @type {Source} */ source) => source.text.length + 2_000; // a short file is not free
  const total = sources.reduce((sum, source) => sum + weigh(source), 0);
  const share = total / Math.max(1, count);
  for (const hot of [true, false]) {
    const mine = sources.filter((source) => hot !== COLD.test(source.path));
    const weight = mine.reduce((sum, source) => sum + weigh(source), 0);
    const wanted = count >= sources.length ? mine.length : Math.max(1, Math.round(weight / share));
    /** @returns {Bin} */
    const open = () => ({ hot, weight: 0, names: new Set(), paths: [] });
    const bins = Array.from({ length: wanted }, open);
    for (const source of [...mine].sort((a, b) => weigh(b) - weigh(a) || (a.path < b.path ? -1 : 1))) {
      const names = privateNames(source.text);
      const free = bins.filter((bin) => ![...names].some((name) => bin.names.has(name)));
      const bin = free.sort((a, b) => a.weight - b.weight)[0] ?? open();
      if (!bins.includes(bin)) bins.push(bin);
      for (const name of names) bin.names.add(name);
      bin.weight += weigh(source);
      bin.paths.push(source.path);
    }
    pieces.push(...bins.filter((bin) => bin.paths.length > 0));
  }
  // Heaviest first: what starts last must be short, or one core waits for the other.
  pieces.sort((a, b) => b.weight - a.weight);
  return pieces.map(({ hot, paths }, index) => ({ name: `piece-${index}-${hot ? 'hot' : 'cold'}`, hot, paths }));
}

/**
 * One piece as a C++ file.
 * @param {Piece} piece
 * @param {string} workerDir
 */
export function pieceText(piece, workerDir) {
  return piece.paths.map((path) => `#include "${workerDir}/${path}"\n#undef MS_CLASS\n`).join('');
}

/**
 * @param {{ pieces: readonly Piece[], workerDir: string, compatDir: string, compiler: string }} plan
 * @returns {string} build.ninja, to be run in a folder that holds gen/FBS and the pieces
 */
export function ninjaText({ pieces, workerDir, compatDir, compiler }) {
  const flags = [...FLAGS, `-I${compatDir}`, `-I${workerDir}/include`, '-Igen'];
  const objects = pieces.map((piece) => `${piece.name}.o`);
  return [
    `flags = ${flags.join(' ')}`,
    'rule compile',
    // Renamed when whole: a compiler that outlived its ninja must not write into what the next run makes.
    `  command = ${compiler} $flags $level -c $in -o $out.$$$$ && mv $out.$$$$ $out`,
    '  description = compile $in',
    'rule link',
    `  command = g++ -s $in -o $out ${LIBRARIES.join(' ')}`,
    '  description = link $out',
    ...pieces.map(
      (piece) => `build ${piece.name}.o: compile ${piece.name}.cpp\n  level = ${piece.hot ? LEVELS.hot : LEVELS.cold}`,
    ),
    `build mediasoup-worker: link ${objects.join(' ')}`,
    'default mediasoup-worker',
    '',
  ].join('\n');
}
