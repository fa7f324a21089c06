import { describe, expect, it } from 'vitest';
import { readTimeServer } from '../../src/config/clock-schema.ts';

describe('clock.servers', () => {
  it.each([
    ['ntp.example.org', { host: 'ntp.example.org', port: 123 }],
    ['192.0.2.1:1123', { host: '192.0.2.1', port: 1123 }],
    ['[2001:db8::1]:123', { host: '2001:db8::1', port: 123 }],
    ['[2001:db8::1]', { host: '2001:db8::1', port: 123 }],
  ])('reads %s', (server, place) => {
    expect(readTimeServer(server)).toEqual({ server, ...place });
  });

  it.each([
    '',
    '192.0.2',
    '192.0.2.300',
    'ntp example',
    '2001:db8::1',
    '[192.0.2.1]',
    'ntp.example.org:0',
    'a:70000',
    'ntp://a',
  ])('refuses %j', (server) => {
    expect(readTimeServer(server)).toBeUndefined();
  });
});
