import { describe, expect, it } from 'vitest';
import { VoiceTape } from '../../src/talkgroups/voice-tape.ts';
import { Statistics } from '../../src/voice/statistics.ts';
import { VirtualGroup } from '../talkgroups/virtual-group.ts';

describe('what the voice process says of itself', () => {
  it('never lets a counter fall when a group is closed', () => {
    const statistics = new Statistics();
    const { group } = new VirtualGroup();
    group.framesStopped = 7;
    const tape = new VoiceTape();
    const posts = {
      groups: new Map([['xb', group]]),
      legs: new Map(),
      feeds: new Map(),
      consoles: new Map(),
      tape,
      recorder: { octetsDropped: 640 },
    };
    expect(statistics.read(posts, 0).counters).toMatchObject({ framesStopped: 7, recordingOctetsDropped: 640 });
    posts.groups.clear();
    statistics.keepGroup(group);
    expect(statistics.read(posts, 0).counters).toMatchObject({ framesStopped: 7, recordingOctetsDropped: 640 });
  });
});
