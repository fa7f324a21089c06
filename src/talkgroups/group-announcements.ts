/** Announcements of a shared group on its floor: asks for it, says what announcer.ts has ready, and tells how each ended. */
import { frameMs } from '../media/frame.ts';
import { Announcer } from './announcer.ts';
import { type GroupCore, gatewayMember, operators } from './group-core.ts';
import { type Announcement, type AnnouncementEnd, announcementParty, type LegId } from './terms.ts';

/** An announcement that finds no place in the queue asks again. */
const askAgainMs = 1000;

export class GroupAnnouncements {
  readonly #group: GroupCore;
  readonly #announcer = new Announcer();
  /** Said to its end, and perhaps still on its way to slow legs. */
  #announced: Announcement | undefined;
  #askedMs = -Infinity;

  constructor(group: GroupCore) {
    this.#group = group;
  }

  /** Says it as soon as nobody talks; an urgent one at once, but for an emergency. */
  add(announcement: Announcement, nowMs: number): void {
    const refused = this.#announcer.add(announcement, nowMs);
    if (refused !== undefined) this.#tell(refused, 'refused');
    this.#group.wake(this.#announcer.dueMs);
    this.#ask(nowMs);
  }

  /** It is not said, or no further. */
  withdraw(announcement: string, nowMs: number): void {
    const isSpoken = this.#announcer.current?.announcement === announcement;
    const withdrawn = this.#announcer.withdraw(announcement);
    if (withdrawn === undefined) return;
    if (isSpoken || this.#announcer.wish === undefined)
      this.#group.feed({ name: 'release', party: announcementParty }, nowMs);
    this.#tell(withdrawn, 'cut');
    this.#ask(nowMs);
  }

  /** The group is no more. */
  close(): void {
    for (const announcement of this.#announcer.takeAll()) this.#tell(announcement, 'cut');
  }

  /** The floor is the gateway's: the first that waits is said from here on. */
  beginOver(nowMs: number): void {
    if (this.#announcer.begin(nowMs)) this.#group.wake(nowMs);
  }

  /** The gateway has the floor no more. */
  endOver(nowMs: number): void {
    const cut = this.#announcer.cut();
    if (cut !== undefined) this.#tell(cut, 'cut');
    this.#askedMs = -Infinity; // it, or the next one, asks at once
    this.#group.wake(nowMs);
  }

  /** Its over has been reported: it is played out wherever it can be. */
  reported(): void {
    if (this.#announced !== undefined) this.#tell(this.#announced, 'played');
    this.#announced = undefined;
  }

  tick(nowMs: number): void {
    for (const late of this.#announcer.takeLate(nowMs)) this.#tell(late, 'late');
    if (this.#announcer.current === undefined) {
      // One that was denied, or waited longer than a place in the queue lasts, asks again.
      if (!this.#group.floor.waits(announcementParty)) this.#ask(nowMs);
      return;
    }
    const { legs: all, feeds, taps } = this.#group;
    const said = this.#announcer.tick(nowMs, (legs, frame, packet, positionMs) => {
      for (const leg of all) if (legs.includes(leg.id)) leg.out.hear(frame, nowMs);
      if (packet === undefined) return;
      for (const feed of feeds) {
        if (feed.active) feed.hear(operators, packet, 0, packet.length, positionMs, frameMs, nowMs);
      }
      taps.get(announcementParty)?.hear(packet, 0, packet.length, positionMs, frameMs, nowMs);
    });
    if (!said) return;
    this.#announced = this.#announcer.end();
    this.#group.feed({ name: 'release', party: announcementParty }, nowMs);
  }

  /** One that waits without a place in the queue looks again every second. */
  get dueMs(): number {
    const { wish, dueMs } = this.#announcer;
    const waits = wish === undefined || this.#group.floor.waits(announcementParty);
    return waits ? dueMs : Math.min(dueMs, this.#askedMs + askAgainMs);
  }

  /** When it last spoke. */
  get talkMs(): number {
    return this.#announcer.talkMs;
  }

  /** Whether a leg hears what is being said. */
  isFor(leg: LegId): boolean {
    return this.#announcer.isFor(leg);
  }

  #ask(nowMs: number): void {
    const wish = this.#announcer.wish;
    if (wish === undefined) return;
    this.#group.feed({ name: 'join', member: gatewayMember }, nowMs);
    const patient = wish.urgency === 'patient';
    this.#askedMs = nowMs;
    const priority = patient ? 14 : 15;
    this.#group.feed({ name: 'request', party: announcementParty, priority, emergency: false, patient }, nowMs);
  }

  #tell({ announcement }: Announcement, end: AnnouncementEnd): void {
    this.#group.report({ name: 'announced', group: this.#group.id, announcement, end });
  }
}
