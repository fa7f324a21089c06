/** sipp as the far end of one attachment: answers each call as test/interop/sipp/answers.xml has it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loopback } from './ports.ts';

const spoken = readFileSync(new URL('../sipp/answers.xml', import.meta.url), 'utf8');

export interface SippAnswers {
  /** Of SIP. */
  readonly port: number;
  /** Of its voice, as its SDP says. */
  readonly media: number;
  /** Where sipp itself has voice: elsewhere if another program has its part. */
  readonly echo: number;
  /** What is to be changed in the scenario's text. */
  readonly more: (text: string) => string;
}

/** The arguments with which sipp does it; its scenario is written to the folder. */
export function sippAnswers(folder: string, { port, media, echo, more }: SippAnswers): readonly string[] {
  const file = join(folder, `answers-${port}.xml`);
  writeFileSync(file, more(spoken.replaceAll('[media_port]', String(media))));
  const at = ['-i', loopback, '-p', String(port), '-mi', loopback, '-mp', String(echo)];
  return ['-sf', file, ...at, '-aa', '-nostdin', '-nd'];
}

/** Floor control of MCPTT beside the voice, at that port. */
export const floorAt = (port: number) => (text: string) =>
  text.replace('a=sendrecv\n', `a=sendrecv\nm=application ${port} udp MCPTT\n`);

/** Writes to a file on which ports the caller has voice and floor control. */
export const portsTo = (file: string) => (text: string) =>
  text
    .replace(
      '<recv request="INVITE" rrs="true"/>',
      `<recv request="INVITE" rrs="true"><action>
        <ereg regexp="m=audio ([0-9]+)" search_in="body" check_it="true" assign_to="line1,voice"/>
        <ereg regexp="m=application ([0-9]+)" search_in="body" check_it="true" assign_to="line2,floor"/>
        <exec command="echo [$voice] [$floor] > ${file}"/>
      </action></recv>`,
    )
    .replace('</scenario>', '<Reference variables="line1,line2"/></scenario>');
