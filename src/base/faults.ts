/**
 * What keeps a leg or an attachment from carrying voice, as codes with what to do about it: shown on the status page
 * and by `escaut status`, and listed in docs/operations.md; a test keeps those equal.
 */
export const faultCatalogue = {
  'waiting-for-call': {
    meaning: 'The far end has to call us and has not.',
    remedy: "Let it call the talkgroup's number at `sip.listen`; a call that was refused is logged as `sip.refused`.",
  },
  'waiting-for-agent': {
    meaning: 'The agent of this link is not connected.',
    remedy: 'Start it; let it connect to `listen` of the link, with the name in `agent` and its token or certificate.',
  },
  'no-address': {
    meaning: 'It is not known where the far end is.',
    remedy: 'Check the name in `peer` and the DNS; with `register-and-accept` let the far end register.',
  },
  unreachable: {
    meaning: 'The far end does not answer.',
    remedy: 'Ping it; check cable, firewall, address, port and transport of `peer`.',
  },
  credentials: {
    meaning: 'The far end refuses our user name or password.',
    remedy: 'Compare `username` and `password` with its account.',
  },
  'unknown-number': {
    meaning: 'The far end knows no such talkgroup.',
    remedy: "Compare the talkgroup's `number` and `callee` with its dial plan.",
  },
  'no-common-codec': {
    meaning: 'No codec, or no way of encryption, is common to both sides.',
    remedy: 'Compare `codecs`, `srtp` and `srtpSuites` with what it offers.',
  },
  'no-floor-control': {
    meaning: 'The far end takes the call without MCPTT floor control, so nothing tells who may talk.',
    remedy: 'Let it answer `m=application … udp MCPTT`; equipment without floor control is reached by kind `sip`.',
  },
  'radio-terms': {
    meaning: 'The radio session of ED-137 cannot be agreed: session type, PTT-ID or keep-alive do not fit.',
    remedy:
      'Compare `sessionType`, `transmission` and `keepAlive` with the radio; where it gives no PTT-ID set `confirmation`.',
  },
  'foreign-address': {
    meaning: 'The far end names an address for its voice that is not its own.',
    remedy: 'Name that address in `mediaHosts`; where the far end is behind NAT set `latch`.',
  },
  busy: {
    meaning: 'The far end has no line free.',
    remedy: 'Set `channels` to what it takes at once, or free a line there.',
  },
  'not-answered': {
    meaning: 'The far end rings and nobody answers.',
    remedy: 'Let it answer calls by itself.',
  },
  refused: {
    meaning: 'The far end refuses the call.',
    remedy: 'The reason is its own answer: look for it in its log.',
  },
  'call-ended': {
    meaning: 'The call came to an end; it is made anew by itself.',
    remedy: 'If it recurs look in its log for why it hangs up: idle timer, restart, one call too many.',
  },
  'no-voice': {
    meaning: 'The call stands, but no voice of the far end arrives any more.',
    remedy: 'Check the firewall for `media.ports`, and `rtpTimeoutMs` if it sends nothing while silent.',
  },
  'no-port': {
    meaning: 'There is no UDP port left for the voice of this leg.',
    remedy: 'Widen `media.ports`, or free the ports that other programs hold in it.',
  },
  'no-channel': {
    meaning:
      'No attachment of the network that works has a channel for this leg; groups of less weight give way first (R7).',
    remedy: 'Bring a lost attachment back, or raise `channels` where the far end takes more.',
  },
  registration: {
    meaning: 'We are not registered with the far end.',
    remedy: 'Check `registerWith`, `username` and `password`; the reason is its answer.',
  },
  'not-affiliated': {
    meaning: 'The agent is connected, but does not carry this talkgroup.',
    remedy: "The reason is its own; compare the talkgroup's `number` with what the agent knows.",
  },
  'never-heard': {
    meaning: 'Nothing has ever come from there, so it is not known whether anybody is.',
    remedy: 'Let it talk, call or register once; check address, port, `sources`, firewall and multicast routing.',
  },
  'no-key': {
    meaning: 'Voice packets arrive, but nothing in them tells that somebody talks.',
    remedy: 'Compare `keyIn` with how the far end shows talk: presence, VOX level, telephone-event digits.',
  },
  loop: {
    meaning: "What we send comes back on this leg through somebody else's gateway; it is not passed on.",
    remedy: 'Find who else joins this talkgroup to another of the group, and end it. The leg is tried again by itself.',
  },
  'path-loop': {
    meaning: "A call to or from there leads back to the same group of ours, through somebody else's gateway.",
    remedy: 'Take the leg out, or undo the joint over there. Until then the other way carries the voice.',
  },
  strangers: {
    meaning: 'Voice arrives from an address that the call did not name, and is dropped.',
    remedy: 'Where NAT changes the port set `latch`; where voice has its own address name it in `mediaHosts`.',
  },
  other: {
    meaning: 'Something else; the reason beside it says what.',
    remedy: 'Search the log for the id of the leg or attachment.',
  },
} as const;

export type FaultCode = keyof typeof faultCatalogue;

export interface Fault {
  readonly code: FaultCode;
  /** Number of the far end's answer (RFC 3261 §21); absent where it gave none. */
  readonly answer?: number;
}

/** The table of docs/operations.md. */
export function describeFaults(): string {
  const rows = Object.entries(faultCatalogue).map(
    ([code, { meaning, remedy }]) => `| \`${code}\` | ${meaning} | ${remedy} |\n`,
  );
  return `| Code | Meaning | Remedy |\n|---|---|---|\n${rows.join('')}`;
}
