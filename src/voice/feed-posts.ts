/** Feeds as the voice process has them: the streams of a group to one router. */
import { systemCode } from '../base/errors.ts';
import { ConsoleFeed } from '../talkgroups/console-feed.ts';
import type { SharedGroup } from '../talkgroups/shared-group.ts';
import type { FeedId, FeedSettings, GroupId } from './contract.ts';
import { type EngineHost, sameRoute } from './engine-host.ts';
import type { FeedPost } from './posts.ts';
import { PeerSocket } from './rtp-socket.ts';

export class FeedPosts {
  readonly posts = new Map<FeedId, FeedPost>();
  readonly #host: EngineHost;
  readonly #groupOf: (group: GroupId) => SharedGroup | undefined;

  constructor(host: EngineHost, groupOf: (group: GroupId) => SharedGroup | undefined) {
    this.#host = host;
    this.#groupOf = groupOf;
  }

  open(settings: FeedSettings): void {
    const group = this.#groupOf(settings.group);
    if (group === undefined) {
      this.#host.fail(settings.feed, 'openFeed', `group ${settings.group} is not open`);
      return;
    }
    const known = this.posts.get(settings.feed);
    if (known !== undefined && sameRoute(known.settings, { ...settings, active: known.settings.active })) {
      known.feed.active = settings.active;
      if (known.socket !== undefined) {
        this.#host.emit({ name: 'feedOpened', feed: settings.feed, localPort: known.socket.localPort });
      }
      return;
    }
    this.close(settings.feed);
    const feed = new ConsoleFeed(settings, this.#host.random, (bytes, length) => post.socket?.send(bytes, length));
    const post: FeedPost = { settings, feed, group, socket: undefined };
    this.posts.set(settings.feed, post);
    PeerSocket.open(settings.remote, settings.localPort ?? 0, () => this.#host.statistics.onFeedReport()).then(
      (socket) => {
        if (this.posts.get(settings.feed) !== post) {
          socket.close();
          return;
        }
        post.socket = socket;
        group.addFeed(feed);
        this.#host.emit({ name: 'feedOpened', feed: settings.feed, localPort: socket.localPort });
      },
      (error: unknown) => {
        if (this.posts.get(settings.feed) !== post) return;
        this.posts.delete(settings.feed);
        this.#host.fail(settings.feed, 'openFeed', systemCode(error) ?? String(error));
      },
    );
  }

  setActive(id: FeedId, active: boolean): void {
    const post = this.posts.get(id);
    if (post === undefined) this.#host.fail(id, 'setFeedActive', 'feed is not open');
    else post.feed.active = active;
  }

  close(id: FeedId): void {
    const post = this.posts.get(id);
    if (post === undefined) return;
    post.group.removeFeed(post.feed);
    this.#host.statistics.keepFeed(post);
    post.socket?.close();
    this.posts.delete(id);
  }

  /** Closes the feeds of a group. */
  closeOf(group: SharedGroup): void {
    for (const post of [...this.posts.values()]) if (post.group === group) this.close(post.feed.id);
  }
}
