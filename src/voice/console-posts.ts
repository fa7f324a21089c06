/** Consoles as the voice process has them: the groups where they sit, and their microphones. */
import { systemCode } from '../base/errors.ts';
import { Microphone } from '../talkgroups/microphone.ts';
import type { SharedGroup } from '../talkgroups/shared-group.ts';
import { fromMicrophone, fromMicrophoneInOrder } from '../talkgroups/voice-path.ts';
import type { ConsoleId, ConsoleSettings, GroupId, MicSettings } from './contract.ts';
import { type EngineHost, sameRoute } from './engine-host.ts';
import { kept } from './hold-up.ts';
import type { ConsolePost } from './posts.ts';
import { PeerSocket } from './rtp-socket.ts';

export class ConsolePosts {
  readonly posts = new Map<ConsoleId, ConsolePost>();
  readonly #host: EngineHost;
  readonly #groupOf: (group: GroupId) => SharedGroup | undefined;

  constructor(host: EngineHost, groupOf: (group: GroupId) => SharedGroup | undefined) {
    this.#host = host;
    this.#groupOf = groupOf;
  }

  open({ console: id, priority }: ConsoleSettings, nowMs: number): void {
    const known = this.posts.get(id);
    if (known === undefined) {
      const post = {
        id,
        priority,
        microphone: undefined,
        groups: new Set<SharedGroup>(),
        mic: undefined,
        backlog: undefined,
        socket: undefined,
      };
      this.posts.set(id, post);
      return;
    }
    known.priority = priority;
    // The priority is part of the membership.
    for (const group of known.groups) group.updateConsole(known, nowMs);
  }

  close(id: ConsoleId, nowMs: number): void {
    const post = this.posts.get(id);
    if (post === undefined) return;
    for (const group of post.groups) group.leaveConsole(id, nowMs);
    this.#dropMic(post);
    this.posts.delete(id);
  }

  join(id: ConsoleId, groupId: GroupId, mayTalk: boolean, nowMs: number): void {
    const post = this.posts.get(id);
    const group = this.#groupOf(groupId);
    if (post === undefined || group === undefined) {
      this.#host.fail(id, 'joinGroup', post === undefined ? 'console is not open' : `group ${groupId} is not open`);
      return;
    }
    post.groups.add(group);
    group.joinConsole(post, mayTalk, nowMs);
  }

  leave(id: ConsoleId, groupId: GroupId, nowMs: number): void {
    const group = this.#groupOf(groupId);
    if (group === undefined) return;
    group.leaveConsole(id, nowMs);
    this.posts.get(id)?.groups.delete(group);
  }

  openMic(settings: MicSettings): void {
    const post = this.posts.get(settings.console);
    if (post === undefined) {
      this.#host.fail(settings.console, 'openMic', 'console is not open');
      return;
    }
    if (post.mic !== undefined && sameRoute(post.mic, settings) && post.socket !== undefined) {
      this.#host.emit({ name: 'micOpened', console: settings.console, localPort: post.socket.localPort });
      return;
    }
    this.#dropMic(post);
    post.mic = settings;
    const microphone = new Microphone(settings);
    const onPacket = (bytes: Uint8Array): void => {
      const nowMs = this.#host.clock.nowMs();
      if (this.#host.holdUp.isBehind(nowMs)) post.backlog = kept(post.backlog, bytes);
      else this.#fromMicrophone(microphone, bytes, nowMs);
    };
    PeerSocket.open(settings.remote, settings.localPort ?? 0, onPacket).then(
      (socket) => {
        if (post.mic !== settings || this.posts.get(settings.console) !== post) {
          socket.close();
          return;
        }
        post.socket = socket;
        post.microphone = microphone;
        for (const group of post.groups) group.onMicrophone(post, this.#host.clock.nowMs());
        this.#host.emit({ name: 'micOpened', console: settings.console, localPort: socket.localPort });
      },
      (error: unknown) => this.#host.fail(settings.console, 'openMic', systemCode(error) ?? String(error)),
    );
  }

  #fromMicrophone(microphone: Microphone, bytes: Uint8Array, nowMs: number): void {
    fromMicrophone(microphone, bytes, nowMs);
    this.#host.wake(microphone.input.dueMs);
  }

  closeMic(id: ConsoleId, nowMs: number): void {
    const post = this.posts.get(id);
    if (post === undefined) return;
    this.#dropMic(post);
    for (const group of post.groups) group.loseConsole(id, nowMs);
  }

  #dropMic(post: ConsolePost): void {
    if (post.microphone !== undefined) this.#host.statistics.keepMicrophone(post.microphone);
    post.socket?.close();
    post.socket = undefined;
    post.microphone = undefined;
    post.mic = undefined;
    post.backlog = undefined;
  }

  /** Reads what has waited for its turn. */
  tick(nowMs: number): void {
    for (const { microphone } of this.posts.values()) {
      if (microphone !== undefined && microphone.input.dueMs <= nowMs) fromMicrophoneInOrder(microphone, nowMs);
    }
  }

  get dueMs(): number {
    let dueMs = Infinity;
    for (const { microphone } of this.posts.values()) dueMs = Math.min(dueMs, microphone?.input.dueMs ?? Infinity);
    return dueMs;
  }

  /** What is newest of every stream is heard now. */
  catchUp(nowMs: number): void {
    for (const post of this.posts.values()) {
      const { backlog, microphone } = post;
      post.backlog = undefined;
      if (backlog === undefined || microphone === undefined) continue;
      microphone.packetsStale += backlog.drain((bytes) => this.#fromMicrophone(microphone, bytes, nowMs));
    }
  }

  /** A group is no more. */
  forget(group: SharedGroup): void {
    for (const { groups } of this.posts.values()) groups.delete(group);
  }
}
