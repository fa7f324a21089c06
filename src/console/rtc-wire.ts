/** What a page and the gateway say of the page's WebRTC transports, read and written. */
import type { RtcAnswer, RtcNotice, RtcRequest } from '../base/rtc-port.ts';
import type { escaut } from '../protocols/generated/console.js';
import { text } from './wire-text.ts';

type ServerBody = escaut.console.v1.ServerMessage.$Properties;
type RtcMessage =
  | { readonly name: 'rtc'; readonly requestId: number; readonly request: RtcRequest }
  | { readonly name: 'unknown'; readonly requestId: number };
type Request = escaut.console.v1.RtcRequest.$Properties;

/** `unknown`: of a later version. Undefined: an id is missing or too long. */
export function readRtcRequest(message: Request): RtcMessage | undefined {
  const requestId = message.requestId ?? 0;
  const request = readRtc(message);
  if (request !== undefined) return { name: 'rtc', requestId, request };
  return isKnownRtc(message) ? undefined : { name: 'unknown', requestId };
}

/** Undefined when an id is missing or too long, and for requests of a later version. */
function readRtc(message: Request): RtcRequest | undefined {
  const { open, connect, produce, ready, consumerState, restartIce, producerClosed } = message;
  if (open) return { name: 'open', rtpCapabilitiesJson: open.rtpCapabilitiesJson ?? '' };
  if (ready) return { name: 'ready' };
  if (producerClosed) return { name: 'closeProducer' };
  const transportId = text((connect ?? produce ?? restartIce)?.transportId);
  if (transportId !== undefined) {
    if (connect) return { name: 'connect', transportId, dtlsParametersJson: connect.dtlsParametersJson ?? '' };
    if (produce) {
      const { rtpParametersJson, intercom } = produce;
      const request = { name: 'produce', transportId, rtpParametersJson: rtpParametersJson ?? '' } as const;
      return intercom ? { ...request, intercom } : request;
    }
    return { name: 'restartIce', transportId };
  }
  const consumerId = text(consumerState?.consumerId);
  if (consumerId === undefined) return undefined;
  return { name: 'pauseConsumer', consumerId, paused: consumerState?.paused ?? false };
}

function isKnownRtc({ connect, produce, restartIce, consumerState }: Request): boolean {
  return Boolean(connect ?? produce ?? restartIce ?? consumerState);
}

export function rtcResponse(requestId: number, answer: RtcAnswer): ServerBody {
  switch (answer.result) {
    case 'failed':
      return { rtcResponse: { requestId, error: answer.error } };
    case 'done':
      return { rtcResponse: { requestId } };
    case 'opened': {
      const { sendTransportJson, receiveTransportJson } = answer;
      return { rtcResponse: { requestId, opened: { sendTransportJson, receiveTransportJson } } };
    }
    case 'produced':
      return { rtcResponse: { requestId, producerId: answer.producerId } };
    case 'iceRestarted':
      return { rtcResponse: { requestId, iceParametersJson: answer.iceParametersJson } };
  }
}

export function rtcNotice(notice: Exclude<RtcNotice, { name: 'microphone' }>): ServerBody {
  switch (notice.name) {
    case 'consume': {
      const { consumerId, producerId, rtpParametersJson, group, party } = notice;
      return {
        rtcNotice: { consume: { consumerId, producerId, rtpParametersJson, groupId: group, partyId: party } },
      };
    }
    case 'consumerClosed':
      return { rtcNotice: { consumerClosed: notice.consumerId } };
    case 'reset':
      return { rtcNotice: { reset: { reason: notice.reason } } };
  }
}
