/** Time servers against which the machine's clock is measured. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { text } from './schema-values.ts';

export interface TimeServerPlace {
  /** As it is written in the configuration. */
  readonly server: string;
  /** A literal without brackets, or a name. */
  readonly host: string;
  readonly port: number;
}

const ntpPort = 123;
const shape =
  /^(?:\[(?<v6>[0-9A-Fa-f:.]+)\]|(?<name>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?))(?::(?<port>[0-9]{1,5}))?$/;

/** Reads `ntp.example.org`, `192.0.2.1:123` or `[2001:db8::1]:123`; undefined where it is none of these. */
export function readTimeServer(server: string): TimeServerPlace | undefined {
  const found = shape.exec(server)?.groups;
  const { v6, name = v6 ?? '', port = String(ntpPort) } = found ?? {};
  const isHost = v6 === undefined ? isIP(name) === 4 || /[A-Za-z]/.test(name) : isIP(v6) === 6;
  if (found === undefined || !isHost || Number(port) < 1 || Number(port) > 65535) return undefined;
  return { server, host: name, port: Number(port) };
}

const timeServer = text.refine(
  (value) => readTimeServer(value) !== undefined,
  'must be a name or an IP address, with a port where it is not 123: ntp.example.org, 192.0.2.1:123, [2001:db8::1]:123',
);

export const clockSchema = z
  .strictObject({
    servers: z
      .array(timeServer)
      .max(8)
      .default([])
      .describe(
        'NTP servers, best those by which the machine sets its clock; of three or more one may be wrong. None: the record says that the clock is not measured.',
      ),
  })
  .prefault({})
  .describe("How far the machine's clock is from the right time; nothing here sets it.");
