/** Parts of a configuration in which every network has one talkgroup in the group for tests, which is proven. */
export function provenLines(names: readonly string[]): Readonly<Record<string, unknown>> {
  return {
    networks: names.map((id) => ({ id, name: id, technology: 'tetra', country: 'BE' })),
    talkgroups: names.map((name, at) => ({ id: `tg-${name}`, network: name, number: `${5300110 + at}`, short: name })),
    sharedGroups: [
      {
        ...{ id: 'xb-tech', short: 'FRBE TECH', use: 'test', mode: 'on-demand' },
        name: { fr: 'Essais', nl: 'Test', en: 'Test' },
        legs: names.map((name) => ({ talkgroup: `tg-${name}` })),
      },
    ],
    morningProof: { group: 'xb-tech', at: '05:30', oneWayMsMax: 300 },
  };
}
