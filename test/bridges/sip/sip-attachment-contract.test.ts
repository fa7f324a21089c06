import { attachmentContract } from '../attachment-contract.ts';
import { type AttachmentStand, type Carried, plan } from '../attachment-stand.ts';
import { allWords, carriedContract } from '../carried-contract.ts';
import { dataOf, dataSettings } from './data-far-end.ts';
import { gatewayAt, SipStand } from './stand.ts';

const number = plan.number.replaceAll(' ', '');
const carries: Carried = { dataIn: allWords, dataOut: allWords, talkers: ['talker in', 'talker out'] };

function asStand(stand: SipStand, comeBack: () => void): AttachmentStand {
  return {
    clock: stand.clock,
    attachment: stand.attachment,
    commands: stand.commands,
    reports: stand.reports,
    farEnd: {
      switchOff: () => {
        stand.network.silentWhenAbsent = true;
        stand.box.switchOff();
      },
      switchOn: () => {
        stand.box.switchOn();
        comeBack();
      },
      hangUp: () => stand.box.hangUp(stand.box.only),
      ...dataOf(() => stand.box, number),
    },
    data: stand.data,
    talkers: stand.talkers,
    advance: (ms) => stand.advance(ms),
    close: () => stand.close(),
  };
}

attachmentContract(
  'sip, we call',
  async () => {
    const stand = await SipStand.make({ sip: { data: dataSettings } });
    return asStand(stand, () => undefined);
  },
  carries,
);

attachmentContract(
  'sip over TCP, we call',
  async () => {
    const stand = await SipStand.make({ sip: { peer: 'sip:192.0.2.10:5060', transport: 'tcp', data: dataSettings } });
    const tcpBox = new (await import('./far-end.ts')).FarEnd(stand.network, { ...stand.box.at, transport: 'tcp' });
    Object.assign(stand, { box: tcpBox });
    return asStand(stand, () => undefined);
  },
  carries,
);

attachmentContract(
  'sip, the far end calls',
  async () => {
    const stand = await SipStand.make({ sip: { mode: 'accept', data: dataSettings } });
    const callIn = () => void stand.clock.callAt(stand.clock.nowMs() + 500, () => stand.box.call(number, gatewayAt));
    callIn();
    return asStand(stand, callIn);
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
      stand.clock.callAt(stand.clock.nowMs() + 500, () => stand.box.call(number, gatewayAt));
    };
    come();
    return asStand(stand, come);
  },
  carries,
);

carriedContract(
  'sip, told nothing',
  async () => asStand(await SipStand.make({ sip: { tellTalker: { by: 'off' } } }), () => undefined),
  { dataIn: ['text', 'status', 'position', 'alarm'], dataOut: [], talkers: ['talker in'] },
);
