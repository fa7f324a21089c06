"""A unit of an MCPTT system (TS 24.380) that talks when a line comes in. Nothing of ours is in it.

    python3 mcptt_unit.py HOME FLOOR_PORT VOICE_PORT FILE UNIT

HOME: where the floor of the group is, as the gateway has it. here: the unit asks the gateway, as a floor participant;
there: its own system grants, and announces it, as a floor control server. FILE has the gateway's two ports, voice and floor
control. Says by name each message of floor control that comes, and before an Idle or Release all that was heard so far, in ms.
"""
import random
import socket
import struct
import sys
import threading
import time

REQUEST, GRANTED, TAKEN, RELEASE, IDLE = 0, 1, 2, 4, 5
NAMES = {REQUEST: "request", GRANTED: "granted", TAKEN: "taken", 3: "deny", RELEASE: "release", IDLE: "idle", 6: "revoke"}
DURATION, GRANTED_PARTY, USER_ID = 1, 4, 6
TALK_MS = 700

home, floor_port, voice_port, file, unit = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
SSRC = random.randrange(1, 1 << 32)
floor, voice = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
floor.bind(("127.0.0.1", floor_port))
voice.bind(("127.0.0.1", voice_port))
granted, free = threading.Event(), threading.Event()
free.set()
heard_ms = 0


def field(number, value):
    octets = bytes([number, len(value)]) + value
    return octets + bytes(-len(octets) % 4)


def say(subtype, to, fields=b""):
    head = struct.pack("!BBHI", 0x80 | subtype, 204, (12 + len(fields)) // 4 - 1, SSRC)
    floor.sendto(head + b"MCPT" + fields, to)


def hear_floor():
    while True:
        data, source = floor.recvfrom(2048)
        if len(data) < 12 or data[1] != 204 or data[8:12] != b"MCPT":
            continue
        subtype = data[0] & 0x0F
        if subtype in (RELEASE, IDLE):
            print("heard", heard_ms, flush=True)
        print(NAMES.get(subtype, subtype), flush=True)
        if subtype == GRANTED:
            granted.set()
        elif subtype == REQUEST:
            free.clear()
            say(GRANTED, source, field(DURATION, struct.pack("!H", 60)))
        elif subtype == RELEASE:
            say(IDLE, source)
            free.set()


def hear_voice():
    global heard_ms
    while True:
        data, _ = voice.recvfrom(2048)
        if data[1] & 0x7F == 8:
            heard_ms += (len(data) - 12) // 8


def talk():
    with open(file) as ports:
        to_voice, to_floor = (("127.0.0.1", int(port)) for port in ports.read().split())
    who = f"sip:{unit}@mc.example".encode()
    granted.clear()
    if home == "here":
        say(REQUEST, to_floor, field(USER_ID, who))
        if not granted.wait(2):
            print("not granted", flush=True)
            return
    else:
        free.wait(2)  # the Idle that answers the gateway's Release would end this talk too
        say(TAKEN, to_floor, field(GRANTED_PARTY, who))
        time.sleep(0.03)  # the talker hears of his grant as late, and then speaks
    sequence, timestamp = random.randrange(0x8000), random.randrange(1 << 31)
    samples = (b"\x3a" * (8 + len(home)) + b"\xba" * (8 + len(home))) * 40  # a buzz of each its own
    began = time.monotonic()
    for index in range(TALK_MS // 20):
        head = struct.pack("!BBHII", 0x80, 8 | (0x80 if index == 0 else 0), sequence + index, timestamp + 160 * index, SSRC)
        voice.sendto(head + samples[:160], to_voice)
        time.sleep(max(0, began + (index + 1) / 50 - time.monotonic()))
    say(RELEASE if home == "here" else IDLE, to_floor)


for each in (hear_floor, hear_voice):
    threading.Thread(target=each, daemon=True).start()
for _ in sys.stdin:
    talk()
