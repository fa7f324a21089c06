import { describe, expect, it } from 'vitest';
import { OwnSockets } from '../../src/bridges/own-sockets.ts';
import { PortAllocator } from '../../src/bridges/port-allocator.ts';

describe('own sockets', () => {
  it('are the pairs of legs while they are taken, at the address of legs only', () => {
    const legs = new PortAllocator({ from: 40_000, to: 40_003 });
    const own = new OwnSockets(['192.0.2.1'], legs);
    expect(own.has('192.0.2.1', 40_000)).toBe(false);
    const port = legs.take(0)!;
    expect([port, port + 1, port + 2].map((each) => own.has('192.0.2.1', each))).toEqual([true, true, false]);
    expect(own.has('192.0.2.2', port)).toBe(false);
    legs.giveBack(port, 0);
    expect(own.has('192.0.2.1', port)).toBe(false);
  });

  it('are the others that were named; the wildcard stands for every address of this machine', () => {
    const own = new OwnSockets(['192.0.2.1'], new PortAllocator({ from: 40_000, to: 40_003 }));
    own.add('192.0.2.1', 5060);
    own.add('0.0.0.0', 44_000);
    expect(own.has('192.0.2.1', 5060)).toBe(true);
    expect(own.has('127.0.0.1', 5060)).toBe(false);
    expect(own.has('127.0.0.1', 44_000)).toBe(true);
    expect(own.has('203.0.113.9', 44_000)).toBe(false);
  });

  it('know an address that the machine was given later within 1 s, and ask for them no more often', () => {
    const addresses = ['192.0.2.1'];
    let reads = 0;
    let nowMs = 0;
    const readAddresses = (): string[] => {
      reads += 1;
      return [...addresses];
    };
    const own = new OwnSockets(
      ['192.0.2.1'],
      new PortAllocator({ from: 40_000, to: 40_003 }),
      readAddresses,
      () => nowMs,
    );
    own.add('0.0.0.0', 5060);
    expect([own.has('192.0.2.1', 5060), own.has('192.0.2.2', 5060), own.has('192.0.2.2', 5062)]).toEqual([
      true,
      false,
      false,
    ]);
    addresses.push('192.0.2.2');
    nowMs = 999;
    expect(own.has('192.0.2.2', 5060)).toBe(false);
    expect(reads).toBe(1);
    nowMs = 1000;
    expect(own.has('192.0.2.2', 5060)).toBe(true);
    addresses.shift();
    nowMs = 2000;
    expect(own.has('192.0.2.1', 5060)).toBe(false);
    expect(reads).toBe(3);
  });
});
