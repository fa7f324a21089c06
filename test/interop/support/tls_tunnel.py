"""A radio box' TLS in front of a program that speaks plain TCP, by the system's OpenSSL.

tls_tunnel.py server PORT CERTIFICATE KEY CA TARGET        whoever connects must show a certificate of CA
tls_tunnel.py client PORT CERTIFICATE KEY CA TARGET NAME   TARGET must show a certificate of CA for NAME

Questions whether it lives (OPTIONS) are answered here: what is behind follows its scenario alone.
"""

import re
import socket
import ssl
import sys
import threading

HOST = "127.0.0.1"
side, port, certificate, key, authority, target = sys.argv[1:7]

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if side == "server" else ssl.PROTOCOL_TLS_CLIENT)
context.load_cert_chain(certificate, key)
context.load_verify_locations(authority)
context.verify_mode = ssl.CERT_REQUIRED


def answer(question: bytes) -> bytes:
    fields = re.findall(rb"^(?:Via|From|To|Call-ID|CSeq):[^\r\n]*\r\n", question, re.M | re.I)
    tagged = [field[:-2] + b";tag=box\r\n" if field[:2].lower() == b"to" else field for field in fields]
    return b"SIP/2.0 200 OK\r\n" + b"".join(tagged) + b"Content-Length: 0\r\n\r\n"


def carry(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            # A record holds one message of the gateway's.
            if data.startswith(b"OPTIONS "):
                source.sendall(answer(data))
            else:
                sink.sendall(data)
    except OSError:
        pass
    for each in (source, sink):
        each.close()


def serve(near: socket.socket) -> None:
    far = None
    try:
        if side == "server":
            near = context.wrap_socket(near, server_side=True)
            far = socket.create_connection((HOST, int(target)))
        else:
            far = context.wrap_socket(socket.create_connection((HOST, int(target))), server_hostname=sys.argv[7])
    except OSError as error:
        print(f"refused: {error}", flush=True)
        near.close()
        return
    print(f"connected: {(near if side == 'server' else far).version()}", flush=True)
    threading.Thread(target=carry, args=(near, far), daemon=True).start()
    threading.Thread(target=carry, args=(far, near), daemon=True).start()


with socket.create_server((HOST, int(port))) as listener:
    print("listening", flush=True)
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
