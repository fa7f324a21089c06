/**
 * The locked packages. Their install scripts stay off: one of them would download or build mediasoup's worker its own
 * way and take everything down with it where it cannot (see worker.mjs), and no other is needed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentHash, readStamp, writeStamp } from './cache.mjs';
import { inRoot, NODE_MODULES } from './context.mjs';
import { npmCommand, withNode } from './node.mjs';
import { runTool } from './shell.mjs';

/** Inside node_modules: `npm ci` removes it first and we write it last, so it tells a whole installation. */
const STAMP = join(NODE_MODULES, '.escaut', 'npm');

/** Of package.json only what is installed: a changed script is no reason for a minute of npm. */
function wanted() {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
    readFileSync(inRoot('package.json'), 'utf8'),
  );
  return contentHash({
    texts: [JSON.stringify([dependencies, devDependencies, optionalDependencies])],
    paths: [inRoot('package-lock.json')],
  });
}

export function arePackagesCurrent() {
  return readStamp(STAMP) === wanted();
}

/**
 * @param {import('./node.mjs').Node} node
 * @param {import('./report.mjs').Step} step
 */
export async function installNpmPackages(node, step) {
  const stamp = wanted();
  const npm = npmCommand();
  // Development packages too, whatever NODE_ENV says: they build the page.
  const flags = ['--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  await runTool(npm.command, [...npm.args, 'ci', ...flags], {
    log: 'npm',
    env: withNode(node),
    step,
    remedy:
      'Registry out of reach (`npm ping` tells)? Start again once it is.\n' +
      '  Lock file not in sync? npm install --ignore-scripts && node scripts/complete-lock.mjs',
  });
  writeStamp(STAMP, stamp);
}
