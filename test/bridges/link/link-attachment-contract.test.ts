import { capability, linkCodec, talkResult, voiceMode } from '../../../src/protocols/link/frames.ts';
import { attachmentContract } from '../attachment-contract.ts';
import { type AttachmentStand, type Carried, type CarriedWord, plan } from '../attachment-stand.ts';
import { allWords, brussels, carriedContract } from '../carried-contract.ts';
import { LinkStand } from './stand.ts';

const number = plan.number.replaceAll(' ', '');

async function make(voice: number, takes?: readonly number[]): Promise<AttachmentStand> {
  const stand = await LinkStand.make();
  const { agent } = stand;
  agent.hello = {
    ...agent.hello,
    voice: [voice],
    codecs: [linkCodec.PCM16],
    ...(takes && { capabilities: [capability.TALKER_IDENTITY, capability.EMERGENCY, ...takes] }),
  };
  agent.grants = false;
  let talks = 0;
  const talk = (emergency: boolean): void => {
    const talker = { address: '3200001' };
    agent.say({ talkRequest: { talkgroup: number, talk: ++talks, priority: 9, emergency, talker } });
  };
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
        else if (word === 'status') agent.report({ status: { ...about, code: 0x8003 } });
        else if (word === 'position') agent.report({ position: { ...about, place: brussels } });
        else agent.report({ alarm: { ...about, raised: word === 'alarm' } });
      },
      told: () => agent.taken.map((data) => `${data.from}${data.name === 'text' ? `: ${data.text}` : ''}`),
      names: () => talk(false),
      named: () =>
        [...agent.told('talkRequest'), ...agent.told('talkerUpdate')].map(
          ({ talker: { address, display } }) => `${display} ${address}`,
        ),
      floor: {
        talks: talk,
        answers: (granted) => {
          const asked = agent.told('talkRequest').at(-1);
          const result = granted ? talkResult.GRANTED : talkResult.DENIED;
          agent.say({ talkAnswer: { talkgroup: number, talk: asked?.talk ?? 0, result } });
        },
        told: () =>
          agent.heard.flatMap((body) => {
            if (body.name === 'talkRequest') return [`asked ${body.emergency ? 'emergency' : body.priority}`];
            if (body.name !== 'talkAnswer') return [];
            return [talkResult[body.result]?.toLowerCase() ?? ''];
          }),
      },
    },
    data: stand.data,
    talkers: stand.talkers,
    advance: (ms) => stand.advance(ms),
    close: () => stand.close(),
  };
}

const carries: Carried = {
  dataIn: allWords,
  dataOut: allWords,
  talkers: ['talker in', 'talker out'],
  floor: ['priority in', 'emergency in', 'grant in', 'priority out', 'emergency out', 'denial out'],
};

attachmentContract('link, voice by RTP', () => make(voiceMode.RTP), carries);
attachmentContract('link, voice inside the stream', () => make(voiceMode.FRAMES), carries);

const takes: readonly [number, readonly CarriedWord[]][] = [
  [capability.TAKES_STATUS, ['status']],
  [capability.TAKES_TEXT, ['text']],
  [capability.TAKES_POSITION, ['position']],
  [capability.TAKES_ALARM, ['alarm', 'alarm over']],
];
for (const [ability, dataOut] of takes)
  carriedContract(`link, an agent that takes ${dataOut[0]} only`, () => make(voiceMode.RTP, [ability]), {
    ...carries,
    dataOut,
  });
