import { attachmentContract } from '../attachment-contract.ts';
import type { AttachmentStand, Carried } from '../attachment-stand.ts';
import { allWords } from '../carried-contract.ts';
import { dataOf, dataSettings } from '../sip/data-far-end.ts';
import { gatewayAt } from '../sip/stand.ts';
import { Ed137Stand } from './stand.ts';

async function asStand(settings: Record<string, unknown>, comeBack?: (stand: Ed137Stand) => void) {
  const stand = await Ed137Stand.make({ data: dataSettings, ...settings });
  comeBack?.(stand);
  return {
    clock: stand.sip.clock,
    attachment: stand.attachment,
    commands: stand.sip.commands,
    reports: stand.sip.reports,
    farEnd: {
      switchOff: () => {
        stand.sip.network.silentWhenAbsent = true;
        stand.box.switchOff();
      },
      switchOn: () => {
        stand.box.switchOn();
        comeBack?.(stand);
      },
      hangUp: () => stand.box.hangUp(stand.box.only),
      ...dataOf(() => stand.box, stand.plan.number.replaceAll(' ', '')),
    },
    data: stand.sip.data,
    talkers: stand.sip.talkers,
    advance: (ms) => stand.advance(ms),
    close: () => stand.close(),
  } satisfies AttachmentStand;
}

const callIn = (stand: Ed137Stand): void => {
  const number = stand.plan.number.replaceAll(' ', '');
  stand.sip.clock.callAt(stand.sip.clock.nowMs() + 500, () => stand.box.call(number, gatewayAt));
};

/** PTT type, PTT-ID and squelch are in its RTP, and so with the voice process. */
const carries: Carried = { dataIn: allWords, dataOut: allWords, talkers: ['talker in'] };

attachmentContract('ed137, we call', () => asStand({}), carries);
attachmentContract('ed137, the radio calls', () => asStand({ mode: 'accept' }, callIn), carries);
