import { describe, expect, it } from 'vitest';
import { LegPort } from '../../src/bridges/leg-port.ts';

describe('the port of a leg', () => {
  it('is replaced up to eight times in a row, each old one given back, and then again', () => {
    const back: number[] = [];
    const ports = [102, 104, 106, 108, 110, 112, 114, 116, 118];
    const port = new LegPort(100, { takePort: () => ports.shift(), giveBackPort: (each) => void back.push(each) });
    for (let n = 0; n < 8; n++) expect(port.replace()).toBe(true);
    expect(port.replace()).toBe(false);
    expect(port.number).toBe(116);
    expect(back).toEqual([100, 102, 104, 106, 108, 110, 112, 114]);
    expect(port.replace()).toBe(true);
    port.giveBack();
    expect(back.slice(8)).toEqual([116, 118]);
  });

  it('may be replaced eight times anew once it has been opened', () => {
    const port = new LegPort(100, { takePort: () => 102, giveBackPort: () => undefined });
    for (let n = 0; n < 8; n++) port.replace();
    port.opened();
    for (let n = 0; n < 8; n++) expect(port.replace()).toBe(true);
    expect(port.replace()).toBe(false);
  });

  it('stays what it is when there is no other', () => {
    const port = new LegPort(100, { takePort: () => undefined, giveBackPort: () => expect.unreachable() });
    expect(port.replace()).toBe(false);
    expect(port.number).toBe(100);
  });
});
