/**
 * The bridge of one simulated network that speaks RTP without signalling: a line a talkgroup, unicast or multicast, there
 * from the start to the end.
 */
import type { Clock } from '../base/clock.ts';
import { SeededRandom } from '../base/random.ts';
import { impairmentOf } from './impairment.ts';
import type { HeardVoice, NetworkManners, PlayedNetwork } from './played-network.ts';
import { RadioLeg, type RadioLegSettings } from './radio-leg.ts';

/** An address literal and a port. */
interface Place {
  readonly address: string;
  readonly port: number;
}

export interface StaticFarEndLine {
  readonly number: string;
  /** Where the gateway sends: ours, or a multicast group. */
  readonly ours: Place;
  /** Where the gateway hears; the same where it is a group. */
  readonly gateway: Place;
  readonly multicast: boolean;
}

export interface StaticFarEndSettings extends NetworkManners {
  /** Address from which a group is sent to. */
  readonly host: string;
  readonly lines: readonly StaticFarEndLine[];
  readonly payloadType: number;
  readonly telephoneEventPayloadType?: number;
  readonly digits: Pick<RadioLegSettings, 'grantDigits' | 'keyDigits'>;
}

export class StaticFarEnd implements PlayedNetwork {
  readonly #legs = new Map<string, RadioLeg>();

  private constructor() {}

  /** Rejects with the system's error when a port is taken. */
  static async open(settings: StaticFarEndSettings, clock: Clock): Promise<StaticFarEnd> {
    const random = new SeededRandom(settings.seed + settings.index);
    const farEnd = new StaticFarEnd();
    for (const line of settings.lines) {
      const { host, setUpMs, digits } = settings;
      const ssrc = 1 + Math.floor(random.fraction() * 0xffff_fffe);
      const at = line.multicast ? host : line.ours.address;
      const leg = new RadioLeg(
        { host: at, setUpMs, ...digits, ssrc, shared: line.multicast },
        clock,
        impairmentOf(settings, line.number),
      );
      farEnd.#legs.set(line.number, leg);
      await leg.openAt(line.ours, line.multicast).catch(async (error: unknown) => {
        await farEnd.close();
        throw error;
      });
      leg.connect({
        remote: line.gateway,
        payloadType: settings.payloadType,
        ...(settings.telephoneEventPayloadType !== undefined && {
          telephoneEventPayloadType: settings.telephoneEventPayloadType,
        }),
        send: true,
      });
    }
    return farEnd;
  }

  speak(number: string, _address: string, alaw: Uint8Array): number {
    return this.#legs.get(number)?.speak(alaw) ?? 0;
  }

  get heard(): HeardVoice {
    const legs = [...this.#legs.values()];
    return {
      carriedMs: legs.reduce((sum, leg) => sum + leg.carriedMs, 0),
      cutMs: legs.reduce((sum, leg) => sum + leg.cutMs, 0),
    };
  }

  close(): Promise<void> {
    for (const leg of this.#legs.values()) leg.close();
    return Promise.resolve();
  }
}
