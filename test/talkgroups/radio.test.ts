/** Legs whose call is a radio session: a ground radio station of our own protocol layer is the far end. */
import { describe, expect, it } from 'vitest';
import { pttType } from '../../src/protocols/ed137/r2s-extension.ts';
import type { RadioTerms } from '../../src/protocols/ed137/radio-sdp.ts';
import { markExtended, RadioSession } from '../../src/protocols/ed137/radio-session.ts';
import { RtpPacket, rtpHeaderBytes, writeRtpHeader } from '../../src/protocols/rtp/rtp-packet.ts';
import type { LegSettings } from '../../src/talkgroups/terms.ts';
import { levelAt, tone } from '../media/signals.ts';
import { type FarEnd, VirtualGroup } from './virtual-group.ts';

const terms: RadioTerms = {
  type: 'Radio-TxRx',
  transmission: 'TxRx',
  bss: [],
  pttId: 5,
  pttRepeats: 2,
  keepAlive: { periodMs: 200, multiplier: 10 },
};
const r2s = 123;
const media = {
  radio: { terms, payloadType: r2s, confirmation: 'pttId', urgentFrom: 12, measureEveryMs: 0 },
} as const;
const settings: Partial<LegSettings> = {
  keyIn: { mode: 'extension' },
  keyOut: { mode: 'extension' },
  grant: { mode: 'extension', timeoutMs: 2000 },
  guardMs: 0,
};

/** A station that takes `setUpMs` to be on the air, and hears voice only from then on. */
class Station {
  readonly far: FarEnd;
  /** Of our packets: when, the PTT type, and whether they carried voice. */
  readonly said: { readonly atMs: number; readonly ptt: number; readonly voice: boolean }[] = [];
  /** Our voice that came before the station was on the air, ms. */
  cutMs = 0;
  silent = false;
  /** Somebody else who keys it. */
  other = 0;
  readonly #world: VirtualGroup;
  readonly #session: RadioSession;
  readonly #packet = new RtpPacket();
  readonly #setUpMs: number;
  #onAirMs = Infinity;

  constructor(world: VirtualGroup, id: string, setUpMs = 0, changed: Partial<LegSettings> = {}) {
    this.#world = world;
    this.#setUpMs = setUpMs;
    this.#session = new RadioSession(
      { role: 'radio', terms, confirmation: 'immediate', measureEveryMs: Infinity, jitterMs: 0, deviceMs: 0 },
      world.nowMs,
    );
    this.far = world.leg(id, { ...settings, ...changed }, media);
    this.far.onDatagram = (bytes, length) => this.#hear(bytes.slice(0, length));
    this.#turn();
  }

  /** A unit talks for so long, its squelch open; by an emergency key of somebody else if that is said. */
  talk(seconds: number, ptt: number = pttType.off): void {
    const pcm = tone(1000, -20, 8000 * seconds, 8000);
    this.#session.squelch(true, 10);
    if (ptt !== pttType.off) this.#session.press(ptt, 9);
    for (let i = 0; i < 50 * seconds; i++) {
      this.#world.clock.callAt(this.#world.nowMs + 20 * i, () => {
        if (this.silent) return;
        const voice = this.far.packet(pcm.subarray(160 * i, 160 * i + 160));
        const out = new Uint8Array(voice.length + 8);
        out.set(voice.subarray(0, rtpHeaderBytes));
        const payloadAt = this.#session.writeVoice(out, rtpHeaderBytes, this.#world.nowMs);
        out.set(voice.subarray(rtpHeaderBytes), payloadAt);
        markExtended(out);
        this.#world.group.onLegDatagram(this.far.leg, out, this.#world.nowMs);
      });
    }
    this.#world.clock.callAt(this.#world.nowMs + 1000 * seconds, () => {
      this.#session.squelch(false, -1);
      if (ptt !== pttType.off) this.#session.release();
    });
  }

  #hear(bytes: Uint8Array): void {
    const { nowMs } = this.#world;
    const packet = this.#packet;
    expect(packet.read(bytes)).toBeUndefined();
    expect(this.#session.heard(packet, nowMs)).toBe(true);
    const voice = packet.payloadType !== r2s;
    const ptt = this.#session.far.pttType;
    this.said.push({ atMs: nowMs, ptt, voice });
    if (ptt === pttType.off) this.#onAirMs = Infinity;
    else if (this.#onAirMs === Infinity) this.#onAirMs = nowMs + this.#setUpMs;
    if (voice && nowMs < this.#onAirMs && packet.bytes.subarray(packet.payloadOffset).some((octet) => octet !== 0xd5)) {
      this.cutMs += 20;
    }
  }

  #turn(): void {
    const { nowMs } = this.#world;
    const onAir = nowMs >= this.#onAirMs;
    if (this.other !== 0) this.#session.press(pttType.normal, this.other);
    else if (onAir) this.#session.press(this.#session.far.pttType || pttType.normal, terms.pttId);
    else if (this.#onAirMs === Infinity && !this.#session.farTalks(nowMs)) this.#session.release();
    if (this.#session.isPacketDue(nowMs) && !this.silent) this.#sendSilent(nowMs);
    this.#world.clock.callAt(nowMs + 10, () => this.#turn());
  }

  #sendSilent(nowMs: number): void {
    const out = new Uint8Array(rtpHeaderBytes + 36);
    const end = this.#session.writeSilent(out, rtpHeaderBytes, nowMs);
    writeRtpHeader(out, false, r2s, this.far.sequence, this.far.timestamp, this.far.ssrc);
    this.far.sequence = (this.far.sequence + 1) & 0xffff;
    markExtended(out);
    this.#world.group.onLegDatagram(this.far.leg, out.subarray(0, end), nowMs);
  }
}

describe('a leg that is a radio session', () => {
  it('keeps itself alive in both directions for a minute of silence', () => {
    const world = new VirtualGroup();
    const radio = new Station(world, 'fr');
    world.run(60_000);
    expect(world.events.filter(({ name }) => name === 'legDead')).toEqual([]);
    expect(radio.said.length).toBeGreaterThanOrEqual(299);
    const pauses = radio.said.slice(1).map(({ atMs }, i) => atMs - radio.said[i]!.atMs);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(201);
    expect(new Set(radio.said.map(({ ptt, voice }) => `${ptt} ${voice}`))).toEqual(new Set(['0 false']));
  });

  it('talks from when the squelch opens until it closes, and its voice is heard whole', () => {
    const world = new VirtualGroup();
    const radio = new Station(world, 'fr');
    const be = world.leg('be');
    world.run(1000);
    radio.talk(2);
    world.run(1900);
    expect(world.holder).toBe('fr');
    world.run(200);
    expect(world.holder).toBeUndefined();
    expect(world.overs).toMatchObject([{ party: 'fr', end: 'released', emergency: false, packetsLost: 0 }]);
    expect(be.voice).toHaveLength(100);
    expect(levelAt(be.heard().subarray(800), 1000, 8000)).toBeCloseTo(-20, 0);
  });

  it('is dead 2 s after its last packet, and its talk with it', () => {
    const world = new VirtualGroup();
    const radio = new Station(world, 'fr');
    world.leg('be');
    world.run(1000);
    radio.talk(10);
    world.run(500);
    radio.silent = true;
    const silentMs = world.nowMs;
    let deadMs = Infinity;
    world.onEvent = (event) => {
      if (event.name === 'legDead') deadMs = world.nowMs;
    };
    world.run(5000);
    expect(deadMs - silentMs).toBeGreaterThan(1900);
    expect(deadMs - silentMs).toBeLessThanOrEqual(2001);
    expect(world.events.filter(({ name }) => name === 'legDead')).toMatchObject([{ leg: 'fr', reason: 'keep-alive' }]);
    expect(world.holder).toBeUndefined();
  });

  it.each([0, 100, 450, 900])('loses nothing where the station needs %i ms to be on the air', (setUpMs) => {
    const world = new VirtualGroup();
    const radio = new Station(world, 'fr', setUpMs);
    const be = world.leg('be');
    world.run(1000);
    for (const pauseMs of [1500, 300, 60, 700]) {
      be.talk(tone(1000, -20, 8000, 8000));
      world.run(1000 + pauseMs);
    }
    world.run(4000);
    expect(radio.cutMs).toBe(0);
    expect(world.overs.every(({ lostMs }) => (lostMs.fr ?? 0) === 0)).toBe(true);
    // Off is said ptt_rep + 1 times, 20 ms apart.
    const last = radio.said.findLastIndex(({ ptt }) => ptt !== 0);
    const off = radio.said.slice(last + 1, last + 4);
    expect(off.map(({ ptt }) => ptt)).toEqual([0, 0, 0]);
    expect(off[2]!.atMs - off[0]!.atMs).toBeLessThanOrEqual(60);
  });

  it('holds the key through pauses of the talker', () => {
    const world = new VirtualGroup();
    const radio = new Station(world, 'fr');
    const be = world.leg('be', { keyIn: { mode: 'presence', releaseAfterMs: 1000, dtxHoldMs: 1000 } });
    world.run(1000);
    be.talk(tone(1000, -20, 8000, 8000));
    world.run(1600);
    be.talk(tone(1000, -20, 8000, 8000));
    world.run(1500);
    const keyed = radio.said.filter(({ ptt }) => ptt !== 0);
    const pauses = keyed.slice(1).map(({ atMs }, i) => atMs - keyed[i]!.atMs);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(120);
    expect(world.overs.length).toBeLessThanOrEqual(1);
  });

  it('keys with the kind of the over: normal, priority, emergency', () => {
    for (const [priority, emergency, kind] of [
      [5, false, pttType.normal],
      [12, false, pttType.priority],
      [5, true, pttType.emergency],
    ] as const) {
      const world = new VirtualGroup();
      const radio = new Station(world, 'fr');
      const operator = world.console('console:1', 15);
      world.run(1000);
      world.group.request('console:1', { priority, emergency }, world.nowMs);
      operator.speak(tone(1000, -20, 16_000, 16_000));
      world.run(900);
      expect(new Set(radio.said.slice(-20).map(({ ptt }) => ptt))).toEqual(new Set([kind]));
    }
  });

  it('is refused while the station sends somebody else, says so, and is asked again until it is heard', () => {
    const world = new VirtualGroup();
    const radio = new Station(world, 'fr');
    const be = world.leg('be');
    world.run(1000);
    radio.other = 9;
    be.talk(tone(1000, -20, 8000 * 4, 8000));
    world.run(900);
    expect(world.reports('fr').at(-1)).toMatchObject({ transmission: 'refused' });
    expect(world.events.filter(({ name }) => name === 'radio')).toMatchObject([{ leg: 'fr', lockedOut: true }]);
    radio.other = 0;
    world.run(1500);
    expect(world.reports('fr').at(-1)).toMatchObject({ transmission: 'flowing' });
    world.run(3000);
    expect(world.overs).toMatchObject([{ lostMs: { fr: 0 } }]);
  });

  it('takes an emergency key of another control room for an emergency, over whoever talks', () => {
    const world = new VirtualGroup();
    const radio = new Station(world, 'fr');
    const be = world.leg('be', { priority: 9 });
    world.run(1000);
    be.talk(tone(1000, -20, 8000 * 5, 8000));
    world.run(100);
    world.group.disconnectLeg(be.leg, world.nowMs);
    be.connect();
    world.run(2000);
    radio.talk(1, pttType.emergency);
    world.run(500);
    expect(world.holder).toBe('fr');
    world.run(2500);
    expect(world.overs.find(({ party }) => party === 'fr')).toMatchObject({ emergency: true });
  });
});
