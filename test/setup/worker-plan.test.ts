import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NODE_MODULES } from '../../scripts/setup/context.mjs';
import { ninjaText, pieceText, planPieces, privateNames, sourcePaths } from '../../scripts/setup/worker-plan.mjs';

const workerDir = join(NODE_MODULES, 'mediasoup', 'worker');
const paths = sourcePaths(readFileSync(join(workerDir, 'meson.build'), 'utf8'));
const sources = paths.map((path) => ({ path, text: readFileSync(join(workerDir, path), 'utf8') }));

describe("plan of the worker's build", () => {
  it("takes the files from mediasoup's own list and says so when that is not found", () => {
    expect(paths.length).toBeGreaterThan(200);
    expect(paths.filter((path) => !existsSync(join(workerDir, path)))).toEqual([]);
    expect(() => sourcePaths('sources = files()')).toThrow('common_sources');
  });

  it('compiles every file once, in few pieces', () => {
    const pieces = planPieces(sources, 8);
    expect(pieces.flatMap((piece) => piece.paths).sort()).toEqual([...paths].sort());
    expect(pieces.length).toBeLessThanOrEqual(14);
  });

  it('can compile every file by itself', () => {
    expect(planPieces(sources, sources.length).map((piece) => piece.paths.length)).toEqual(sources.map(() => 1));
  });

  it('never joins files that have a private name in common', () => {
    const names = new Map(sources.map(({ path, text }) => [path, privateNames(text)]));
    for (const piece of planPieces(sources, 2)) {
      const seen = piece.paths.flatMap((path) => [...(names.get(path) ?? [])]);
      expect(seen.length).toBe(new Set(seen).size);
    }
  });

  it('finds static functions, constants and macros, and no comments', () => {
    const text = `
      static constexpr size_t BufferSize{ 65536 };
      inline static void onAlloc(uv_handle_t* handle) {}
      #define LOG_IT(x) x
      // static int commented;
      /* static int commented2; */`;
    expect([...privateNames(text)].sort()).toEqual(['BufferSize', 'LOG_IT', 'onAlloc']);
  });

  it('optimises where voice passes: RTP, SRTP, sockets, transports', () => {
    const pieces = planPieces(sources, 8);
    const hot = new Set(pieces.filter((piece) => piece.hot).flatMap((piece) => piece.paths));
    for (const path of ['RTC/RTP/Packet', 'RTC/SrtpSession', 'RTC/Consumer', 'handles/UdpSocketHandle']) {
      expect(hot).toContain(`src/${path}.cpp`);
    }
    const text = ninjaText({ pieces, workerDir, compatDir: '/compat', compiler: 'g++' });
    for (const { name, hot: isHot } of pieces) {
      expect(text).toContain(`build ${name}.o: compile ${name}.cpp\n  level = ${isHot ? '-O2' : '-O1'}`);
    }
  });

  it('takes back the class name that each file defines', () => {
    const text = pieceText({ name: 'p', hot: true, paths: ['src/a.cpp', 'src/b.cpp'] }, '/w');
    expect(text).toBe('#include "/w/src/a.cpp"\n#undef MS_CLASS\n#include "/w/src/b.cpp"\n#undef MS_CLASS\n');
  });
});
