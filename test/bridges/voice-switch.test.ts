import { describe, expect, it } from 'vitest';
import { VoiceSwitch } from '../../src/bridges/voice-switch.ts';
import type { VoiceCommand } from '../../src/voice/contract.ts';
import { legMedia, legSettings } from '../talkgroups/settings.ts';

const open = (port: number): VoiceCommand => ({
  name: 'openLeg',
  settings: { ...legSettings('l'), local: { address: '127.0.0.1', port } },
});
const connect: VoiceCommand = { name: 'connectLeg', leg: 'l', media: legMedia };
const disconnect: VoiceCommand = { name: 'disconnectLeg', leg: 'l' };
const request: VoiceCommand = { name: 'requestFloor', party: 'l', group: 'g', requestId: 7 };
const release: VoiceCommand = { name: 'releaseFloor', party: 'l', group: 'g' };
const close: VoiceCommand = { name: 'closeLeg', leg: 'l' };

describe('voice switch', () => {
  const make = () => {
    const said: VoiceCommand[] = [];
    const voice = new VoiceSwitch((command) => void said.push(command));
    voice.carry('l', 'a');
    return { voice, said, a: voice.portOf('a'), b: voice.portOf('b') };
  };

  it('passes what the carrier says, and keeps what another says until that carries the leg', () => {
    const { voice, said, a, b } = make();
    for (const command of [open(1), connect]) a.send(command);
    for (const command of [open(2), connect]) b.send(command);
    expect(said).toEqual([open(1), connect]);
    voice.carry('l', 'b');
    expect(said.slice(2)).toEqual([open(2), connect]);
    for (const command of [disconnect, close]) a.send(command); // it lets go, and that is nobody's business
    expect(said).toHaveLength(4);
  });

  it('says that the call is gone when the next has none yet', () => {
    const { voice, said, a, b } = make();
    for (const command of [open(1), connect]) a.send(command);
    voice.carry('l', 'b');
    b.send(open(2));
    b.send(connect);
    expect(said.slice(2)).toEqual([disconnect, open(2), connect]);
  });

  it('keeps only what still holds', () => {
    const { voice, said, b } = make();
    for (const command of [open(2), connect, disconnect]) b.send(command);
    voice.carry('l', 'b');
    expect(said).toEqual([open(2)]);
    voice.carry('l', 'a');
    for (const command of [disconnect, close]) b.send(command);
    voice.carry('l', 'b');
    expect(said).toEqual([open(2)]);
  });

  it('says a request for the floor of an attachment on trial when it becomes the carrier, once', () => {
    const { voice, said, a, b } = make();
    for (const command of [open(1), connect]) a.send(command);
    for (const command of [open(2), connect, request]) b.send(command);
    expect(said).toEqual([open(1), connect]);
    voice.carry('l', 'b');
    expect(said.slice(2)).toEqual([open(2), connect, request]);
    voice.carry('l', 'a');
    voice.carry('l', 'b');
    expect(said.slice(7)).toEqual([open(2), connect]);
  });

  it('forgets a request that was withdrawn, whose call ended, or that the carrier itself said', () => {
    for (const withdrawn of [release, disconnect]) {
      const { voice, said, b } = make();
      for (const command of [open(2), connect, request, withdrawn]) b.send(command);
      voice.carry('l', 'b');
      expect(said).not.toContainEqual(request);
    }
    const { voice, said, a } = make();
    for (const command of [open(1), connect, request]) a.send(command);
    voice.carry('l', undefined);
    voice.carry('l', 'a');
    expect(said.filter(({ name }) => name === 'requestFloor')).toHaveLength(1);
  });

  it('closes a leg that nobody carries, and passes what is about no leg', () => {
    const { voice, said, a } = make();
    a.send(open(1));
    a.send(connect);
    voice.carry('l', undefined);
    voice.close('l');
    a.send(close);
    a.send({ name: 'shutdown' });
    expect(said.slice(2)).toEqual([disconnect, close, { name: 'shutdown' }]);
  });
});
