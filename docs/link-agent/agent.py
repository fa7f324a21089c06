#!/usr/bin/env python3
"""A whole agent for the link (proto/link.proto), in the standard library of Python 3.9 or later.

Where a real one talks to a vendor's SDK, this one has a wav file for a radio that talks and another for what it hears:
class Radio is the place to put your own. Everything else may stay as it is.

    python3 agent.py 127.0.0.1:5870 --name box7 --token secret --talkgroup 5300110 \
        --say speech.wav --hear heard.wav --status 12 --for 20
"""
import argparse
import asyncio
import array
import random
import socket
import ssl
import struct
import sys
import time
import wave

# ── protobuf: as much of it as the link needs ──────────────────────────────────────────────────────────────────────
# name: (number, type); u varint, b bool, s text, y octets, d double, f float, U list of varints, else a message.

MESSAGES = {
    "Frame": {
        "seq": (1, "u"), "ack": (2, "u"), "credit": (3, "u"),
        "hello": (10, "Hello"), "welcome": (11, "Welcome"), "refused": (12, "Refused"), "goodbye": (13, "Goodbye"),
        "ping": (14, "Ping"), "pong": (15, "Pong"), "fault": (16, "Fault"),
        "join": (20, "Join"), "leave": (21, "Leave"), "affiliation": (22, "Affiliation"),
        "talk_request": (30, "TalkRequest"), "talk_answer": (31, "TalkAnswer"), "talk_release": (32, "TalkRelease"),
        "talker_update": (33, "TalkerUpdate"), "voice": (40, "Voice"),
        "status": (50, "Status"), "text": (51, "Text"), "position": (52, "Position"), "alarm": (53, "Alarm"),
        "receipt": (54, "Receipt"),
    },
    "Hello": {
        "version_min": (1, "u"), "version_max": (2, "u"), "agent": (3, "s"), "token": (4, "s"), "software": (5, "s"),
        "capabilities": (6, "U"), "voice": (7, "U"), "codecs": (8, "U"), "resume_token": (9, "s"),
        "last_taken": (10, "u"), "events_dropped": (11, "u"),
    },
    "Welcome": {
        "version": (1, "u"), "resume_token": (2, "s"), "resumed": (3, "b"), "last_taken": (4, "u"), "voice": (5, "u"),
        "codec": (6, "u"), "capabilities": (7, "U"), "ping_interval_ms": (8, "u"), "dead_after_ms": (9, "u"),
        "software": (10, "s"),
    },
    "Refused": {"reason": (1, "u"), "detail": (2, "s")},
    "Goodbye": {"reason": (1, "s")},
    "Ping": {"sent_utc_us": (1, "u")},
    "Pong": {"sent_utc_us": (1, "u"), "received_utc_us": (2, "u"), "replied_utc_us": (3, "u")},
    "Fault": {"detail": (1, "s")},
    "Join": {"talkgroup": (1, "s"), "name": (2, "s"), "rtp_port": (3, "u")},
    "Leave": {"talkgroup": (1, "s")},
    "Affiliation": {"talkgroup": (1, "s"), "carried": (2, "b"), "reason": (3, "s"), "rtp_port": (4, "u")},
    "TalkRequest": {
        "talkgroup": (1, "s"), "talk": (2, "u"), "priority": (3, "u"), "emergency": (4, "b"), "talker": (5, "Talker"),
    },
    "TalkAnswer": {
        "talkgroup": (1, "s"), "talk": (2, "u"), "result": (3, "u"), "cause": (4, "s"), "talk_limit_ms": (5, "u"),
        "queue_position": (6, "u"), "remaining_ms": (7, "u"),
    },
    "TalkRelease": {"talkgroup": (1, "s"), "talk": (2, "u")},
    "Talker": {"address": (1, "s"), "display": (2, "s")},
    "TalkerUpdate": {"talkgroup": (1, "s"), "talker": (2, "Talker")},
    "Voice": {"talkgroup": (1, "s"), "timestamp": (2, "u"), "sequence": (3, "u"), "samples": (4, "y")},
    "Status": {
        "talkgroup": (1, "s"), "from": (2, "s"), "code": (3, "u"), "origin": (10, "Origin"), "receipt": (11, "u"),
        "meaning": (12, "Meaning"),
    },
    "Text": {"talkgroup": (1, "s"), "from": (2, "s"), "text": (3, "s"), "origin": (10, "Origin"), "receipt": (11, "u")},
    "Position": {
        "talkgroup": (1, "s"), "from": (2, "s"), "place": (3, "Place"), "origin": (10, "Origin"), "receipt": (11, "u"),
    },
    "Place": {
        "latitude_deg": (1, "d"), "longitude_deg": (2, "d"), "radius_m": (3, "f"), "speed_kmh": (4, "f"),
        "course_deg": (5, "f"), "taken_utc_ms": (6, "u"),
    },
    "Alarm": {
        "talkgroup": (1, "s"), "from": (2, "s"), "raised": (3, "b"), "place": (4, "Place"), "origin": (10, "Origin"),
        "receipt": (11, "u"),
    },
    "Origin": {"network": (1, "s"), "address": (2, "s")},
    "Meaning": {"fr": (1, "s"), "nl": (2, "s"), "en": (3, "s")},
    "Receipt": {"receipt": (1, "u"), "result": (2, "u"), "detail": (3, "s")},
}
EVENTS = ("status", "text", "position", "alarm")
RTP, FRAMES = 1, 2
CODECS = {"PCMA": 1, "PCMU": 2, "PCM16": 3}
PAYLOAD_TYPES = {"PCMA": 8, "PCMU": 0, "PCM16": 96}
CAPABILITIES = {"TALKER_IDENTITY": 1, "EMERGENCY": 2, "STATUS": 3, "TEXT": 4, "POSITION": 5, "REVOKE": 7,
                "TAKES_STATUS": 8, "TAKES_TEXT": 9, "TAKES_POSITION": 10, "TAKES_ALARM": 11, "RECEIPTS": 12}
GRANTED, DENIED, QUEUED, REVOKED, WARNED = 1, 2, 3, 4, 5
DELIVERED, REFUSED, NOT_REACHED, TOO_LONG = 1, 2, 3, 4
FRAME_BYTES_MAX = 65536


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_varint(data, at):
    value = shift = 0
    while True:
        octet = data[at]
        at += 1
        value |= (octet & 0x7F) << shift
        if octet < 0x80:
            return value, at
        shift += 7


def encode(kind, values):
    out = bytearray()
    for name, value in values.items():
        number, form = MESSAGES[kind][name]
        if form in "ub":
            out += varint(number << 3) + varint(int(value))
        elif form == "d":
            out += varint(number << 3 | 1) + struct.pack("<d", value)
        elif form == "f":
            out += varint(number << 3 | 5) + struct.pack("<f", value)
        else:
            if form == "s":
                value = value.encode()
            elif form == "U":
                value = b"".join(varint(each) for each in value)
            elif form != "y":
                value = encode(form, value)
            out += varint(number << 3 | 2) + varint(len(value)) + value
    return bytes(out)


def decode(kind, data):
    """Fields that are not there are absent from the result; unknown ones are skipped."""
    fields = {number: (name, form) for name, (number, form) in MESSAGES[kind].items()}
    values, at = {}, 0
    while at < len(data):
        tag, at = read_varint(data, at)
        number, wire = tag >> 3, tag & 7
        name, form = fields.get(number, (None, None))
        if wire == 0:
            value, at = read_varint(data, at)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
            value, at = struct.unpack("<d" if wire == 1 else "<f", data[at:at + size])[0], at + size
        elif wire == 2:
            size, at = read_varint(data, at)
            value, at = data[at:at + size], at + size
            if len(value) < size:
                raise ValueError("truncated")
            if form == "s":
                value = value.decode("utf-8", "replace")
            elif form == "U":
                listed, i = [], 0
                while i < len(value):
                    each, i = read_varint(value, i)
                    listed.append(each)
                value = listed
            elif form in MESSAGES:
                value = decode(form, value)
        else:
            raise ValueError(f"wire type {wire}")
        if name is not None:
            values[name] = value
    return values


# ── sound ──────────────────────────────────────────────────────────────────────────────────────────────────────────

def alaw_decode(code):
    code ^= 0x55
    segment, step = code >> 4 & 7, 2 * (code & 15) + 1
    magnitude = step << 3 if segment == 0 else (step + 32) << segment + 2
    return magnitude if code & 0x80 else -magnitude


def mulaw_decode(code):
    code = ~code & 0xFF
    magnitude = ((2 * (code & 15) + 33) << (code >> 4 & 7) + 2) - 132
    return -magnitude if code & 0x80 else magnitude


def nearest_codes(decode_one):
    """Code of each 16-bit sample: the one whose sample is nearest."""
    known = sorted((decode_one(code), code) for code in range(256))
    table, index = bytearray(65536), 0
    for sample in range(-32768, 32768):
        while index + 1 < 256 and abs(known[index + 1][0] - sample) <= abs(known[index][0] - sample):
            index += 1
        table[sample & 0xFFFF] = known[index][1]
    return table


class Codec:
    def __init__(self, name):
        self.name = name
        self.rate = 16000 if name == "PCM16" else 8000
        if name != "PCM16":
            decode_one = alaw_decode if name == "PCMA" else mulaw_decode
            self.samples = [decode_one(code) for code in range(256)]
            self.codes = nearest_codes(decode_one)

    def encode(self, samples):
        if self.name == "PCM16":
            return swapped(samples)
        return bytes(self.codes[sample & 0xFFFF] for sample in samples)

    def decode(self, octets):
        if self.name == "PCM16":
            return swapped(octets[:len(octets) & ~1], to_samples=True)
        return array.array("h", (self.samples[code] for code in octets))


def swapped(samples, to_samples=False):
    """Between samples and their octets on the wire, the most significant first."""
    out = array.array("h", bytes(samples))
    if sys.byteorder == "little":
        out.byteswap()
    return out if to_samples else out.tobytes()


def read_wav(path, rate):
    try:
        opened = wave.open(path)
    except (OSError, EOFError, wave.Error) as error:
        raise SystemExit(f"{path}: no WAV file of 16-bit PCM can be read: {error}")
    with opened as file:
        if file.getsampwidth() != 2:
            raise SystemExit(f"{path}: 16-bit PCM is needed")
        samples = array.array("h", file.readframes(file.getnframes()))[::file.getnchannels()]
        own = file.getframerate()
    if own == rate:
        return samples
    # Between neighbours; a real agent gets its samples from the SDK at the rate that it has chosen.
    count = len(samples) * rate // own
    out = array.array("h")
    for index in range(count):
        at, rest = divmod(index * own, rate)
        following = samples[min(at + 1, len(samples) - 1)]
        out.append(samples[at] + (following - samples[at]) * rest // rate)
    return out


# ── the radio: put the vendor's SDK here ───────────────────────────────────────────────────────────────────────────

class Radio:
    """One talkgroup of a network that has one unit, which plays a wav file, and a loudspeaker that writes one."""

    def __init__(self, options, rate):
        self.speech = read_wav(options.say, rate) if options.say else None
        self.file = None
        if options.hear:
            self.file = wave.open(options.hear, "wb")
            self.file.setparams((1, 2, rate, 0, "NONE", ""))

    async def ask(self):
        """Asks the network to let the gateway talk. True when it may."""
        return True

    def unkey(self):
        """The gateway has stopped talking."""

    def hear(self, samples):
        if self.file is not None:
            self.file.writeframes(samples.tobytes())

    def close(self):
        if self.file is not None:
            self.file.close()
            self.file = None


def sentence(name, event):
    """What a display is to show of what a unit of another network said."""
    origin, place = event.get("origin", {}), event.get("place")
    said = {
        "status": event.get("meaning", {}).get("en") or f"status {event.get('code', 0)}",
        "text": event.get("text", ""),
        "position": "is here",
        "alarm": "EMERGENCY" if event.get("raised") else "emergency over",
    }[name]
    where = f" at {place.get('latitude_deg', 0):.5f} {place.get('longitude_deg', 0):.5f}" if place else ""
    return f"{event.get('from', '')} ({origin.get('network', '')} {origin.get('address', '')}): {said}{where}"


async def deliver(talkgroup, name, event):
    """Says it on to the talkgroup's radios, and what became of it: here everything arrives. Put your SDK here."""
    return DELIVERED


# ── talkgroups ─────────────────────────────────────────────────────────────────────────────────────────────────────

class Talkgroup:
    """Talk and voice of one talkgroup on one connection."""

    def __init__(self, agent, number, gateway_port):
        self.agent = agent
        self.number = number
        self.gateway_port = gateway_port
        self.codec = agent.codec
        self.radio = Radio(agent.options, self.codec.rate)
        self.talk = 0
        self.answer = asyncio.Queue()
        self.talking = False
        self.theirs = 0
        self.sequence = random.randrange(0x8000)
        self.timestamp = random.randrange(1 << 31)
        self.ssrc = random.randrange(1, 1 << 32)
        self.transport = None
        self.rtcp = None
        self.rtp_port = 0
        self.say_task = None

    async def open(self):
        if self.agent.voice_mode == RTP:
            await self.open_rtp()
        self.agent.send(affiliation={"talkgroup": self.number, "carried": True, "rtp_port": self.rtp_port})
        if self.radio.speech is not None:
            self.say_task = asyncio.ensure_future(self.say_again_and_again())

    async def open_rtp(self):
        local, family = self.agent.local_address, self.agent.family
        for _ in range(50):
            port = 2 * random.randrange(10000, 30000)
            pair = [socket.socket(family, socket.SOCK_DGRAM) for _ in range(2)]
            try:
                pair[0].bind((local, port))
                pair[1].bind((local, port + 1))
            except OSError:
                for each in pair:
                    each.close()
                continue
            self.rtcp = pair[1]  # held so that nobody else gets our RTCP; what comes is not read
            loop = asyncio.get_running_loop()
            self.transport, _ = await loop.create_datagram_endpoint(lambda: RtpSocket(self), sock=pair[0])
            self.rtp_port = port
            return
        raise OSError("no pair of ports for RTP")

    def close(self):
        if self.say_task is not None:
            self.say_task.cancel()
        if self.transport is not None:
            self.transport.close()
            self.rtcp.close()
        self.radio.close()

    # A unit of the radio network talks.

    async def say_again_and_again(self):
        options = self.agent.options
        await asyncio.sleep(options.say_after)
        while True:
            await self.say()
            if options.say_every == 0:
                return
            await asyncio.sleep(options.say_every)

    async def say(self):
        options = self.agent.options
        self.talk += 1
        while not self.answer.empty():
            self.answer.get_nowait()
        request = {"talkgroup": self.number, "talk": self.talk, "emergency": options.emergency,
                   "talker": {"address": options.talker, "display": options.alias}}
        if options.priority is not None:
            request["priority"] = options.priority
        self.agent.send(talk_request=request)
        while True:
            result = await self.answer.get()
            if result == GRANTED:
                break
            if result in (DENIED, REVOKED):
                self.agent.log(f"{self.number}: talk {self.talk} refused")
                return
        self.talking = True
        await self.play(self.radio.speech)
        if self.talking:
            self.talking = False
            self.agent.send(talk_release={"talkgroup": self.number, "talk": self.talk})

    async def play(self, samples):
        size = self.codec.rate // 50
        start = time.monotonic()
        for index in range(0, len(samples) - size + 1, size):
            if not self.talking:
                return  # revoked
            self.send_voice(self.codec.encode(samples[index:index + size]), index == 0)
            self.timestamp = self.timestamp + size & 0xFFFFFFFF
            await asyncio.sleep(max(0, start + (index // size + 1) / 50 - time.monotonic()))
        self.timestamp = self.timestamp + size & 0xFFFFFFFF

    def send_voice(self, octets, first):
        self.sequence = self.sequence + 1
        if self.agent.voice_mode == FRAMES:
            self.agent.send(voice={"talkgroup": self.number, "timestamp": self.timestamp, "sequence": self.sequence,
                                   "samples": octets})
            return
        kind = PAYLOAD_TYPES[self.codec.name] | (0x80 if first else 0)
        header = struct.pack("!BBHII", 0x80, kind, self.sequence & 0xFFFF, self.timestamp, self.ssrc)
        self.transport.sendto(header + octets, (self.agent.peer_address, self.gateway_port))

    def answered(self, answer):
        if answer.get("talk") != self.talk:
            return  # messages cross
        result = answer.get("result", 0)
        if result == REVOKED:
            self.talking = False
        self.answer.put_nowait(result)

    # The gateway talks.

    async def asked(self, request):
        talk = request.get("talk", 0)
        if talk == self.theirs:
            return  # another priority or talker of the same talk
        self.theirs = talk
        granted = await self.radio.ask()
        talker = request.get("talker", {})
        self.agent.log(f"{self.number}: {talker.get('address', '')} {talker.get('display', '')} talks")
        if self.theirs == talk:
            result = {"result": GRANTED} if granted else {"result": DENIED, "cause": "busy"}
            self.agent.send(talk_answer={"talkgroup": self.number, "talk": talk, **result})

    def released(self, release):
        if release.get("talk", 0) == self.theirs:
            self.theirs = 0
            self.radio.unkey()

    def heard(self, octets):
        self.radio.hear(self.codec.decode(octets))


class RtpSocket(asyncio.DatagramProtocol):
    def __init__(self, talkgroup):
        self.talkgroup = talkgroup

    def datagram_received(self, data, source):
        agent = self.talkgroup.agent
        if source[:2] != (agent.peer_address, self.talkgroup.gateway_port) or len(data) < 12:
            return
        if data[1] & 0x7F == PAYLOAD_TYPES[agent.codec.name]:
            self.talkgroup.heard(data[12 + 4 * (data[0] & 15):])


# ── the session ────────────────────────────────────────────────────────────────────────────────────────────────────

class Agent:
    """Connects again and again; keeps events until the gateway has taken them."""

    KEPT_MAX = 256

    def __init__(self, options):
        self.options = options
        self.resume_token = ""
        self.last = self.sent = self.credit = 0   # of our events
        self.kept = []                            # (number, name, values)
        self.dropped = 0
        self.taken = 0                            # of the gateway's
        self.talkgroups = {}
        self.writer = None
        self.welcomed = False
        self.codec = self.voice_mode = None

    def log(self, text):
        print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)

    async def run(self):
        wait = 0.5
        while True:
            began = time.monotonic()
            try:
                await self.connection()
            except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.TimeoutError) as error:
                self.log(f"connection lost: {error or type(error).__name__}")
            finally:
                self.end_connection()
            if time.monotonic() - began > 10:
                wait = 0.5
            await asyncio.sleep(wait * random.uniform(0.8, 1.2))
            wait = min(4, 2 * wait)

    def end_connection(self):
        """All talk is over with it; only events stay."""
        for talkgroup in self.talkgroups.values():
            talkgroup.close()
        self.talkgroups.clear()
        if self.writer is not None:
            self.writer.close()
        self.writer, self.welcomed = None, False

    async def connection(self):
        host, _, port = self.options.gateway.rpartition(":")
        reader, self.writer = await asyncio.wait_for(
            asyncio.open_connection(host.strip("[]"), int(port), ssl=tls_context(self.options)), 5)
        sock = self.writer.get_extra_info("socket")
        self.family = sock.family
        self.local_address, self.peer_address = sock.getsockname()[0], sock.getpeername()[0]
        dead_after = 5.0
        self.send(hello=self.hello())
        pinging = None
        try:
            while True:
                frame = await asyncio.wait_for(self.read_frame(reader), dead_after)
                if "welcome" in frame:
                    dead_after = frame["welcome"].get("dead_after_ms", 2000) / 1000
                    self.begin(frame)
                    pinging = asyncio.ensure_future(self.ping(frame["welcome"].get("ping_interval_ms", 500) / 1000))
                elif "refused" in frame:
                    raise OSError(f"refused: {frame['refused']}")
                else:
                    self.obey(frame)
        finally:
            if pinging is not None:
                pinging.cancel()

    def hello(self):
        options = self.options
        return {"version_min": 1, "version_max": 1, "agent": options.name, "token": options.token,
                "software": "Escaut sample agent", "capabilities": list(CAPABILITIES.values()),
                "voice": [RTP if options.voice == "rtp" else FRAMES], "codecs": [CODECS[options.codec]],
                "resume_token": self.resume_token, "last_taken": self.taken, "events_dropped": self.dropped}

    async def read_frame(self, reader):
        length, = struct.unpack("!I", await reader.readexactly(4))
        if not 0 < length <= FRAME_BYTES_MAX:
            raise ValueError(f"a message of {length} octets")
        try:
            return decode("Frame", await reader.readexactly(length))
        except (IndexError, struct.error):
            raise ValueError("a truncated message") from None

    def send(self, seq=0, **body):
        if self.writer is None:
            return
        numbers = {"seq": seq} if seq else {}
        if self.welcomed:
            numbers.update(ack=self.taken, credit=self.taken + 64)
        data = encode("Frame", {**numbers, **body})
        self.writer.write(struct.pack("!I", len(data)) + data)

    def begin(self, frame):
        welcome = frame["welcome"]
        self.welcomed = True
        self.resume_token = welcome["resume_token"]
        self.voice_mode = welcome.get("voice", 0)
        self.codec = Codec({number: name for name, number in CODECS.items()}[welcome.get("codec", 0)])
        if welcome.get("resumed"):
            self.sent = welcome.get("last_taken", 0)
            self.kept = [event for event in self.kept if event[0] > self.sent]
        else:  # another session: what is left is numbered anew
            self.kept = [(number, name, values) for number, (_, name, values) in enumerate(self.kept, 1)]
            self.last, self.sent, self.taken = len(self.kept), 0, 0
        self.credit = frame.get("credit", 0)
        self.log(f"connected, {'resumed' if welcome.get('resumed') else 'new session'}, {self.codec.name}")
        self.send()
        self.send_events()

    async def ping(self, interval):
        while True:
            self.send(ping={"sent_utc_us": time.time_ns() // 1000})
            await asyncio.sleep(interval)

    def obey(self, frame):
        self.acknowledged(frame.get("ack", 0), frame.get("credit", 0))
        seq = frame.get("seq", 0)
        if seq:
            if seq == self.taken + 1:
                self.taken = seq
                for name in EVENTS:
                    if name in frame:
                        asyncio.ensure_future(self.say_on(name, frame[name]))
            self.send()
        elif "ping" in frame:
            received = time.time_ns() // 1000
            self.send(pong={"sent_utc_us": frame["ping"].get("sent_utc_us", 0), "received_utc_us": received,
                            "replied_utc_us": received})
        elif "goodbye" in frame or "fault" in frame:
            self.log(f"the gateway says {frame}")
        elif "join" in frame:
            self.join(frame["join"])
        else:
            self.of_talkgroup(frame)

    async def say_on(self, name, event):
        """What another network said; it may be about a talkgroup that is joined only now, or no more."""
        talkgroup = event.get("talkgroup", "")
        self.log(f"{talkgroup}: {name}: {sentence(name, event)}")
        if self.options.talkgroup and talkgroup not in self.options.talkgroup:
            result = {"result": REFUSED, "detail": "not a talkgroup of this agent"}
        else:
            result = {"result": await deliver(talkgroup, name, event)}
        if event.get("receipt"):
            self.report("receipt", {"receipt": event["receipt"], **result})

    def join(self, join):
        number = join["talkgroup"]
        if number in self.talkgroups:
            self.talkgroups.pop(number).close()
        if self.options.talkgroup and number not in self.options.talkgroup:
            self.send(affiliation={"talkgroup": number, "carried": False, "reason": "not a talkgroup of this agent"})
            return
        self.talkgroups[number] = Talkgroup(self, number, join.get("rtp_port", 0))
        asyncio.ensure_future(self.talkgroups[number].open())
        self.report_once(number)

    def of_talkgroup(self, frame):
        name = next((name for name in ("leave", "talk_request", "talk_answer", "talk_release", "voice") if name in frame),
                    None)
        talkgroup = self.talkgroups.get(frame[name].get("talkgroup")) if name else None
        if talkgroup is None:
            return  # of a later version, or about a talkgroup that we do not carry
        if name == "leave":
            self.talkgroups.pop(talkgroup.number).close()
        elif name == "talk_request":
            asyncio.ensure_future(talkgroup.asked(frame[name]))
        elif name == "talk_answer":
            talkgroup.answered(frame[name])
        elif name == "talk_release":
            talkgroup.released(frame[name])
        else:
            talkgroup.heard(frame[name].get("samples", b""))

    # Events: kept until they are acknowledged.

    def report(self, name, values):
        if len(self.kept) >= self.KEPT_MAX:
            self.dropped += 1
            return
        self.last += 1
        self.kept.append((self.last, name, values))
        self.send_events()

    def send_events(self):
        for number, name, values in self.kept:
            if self.welcomed and self.sent < number <= self.credit:
                self.send(seq=number, **{name: values})
                self.sent = number

    def acknowledged(self, ack, credit):
        self.kept = [event for event in self.kept if event[0] > ack]
        self.credit = max(self.credit, credit)
        self.send_events()

    def report_once(self, number):
        options, origin = self.options, {"talkgroup": number, "from": self.options.talker}
        if options.status is not None:
            self.report("status", {**origin, "code": options.status})
        if options.text is not None:
            self.report("text", {**origin, "text": options.text})
        place = None
        if options.position is not None:
            latitude, longitude = map(float, options.position.split(","))
            place = {"latitude_deg": latitude, "longitude_deg": longitude, "taken_utc_ms": time.time_ns() // 1000000}
            self.report("position", {**origin, "place": place})
        if options.alarm:
            self.report("alarm", {**origin, "raised": True, **({"place": place} if place else {})})
            if options.alarm_for is not None:
                asyncio.get_running_loop().call_later(
                    options.alarm_for, self.report, "alarm", {**origin, "raised": False})
        options.status = options.text = options.position = None
        options.alarm = False


def tls_context(options):
    if options.tls is None:
        return None
    context = ssl.create_default_context(cafile=options.tls)
    context.check_hostname = options.tls_name_checked
    if options.certificate:
        context.load_cert_chain(options.certificate, options.key)
    return context


def read_options(arguments=None):
    parser = argparse.ArgumentParser(description="Sample agent of the link.")
    parser.add_argument("gateway", help="HOST:PORT of the attachment")
    parser.add_argument("--name", default="agent", help="name that the gateway knows it by")
    parser.add_argument("--token", default="", help="secret shared with the gateway")
    parser.add_argument("--tls", metavar="FILE", help="TLS; certificates of the gateway's authority")
    parser.add_argument("--any-name", dest="tls_name_checked", action="store_false",
                        help="do not compare the gateway's name with its certificate")
    parser.add_argument("--certificate", metavar="FILE", help="certificate of this agent")
    parser.add_argument("--key", metavar="FILE", help="its private key")
    parser.add_argument("--talkgroup", action="append", default=[], help="carried; all that are asked for if none is named")
    parser.add_argument("--voice", choices=("rtp", "frames"), default="rtp")
    parser.add_argument("--codec", choices=sorted(CODECS), default="PCMA")
    parser.add_argument("--say", metavar="FILE", help="wav file, 16 bit, that a radio says")
    parser.add_argument("--say-after", type=float, default=1, metavar="S")
    parser.add_argument("--say-every", type=float, default=0, metavar="S", help="pause before it is said again; 0: once")
    parser.add_argument("--hear", metavar="FILE", help="wav file to write what is heard to")
    parser.add_argument("--talker", default="4711", help="number of that radio")
    parser.add_argument("--alias", default="", help="its name")
    parser.add_argument("--priority", type=int)
    parser.add_argument("--emergency", action="store_true", help="it talks in an emergency")
    parser.add_argument("--status", type=int, help="pre-coded status that it sends once")
    parser.add_argument("--text", help="text that it sends once")
    parser.add_argument("--position", metavar="LAT,LON", help="position that it sends once")
    parser.add_argument("--alarm", action="store_true", help="emergency alarm that it raises once")
    parser.add_argument("--alarm-for", type=float, metavar="S", help="time after which it takes the alarm back")
    parser.add_argument("--for", dest="seconds", type=float, metavar="S", help="end after so long")
    return parser.parse_args(arguments)


async def main(agent):
    try:
        await asyncio.wait_for(agent.run(), agent.options.seconds)
    except asyncio.TimeoutError:
        agent.send(goodbye={"reason": "done"})
        agent.end_connection()


if __name__ == "__main__":
    try:
        asyncio.run(main(Agent(read_options())))
    except KeyboardInterrupt:
        pass
