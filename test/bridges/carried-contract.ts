/**
 * What must cross an interface beside the life of its legs, "as far as it can carry it": each stand declares what its
 * kind carries, and of every word it is asserted that it crosses, or that whoever wanted it said is told `not-carried`.
 *
 * Who may talk is either said by the interface itself (`floor`), or told by the voice process from what it hears, as the
 * settings of the leg say (`keyIn`, `keyOut`, `grant`); then the attachment says nothing of it.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { DataFault, DataOrder, DataWord } from '../../src/bridges/ports.ts';
import type { FloorAnswer } from '../../src/voice/contract.ts';
import { type AttachmentStand, type Carried, type CarriedWord, type FloorWord, plan } from './attachment-stand.ts';

export const allWords: readonly CarriedWord[] = ['text', 'status', 'position', 'alarm', 'alarm over'];
export const brussels = { latitudeDeg: 50.846, longitudeDeg: 4.352 };

const words: Readonly<Record<CarriedWord, DataWord>> = {
  text: { name: 'text', text: 'A27 vers Rekkem' },
  status: { name: 'status', code: 0x8003 },
  position: { name: 'position', position: brussels },
  alarm: { name: 'alarm', raised: true },
  'alarm over': { name: 'alarm', raised: false },
};
const other = 'xb-pours-1/in:590-911';
const { leg, group } = plan;

export function carriedContract(kind: string, make: () => Promise<AttachmentStand>, carries: Carried): void {
  describe(`what crosses ${kind}`, () => {
    let stand: AttachmentStand;
    afterEach(() => stand.close());

    const open = async () => {
      stand = await make();
      stand.attachment.start();
      stand.attachment.openLeg(plan);
      await stand.advance(3000);
    };
    const since = (before: number) => stand.commands.slice(before);
    const asksFloor = (before: number) => since(before).filter((command) => command.name === 'requestFloor');
    const grants = (before: number) =>
      since(before).flatMap((command) => (command.name === 'legGrant' ? [command.granted] : []));
    /** As the gateway does with a kind that has no `passData`. */
    const pass = async (word: DataWord): Promise<(DataFault | undefined)[]> => {
      const faults: (DataFault | undefined)[] = [];
      const order: DataOrder = { ...word, leg, from: 'Tournai 22', origin: { network: 'INPT', address: '590192102' } };
      if (stand.attachment.passData === undefined) faults.push('not-carried');
      else stand.attachment.passData(order, (fault) => faults.push(fault));
      await stand.advance(1000);
      return faults;
    };

    describe.each(allWords)('%s', (word) => {
      it.runIf(carries.dataIn.includes(word))('from its network is handed on with leg and sender', async () => {
        await open();
        stand.farEnd.says?.(word, word === 'text' ? 'A27 vers Rekkem' : '');
        await stand.advance(100);
        const { name } = words[word];
        expect(stand.data).toMatchObject([
          {
            ...{ leg, attachment: stand.attachment.id, from: '3200001', name },
            ...(word === 'text' && words.text),
            ...(word === 'status' && words.status),
            ...(name === 'alarm' && { raised: word === 'alarm' }),
          },
        ]);
        const [said] = stand.data ?? [];
        if (said?.name === 'position') {
          expect(said.position.latitudeDeg).toBeCloseTo(brussels.latitudeDeg, 2);
          expect(said.position.longitudeDeg).toBeCloseTo(brussels.longitudeDeg, 2);
        }
      });

      if (carries.dataOut.includes(word)) {
        it('to its network arrives, and that is said once', async () => {
          await open();
          expect(await pass(words[word])).toEqual([undefined]);
          expect(stand.farEnd.told?.()).toEqual([
            expect.stringContaining(word === 'text' ? 'A27 vers Rekkem' : 'Tournai 22'),
          ]);
        });
      } else {
        it('to its network is not carried, and that is said once', async () => {
          await open();
          expect(await pass(words[word])).toEqual(['not-carried']);
          expect(stand.farEnd.told?.() ?? []).toEqual([]);
        });
      }
    });

    it.runIf(carries.talkers.includes('talker in'))('who talks there is reported with his address', async () => {
      await open();
      await stand.farEnd.names?.('3200001');
      await stand.advance(100);
      expect(stand.talkers?.at(-1)).toMatchObject({ leg, address: '3200001' });
    });

    it(`who talks elsewhere it is ${carries.talkers.includes('talker out') ? '' : 'not '}told`, async () => {
      await open();
      stand.attachment.nameTalker?.({ party: other, address: '590192102', name: 'Tournai 22' });
      const holder = { party: other, priority: 5, emergency: false, over: 1, sinceUtcMs: 0 };
      stand.attachment.voiceEvent({ name: 'floor', floor: { group, queue: [], holder } });
      stand.attachment.voiceEvent({
        ...{ name: 'legTalk', leg, wanted: true, priority: 5, emergency: false, party: other },
      });
      await stand.advance(3000);
      const named = (stand.farEnd.named?.() ?? []).filter((name) => /590192102|Tournai 22/.test(name));
      if (carries.talkers.includes('talker out')) expect(named).not.toEqual([]);
      else expect(named).toEqual([]);
    });

    it.runIf(carries.floor === undefined)('who may talk is told from voice, and nothing is said of it', async () => {
      await open();
      const [opened] = stand.commands;
      if (opened?.name !== 'openLeg') throw new Error('not opened');
      const { keyIn, keyOut, grant } = opened.settings;
      expect([keyIn.mode, keyOut.mode, grant.mode]).not.toContain('signalled');
      const before = stand.commands.length;
      stand.attachment.voiceEvent({
        ...{ name: 'legTalk', leg, wanted: true, priority: 9, emergency: true, party: other },
      });
      await stand.advance(1000);
      expect([...asksFloor(before), ...grants(before)]).toEqual([]);
    });

    describe.runIf(carries.floor !== undefined)('who may talk', () => {
      const has = (word: FloorWord) => carries.floor?.includes(word) === true;

      const talk = async (emergency: boolean) => {
        const before = stand.commands.length;
        await stand.farEnd.floor?.talks(emergency);
        await stand.advance(100);
        return asksFloor(before);
      };
      const answer = async (result: FloorAnswer) => {
        stand.attachment.voiceEvent({ name: 'answer', party: leg, group, answer: result });
        await stand.advance(100);
        return stand.farEnd.floor?.told() ?? [];
      };
      const wish = async (priority: number, emergency: boolean) => {
        stand.attachment.voiceEvent({ ...{ name: 'legTalk', leg, wanted: true, priority, emergency, party: other } });
        await stand.advance(200);
        return stand.farEnd.floor?.told() ?? [];
      };

      it('there is asked of the floor, with its priority and emergency', async () => {
        await open();
        const [plain, ...more] = await talk(false);
        expect(more).toEqual([]);
        expect(plain).toMatchObject({ party: leg, group, ...(has('priority in') && { priority: 9 }) });
        expect(plain?.name === 'requestFloor' && plain.emergency === true).toBe(false);
        stand.farEnd.switchOff();
        await stand.close();
        await open();
        const [urgent] = await talk(true);
        expect(urgent?.name === 'requestFloor' && urgent.emergency === true).toBe(has('emergency in'));
      });

      it(`there is ${has('grant in') ? '' : 'not '}told grant and denial`, async () => {
        await open();
        await talk(false);
        expect((await answer({ result: 'granted', talkLimitMs: 30_000 })).includes('granted')).toBe(has('grant in'));
        stand.farEnd.switchOff();
        await stand.close();
        await open();
        await talk(false);
        expect((await answer({ result: 'denied', cause: 'busy' })).includes('denied')).toBe(has('grant in'));
      });

      it('elsewhere is asked of it with priority and emergency, or talks at once where it is not asked', async () => {
        await open();
        const before = stand.commands.length;
        const told = (await wish(9, false)).filter((each) => each.startsWith('asked'));
        if (has('denial out')) {
          expect(told).toEqual([has('priority out') ? 'asked 9' : 'asked']);
          expect(grants(before)).toEqual([]);
          await stand.farEnd.floor?.answers(true);
          await stand.advance(100);
          expect(grants(before)).toEqual([true]);
        } else {
          const [opened] = stand.commands;
          expect(told).toEqual([]);
          expect(grants(before)).toEqual([]);
          expect(opened?.name === 'openLeg' && opened.settings.grant.mode).not.toBe('signalled');
        }
      });

      it.runIf(has('denial out'))('elsewhere is refused by it, in no doubt', async () => {
        await open();
        const before = stand.commands.length;
        await wish(9, false);
        await stand.farEnd.floor?.answers(false);
        await stand.advance(100);
        expect(grants(before)).toEqual([false]);
      });

      it.runIf(has('emergency out'))('elsewhere in an emergency is told as one', async () => {
        await open();
        expect(await wish(15, true)).toContain('asked emergency');
      });
    });
  });
}
