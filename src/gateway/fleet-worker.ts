/**
 * The thread that has the fleet data: checking a whole configuration takes a while and a commit waits for the disk, and no
 * console shall wait for either.
 */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { assert } from '../base/assert.ts';
import { writeFleetFile } from '../config/fleet-file.ts';
import { fleetSteps, type InUse, meanwhile, waitingWhole } from '../config/fleet-plan.ts';
import { sectionsOf } from '../config/live-config.ts';
import { checkConfig } from '../config/load.ts';
import { fleetChangedLine, personLine } from '../operations/fleet-line.ts';
import { openDatabase } from '../store/database.ts';
import { FleetStore, type FleetTables } from '../store/fleet-store.ts';
import { writeWhole } from '../store/kept-file.ts';
import { type FleetNews, fleetMethods, fleetWorkerSchema, type TakingOver } from './fleet-methods.ts';
import { FleetOffice } from './fleet-office.ts';

const { file, fileText, workingFolder, folder, database, held } = fleetWorkerSchema.parse(workerData);
const askSchema = z.object({ id: z.number(), method: z.enum(fleetMethods), args: z.array(z.unknown()) });
const port = parentPort;
assert(port !== null, 'runs as a worker');
const tell = (news: FleetNews): void => port.postMessage({ news });
/** A text that somebody brought, in the words of problems. */
const textName = 'fleet data';

/** Opened when it is first asked, and anew after it could not be. */
let opening: Promise<FleetOffice> | undefined;

async function perform(message: unknown): Promise<void> {
  const { id, method, args } = askSchema.parse(message);
  try {
    const office = await opened();
    const value: unknown = await answer(office, method, args);
    port?.postMessage({ id, value });
  } catch (error) {
    port?.postMessage({ id, fault: error instanceof Error ? error.message : String(error) });
  }
}

async function answer(office: FleetOffice, method: (typeof fleetMethods)[number], args: unknown[]): Promise<unknown> {
  if (method === 'look') return look(office);
  if (method === 'plan') return plan(office, ...(args as Parameters<FleetPlanner>));
  return Reflect.apply(office[method], office, args);
}

type FleetPlanner = (before: string | undefined, to: number, inUse: InUse) => Promise<TakingOver>;

/** `before`: the fleet data with which the gateway works; undefined: that of its start. */
async function plan(office: FleetOffice, ...[before, to, inUse]: Parameters<FleetPlanner>): Promise<TakingOver> {
  const texts = [before ?? (await office.text(held)), await office.text(to)];
  const [old, now] = texts.map((text) => (text === undefined ? undefined : check(text).config));
  // What has not been valid at the start of this gateway holds at its next one.
  if (old === undefined || now === undefined) return { steps: [], isForRestart: true };
  const steps = fleetSteps(old, now, inUse);
  const [oldValue, nowValue] = texts.map((text) => parse(text ?? '') as Readonly<Record<string, unknown>>);
  const text = stringify(meanwhile(oldValue ?? {}, nowValue ?? {}, steps), { aliasDuplicateObjects: false });
  const { config } = check(text);
  if (config === undefined) return { steps: waitingWhole(steps) };
  return { taken: { text, sections: structuredClone(sectionsOf(config)) }, steps };
}

function check(text: string | undefined): ReturnType<typeof checkConfig> {
  // Its secrets are the gateway's business: what is checked here never gets to work with them.
  const options = { file, workingFolder, environment: {}, secretsRequired: false };
  return checkConfig(fileText, { ...options, ...(text !== undefined && { fleet: { text, file: textName } }) });
}

async function look(office: FleetOffice): Promise<number> {
  await office.tick();
  return (await office.fleet()).active;
}

async function opened(): Promise<FleetOffice> {
  opening ??= openOffice();
  try {
    return await opening;
  } catch (error) {
    opening = undefined;
    throw error;
  }
}

async function openOffice(): Promise<FleetOffice> {
  const kysely = openDatabase<FleetTables>(database);
  try {
    const office = new FleetOffice({
      store: await FleetStore.open(kysely),
      fileText,
      textName,
      utcMs: () => Date.now(),
      check,
      hold: (version, text) => writeWhole(join(folder, 'fleet.yaml'), writeFleetFile({ version, text })),
      changed: (version) => tell({ name: 'changed', line: fleetChangedLine(version) }),
      refused: (by, what, refusal) => tell({ name: 'refused', line: { what, ...personLine(by), refusal } }),
    });
    await office.start(held);
    return office;
  } catch (error) {
    await kysely.destroy();
    throw error;
  }
}

port.on('message', (message: unknown) => void perform(message));
