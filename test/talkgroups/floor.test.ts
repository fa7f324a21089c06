import { describe, expect, it } from 'vitest';
import {
  deadlineMs,
  type FloorAction,
  type FloorEvent,
  type FloorRules,
  type FloorState,
  holderOf,
  idleFloor,
  type Member,
  overridingOf,
  step,
} from '../../src/talkgroups/floor.ts';

const rules: FloorRules = {
  talkLimitMs: 30_000,
  talkWarnMs: 20_000,
  leaseMs: 1000,
  graceMs: 0,
  queueLimit: 2,
  queueTimeoutMs: 60_000,
  retryAfterMs: 0,
  override: 'cut',
};

const leg = (party: string, more: Partial<Member> = {}): Member => ({
  party,
  kind: 'leg',
  priorityMax: 14,
  mayTalk: true,
  mayQueue: true,
  canBeTold: false,
  ...more,
});
const operator = (party: string, more: Partial<Member> = {}): Member =>
  leg(party, { kind: 'console', canBeTold: true, ...more });

/** A floor under test: events in, and everything it did as short words in the order it happened. */
class Floor {
  state: FloorState;
  constructor(
    overrides: Partial<FloorRules> = {},
    members: readonly Member[] = [leg('be'), leg('fr'), operator('console:1'), operator('console:2')],
  ) {
    this.state = idleFloor({ ...rules, ...overrides });
    for (const member of members) this.feed({ name: 'join', member }, 0);
  }

  feed(event: FloorEvent, atMs: number): readonly string[] {
    const { state, actions } = step(this.state, event, atMs);
    this.state = state;
    return actions.filter((action) => action.name !== 'announce').map(word);
  }

  request(party: string, atMs: number, priority = 5, emergency = false): readonly string[] {
    return this.feed({ name: 'request', party, priority, emergency }, atMs);
  }

  release(party: string, atMs: number): readonly string[] {
    return this.feed({ name: 'release', party }, atMs);
  }

  /** Speech of a party that goes on until `untilMs`, with every tick that falls due on the way. */
  talk(party: string, fromMs: number, untilMs: number): readonly string[] {
    const done: string[] = [];
    for (let atMs = fromMs; atMs <= untilMs; atMs += 20) {
      done.push(...this.feed({ name: 'media', party, atMs }, atMs));
      if (deadlineMs(this.state) <= atMs) done.push(...this.feed({ name: 'tick' }, atMs));
    }
    return done;
  }

  get holder(): string | undefined {
    return holderOf(this.state)?.party;
  }

  get queue(): readonly string[] {
    return this.state.queue.map((entry) => entry.party);
  }
}

function word(action: FloorAction): string {
  switch (action.name) {
    case 'begin':
      return `begin ${action.grant.party}`;
    case 'end':
      return `end ${action.grant.party} ${action.end}`;
    case 'announce':
      return 'announce';
    case 'answer': {
      const { answer } = action;
      const detail =
        answer.result === 'queued'
          ? ` ${answer.position}`
          : answer.result === 'denied' || answer.result === 'revoked'
            ? ` ${answer.cause}`
            : answer.result === 'granted'
              ? ` ${answer.talkLimitMs}`
              : answer.result === 'warned'
                ? ` ${answer.remainingMs}`
                : '';
      return `${action.party} ${answer.result}${detail}`;
    }
  }
}

describe('floor arbiter (TS 24.380 §6.3.4): request and release', () => {
  it('grants a free floor at once, with the talk limit', () => {
    const floor = new Floor();
    expect(floor.request('be', 100)).toEqual(['be granted 30000', 'begin be']);
    expect(floor.holder).toBe('be');
  });

  it('announces taken and idle, and nothing when nothing visible changed', () => {
    const floor = new Floor();
    const { state, actions } = step(floor.state, { name: 'request', party: 'be', priority: 5, emergency: false }, 0);
    expect(actions.at(-1)).toEqual({ name: 'announce' });
    expect(step(state, { name: 'media', party: 'be', atMs: 20 }, 20).actions).toEqual([]);
    expect(step(state, { name: 'release', party: 'be' }, 40).actions.at(-1)).toEqual({ name: 'announce' });
  });

  it('ends the over on release and is idle again', () => {
    const floor = new Floor();
    floor.request('be', 0);
    expect(floor.release('be', 500)).toEqual(['be released', 'end be released']);
    expect(floor.state.name).toBe('idle');
    expect(deadlineMs(floor.state)).toBe(Infinity);
  });

  it('answers the talker itself again with what is left of its time', () => {
    const floor = new Floor();
    floor.request('be', 0);
    expect(floor.request('be', 12_000)).toEqual(['be granted 18000']);
  });

  it('repeats the number of a request in every answer to it', () => {
    const floor = new Floor();
    floor.request('be', 0);
    const asked = step(
      floor.state,
      { name: 'request', party: 'console:1', priority: 5, emergency: false, requestId: 7 },
      1,
    );
    expect(asked.actions[0]).toEqual({
      name: 'answer',
      party: 'console:1',
      requestId: 7,
      answer: { result: 'queued', position: 1 },
    });
    const freed = step(asked.state, { name: 'release', party: 'be' }, 2);
    expect(freed.actions).toContainEqual({
      name: 'answer',
      party: 'console:1',
      requestId: 7,
      answer: { result: 'granted', talkLimitMs: 30_000 },
    });
  });

  it('denies a stranger (not-member) and a listener (receive-only), in an emergency too', () => {
    const floor = new Floor({}, [leg('listener', { mayTalk: false })]);
    expect(floor.request('nobody', 0)).toEqual(['nobody denied not-member']);
    expect(floor.request('listener', 0)).toEqual(['listener denied receive-only']);
    expect(floor.request('listener', 0, 5, true)).toEqual(['listener denied receive-only']);
  });
});

describe('floor arbiter: contention', () => {
  it('queues a request of equal strength and never lets it pre-empt', () => {
    const floor = new Floor();
    floor.request('be', 0);
    expect(floor.request('fr', 0)).toEqual(['fr queued 1']);
    expect(floor.holder).toBe('be');
  });

  it('denies with busy when the party may not queue', () => {
    const floor = new Floor({}, [leg('be'), leg('fr', { mayQueue: false })]);
    floor.request('be', 0);
    expect(floor.request('fr', 10)).toEqual(['fr denied busy']);
  });

  it('denies the third of a queue of two (queue-full), but never an emergency', () => {
    const floor = new Floor(
      {},
      ['a', 'b', 'c', 'd', 'e'].map((party) => operator(party)),
    );
    floor.request('a', 0, 5, true);
    floor.request('b', 1);
    floor.request('c', 2);
    expect(floor.request('d', 3)).toEqual(['d denied queue-full']);
    expect(floor.request('e', 4, 5, true)).toEqual(['e queued 1']);
  });

  it('serves the queue by priority, then in order of arrival', () => {
    const floor = new Floor(
      { queueLimit: 8 },
      ['a', 'b', 'c', 'd'].map((party) => operator(party)),
    );
    floor.request('a', 0, 9);
    floor.request('b', 1, 3);
    floor.request('c', 2, 7);
    floor.request('d', 3, 7);
    expect(floor.queue).toEqual(['c', 'd', 'b']);
    floor.release('a', 4);
    expect(floor.holder).toBe('c');
  });

  it('keeps the place of a repeated request, and improves it when the claim became stronger', () => {
    const floor = new Floor(
      { queueLimit: 8 },
      ['a', 'b', 'c'].map((party) => operator(party)),
    );
    floor.request('a', 0, 9);
    floor.request('b', 1, 5);
    floor.request('c', 2, 5);
    expect(floor.request('b', 3, 5)).toEqual(['b queued 1']);
    expect(floor.request('c', 4, 6)).toEqual(['c queued 1']);
    expect(floor.queue).toEqual(['c', 'b']);
  });

  it('takes a queued request back on release', () => {
    const floor = new Floor();
    floor.request('be', 0);
    floor.request('fr', 10);
    expect(floor.release('fr', 20)).toEqual(['fr released']);
    floor.release('be', 30);
    expect(floor.state.name).toBe('idle');
  });

  it('denies a queued console after 60 s, and lets a radio that is still keyed wait on', () => {
    const floor = new Floor({ talkLimitMs: 600_000, talkWarnMs: 600_000 });
    floor.request('be', 0);
    floor.request('console:1', 0);
    floor.request('fr', 0);
    expect(floor.talk('be', 0, 60_000)).toEqual(['console:1 denied retry-later']);
    expect(floor.queue).toEqual(['fr']);
  });

  it('clamps a request to the highest priority of its mapping', () => {
    const floor = new Floor({}, [leg('be', { priorityMax: 4 }), leg('fr')]);
    floor.request('fr', 0, 5);
    expect(floor.request('be', 1, 12)).toEqual(['be queued 1']);
    expect(floor.state.queue[0]?.priority).toBe(4);
  });
});

describe('floor arbiter: pre-emption', () => {
  it('cuts the talker for a stronger request, at once when there is no grace', () => {
    const floor = new Floor();
    floor.request('be', 0, 5);
    expect(floor.request('console:1', 100, 10)).toEqual([
      'be revoked pre-empted',
      'end be pre-empted',
      'be queued 1',
      'console:1 granted 30000',
      'begin console:1',
    ]);
  });

  it('lets the talker be heard for 500 ms of grace, then grants the stronger request', () => {
    const floor = new Floor({ graceMs: 500 });
    floor.request('be', 0, 5);
    expect(floor.request('console:1', 100, 10)).toEqual(['be revoked pre-empted', 'console:1 queued 1']);
    expect(deadlineMs(floor.state)).toBe(600);
    expect(floor.feed({ name: 'tick' }, 600)).toEqual([
      'end be pre-empted',
      'be queued 2',
      'console:1 granted 30000',
      'begin console:1',
    ]);
  });

  it('does not wait out the grace of a talker that stops', () => {
    const floor = new Floor({ graceMs: 500 });
    floor.request('be', 0, 5);
    floor.request('console:1', 100, 10);
    expect(floor.release('be', 200)).toEqual([
      'be released',
      'end be pre-empted',
      'console:1 granted 30000',
      'begin console:1',
    ]);
  });

  it('gives a radio that was cut and kept sending the floor when it is free again, and forgets it when it stops', () => {
    const floor = new Floor();
    floor.request('be', 0, 5);
    floor.request('console:1', 100, 10);
    expect(floor.release('console:1', 900)).toEqual([
      'console:1 released',
      'end console:1 released',
      'be granted 30000',
      'begin be',
    ]);
    floor.request('console:1', 1000, 10);
    floor.release('be', 1100);
    floor.release('console:1', 1200);
    expect(floor.state.name).toBe('idle');
  });

  it('cuts in for an emergency without grace, over a dispatcher of priority 14 too', () => {
    const floor = new Floor({ graceMs: 500 }, [leg('be', { priorityMax: 3 }), operator('console:1')]);
    floor.request('console:1', 0, 14);
    expect(floor.request('be', 50, 0, true)).toEqual([
      'console:1 revoked pre-empted',
      'end console:1 pre-empted',
      'be granted 0',
      'begin be',
    ]);
  });

  it('ends a running grace for an emergency', () => {
    const floor = new Floor({ graceMs: 500 });
    floor.request('be', 0, 5);
    floor.request('console:1', 100, 10);
    expect(floor.request('fr', 150, 5, true)).toContain('begin fr');
    expect(floor.holder).toBe('fr');
    expect(floor.queue).toEqual(['console:1', 'be']);
  });

  it('queues an emergency behind an emergency, ahead of everybody else, and never denies it', () => {
    const floor = new Floor({}, [leg('a', { mayQueue: false }), leg('b', { mayQueue: false }), operator('c')]);
    floor.request('a', 0, 5, true);
    floor.request('c', 1, 14);
    expect(floor.request('b', 2, 1, true)).toEqual(['b queued 1']);
    floor.release('a', 3);
    expect(floor.holder).toBe('b');
  });

  it('makes the talker itself an emergency without a new over', () => {
    const floor = new Floor();
    floor.request('be', 0, 5);
    expect(floor.request('be', 100, 5, true)).toEqual(['be granted 0']);
    expect(floor.talk('be', 100, 40_000)).toEqual([]);
    expect(floor.holder).toBe('be');
  });
});

describe('floor arbiter: lease and talk limit', () => {
  it('frees the floor 1000 ms after the last media (T1), and tells the talker', () => {
    const floor = new Floor();
    floor.request('be', 0);
    floor.talk('be', 0, 400);
    expect(deadlineMs(floor.state)).toBe(1400);
    expect(floor.feed({ name: 'tick' }, 1400)).toEqual(['be revoked silence', 'end be silence']);
  });

  it('frees the floor of a console whose microphone never delivers', () => {
    const floor = new Floor();
    floor.request('console:1', 0);
    expect(floor.feed({ name: 'tick' }, 1000)).toEqual(['console:1 revoked silence', 'end console:1 silence']);
  });

  it('warns at 20 s and ends the over at 30 s (T2)', () => {
    const floor = new Floor();
    floor.request('console:1', 0);
    expect(floor.talk('console:1', 0, 29_980)).toEqual(['console:1 warned 10000']);
    expect(floor.talk('console:1', 30_000, 30_000)).toEqual([
      'console:1 revoked talk-limit',
      'end console:1 talk-limit',
    ]);
  });

  it('lets the revoked talker be heard for the grace, and gives on within limit + 2 s', () => {
    const floor = new Floor({ graceMs: 9000 });
    floor.request('console:1', 0);
    expect(floor.talk('console:1', 0, 33_000)).toEqual([
      'console:1 warned 10000',
      'console:1 revoked talk-limit',
      'end console:1 talk-limit',
    ]);
    expect(floor.state.name).toBe('idle');
  });

  it('hears a radio that ran into its limit again only after it stopped once', () => {
    const floor = new Floor();
    floor.request('be', 0);
    expect(floor.talk('be', 0, 30_000).at(-1)).toBe('end be talk-limit');
    expect(floor.request('be', 30_020)).toEqual(['be denied retry-later']);
    floor.release('be', 31_000);
    expect(floor.request('be', 31_500)).toEqual(['be granted 30000', 'begin be']);
  });

  it('refuses for the retry-after time (T9) when there is one, emergencies excepted', () => {
    const floor = new Floor({ retryAfterMs: 3000 });
    floor.request('console:1', 0);
    floor.talk('console:1', 0, 30_000);
    expect(floor.request('console:1', 32_900)).toEqual(['console:1 denied retry-later']);
    expect(floor.request('console:1', 32_950, 5, true)).toContain('begin console:1');
  });

  it('has no talk limit for an emergency, but the lease holds', () => {
    const floor = new Floor();
    floor.request('be', 0, 5, true);
    expect(floor.talk('be', 0, 120_000)).toEqual([]);
    expect(floor.feed({ name: 'tick' }, 121_000)).toContain('end be silence');
  });
});

describe('floor arbiter: a talker whom a person removes', () => {
  const remove = (floor: Floor, party: string, atMs: number) => floor.feed({ name: 'remove', party }, atMs);

  it('ends at once, the next is heard, and a radio that goes on sending is not until it stops once', () => {
    const floor = new Floor({ graceMs: 500 });
    floor.request('be', 0);
    floor.request('fr', 10);
    expect(remove(floor, 'be', 20)).toEqual(['be revoked removed', 'end be removed', 'fr granted 30000', 'begin fr']);
    expect(floor.request('be', 40)).toEqual(['be denied retry-later']);
    floor.release('be', 60);
    expect(floor.request('be', 80)).toEqual(['be queued 1']);
  });

  it('who is in his grace already is told once, and heard no longer', () => {
    const floor = new Floor({ graceMs: 500 });
    floor.request('console:1', 0);
    floor.request('console:2', 10, 9);
    expect(remove(floor, 'console:1', 20)).toEqual([
      'end console:1 removed',
      'console:2 granted 30000',
      'begin console:2',
    ]);
  });

  it('leaves the other of two voices alone', () => {
    const floor = new Floor({ override: 'mix' });
    floor.request('be', 0);
    floor.request('console:1', 10, 9);
    expect(remove(floor, 'be', 20)).toEqual(['be revoked removed', 'end be removed']);
    expect(floor.holder).toBe('console:1');
  });

  it('is never one in distress, nor the gateway itself, nor one who only waits', () => {
    const floor = new Floor({}, [leg('be'), leg('fr'), leg('announcement', { kind: 'announcement' })]);
    expect(remove(floor, 'be', 0)).toEqual([]);
    floor.request('announcement', 0);
    expect(remove(floor, 'announcement', 10)).toEqual([]);
    floor.release('announcement', 15);
    floor.request('be', 20, 5, true);
    floor.request('fr', 30);
    expect([...remove(floor, 'be', 40), ...remove(floor, 'fr', 40)]).toEqual([]);
    expect([floor.holder, floor.queue]).toEqual(['be', ['fr']]);
  });
});

describe('floor arbiter: a line that both sides speak on', () => {
  const duplex = { override: 'duplex' as const };

  it('grants the other side beside whoever began, whatever their priorities', () => {
    for (const [first, second] of [
      ['be', 'console:1'],
      ['console:1', 'be'],
    ] as const) {
      const floor = new Floor(duplex);
      floor.request(first, 0, 10);
      expect(floor.request(second, 100, 0)).toContain(`begin ${second}`);
      expect([floor.holder, overridingOf(floor.state)?.party]).toEqual([first, second]);
    }
  });

  it('is for one of either side: a second console waits, or takes the place of the first', () => {
    const floor = new Floor(duplex);
    floor.request('console:1', 0, 5);
    floor.request('be', 0, 5);
    expect(floor.request('console:2', 100, 5)).toEqual(['console:2 queued 1']);
  });
});

describe('floor arbiter: dual floor (§6.3.6)', () => {
  const mix = { override: 'mix' as const };

  it('puts a stronger console beside a radio', () => {
    const floor = new Floor(mix);
    floor.request('be', 0, 5);
    expect(floor.request('console:1', 100, 10)).toEqual(['console:1 granted 30000', 'begin console:1']);
    expect([floor.holder, overridingOf(floor.state)?.party]).toEqual(['be', 'console:1']);
  });

  it('cuts a console for a stronger console: two consoles are never mixed', () => {
    const floor = new Floor(mix);
    floor.request('console:1', 0, 5);
    expect(floor.request('console:2', 100, 10)).toContain('end console:1 pre-empted');
    expect(overridingOf(floor.state)).toBeUndefined();
  });

  it('goes on with whoever remains when either ends', () => {
    const first = new Floor(mix);
    first.request('be', 0, 5);
    first.request('console:1', 100, 10);
    expect(first.release('be', 200)).toEqual(['be released', 'end be released']);
    expect([first.state.name, first.holder]).toEqual(['taken', 'console:1']);

    const second = new Floor(mix);
    second.request('be', 0, 5);
    second.request('console:1', 100, 10);
    second.release('console:1', 200);
    expect([second.state.name, second.holder]).toEqual(['taken', 'be']);
  });

  it('replaces the overriding console by a stronger one, beside the same radio', () => {
    const floor = new Floor(mix);
    floor.request('be', 0, 5);
    floor.request('console:1', 100, 8);
    expect(floor.request('console:2', 200, 9)).toEqual([
      'console:1 revoked pre-empted',
      'end console:1 pre-empted',
      'console:2 granted 30000',
      'begin console:2',
    ]);
    expect([floor.holder, overridingOf(floor.state)?.party]).toEqual(['be', 'console:2']);
  });

  it('ends both for an emergency', () => {
    const floor = new Floor(mix);
    floor.request('be', 0, 5);
    floor.request('console:1', 100, 10);
    const done = floor.request('fr', 200, 5, true);
    expect(done).toContain('end console:1 pre-empted');
    expect(done).toContain('end be pre-empted');
    expect([floor.state.name, floor.holder]).toEqual(['taken', 'fr']);
  });

  it('hears a talker alone from the moment it declares an emergency', () => {
    const floor = new Floor(mix);
    floor.request('be', 0, 5);
    floor.request('console:1', 100, 10);
    expect(floor.request('be', 200, 5, true)).toContain('end console:1 pre-empted');
    expect([floor.state.name, floor.holder]).toEqual(['taken', 'be']);
  });

  it('ends each voice at its own talk limit, the other going on', () => {
    const floor = new Floor({ ...mix, leaseMs: 60_000, talkWarnMs: 30_000, graceMs: 1000 });
    floor.request('be', 0, 5);
    floor.request('console:1', 10_000, 10);
    expect(floor.feed({ name: 'tick' }, 30_000)).toEqual(['be revoked talk-limit', 'end be talk-limit']);
    expect([floor.state.name, floor.holder]).toEqual(['taken', 'console:1']);
  });
});

describe('floor arbiter: membership', () => {
  it('ends the over of a talker that leaves and gives the floor on', () => {
    const floor = new Floor();
    floor.request('be', 0);
    floor.request('fr', 10);
    expect(floor.feed({ name: 'leave', party: 'be' }, 20)).toEqual([
      'be revoked left',
      'end be left',
      'fr granted 30000',
      'begin fr',
    ]);
    expect(floor.request('be', 30)).toEqual(['be denied not-member']);
  });

  it('answers a queued party that leaves', () => {
    const floor = new Floor();
    floor.request('be', 0);
    floor.request('console:1', 10);
    expect(floor.feed({ name: 'leave', party: 'console:1' }, 20)).toEqual(['console:1 denied not-member']);
  });

  it('takes the floor from a talker that loses its right to talk', () => {
    const floor = new Floor();
    floor.request('be', 0);
    expect(floor.feed({ name: 'join', member: leg('be', { mayTalk: false }) }, 20)).toEqual([
      'be revoked no-permission',
      'end be no-permission',
    ]);
  });

  it('keeps the holder when its settings are said again', () => {
    const floor = new Floor();
    floor.request('be', 0);
    expect(floor.feed({ name: 'join', member: leg('be') }, 20)).toEqual([]);
    expect(floor.holder).toBe('be');
  });

  it('leaves state untouched on what it has no rule for', () => {
    const floor = new Floor();
    const before = floor.state;
    floor.feed({ name: 'media', party: 'be', atMs: 5 }, 5);
    floor.feed({ name: 'leave', party: 'nobody' }, 5);
    floor.feed({ name: 'release', party: 'nobody' }, 5);
    floor.feed({ name: 'tick' }, 5);
    expect(floor.state).toEqual(before);
  });
});
