/**
 * Consoles are told in codes and numbers, of which a page makes words in the language of whoever reads it: no text that
 * the gateway makes for its log reaches one.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StatusFeed } from '../../src/console/status-feed.ts';
import { statusOfTest } from '../status-of-test.ts';

const proto = readFileSync(join(import.meta.dirname, '../../proto/console.proto'), 'utf8');

/** Texts whose names sound like a reason, and why each may be there. */
const known: Readonly<Record<string, string>> = {
  'Refused.detail': 'a word where people log in; shown by no page otherwise',
  'Bridging.reason': 'the words of whoever opened it',
  'Member.reason': 'the words of whoever joined it',
  'HandOver.reason': 'the words of whoever refused it',
  'FloorAnswer.cause': 'a code',
  'Over.end': 'a code',
  'OverCut.end': 'a code',
  'Receipt.cause': 'a code',
  'CallOver.end': 'a code',
  'Emergency.clearing_cause': 'the words of whoever clears it',
  'RtcReset.reason': 'for the console of the browser',
  'RtcResponse.error': 'for the console of the browser',
  'Goodbye.reason': 'a code',
  'FoundRecording.end': 'a code',
  'ExportOrder.reason': 'the words of whoever ordered it',
  'ExportOrder.words': 'the words of whoever refused it',
  'TimelineEntry.words': 'the words of a person or a unit',
};

describe('what a console is told', () => {
  it('has no field for a reason in words but those of persons', () => {
    const fields = messagesToPages().flatMap(({ name, body }) =>
      [...body.matchAll(/\b(?:string|bytes) (\w+) =/g)].map(([, field]) => `${name}.${field}`),
    );
    const suspects = fields.filter((field) => /reason|detail|error|cause|text|words|\bend$|message/.test(field));
    expect(suspects.filter((field) => !/\.text$/.test(field)).sort()).toEqual(Object.keys(known).sort());
  });

  it('of networks and legs is the same whatever the reasons in the log say', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (reason, lastFaultReason) => {
        const status = statusOfTest;
        const wordy = {
          ...status,
          attachments: status.attachments.map((each) => ({ ...each, reason })),
          legs: status.legs.map((each) => ({ ...each, reason, lastFaultReason })),
        };
        const feed = new StatusFeed();
        const told = feed.changed(wordy);
        expect(told).toEqual(new StatusFeed().changed(status));
        expect(feed.changed(status)).toBeUndefined();
      }),
    );
  });
});

/** The messages of the schema that a page may be sent, with their fields. */
function messagesToPages(): { readonly name: string; readonly body: string }[] {
  const [, ...parts] = proto.replaceAll(/\/\/.*$/gm, '').split(/^message /m);
  const bodies = new Map(parts.map((part) => [/^\w+/.exec(part)?.[0] ?? '', part] as const));
  const found = new Set<string>();
  const visit = (name: string): void => {
    const body = bodies.get(name);
    if (body === undefined || found.has(name)) return;
    found.add(name);
    for (const [word] of body.matchAll(/\b[A-Z]\w+/g)) visit(word);
  };
  visit('ServerMessage');
  return [...found].map((name) => ({ name, body: bodies.get(name) ?? '' }));
}
