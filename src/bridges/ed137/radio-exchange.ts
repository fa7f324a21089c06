/**
 * Offer and answer of one radio session, we being the control room: what stands in the voice stream, and what the voice
 * process is told of what was agreed. Pure.
 *
 * Packets flow both ways whatever the direction of the voice, for they keep the session alive.
 *
 * Standard: EUROCAE ED-137 Volume 1, as src/protocols/ed137/radio-sdp.ts has it.
 */
import type { Ed137Settings } from '../../config/schema.ts';
import {
  answerRadioTerms,
  type RadioTerms,
  radioFaultText,
  readRadioTerms,
  writeRadioTerms,
} from '../../protocols/ed137/radio-sdp.ts';
import type { MediaDescription, SessionDescription } from '../../protocols/sip/sdp.ts';
import type { LegMedia } from '../../voice/contract.ts';
import type { StreamExtension } from '../sip/call-extension.ts';

const confirmations = { 'ptt-id': 'pttId', squelch: 'squelch', immediate: 'immediate' } as const;

type Answered = { readonly ok: true; readonly terms: RadioTerms } | { readonly ok: false; readonly reason: string };

/** Of a talkgroup with that number, without spaces. */
export function radioExchange(settings: Ed137Settings, number: string): StreamExtension {
  const ours = termsOf(settings, number);
  return {
    supplement: {
      format: { format: String(settings.r2sPayloadType), map: { encoding: 'R2S', rateHz: 8000, channels: 1 } },
      attributes: writeRadioTerms(ours),
      answer: (session, media) => {
        const answer = answerOf(ours, session, media);
        return answer.ok ? { ok: true, attributes: writeRadioTerms(answer.terms) } : answer;
      },
    },
    agreed: (media, session, theirs, weOffered) => {
      const reading = readRadioTerms(session, theirs);
      if (!reading.ok) return radioFaultText[reading.fault];
      const answer = weOffered ? accepted(ours, reading.terms) : answerOf(ours, session, theirs);
      if (!answer.ok) return answer.reason;
      const { pttId } = reading.terms;
      if (settings.confirmation === 'ptt-id' && pttId === undefined) return noPttId;
      const terms = { ...answer.terms, ...(pttId !== undefined && { pttId }) };
      return withRadio(media, terms, reading.payloadType, settings);
    },
  };
}

const noPttId = 'the radio gave no PTT-ID (a=ptt-id): set confirmation to squelch or immediate';

function termsOf(settings: Ed137Settings, number: string): RadioTerms {
  const { sessionType: type, transmission, signalQuality: bss, pttRepeats, keepAlive, ptimeMs } = settings;
  const frequency = settings.frequency?.replaceAll('{number}', number);
  return {
    ...{ type, transmission, bss, pttRepeats, keepAlive },
    signallingEvery: 1,
    ...(frequency !== undefined && { frequency }),
    intervalMs: ptimeMs,
  };
}

/** Our answer to a radio that calls: what it offers as far as we have it, and no PTT-ID, which is the radio's to give. */
function answerOf(ours: RadioTerms, session: SessionDescription, media: MediaDescription): Answered {
  const reading = readRadioTerms(session, media);
  if (!reading.ok) return { ok: false, reason: radioFaultText[reading.fault] };
  const answer = answerRadioTerms(reading.terms, ours, 0);
  if (!answer.ok) return { ok: false, reason: radioFaultText[answer.fault] };
  const { pttId: _, ...terms } = answer.terms;
  return { ok: true, terms };
}

/** A radio's answer to our offer. What it leaves out holds as we offered it. */
function accepted(ours: RadioTerms, theirs: RadioTerms): Answered {
  const both = answerRadioTerms(theirs, ours, 0);
  if (!both.ok) return { ok: false, reason: radioFaultText[both.fault] };
  const { pttId: _, ...terms } = both.terms;
  return { ok: true, terms: { ...terms, pttRepeats: Math.max(ours.pttRepeats, theirs.pttRepeats) } };
}

function withRadio(media: LegMedia, terms: RadioTerms, payloadType: number, settings: Ed137Settings): LegMedia {
  const { confirmation, urgentFrom, delayEveryS } = settings;
  return {
    ...media,
    send: media.send && terms.transmission !== 'Rx',
    receive: true,
    // The keep-alive says whether it lives.
    rtpTimeoutMs: 0,
    radio: {
      terms,
      payloadType,
      confirmation: confirmations[confirmation],
      urgentFrom,
      measureEveryMs: 1000 * delayEveryS,
    },
  };
}
