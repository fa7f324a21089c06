"""A ground radio station of EUROCAE ED-137 whose receiver hears what its transmitter says. Nothing of ours is in it.

    python3 radio_echo.py PORT

Every packet of the control room is answered: its key is shown with our PTT-ID, and voice comes back with the squelch open.
"""
import random
import socket
import struct
import sys

PROFILE, PTT_ID, VOICE, R2S = 0x0167, 7, 8, 123
SQUELCH = 0x1000

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", int(sys.argv[1])))
sequence, ssrc = random.randrange(0x8000), random.randrange(1, 1 << 32)
while True:
    data, source = sock.recvfrom(2048)
    if len(data) < 20 or not data[0] & 0x10:
        continue
    profile, words, bits = struct.unpack("!HHH", data[12:18])
    if profile != PROFILE:
        continue
    ptt, payload, timestamp = bits >> 13, data[16 + 4 * words:], struct.unpack("!I", data[4:8])[0]
    is_voice = data[1] & 0x7F == VOICE and ptt != 0
    shown = ptt << 13 | (PTT_ID << 6 if ptt else 0) | (SQUELCH if is_voice else 0)
    sequence = sequence + 1 & 0xFFFF
    head = struct.pack("!BBHII", 0x90, VOICE if is_voice else R2S, sequence, timestamp, ssrc)
    extension = struct.pack("!HHHH", PROFILE, 1, shown, 0)
    sock.sendto(head + extension + (payload if is_voice else b""), source)
