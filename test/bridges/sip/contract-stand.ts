/** What the contract asks of the SIP kind and of those that ride on its calls. */
import type { Attachment } from '../../../src/bridges/ports.ts';
import { type AttachmentStand, plan } from '../attachment-stand.ts';
import { dataOf } from './data-far-end.ts';
import { gatewayAt, type SipStand } from './stand.ts';

const number = plan.number.replaceAll(' ', '');

export interface OnSip {
  readonly sip: SipStand;
  readonly attachment: Attachment;
  /** What the far end does of itself each time that it is there. */
  readonly comeBack: () => unknown;
  close(): Promise<void>;
}

/** The far end calls, 500 ms after it is there. */
export function callIn(sip: SipStand): void {
  sip.clock.callAt(sip.clock.nowMs() + 500, () => sip.box.call(number, gatewayAt));
}

export function contractStand({ sip, attachment, comeBack, close }: OnSip): AttachmentStand {
  comeBack();
  return {
    clock: sip.clock,
    attachment,
    commands: sip.commands,
    reports: sip.reports,
    farEnd: {
      switchOff: () => {
        sip.network.silentWhenAbsent = true;
        sip.box.switchOff();
      },
      switchOn: () => {
        sip.box.switchOn();
        comeBack();
      },
      hangUp: () => sip.box.hangUp(sip.box.only),
      ...dataOf(() => sip.box, number),
    },
    data: sip.data,
    talkers: sip.talkers,
    advance: (ms) => sip.advance(ms),
    close,
  };
}
