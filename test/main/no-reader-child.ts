/**
 * `escaut start` as it is called, with a stand-in for the gateway: it logs a line whenever it is asked by SIGUSR2, and
 * says on standard error that the line found no reader.
 */
import { registerHooks } from 'node:module';
import type { StartGateway } from '../../src/gateway/running-gateway.ts';

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === './gateway/gateway.ts' ? { url: import.meta.url, shortCircuit: true } : next(specifier, context),
});

export const startGateway: StartGateway = async ({ logger }) => {
  const alive = setInterval(() => undefined, 1000);
  process.on('SIGUSR2', () => {
    // Once all who listen have heard of it: whoever would end the process has done so.
    process.stdout.once('error', () => setImmediate(() => process.stderr.write('a line without a reader\n')));
    logger.error('asked');
  });
  return {
    consoleLinks: [],
    evidenceAlarms: () => undefined,
    evidence: () => undefined,
    stop: async () => {
      process.stderr.write('far ends and consoles are told\n');
      clearInterval(alive);
    },
  };
};

process.argv.splice(2, Infinity, 'start', '--config', 'config/demo.yaml');
void import('../../src/main.ts');
