"""A server that takes uploads as fast as it can and throws them away.

Usage: ``python sink.py [CERTIFICATE_AND_KEY]``. It prints its port, then serves one connection per
thread until its standard input ends. It answers as the storage host does, and only says "yes" to a
body that is complete.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import sys
import threading

BUFFER = 1024 * 1024


def main() -> None:
    """Serve until nobody is left who started it."""
    context = None
    if len(sys.argv) > 1:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1])
    listener = socket.create_server(("127.0.0.1", 0), backlog=16)
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=accept, args=(listener, context), daemon=True).start()
    sys.stdin.read()


def accept(listener: socket.socket, context: ssl.SSLContext | None) -> None:
    """Give each connection a thread."""
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(connection, context), daemon=True).start()


def serve(connection: socket.socket, context: ssl.SSLContext | None) -> None:
    """Answer the requests of one connection."""
    buffer = memoryview(bytearray(BUFFER))
    # A client that goes away ends its own measurement; the sink is there for the others.
    with contextlib.suppress(OSError), connection:
        if context is not None:
            connection = context.wrap_socket(connection, server_side=True)
        with connection:
            while answer(connection, buffer):
                pass


def answer(connection: socket.socket, buffer: memoryview) -> bool:
    """Take one upload; False at the end of the connection."""
    head = b""
    while b"\r\n\r\n" not in head:
        block = connection.recv(65536)
        if not block:
            return False
        head += block
    head, _, body = head.partition(b"\r\n\r\n")
    if re.search(rb"\r\nexpect: *100-continue", head, re.IGNORECASE):
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    left = (int(length[1]) if length else 0) - len(body)
    end = body[-64:]
    while left > 0:
        count = connection.recv_into(buffer, min(left, BUFFER))
        if not count:
            return False
        left -= count
        if left < 64:
            end = (end + bytes(buffer[max(0, count - 64) : count]))[-64:]
    complete = left == 0 and end.endswith(b"--\r\n")
    text = json.dumps({"successful": complete, "upload_id": "discarded" if complete else None})
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(text), text.encode())
    )
    return True


if __name__ == "__main__":
    main()
