/** Where a simulated network without signalling is to be, as its attachment says: so configuration and far end agree. */
import { placeOf } from '../config/rtp-place.ts';
import type { Config } from '../config/schema.ts';
import { voiceHost } from '../config/voice-host.ts';
import type { StaticFarEndLine, StaticFarEndSettings } from './static-far-end.ts';

type Places = Pick<StaticFarEndSettings, 'lines' | 'payloadType' | 'telephoneEventPayloadType' | 'digits'>;

/** Payload type of PCMA, which is all that the simulated units speak. */
const alawPayloadType = 8;

/** Of the network's first enabled attachment of kind `rtp`; no lines where there is none. */
export function staticFarEndOf(network: string, config: Config): Places {
  const attachment = config.attachments.find((each) => each.kind === 'rtp' && each.network === network && each.enabled);
  if (attachment?.kind !== 'rtp') return { lines: [], payloadType: alawPayloadType, digits: {} };
  const { rtp } = attachment;
  const lines = config.talkgroups.flatMap((talkgroup): StaticFarEndLine[] => {
    if (talkgroup.network !== network) return [];
    const { number } = talkgroup;
    const place = placeOf(rtp, number);
    const heardAt = place.ok ? voiceHost(config.media, place.remote.address)?.host : undefined;
    if (!place.ok || heardAt === undefined) return [];
    const { remote, multicast, listenPort } = place;
    return [{ number, ours: remote, gateway: multicast ? remote : { address: heardAt, port: listenPort }, multicast }];
  });
  const { grant, keyOut, telephoneEventPayloadType } = rtp;
  return {
    lines,
    payloadType: rtp.payloadType ?? alawPayloadType,
    ...(telephoneEventPayloadType !== undefined && { telephoneEventPayloadType }),
    digits: {
      ...(grant.mode === 'telephone-event' && { grantDigits: grant }),
      ...(keyOut.mode === 'telephone-event' && { keyDigits: keyOut }),
    },
  };
}
