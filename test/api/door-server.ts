/** A gateway's HTTP server with one of its doors, over a real socket; whatever stands behind the door is the test's. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpServer, type HttpServerOptions } from '../../src/api/http-server.ts';
import { ManualClock } from '../../src/base/clock.ts';
import { Events } from '../../src/base/events.ts';
import { createLog } from '../../src/base/logger.ts';
import { Meter } from '../../src/base/meter.ts';
import { demoConfig } from '../gateway/demo-config.ts';
import { statusOfTest } from '../status-of-test.ts';

export interface DoorServer {
  readonly port: number;
  readonly clock: ManualClock;
  close(): Promise<void>;
}

export async function openDoorServer(
  doors: Pick<HttpServerOptions, 'proofs' | 'recordings' | 'retention' | 'tokens'>,
): Promise<DoorServer> {
  const folder = mkdtempSync(join(tmpdir(), 'door-'));
  const { logger } = createLog({ level: 'silent', personalData: 'hidden', form: 'lines' });
  const meter = new Meter();
  const clock = new ManualClock();
  const server = createHttpServer({
    ...{ config: demoConfig, logger, meter, events: new Events(logger, meter), pageFolder: folder },
    ...{ clock, version: '0' },
    parts: () => ({
      voiceProcess: true,
      mediaWorkers: { alive: 1, wanted: 1 },
      sipListeners: { open: 1, wanted: 1 },
      legs: { up: 0, total: 0 },
    }),
    status: () => statusOfTest,
    consoleLink: { handleUpgrade: () => undefined },
    ...doors,
  });
  return {
    clock,
    port: await server.listen({ host: '127.0.0.1', port: 0 }),
    close: async () => {
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}
