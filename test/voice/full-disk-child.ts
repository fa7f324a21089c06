/** Records for a minute where files can be made and nothing can be written into them: argument 1 is a folder. */
import { readdirSync } from 'node:fs';
import type { RecordingReply } from '../../src/voice/recorder.ts';
import { Recordings } from '../../src/voice/recordings.ts';

const folder = process.argv[2] ?? '';
const replies: RecordingReply[] = [];
let nowMs = 0;
const recordings = new Recordings({
  folder,
  gateway: 'ccpd',
  masters: [],
  nowMs: () => nowMs,
  utcMs: () => nowMs,
  reply: (reply) => replies.push(reply),
});
const open = () => readdirSync('/proc/self/fd').length;
const openBefore = open();
recordings.take({ name: 'begin', group: 'xb-acc', over: 7, party: 'op 1', exercise: false, startUtcMs: 0 });
for (; nowMs < 60_000; nowMs += 250) {
  recordings.take({ name: 'voice', over: 7, bytes: new Uint8Array() });
  recordings.tick();
}
recordings.take({ name: 'end', over: 7 });
const left = readdirSync(folder, { recursive: true }).filter((name) => String(name).endsWith('.opus'));
process.stdout.write(JSON.stringify({ openMore: open() - openBefore, left, replies }));
