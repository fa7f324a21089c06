import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buttonBits, isDown } from '../../src/web/devices/hid-buttons.ts';
import type { SwitchEvent, SwitchState } from '../../src/web/devices/talk-switch.ts';
import { noSwitch, stepSwitch } from '../../src/web/devices/talk-switch.ts';

const data = (...bytes: number[]): DataView => new DataView(Uint8Array.from(bytes).buffer);
const button = (n: number): number => (9 << 16) | n;

describe('buttons of a HID device', () => {
  /** As a foot pedal of three: 8 bits of constant padding, three buttons, five bits that are nothing. */
  const pedal = buttonBits([
    {
      inputReports: [
        {
          reportId: 0,
          items: [
            { isConstant: true, reportSize: 8, reportCount: 1, usages: [] },
            { isRange: true, usageMinimum: button(1), reportSize: 1, reportCount: 3 },
            { isConstant: true, reportSize: 1, reportCount: 5, usages: [] },
          ],
        },
      ],
    },
  ]);

  it('are found by the descriptor, past padding', () => {
    expect([...pedal]).toEqual([[0, [8, 9, 10]]]);
    expect(isDown(pedal, 0, data(0xff, 0b0000_0000))).toBe(false);
    expect(isDown(pedal, 0, data(0x00, 0b0000_0100))).toBe(true);
    expect(isDown(pedal, 0, data(0xff, 0b1111_1000))).toBe(false);
  });

  it('are not looked for in other reports, nor beyond the end of a short one', () => {
    expect(isDown(pedal, 3, data(0xff, 0xff))).toBeUndefined();
    expect(isDown(pedal, 0, data(0xff))).toBe(false);
  });

  it('are any bit where the descriptor names none', () => {
    const bare = buttonBits([
      { inputReports: [{ reportId: 1, items: [{ usages: [0xff00_0001], reportSize: 8, reportCount: 4 }] }] },
    ]);
    expect(isDown(bare, 1, data(0, 0, 0, 0))).toBe(false);
    expect(isDown(bare, 1, data(0, 0, 2, 0))).toBe(true);
  });

  it('are read from whatever a device says of itself', () => {
    const item = fc.record(
      {
        isConstant: fc.boolean(),
        isRange: fc.boolean(),
        usages: fc.array(fc.nat(0xffff_ffff)),
        usageMinimum: fc.nat(0xffff_ffff),
        reportSize: fc.nat(0xffff_ffff),
        reportCount: fc.nat(0xffff_ffff),
      },
      { requiredKeys: [] },
    );
    const report = fc.record({ reportId: fc.nat(255), items: fc.array(item, { maxLength: 4 }) }, { requiredKeys: [] });
    const collection = fc.record({ inputReports: fc.array(report, { maxLength: 3 }) }, { requiredKeys: [] });
    fc.assert(
      fc.property(
        fc.array(collection, { maxLength: 3 }),
        fc.nat(255),
        fc.uint8Array({ maxLength: 64 }),
        (all, id, bytes) => {
          const down = isDown(buttonBits(all), id, new DataView(bytes.slice().buffer));
          expect([true, false, undefined]).toContain(down);
        },
      ),
    );
  });
});

describe('a pedal', () => {
  const found = (down = false): SwitchEvent => ({ name: 'found', label: 'Pedal', down });
  const moved = (down: boolean): SwitchEvent => ({ name: 'moved', down });
  const gone: SwitchEvent = { name: 'gone', label: 'Pedal' };
  const told = (...events: SwitchEvent[]): readonly string[] => {
    let state = noSwitch;
    return events.flatMap((event) => {
      const step = stepSwitch(state, event);
      state = step.state;
      return step.actions;
    });
  };

  it('talks from down to up, once however often it says so', () => {
    expect(told(found(), moved(true), moved(true), moved(false), moved(false))).toEqual(['press', 'release']);
  });

  it('must come up once when it is down as it is plugged in', () => {
    expect(told(found(true), moved(true))).toEqual([]);
    expect(told(found(true), moved(true), moved(false), moved(true))).toEqual(['press']);
  });

  it('lets go and tells when it is pulled out, and is silent about one that is missing from the start', () => {
    expect(told(found(), moved(true), gone, gone)).toEqual(['press', 'release', 'lost']);
    expect(told(gone)).toEqual([]);
    expect(told(gone, moved(true))).toEqual([]);
    expect(told(found(), moved(true), { name: 'forget' })).toEqual(['press', 'release']);
  });

  it('never presses twice without a release, and ends released, whatever happens', () => {
    const event: fc.Arbitrary<SwitchEvent> = fc.oneof(
      fc.boolean().map(found),
      fc.boolean().map(moved),
      fc.constant(gone),
      fc.constant<SwitchEvent>({ name: 'forget' }),
    );
    fc.assert(
      fc.property(fc.array(event), (events) => {
        let state: SwitchState = noSwitch;
        let isPressed = false;
        for (const next of [...events, gone]) {
          const step = stepSwitch(state, next);
          state = step.state;
          for (const action of step.actions) {
            if (action === 'lost') continue;
            expect(isPressed).toBe(action === 'release');
            isPressed = action === 'press';
          }
          expect(isPressed).toBe(state.name === 'down');
        }
      }),
    );
  });
});
