/** What the log says of an announcement: to whom it came, and to whom it did not. */
import { expect, it } from 'vitest';
import { Announcements } from '../../../src/gateway/operations/announcements.ts';
import type { VoiceCommand } from '../../../src/voice/contract.ts';
import { demoConfig } from '../demo-config.ts';

const group = 'xb-pours-2';
const talkgroups = ['as:5990012', 'in:590-912'];

async function said(end: 'played' | 'cut', change: (announcements: Announcements) => void): Promise<unknown[]> {
  const told: unknown[] = [];
  const sent: VoiceCommand[] = [];
  const announcements = new Announcements(demoConfig, {
    events: { operations: { announcement: (at) => told.push(at) } },
    speech: { speak: async () => ({ ok: true, samples: new Float32Array(960) }) },
    sendVoice: (command) => sent.push(command),
    inExercise: () => false,
  });
  announcements.say({ group, id: 'ann-closed', talkgroups });
  await new Promise(setImmediate);
  change(announcements);
  const [command] = sent;
  if (command?.name !== 'announce') throw new Error('nothing was announced');
  announcements.voiceEvent({ name: 'announced', group, announcement: command.announcement, end });
  return told;
}

it('names the members that a leg without a link kept from hearing it', async () => {
  const told = await said('played', (announcements) => announcements.legState(`${group}/in:590-912`, false));
  expect(told).toMatchObject([{ end: 'played', talkgroups: ['as:5990012'], missed: ['in:590-912'] }]);
});

it('names nobody where all legs carried it, whatever they did before', async () => {
  const told = await said('played', (announcements) => {
    announcements.legState(`${group}/in:590-912`, false);
    announcements.legState(`${group}/in:590-912`, true);
    announcements.legState('xb-pours-1/as:5990011', false);
  });
  expect(told).toEqual([expect.objectContaining({ talkgroups })]);
  expect(told[0]).not.toHaveProperty('missed');
});

it('keeps for whom it was when nobody heard it whole', async () => {
  const told = await said('cut', (announcements) => announcements.legState(`${group}/in:590-912`, false));
  expect(told).toMatchObject([{ end: 'cut', talkgroups }]);
});
