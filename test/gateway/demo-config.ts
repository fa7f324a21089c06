/** The configuration of the demonstration. */
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load.ts';

const folder = join(import.meta.dirname, '../../config');
export const demoConfig = loadConfig({
  file: join(folder, 'demo.yaml'),
  environment: {},
  workingFolder: folder,
}).config;
