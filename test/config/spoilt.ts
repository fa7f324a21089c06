import { expect } from 'vitest';

/** A small whole configuration; the tests replace one line of it or add to it. */
export const base = `version: 1
gateway:
  id: gw
  name: {fr: a, nl: b, en: c}
networks:
  - {id: astrid, name: ASTRID, technology: tetra, country: BE}
  - {id: inpt, name: INPT, technology: tetrapol, country: FR}
attachments:
  - {id: as-1, network: astrid, kind: sip, sip: {peer: "sip:127.0.0.1:5160"}}
  - {id: in-1, network: inpt, kind: sip, sip: {peer: "sip:127.0.0.1:5170"}}
organisations:
  - {id: zp, name: ZP, country: BE}
talkgroups:
  - {id: t1, network: astrid, number: "101", short: A}
  - {id: t2, network: inpt, number: "590-911", short: B}
units:
  - {id: u1, address: "5317031", network: astrid, callSign: M 31, organisation: zp, language: fr}
sharedGroups:
  - id: g1
    short: G1
    name: {fr: a, nl: b, en: c}
    legs:
      - {talkgroup: t1}
      - {talkgroup: t2}
`;

/** The base with one place changed. `§` in the replacement marks where the problem is to be reported. */
export function spoilt(from: string, to: string): { text: string; at: string } {
  expect(base.split(from)).toHaveLength(2);
  const marked = base.replace(from, () => to);
  const before = marked.slice(0, marked.indexOf('§')).split('\n');
  return { text: marked.replace('§', ''), at: `x.yaml:${before.length}:${(before.at(-1)?.length ?? 0) + 1}: ` };
}
