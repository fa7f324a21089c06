/** Requests that are sent again, in every order, by several people, over restarts: against a model of what was done. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type GivenAnswer, IdempotencyKeys, type KeptAnswers } from '../../src/api/idempotency.ts';

const dayMs = 86_400_000;

function documentOf(): KeptAnswers & { text: string } {
  return {
    text: '',
    read(isWhole) {
      const document: unknown = this.text === '' ? undefined : JSON.parse(this.text);
      return document !== undefined && isWhole(document) ? document : undefined;
    },
    write(next) {
      this.text = JSON.stringify(next);
      return undefined;
    },
  };
}

const stepArbitrary = fc.record({
  by: fc.constantFrom('lotte', 'marc', 'a', 'a "b', '__proto__'),
  key: fc.constantFrom('"11111111"', '"22222222"', '"b 111111"', '"__proto__"'),
  asked: fc.constantFrom('one', 'two'),
  becomes: fc.constantFrom('done', 'done', 'done', 'thrown'),
  isSecret: fc.boolean(),
  laterMs: fc.constantFrom(0, 1000, dayMs / 2, dayMs, -5000),
  restart: fc.constantFrom(false, false, false, true),
});

it('is done once for each key of each person, and answers nobody what another asked', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(stepArbitrary, { maxLength: 30 }), async (steps) => {
      const document = documentOf();
      let keys = new IdempotencyKeys(document);
      let utcMs = dayMs * 100;
      let done = 0;
      const known = new Map<string, { asked: string; body: unknown; atUtcMs: number; isSecret: boolean }>();
      for (const { by, key: header, asked, becomes, isSecret, laterMs, restart } of steps) {
        utcMs += laterMs;
        if (restart) {
          keys = new IdempotencyKeys(document);
          for (const [each, { isSecret: was }] of known) if (was) known.delete(each);
        }
        const place = JSON.stringify([by, header]);
        const before = known.get(place);
        const isKept = before !== undefined && utcMs - before.atUtcMs < dayMs;
        const doneBefore = done;
        const body = { by, header, at: done };
        const work = async (): Promise<GivenAnswer> => {
          done++;
          if (becomes === 'thrown') throw new Error('not done');
          return { status: 200, headers: {}, body, isSecret };
        };
        const answer = await keys.once({ header, by, asked: [asked], utcMs }, work).catch(() => 'thrown');
        if (isKept) {
          expect(done).toBe(doneBefore);
          expect(answer).toEqual(before.asked === asked ? expect.objectContaining({ body: before.body }) : 'key-other');
          continue;
        }
        expect(done).toBe(doneBefore + 1);
        if (becomes === 'thrown') known.delete(place);
        else known.set(place, { asked, body, atUtcMs: utcMs, isSecret });
        expect(answer).toEqual(becomes === 'thrown' ? 'thrown' : expect.objectContaining({ body }));
      }
    }),
  );
});

it('forgets on the disk as well what is tried anew, wherever the clock is set to', async () => {
  const document = documentOf();
  const asked = { header: '"11111111"', by: 'lotte', asked: [] };
  const answer = (body: string) => async (): Promise<GivenAnswer> => ({ status: 200, headers: {}, body });
  await new IdempotencyKeys(document).once({ ...asked, utcMs: 0 }, answer('first'));
  const failing = new IdempotencyKeys(document).once({ ...asked, utcMs: dayMs }, () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  const given = await new IdempotencyKeys(document).once({ ...asked, utcMs: dayMs - 5000 }, answer('second'));
  expect(given).toMatchObject({ body: 'second' });
});

it('takes keys of the form alone', async () => {
  const keys = new IdempotencyKeys();
  const answer = { status: 200, headers: {}, body: 1 };
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string({ unit: 'binary', maxLength: 80 }), fc.string()), async (text) => {
      const isForm = /^"[\x20\x21\x23-\x5b\x5d-\x7e]{8,64}"$/.test(text);
      const given = await keys.once({ header: text, by: 'x', asked: [], utcMs: 0 }, async () => answer);
      expect(given).toEqual(isForm ? answer : 'key-missing');
    }),
  );
});

it('stays small on the disk and in memory, however many come, and the newest are known', async () => {
  const document = documentOf();
  const keys = new IdempotencyKeys(document);
  const ask = (number: number, to = keys) =>
    to.once({ header: `"flood-${number}"`.replace('-', '-000'), by: 'marc', asked: [], utcMs: number }, async () => ({
      ...{ status: 201, headers: {}, body: number },
    }));
  for (let number = 0; number < 700; number++) await ask(number);
  expect(JSON.parse(document.text)).toMatchObject({ answers: { length: 100 } });
  const after = new IdempotencyKeys(document);
  let again = 0;
  await after.once({ header: '"flood-000699"', by: 'marc', asked: [], utcMs: 700 }, async () => {
    again++;
    return { status: 201, headers: {}, body: 0 };
  });
  expect(again).toBe(0);
});
