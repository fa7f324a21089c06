/**
 * What every kind of attachment must do, whatever its wire: one set of sentences, run over all kinds. A kind fills
 * AttachmentStand with a far end of its own that can be switched off and on, on a network and a clock of the test's.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { DataFault, DataOrder } from '../../src/bridges/ports.ts';
import type { VoiceEvent } from '../../src/voice/contract.ts';
import { type AttachmentStand, type Carried, plan } from './attachment-stand.ts';
import { carriedContract } from './carried-contract.ts';

/** `carries`: what it declares to carry beside voice. `portsGiven: false`: its ports stand in the configuration, and are not ours to choose. */
export function attachmentContract(
  kind: string,
  make: () => Promise<AttachmentStand>,
  carries: Carried,
  { portsGiven = true }: { readonly portsGiven?: boolean } = {},
): void {
  const carriesData = carries.dataOut.length > 0;
  carriedContract(kind, make, carries);
  describe(`attachment contract: ${kind}`, () => {
    let stand: AttachmentStand;
    afterEach(() => stand.close());

    const names = () => stand.commands.map(({ name }) => name);
    const states = () => stand.reports.map(({ state }) => state);
    const open = async () => {
      stand = await make();
      stand.attachment.start();
      stand.attachment.openLeg(plan);
      await stand.advance(3000);
    };

    it('opens a leg in the voice process before it connects it, and reports it up', async () => {
      await open();
      expect(names().slice(0, 2)).toEqual(['openLeg', 'connectLeg']);
      expect(states().at(-1)).toBe('up');
      const [opened] = stand.commands;
      expect(opened?.name === 'openLeg' && opened.settings).toMatchObject({
        leg: plan.leg,
        group: plan.group,
        priority: 5,
      });
      expect(stand.attachment.legs()).toMatchObject([{ leg: plan.leg, state: 'up', attachment: stand.attachment.id }]);
      expect(stand.attachment.status()).toMatchObject({ state: 'up', legs: 1 });
    });

    it.runIf(portsGiven)('gives each leg an even port of its own', async () => {
      await open();
      for (const number of ['1', '2', '3']) stand.attachment.openLeg({ ...plan, leg: `g/${number}`, number });
      const ports = stand.commands.flatMap((command) =>
        command.name === 'openLeg' ? [command.settings.local.port] : [],
      );
      expect(new Set(ports).size).toBe(4);
      expect(ports.every((port) => port % 2 === 0)).toBe(true);
    });

    it('notices a far end that falls silent within 6 s, disconnects the leg and says why', async () => {
      await open();
      const before = stand.reports.length;
      stand.farEnd.switchOff();
      await stand.advance(6000);
      expect(states().slice(before)).toContain('down');
      expect(names().at(-1)).toBe('disconnectLeg');
      const down = stand.reports.find(({ state }, at) => at >= before && state === 'down');
      expect(down?.reason).toMatch(/\w/);
      expect(stand.attachment.status().state).toBe('down');
    });

    it('has the leg up again within 30 s of the far end’s return, by itself', async () => {
      await open();
      stand.farEnd.switchOff();
      await stand.advance(120_000);
      stand.farEnd.switchOn();
      await stand.advance(30_000);
      expect(states().at(-1)).toBe('up');
      expect(names().at(-1)).toBe('connectLeg');
    });

    it('calls again after the far end hung up', async () => {
      await open();
      stand.farEnd.hangUp();
      await stand.advance(100);
      expect(states().at(-1)).toBe('down');
      stand.farEnd.switchOn();
      await stand.advance(10_000);
      expect(states().at(-1)).toBe('up');
    });

    it('hangs up when the voice process finds the leg dead', async () => {
      await open();
      stand.attachment.voiceEvent({ name: 'legDead', leg: plan.leg, reason: 'rtp-timeout' });
      await stand.advance(10);
      expect(states().at(-1)).toBe('down');
      expect(names().at(-1)).toBe('disconnectLeg');
    });

    it('shows why a call that the voice process could not connect is of no use, and tries again', async () => {
      await open();
      const before = stand.reports.length;
      const said = stand.commands.length;
      stand.attachment.voiceEvent({ name: 'failed', id: plan.leg, command: 'connectLeg', reason: 'leg is not open' });
      await stand.advance(100);
      expect(stand.reports.slice(before)).toMatchObject([
        { state: 'down', reason: expect.stringContaining('leg is not open') },
      ]);
      stand.farEnd.switchOn();
      await stand.advance(10_000);
      expect(states().at(-1)).toBe('up');
      expect(names().slice(said)).toEqual(['openLeg', 'disconnectLeg', 'connectLeg']);
    });

    it.runIf(portsGiven)('takes another port when the voice process cannot have the first', async () => {
      await open();
      const failed: VoiceEvent = { name: 'failed', id: plan.leg, command: 'openLeg', reason: 'EADDRINUSE' };
      stand.attachment.voiceEvent(failed);
      await stand.advance(10_000);
      const ports = stand.commands.flatMap((command) =>
        command.name === 'openLeg' ? [command.settings.local.port] : [],
      );
      expect(new Set(ports).size).toBe(2);
    });

    it.runIf(portsGiven)(
      'opens its voice anew before the next call when all the ports that it tried were taken',
      async () => {
        await open();
        const failed: VoiceEvent = { name: 'failed', id: plan.leg, command: 'openLeg', reason: 'EADDRINUSE' };
        for (let tries = 0; tries < 9; tries++) stand.attachment.voiceEvent(failed);
        await stand.advance(100);
        expect(states().at(-1)).toBe('down');
        const said = stand.commands.length;
        stand.farEnd.switchOn();
        await stand.advance(40_000);
        expect(states().at(-1)).toBe('up');
        expect(names().slice(said)).toEqual(['openLeg', 'connectLeg']);
      },
    );

    it('ignores voice events of legs that it does not carry', async () => {
      await open();
      const said = stand.reports.length;
      stand.attachment.voiceEvent({ name: 'legDead', leg: 'other/leg', reason: 'icmp' });
      stand.attachment.voiceEvent({ name: 'failed', id: 'other/leg', command: 'openLeg', reason: 'x' });
      await stand.advance(100);
      expect(stand.reports).toHaveLength(said);
    });

    const order: DataOrder = {
      ...{ leg: plan.leg, from: 'Tournai 22', origin: { network: 'INPT', address: '590192102' } },
      ...{ name: 'text', text: 'A27 vers Rekkem' },
    };

    it.runIf(carriesData)('says once that it did not arrive, whoever is away and of whatever leg it is', async () => {
      await open();
      const faults: (DataFault | undefined)[] = [];
      stand.attachment.passData?.({ ...order, leg: 'other/leg' }, (fault) => faults.push(fault));
      expect(faults).toEqual(['not-reached']);
      stand.farEnd.switchOff();
      await stand.advance(10);
      stand.attachment.passData?.(order, (fault) => faults.push(fault));
      await stand.advance(120_000);
      expect(faults).toEqual(['not-reached', 'not-reached']);
    });

    it.runIf(!carriesData)('does not say that it carries anything beside voice', async () => {
      await open();
      expect(stand.attachment.passData).toBeUndefined();
    });

    it('closes a leg for good, and its ports rest', async () => {
      await open();
      stand.attachment.closeLeg(plan.leg);
      await stand.advance(10_000);
      expect(states().at(-1)).toBe('closed');
      expect(names().at(-1)).toBe('closeLeg');
      expect(stand.attachment.legs()).toEqual([]);
      stand.attachment.openLeg(plan);
      const [first, second] = stand.commands.flatMap((command) =>
        command.name === 'openLeg' ? [command.settings.local.port] : [],
      );
      expect(second === first).toBe(!portsGiven);
    });

    it('stops within 2 s, even when the far end is gone, and leaves no timer behind', async () => {
      await open();
      stand.farEnd.switchOff();
      const stopped = stand.attachment.stop();
      let done = false;
      void stopped.then(() => {
        done = true;
      });
      await stand.advance(2000);
      expect(done).toBe(true);
      expect(states().at(-1)).toBe('closed');
    });
  });
}
