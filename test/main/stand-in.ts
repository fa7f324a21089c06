/** A process that runs a stand-in gateway, so that the life of the process can be tested without the gateway. */
import { once } from 'node:events';
import { GatewayError } from '../../src/base/errors.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { StartGateway } from '../../src/gateway/running-gateway.ts';
import { runGateway } from '../../src/start.ts';

const [behaviour] = process.argv.slice(2);

const startGateway: StartGateway = async ({ onFailure, noSimulator, config }) => {
  const alive = setInterval(() => undefined, 1000);
  if (behaviour === 'port-in-use')
    throw new GatewayError('PORT_IN_USE', 'console.listen on 127.0.0.1:8080: the port is in use');
  if (behaviour === 'slow-start') await once(process, 'SIGTERM');
  if (behaviour === 'throws')
    setTimeout(() => {
      throw new Error('sip:5317031@192.0.2.1 surprised us');
    });
  if (behaviour === 'rejects') setTimeout(() => void Promise.reject(new Error('nobody waited')));
  if (behaviour?.startsWith('fails'))
    setTimeout(() => onFailure(new GatewayError('VOICE_PROCESS_FAILED', 'died 5 times within 60 s')));
  return {
    consoleLinks: [{ url: `http://127.0.0.1:8080/#${noSimulator ? 'alone' : config.gateway.id}`, who: '' }],
    evidenceAlarms: () => undefined,
    evidence: () => undefined,
    stop: async () => {
      if (behaviour?.endsWith('hangs')) await new Promise(() => undefined);
      process.stderr.write('far ends and consoles are told\n');
      clearInterval(alive);
    },
  };
};

const loaded = loadConfig({ file: 'config/demo.yaml', environment: {}, workingFolder: process.cwd() });
await runGateway(loaded, { name: 'start', noSimulator: false, logLevel: 'info' }, '1.2.3', async () => startGateway);
