import { expect, it } from 'vitest';
import { signalQualityText } from '../../../src/protocols/ed137/signal-quality.ts';

it.each([
  [0, 0, 'RSSI below -100 dBm'],
  [1, 0, 'RSSI -98 dBm'],
  [12, 0, 'RSSI -74 dBm'],
  [15, 0, 'RSSI above -70 dBm'],
  [16, 0, 'RSSI 16'],
  [31, 2, 'C/N 31'],
  [7, 6, 'method 6 7'],
] as const)('index %i of method %i reads %s', (index, method, text) => {
  expect(signalQualityText(index, method)).toBe(text);
});
