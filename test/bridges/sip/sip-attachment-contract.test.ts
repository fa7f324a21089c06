import { attachmentContract } from '../attachment-contract.ts';
import type { AttachmentStand, Carried } from '../attachment-stand.ts';
import { allWords, carriedContract } from '../carried-contract.ts';
import { callIn, contractStand } from './contract-stand.ts';
import { dataSettings } from './data-far-end.ts';
import { gatewayAt, SipStand } from './stand.ts';

const carries: Carried = { dataIn: allWords, dataOut: allWords, talkers: ['talker in', 'talker out'] };

function asStand(sip: SipStand, comeBack: () => void = () => undefined): AttachmentStand {
  return contractStand({ sip, attachment: sip.attachment, comeBack, close: () => sip.close() });
}

attachmentContract(
  'sip, we call',
  async () => {
    const stand = await SipStand.make({ sip: { data: dataSettings } });
    return asStand(stand);
  },
  carries,
);

attachmentContract(
  'sip over TCP, we call',
  async () => {
    const stand = await SipStand.make({ sip: { peer: 'sip:192.0.2.10:5060', transport: 'tcp', data: dataSettings } });
    const tcpBox = new (await import('./far-end.ts')).FarEnd(stand.network, { ...stand.box.at, transport: 'tcp' });
    Object.assign(stand, { box: tcpBox });
    return asStand(stand);
  },
  carries,
);

attachmentContract(
  'sip, the far end calls',
  async () => {
    const stand = await SipStand.make({ sip: { mode: 'accept', data: dataSettings } });
    return asStand(stand, () => callIn(stand));
  },
  carries,
);

attachmentContract(
  'sip, the far end registers and calls',
  async () => {
    const credentials = { username: 'box7', password: 'keep it to yourself' };
    const stand = await SipStand.make({
      sip: { mode: 'register-and-accept', peer: 'sip:box7@boxes.invalid', username: 'box7', data: dataSettings },
      password: credentials.password,
    });
    let generation = 0;
    const come = () => {
      const callId = `registration-${++generation}`;
      stand.clock.callAt(stand.clock.nowMs() + 100, () =>
        stand.box.register(gatewayAt, 'box7', 60, credentials, callId),
      );
      callIn(stand);
    };
    return asStand(stand, come);
  },
  carries,
);

carriedContract('sip, told nothing', async () => asStand(await SipStand.make({ sip: { tellTalker: { by: 'off' } } })), {
  dataIn: ['text', 'status', 'position', 'alarm'],
  dataOut: [],
  talkers: ['talker in'],
});
