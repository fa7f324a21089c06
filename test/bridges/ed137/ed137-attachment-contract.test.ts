import { attachmentContract } from '../attachment-contract.ts';
import type { AttachmentStand, Carried } from '../attachment-stand.ts';
import { allWords } from '../carried-contract.ts';
import { callIn, contractStand } from '../sip/contract-stand.ts';
import { dataSettings } from '../sip/data-far-end.ts';
import { Ed137Stand } from './stand.ts';

async function asStand(mode: 'call' | 'accept'): Promise<AttachmentStand> {
  const stand = await Ed137Stand.make({ data: dataSettings, mode });
  const { sip, attachment } = stand;
  return contractStand({
    sip,
    attachment,
    comeBack: () => mode === 'accept' && callIn(sip),
    close: () => stand.close(),
  });
}

/** PTT type, PTT-ID and squelch are in its RTP, and so with the voice process. */
const carries: Carried = { dataIn: allWords, dataOut: allWords, talkers: ['talker in'] };

attachmentContract('ed137, we call', () => asStand('call'), carries);
attachmentContract('ed137, the radio calls', () => asStand('accept'), carries);
