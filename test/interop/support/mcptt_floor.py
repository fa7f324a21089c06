"""The floor control server of an MCPTT system (TS 24.380 §6.3): grants whatever is asked. Nothing of ours is in it.

    python3 mcptt_floor.py PORT
"""
import socket
import struct
import sys

REQUEST, GRANTED, RELEASE, IDLE = 0, 1, 4, 5
SSRC = 0x5CA07
DURATION = bytes([1, 2]) + struct.pack("!H", 60)

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", int(sys.argv[1])))
while True:
    data, source = sock.recvfrom(2048)
    if len(data) < 12 or data[1] != 204 or data[8:12] != b"MCPT":
        continue
    asked = data[0] & 0x0F
    answer = {REQUEST: (GRANTED, DURATION), RELEASE: (IDLE, bytes([8, 2, 0, 1]))}.get(asked)
    if answer is not None:
        subtype, fields = answer
        head = struct.pack("!BBHI", 0x80 | subtype, 204, (12 + len(fields)) // 4 - 1, SSRC)
        sock.sendto(head + b"MCPT" + fields, source)
