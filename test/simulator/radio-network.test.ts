import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RadioAction, RadioNetwork } from '../../src/simulator/radio-network.ts';

/** The gateway sends 20 ms packets over [fromMs, toMs). */
function hear(network: RadioNetwork, fromMs: number, toMs: number, silent = false): RadioAction['name'][] {
  const names: RadioAction['name'][] = [];
  for (let atMs = fromMs; atMs < toMs; atMs += 20) {
    const due = network.deadlineMs() <= atMs ? network.step(atMs) : [];
    names.push(...[...due, ...network.hearGateway(20, silent, atMs)].map(({ name }) => name));
  }
  return names;
}

describe('simulated radio network', () => {
  it('that needs 450 ms to set up cuts the 23 packets before, says so, grants once and carries from there on', () => {
    const network = new RadioNetwork(450);
    expect(hear(network, 0, 460)).toEqual([]);
    expect(network.state).toBe('settingUp');
    expect(network.cutMs).toBe(460);
    expect(hear(network, 460, 520)).toEqual(['grant', 'carry', 'carry', 'carry']);
    expect(network.cutMs).toBe(460);
  });

  it('cuts nothing of a gateway that keys with silence until it is granted', () => {
    const network = new RadioNetwork(450);
    hear(network, 0, 440, true);
    expect(network.deadlineMs()).toBe(450);
    expect(network.step(450)).toEqual([{ name: 'grant' }]);
    expect(hear(network, 460, 520)).toEqual(['carry', 'carry', 'carry']);
    expect(network.cutMs).toBe(0);
  });

  it('carries packets that waited while this program was held up: silence is judged by time alone', () => {
    const network = new RadioNetwork(450);
    hear(network, 0, 460, true);
    for (let n = 0; n < 25; n++) expect(network.hearGateway(20, false, 950).at(-1)).toEqual({ name: 'carry' });
    expect(network.cutMs).toBe(0);
    expect(network.deadlineMs()).toBe(1150);
    network.step(1150);
    expect(network.state).toBe('idle');
  });

  it('grants anew where the packets themselves say that the gateway had let go, however late they are read', () => {
    const network = new RadioNetwork(0);
    expect(network.hearGateway(20, false, 0)).toEqual([{ name: 'grant' }, { name: 'carry' }]);
    expect(network.hearGateway(20, false, 400, 199)).toEqual([{ name: 'carry' }]);
    expect(network.hearGateway(20, true, 400, 200)).toEqual([{ name: 'grant' }, { name: 'carry' }]);
  });

  it('that needs no time grants with the first packet and carries it', () => {
    const network = new RadioNetwork(0);
    expect(hear(network, 0, 40)).toEqual(['grant', 'carry', 'carry']);
    expect(network.cutMs).toBe(0);
  });

  it('is idle again 200 ms after the last packet, and needs its set-up time anew', () => {
    const network = new RadioNetwork(100);
    hear(network, 0, 200);
    expect(network.deadlineMs()).toBe(380);
    expect(network.step(379)).toEqual([]);
    expect(network.state).toBe('carrying');
    network.step(380);
    expect(network.state).toBe('idle');
    expect(network.deadlineMs()).toBe(Infinity);
    expect(hear(network, 1000, 1120).filter((name) => name === 'grant')).toEqual(['grant']);
    expect(network.cutMs).toBe(200);
  });

  it('gives up a set-up whose voice ended before it stood', () => {
    const network = new RadioNetwork(450);
    hear(network, 0, 40);
    expect(network.deadlineMs()).toBe(220);
    expect(network.step(220)).toEqual([]);
    expect(network.state).toBe('idle');
  });

  it('while a unit talks refuses the gateway once a burst, and again after a pause', () => {
    const network = new RadioNetwork(0);
    network.setTalking(true);
    expect(hear(network, 0, 1000)).toEqual(['deny']);
    expect(hear(network, 1500, 2000)).toEqual(['deny']);
    expect(network.cutMs).toBe(0);
  });

  it('sets up for a gateway that still talks when the unit lets go', () => {
    const network = new RadioNetwork(100);
    network.setTalking(true);
    hear(network, 0, 200);
    network.setTalking(false);
    expect(hear(network, 200, 340)).toEqual(['grant', 'carry', 'carry']);
  });

  it('keyed with presses sets up from the press on, carries till the release, and nothing that comes outside', () => {
    const network = new RadioNetwork(100, 'keys');
    expect(hear(network, 0, 60)).toEqual([]);
    expect(network.cutMs).toBe(60);
    expect(network.keyGateway(true, 60)).toEqual([]);
    expect(network.step(160)).toEqual([{ name: 'grant' }]);
    expect(hear(network, 160, 200)).toEqual(['carry', 'carry']);
    expect(hear(network, 900, 920)).toEqual(['carry']); // its key is down, however long it says nothing
    expect(network.keyGateway(false, 940)).toEqual([]);
    expect(hear(network, 940, 980)).toEqual([]);
    expect(network.cutMs).toBe(100);
  });

  it('keyed with presses refuses each press while a unit talks, and lets go 1000 ms after the last packet', () => {
    const network = new RadioNetwork(0, 'keys');
    network.setTalking(true);
    expect(network.keyGateway(true, 0)).toEqual([{ name: 'deny' }]);
    network.keyGateway(false, 100);
    expect(network.keyGateway(true, 200)).toEqual([{ name: 'deny' }]);
    network.setTalking(false);
    network.keyGateway(false, 300);
    expect(network.keyGateway(true, 400)).toEqual([{ name: 'grant' }]);
    expect(network.deadlineMs()).toBe(1400);
    network.step(1400);
    expect(network.state).toBe('idle');
  });

  it('goes on carrying the gateway when a unit keys over it', () => {
    const network = new RadioNetwork(0);
    hear(network, 0, 100);
    network.setTalking(true);
    expect(hear(network, 100, 200)).toEqual(['carry', 'carry', 'carry', 'carry', 'carry']);
  });

  it('answers any history: carries only when set up, never cuts more than it was sent, ends idle', () => {
    const happening = fc.record({
      afterMs: fc.constantFrom(0, 5, 20, 20, 20, 60, 150, 199, 200, 500),
      what: fc.constantFrom('voice', 'voice', 'silence', 'key', 'unkey', 'step'),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(0, 100, 450, 2000),
        fc.array(happening, { maxLength: 200 }),
        (setUpMs, happenings) => {
          const network = new RadioNetwork(setUpMs);
          let nowMs = 0;
          let spokenMs = 0;
          for (const { afterMs, what } of happenings) {
            nowMs += afterMs;
            if (what === 'key' || what === 'unkey') network.setTalking(what === 'key');
            else if (what === 'step') network.step(nowMs);
            else {
              const before = network.state;
              const actions = network.hearGateway(20, what === 'silence', nowMs).map(({ name }) => name);
              if (what === 'voice') spokenMs += 20;
              if (actions.includes('carry')) expect(network.state).toBe('carrying');
              if (actions.includes('deny')) expect(network.state).toBe('refused');
              if (before === 'idle' && setUpMs > 0) expect(actions).not.toContain('carry');
              expect(new Set(actions).size).toBe(actions.length);
            }
            expect(network.cutMs).toBeLessThanOrEqual(spokenMs);
          }
          for (let steps = 0; network.deadlineMs() !== Infinity; steps++) {
            expect(steps).toBeLessThan(3);
            nowMs = Math.max(nowMs, network.deadlineMs());
            network.step(nowMs);
          }
          expect(network.state).toBe('idle');
        },
      ),
      { numRuns: 500 },
    );
  });
});
