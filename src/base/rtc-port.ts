/**
 * What the operator link asks of WebRTC, and what WebRTC tells it: the port between console/ and webrtc/, which do not
 * know each other. The gateway joins the two.
 *
 * Parameters travel as the JSON that a browser sent; webrtc/ alone reads them, since it alone knows what a mediasoup
 * worker survives.
 */

/** A page's wish; ids are those that earlier answers and notices gave out. */
export type RtcRequest =
  | { readonly name: 'open'; readonly rtpCapabilitiesJson: string }
  | { readonly name: 'connect'; readonly transportId: string; readonly dtlsParametersJson: string }
  | {
      readonly name: 'produce';
      readonly transportId: string;
      readonly rtpParametersJson: string;
      /** The second way of the microphone: to other consoles alone, never to the voice process. */
      readonly intercom?: true;
    }
  | { readonly name: 'ready' }
  | { readonly name: 'pauseConsumer'; readonly consumerId: string; readonly paused: boolean }
  | { readonly name: 'restartIce'; readonly transportId: string }
  | { readonly name: 'closeProducer' };

/** `error` is one of a few words, never a far end's text. */
export type RtcAnswer =
  | { readonly result: 'failed'; readonly error: RtcError }
  | { readonly result: 'done' }
  | { readonly result: 'opened'; readonly sendTransportJson: string; readonly receiveTransportJson: string }
  | { readonly result: 'produced'; readonly producerId: string }
  | { readonly result: 'iceRestarted'; readonly iceParametersJson: string };

export type RtcError =
  /** The parameters are not what a browser of ours sends; nothing was done. */
  | 'malformed'
  /** No such transport, consumer or console, or not at this point. */
  | 'unknown'
  /** The media worker refused, or died meanwhile. */
  | 'refused'
  /** No media worker lives at present; a reset follows when one does. */
  | 'unavailable';

export type RtcNotice =
  | {
      readonly name: 'consume';
      readonly consumerId: string;
      readonly producerId: string;
      readonly rtpParametersJson: string;
      /** Empty: the intercom. */
      readonly group: string;
      /** Leg id, or `operators`; of the intercom the console that speaks. */
      readonly party: string;
    }
  | { readonly name: 'consumerClosed'; readonly consumerId: string }
  /** Everything of this console is gone; it has to open again. */
  | { readonly name: 'reset'; readonly reason: string }
  /** Whether this console's voice can reach the gateway. */
  | { readonly name: 'microphone'; readonly present: boolean };

export interface RtcPort {
  /** RTP capabilities for mediasoup-client, JSON; the same for every console, whatever worker it lives on. */
  readonly capabilitiesJson: string;
  /** Gives a console a home; idempotent. */
  openConsole(console: string, monitored: readonly string[]): void;
  /** The groups that the console hears from here on. */
  setMonitored(console: string, groups: readonly string[]): void;
  /** Never rejects. Requests of one console are carried out in order. */
  request(console: string, request: RtcRequest): Promise<RtcAnswer>;
  closeConsole(console: string): void;
}
