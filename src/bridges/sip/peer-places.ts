/** Where the far end of a SIP attachment is: the places that DNS or its registration has for it, and which is used. */
import type { Clock } from '../../base/clock.ts';
import type { Hop } from '../../protocols/sip/hop.ts';
import type { SipUri } from '../../protocols/sip/uri.ts';
import type { Place, PlaceQuestion } from './locate.ts';
import type { SipLine } from './sip-line.ts';
import type { SipAttachmentSettings } from './sip-parts.ts';

export class PeerPlaces {
  readonly #settings: SipAttachmentSettings;
  readonly #peer: SipUri;
  readonly #line: SipLine;
  readonly #clock: Clock;
  /** Where a far end that registers with us was last seen. */
  #flow: Hop | undefined;
  #watched: Hop | undefined;
  /** The one of its places that is used, and until when others are not since they failed. */
  #at: Place | undefined;
  readonly #failed = new Map<string, number>();

  constructor(settings: SipAttachmentSettings, peer: SipUri, line: SipLine, clock: Clock) {
    this.#settings = settings;
    this.#peer = peer;
    this.#line = line;
    this.#clock = clock;
  }

  /** Where its far end is to be looked for; one that registers with us says it itself. */
  get question(): PlaceQuestion | undefined {
    const { mode, transport } = this.#settings.sip;
    if (mode === 'register-and-accept') return undefined;
    const families = this.#line.families(transport);
    return { host: this.#peer.host.replace(/^\[|\]$/g, ''), port: this.#peer.port, transport, families };
  }

  hop(): Hop | undefined {
    const place = this.question;
    if (place === undefined) return this.#flow;
    const places = this.#line.placesOf(place);
    const at = places.find((each) => this.#at !== undefined && samePlace(each, this.#at) && !this.#hasFailed(each));
    const chosen = at ?? places.find((each) => !this.#hasFailed(each)) ?? places[0];
    return chosen === undefined ? undefined : { transport: place.transport, ...chosen };
  }

  #hasFailed(place: Place): boolean {
    return (this.#failed.get(`${place.address} ${place.port}`) ?? -Infinity) > this.#clock.nowMs();
  }

  /** The far end does not answer where it was; whether another of its places is left, to which all then goes. */
  turnAway(waitMs: number): boolean {
    const place = this.question;
    const hop = this.hop();
    if (place === undefined || hop === undefined) return false;
    const places = this.#line.placesOf(place);
    if (places.length < 2) return false;
    this.#failed.set(`${hop.address} ${hop.port}`, this.#clock.nowMs() + waitMs);
    if (places.every((each) => this.#hasFailed(each))) {
      this.#failed.clear();
      return false;
    }
    this.#line.reset(hop);
    return true;
  }

  /** Watches for what the network says of where it is now. */
  rewatch(): void {
    const line = this.#line;
    const hop = this.hop();
    if (hop?.address === this.#watched?.address && hop?.port === this.#watched?.port) return;
    if (this.#watched !== undefined) line.unwatch(this.#watched);
    this.#watched = hop;
    this.#at = hop;
    if (hop !== undefined) line.watch(hop);
  }

  /** While all its places are dead each is asked in turn, so that the return of any is seen. */
  next(): void {
    const place = this.question;
    const places = place === undefined ? [] : this.#line.placesOf(place);
    if (places.length < 2) return;
    const index = places.findIndex((each) => this.#at !== undefined && samePlace(each, this.#at));
    this.#at = places[(index + 1) % places.length];
    this.rewatch();
  }

  /** Where it registered; undefined: that has run out. */
  bound(flow: Hop | undefined): void {
    this.#flow = flow;
    this.rewatch();
  }

  /** It is registered with us. */
  get isBound(): boolean {
    return this.#flow !== undefined;
  }

  /** Which of its places is used, from 1 on; undefined: none that is known. */
  get used(): { readonly index: number; readonly of: number } | undefined {
    const hop = this.hop();
    const place = this.question;
    const places = place === undefined ? [] : this.#line.placesOf(place);
    const index = places.findIndex((each) => hop !== undefined && samePlace(each, hop));
    return index < 0 ? undefined : { index: index + 1, of: places.length };
  }

  stop(): void {
    if (this.#watched !== undefined) this.#line.unwatch(this.#watched);
    this.#watched = undefined;
  }
}

function samePlace(a: Place, b: Place): boolean {
  return a.address === b.address && a.port === b.port;
}
