import { linkCodec, voiceMode } from '../../../src/protocols/link/frames.ts';
import { type AttachmentStand, attachmentContract, plan } from '../attachment-contract.ts';
import { LinkStand } from './stand.ts';

const number = plan.number.replaceAll(' ', '');

async function make(voice: number): Promise<AttachmentStand> {
  const stand = await LinkStand.make();
  const { agent } = stand;
  agent.hello = { ...agent.hello, voice: [voice], codecs: [linkCodec.PCM16] };
  // It may connect once the attachment is started.
  stand.clock.callAt(50, () => agent.connect());
  return {
    clock: stand.clock,
    attachment: stand.attachment,
    commands: stand.commands,
    reports: stand.reports,
    farEnd: {
      switchOff: () => {
        agent.mute = true;
      },
      switchOn: () => {
        agent.mute = false;
        if (!agent.connected) agent.connect();
      },
      hangUp: () => agent.say({ affiliation: { talkgroup: number, carried: false, reason: 'the network let it go' } }),
      says: (word, text) => {
        const about = { talkgroup: number, from: '3200001' };
        if (word === 'text') agent.report({ text: { ...about, text } });
        else agent.report({ alarm: { ...about, raised: word === 'alarm' } });
      },
      told: () => agent.taken.map((data) => `${data.from}${data.name === 'text' ? `: ${data.text}` : ''}`),
    },
    data: stand.data,
    advance: (ms) => stand.advance(ms),
    close: () => stand.close(),
  };
}

attachmentContract('link, voice by RTP', () => make(voiceMode.RTP));
attachmentContract('link, voice inside the stream', () => make(voiceMode.FRAMES));
