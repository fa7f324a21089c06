/**
 * Code for proto/*.proto, made at set-up and not kept in git: 10 000 lines that say nothing the .proto does not.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { contentHash, publish, readStamp, writeStamp } from './cache.mjs';
import { inRoot, lockedVersion, NODE_MODULES } from './context.mjs';
import { withNode } from './node.mjs';
import { runTool } from './shell.mjs';

const PROTO = inRoot('proto');
const GENERATED = inRoot('src/protocols/generated');
const STAMP = join(NODE_MODULES, '.escaut', 'proto');

const FLAGS = [
  ...['--target', 'static-module', '--wrap', 'esm', '--dts'],
  '--force-number', // 64-bit fields are times in ms, far below 2^53
  // What nobody calls: checks that the compiler makes, conversions to plain objects, length prefixes, type URLs, RPC.
  ...['--no-verify', '--no-convert', '--no-delimited', '--no-typeurl', '--no-service'],
];

const schemas = () => (existsSync(PROTO) ? readdirSync(PROTO).filter((file) => file.endsWith('.proto')) : []);
const wanted = () =>
  contentHash({
    texts: [lockedVersion('protobufjs'), lockedVersion('protobufjs-cli'), 'a root a file', ...FLAGS],
    paths: [PROTO],
  });

export function isProtoCurrent() {
  const made = schemas().every((file) =>
    ['.js', '.d.ts'].every((ending) => existsSync(join(GENERATED, basename(file, '.proto') + ending))),
  );
  return made && readStamp(STAMP) === wanted();
}

/**
 * @param {import('./node.mjs').Node} node
 * @param {import('./report.mjs').Step} step
 */
export async function generateProto(node, step) {
  const stamp = wanted();
  const partial = join(NODE_MODULES, '.escaut', 'proto-partial');
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  for (const file of schemas()) {
    const out = join(partial, `${basename(file, '.proto')}.js`);
    const pbjs = join(NODE_MODULES, 'protobufjs-cli', 'bin', 'pbjs');
    // A root of its own: with the common one, the file loaded last takes the package of the others.
    const root = ['--root', `escaut-${basename(file, '.proto')}`];
    await runTool('node', [pbjs, ...FLAGS, ...root, '--path', PROTO, '--out', out, join(PROTO, file)], {
      log: 'proto',
      env: withNode(node),
      step,
    });
  }
  publish(partial, GENERATED);
  writeStamp(STAMP, stamp);
}
