/** What the operations' shell tells others, for tests that look at some of it: nothing comes of the rest. */
import type { OperationsPorts } from '../../../src/gateway/operations/operations.ts';

const nothing = () => undefined;

export const quietEvents: OperationsPorts['events'] = {
  operations: {
    bridging: nothing,
    announcement: nothing,
    alertPlan: nothing,
    borderRecord: nothing,
    emergency: nothing,
    hit: nothing,
    handOver: nothing,
    textSent: nothing,
    talkerRemoved: nothing,
  },
  state: { notKept: nothing },
};

export const quietConsole: OperationsPorts['console'] = {
  setBridging: nothing,
  setSchedule: nothing,
  identify: () => ({}),
  talkerNow: () => ({}),
  talkerOf: () => undefined,
  isNamedAnew: () => true,
  setEmergency: nothing,
  clearEmergency: nothing,
  setBorderRecord: nothing,
  setPlan: nothing,
  endPlan: nothing,
  setHit: nothing,
  forget: nothing,
  setHandOver: nothing,
  sheetOf: () => ({}),
};

/** Nothing makes room. */
export const quietOlder: OperationsPorts['older'] = () => ({ put: nothing, forget: () => true });
