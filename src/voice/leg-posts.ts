/** Legs as the voice process has them: their ports, the call on them, and when that is dead. */
import { systemCode } from '../base/errors.ts';
import type { ShadowGroup } from '../talkgroups/shadow-group.ts';
import type { SharedGroup } from '../talkgroups/shared-group.ts';
import type { GroupId, LegId, LegMedia, LegSettings, VoiceEvent } from './contract.ts';
import { type EngineHost, same } from './engine-host.ts';
import { kept } from './hold-up.ts';
import type { LegPost } from './posts.ts';
import { LegSocket } from './rtp-socket.ts';
import { StaticSocket } from './static-socket.ts';

/** Our packets have been refused for so long, with nothing heard meanwhile, or could not be sent: the call is dead. */
const refusedMs = 500;
const refusedMin = 3;

export class LegPosts {
  readonly posts = new Map<LegId, LegPost>();
  readonly #host: EngineHost;
  readonly #groupOf: (group: GroupId) => SharedGroup | ShadowGroup | undefined;

  constructor(host: EngineHost, groupOf: (group: GroupId) => SharedGroup | ShadowGroup | undefined) {
    this.#host = host;
    this.#groupOf = groupOf;
  }

  open(settings: LegSettings, nowMs: number): void {
    const group = this.#groupOf(settings.group);
    if (group === undefined) {
      this.#host.fail(settings.leg, 'openLeg', `group ${settings.group} is not open`);
      return;
    }
    const known = this.posts.get(settings.leg);
    if (known !== undefined && same(known.settings, settings)) {
      if (known.socket !== undefined) this.#host.emit({ name: 'legOpened', leg: settings.leg });
      return;
    }
    if (known !== undefined) {
      const samePlace = same([known.settings.local, known.settings.line], [settings.local, settings.line]);
      if (known.group === group && samePlace) {
        this.#resettle(known, settings, nowMs);
        return;
      }
      if (known.group !== group) this.close(settings.leg, nowMs);
    }
    const leg = known?.group === group ? group.replaceLeg(known.leg, settings, nowMs) : group.addLeg(settings, nowMs);
    if (known?.group === group) this.#leavePort(known);
    const post: LegPost = {
      settings,
      leg,
      group,
      socket: undefined,
      media: undefined,
      resumed: false,
      backlog: undefined,
      packetsStale: 0,
      refusedSinceMs: Infinity,
      refused: 0,
      toldHeard: false,
      toldForeign: false,
    };
    this.posts.set(settings.leg, post);
    this.#bind(post);
  }

  #bind(post: LegPost): void {
    const { leg: id, local, line } = post.settings;
    const events = {
      onRtp: (bytes: Uint8Array, nowMs: number) => {
        post.refused = 0;
        // Keys count however old they are.
        if (this.#host.holdUp.isBehind(nowMs) && isVoice(post, bytes)) post.backlog = kept(post.backlog, bytes);
        else post.group.onLegDatagram(post.leg, bytes, nowMs);
        if (line !== undefined) this.#tellStatic(post);
      },
      onRtcp: (bytes: Uint8Array, nowMs: number) => post.group.onLegReport(post.leg, bytes, nowMs),
      onRefused: (nowMs: number) => this.#onRefused(post, nowMs),
      onUnsent: (packets: number, sinceMs: number) => {
        if (packets >= refusedMin && sinceMs >= refusedMs) this.#die(post, 'unsendable');
      },
      onUnreadable: () => this.#die(post, 'unreadable'),
    };
    const opening =
      line === undefined
        ? LegSocket.open(local, this.#host.dscp, this.#host.clock, events)
        : StaticSocket.open(local, line, this.#host.dscp, this.#host.clock, {
            ...events,
            onSource: () => {
              post.backlog = undefined;
              post.leg.inbound.changeSource();
            },
            onKnock: () => this.#host.emit({ name: 'legHeard', leg: id }),
          });
    opening.then(
      (socket) => {
        if (this.posts.get(id) !== post) {
          socket.close();
          return;
        }
        post.socket = socket;
        if (post.media !== undefined) this.#attach(post, post.media, this.#host.clock.nowMs());
        this.#host.emit({ name: 'legOpened', leg: id });
      },
      (error: unknown) => {
        if (this.posts.get(id) !== post) return;
        this.close(id, this.#host.clock.nowMs());
        this.#host.fail(id, 'openLeg', `${local.address}:${local.port}: ${systemCode(error) ?? String(error)}`);
      },
    );
  }

  /** What a leg's technician must know, once a connection: voice comes, or something that we cannot take for voice. */
  #tellStatic(post: LegPost): void {
    const { inbound } = post.leg;
    if (inbound.heard && !post.toldHeard) {
      post.toldHeard = true;
      this.#host.emit({ name: 'legHeard', leg: post.leg.id });
    }
    if (inbound.foreign !== undefined && !post.toldForeign) {
      post.toldForeign = true;
      this.#host.emit({ name: 'legForeign', leg: post.leg.id, ...inbound.foreign });
    }
  }

  /** New settings for a leg whose ports stay: its call goes on. */
  #resettle(post: LegPost, settings: LegSettings, nowMs: number): void {
    post.leg = post.group.replaceLeg(post.leg, settings, nowMs);
    post.settings = settings;
    if (post.socket !== undefined && post.media !== undefined) this.#attach(post, post.media, nowMs);
    if (post.socket !== undefined) this.#host.emit({ name: 'legOpened', leg: settings.leg });
  }

  connect(id: LegId, media: LegMedia, resumed: boolean, nowMs: number): void {
    const post = this.posts.get(id);
    if (post === undefined) {
      this.#host.fail(id, 'connectLeg', 'leg is not open');
      return;
    }
    if (same(post.media, media)) return;
    const isRekeyed = post.media !== undefined && isOnlyTheirKeyNew(post.media, media);
    post.media = media;
    post.resumed = resumed;
    if (resumed) post.leg.out.doubtKey();
    if (post.socket === undefined) return;
    // The streams go on: nothing of an over is lost.
    if (isRekeyed) post.socket.connect(media, resumed);
    else this.#attach(post, media, nowMs);
  }

  #attach(post: LegPost, media: LegMedia, nowMs: number): void {
    const { socket } = post;
    if (socket === undefined) return;
    // BYE of the call before goes to where that call was.
    post.group.disconnectLeg(post.leg, nowMs);
    post.refused = 0;
    post.backlog = undefined;
    post.toldHeard = false;
    post.toldForeign = false;
    socket.connect(media, post.resumed);
    const line = {
      sendRtp: (bytes: Uint8Array, length: number) => socket.sendRtp(bytes, length),
      sendRtcp: (bytes: Uint8Array, length: number) => socket.sendRtcp(bytes, length),
    };
    post.group.connectLeg(post.leg, media, line, nowMs);
  }

  disconnect(id: LegId, nowMs: number): void {
    const post = this.posts.get(id);
    if (post === undefined) return;
    post.media = undefined;
    post.backlog = undefined;
    post.group.disconnectLeg(post.leg, nowMs);
    post.socket?.disconnect();
  }

  close(id: LegId, nowMs: number): void {
    const post = this.posts.get(id);
    if (post === undefined) return;
    post.group.removeLeg(post.leg, nowMs);
    this.#host.statistics.keepLeg(post);
    post.socket?.close();
    this.posts.delete(id);
  }

  /** The leg goes on at another port. */
  #leavePort(post: LegPost): void {
    this.#host.statistics.keepSocket(post);
    post.socket?.close();
  }

  #onRefused(post: LegPost, nowMs: number): void {
    if (post.refused === 0) post.refusedSinceMs = nowMs;
    post.refused += 1;
    if (post.refused >= refusedMin && nowMs - post.refusedSinceMs >= refusedMs) this.#die(post, 'icmp');
  }

  #die({ leg, group }: LegPost, reason: Extract<VoiceEvent, { name: 'legDead' }>['reason']): void {
    if (leg.dead) return;
    leg.dead = true;
    group.loseLeg(leg.id, this.#host.clock.nowMs());
    this.#host.report({ name: 'legDead', leg: leg.id, reason });
  }

  /** What is newest of every stream is heard now. */
  catchUp(nowMs: number): void {
    for (const post of this.posts.values()) {
      const { backlog, leg, group } = post;
      if (backlog === undefined) continue;
      post.backlog = undefined;
      post.packetsStale += backlog.drain((bytes) => group.onLegDatagram(leg, bytes, nowMs));
    }
  }

  /** Closes the legs of a group. */
  closeOf(group: SharedGroup | ShadowGroup, nowMs: number): void {
    for (const post of [...this.posts.values()]) if (post.group === group) this.close(post.leg.id, nowMs);
  }

  lose(id: LegId, nowMs: number): void {
    this.posts.get(id)?.group.loseLeg(id, nowMs);
  }

  grant(id: LegId, granted: boolean, nowMs: number): void {
    const post = this.posts.get(id);
    post?.group.legGrant(post.leg, granted, nowMs);
  }
}

function isVoice({ media }: LegPost, bytes: Uint8Array): boolean {
  return (bytes[1]! & 0x7f) === media?.payloadType;
}

/** A re-INVITE with new keys (RFC 4568 §7.1.4). Ours being the same, our streams need not begin anew. */
function isOnlyTheirKeyNew(before: LegMedia, media: LegMedia): boolean {
  if (before.srtp === undefined || media.srtp === undefined) return false;
  const { receive } = media.srtp;
  return same({ ...before, srtp: { ...before.srtp, receive } }, media);
}
