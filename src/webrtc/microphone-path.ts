/** The way of a console's voice from its router to the voice process: a PlainTransport on loopback. */
import type { PlainTransport, RtpCapabilities } from 'mediasoup/types';
import type { ConsoleId } from '../talkgroups/terms.ts';
import { type Loopback, openLoopback } from './feed.ts';
import type { VoiceSockets } from './voice-sockets.ts';
import { type MediaHome, opusPayloadType } from './worker-pool.ts';

/** The voice process gets Opus and nothing beside it. */
const voiceCapabilities: RtpCapabilities = {
  codecs: [
    {
      kind: 'audio',
      mimeType: 'audio/opus',
      preferredPayloadType: opusPayloadType,
      clockRate: 48_000,
      channels: 2,
      rtcpFeedback: [],
    },
  ],
  headerExtensions: [],
};

export interface MicrophonePath {
  readonly home: MediaHome;
  readonly producerId: string;
  /** As whose voice it comes. */
  readonly console: ConsoleId;
  readonly voice: VoiceSockets;
  readonly loopback: Loopback;
}

/**
 * The voice process' port; undefined when that refused. `opened`: what is to be closed, whatever becomes of it; false when
 * nobody wants it any more.
 */
export async function layMicrophonePath(
  { home, producerId, console, voice, loopback }: MicrophonePath,
  opened: (path: PlainTransport) => boolean,
): Promise<number | undefined> {
  const path = await openLoopback(home, loopback);
  if (!opened(path)) {
    path.close();
    return undefined;
  }
  const consumer = await path.consume({ producerId, rtpCapabilities: voiceCapabilities });
  const ssrc = consumer.rtpParameters.encodings?.[0]?.ssrc;
  if (ssrc === undefined || path.closed) return undefined;
  const port = await voice.openMic({
    console,
    remote: { address: path.tuple.localAddress, port: path.tuple.localPort },
    payloadType: opusPayloadType,
    ssrc,
  });
  if (port === undefined || path.closed) return undefined;
  await path.connect({ ip: loopback.address, port });
  return port;
}
