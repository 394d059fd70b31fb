#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Many attempts to connect, most of which come to nothing: some are silent, some send garbage, all are given up soon.

usage: connect_flood.py ADDRESS PORT COUNT. Prints how many were made and how many of them were let in.
"""
import errno
import selectors
import socket
import sys
import time

AT_A_TIME = 100
PATIENCE = 0.2  # seconds for each

address, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
selector = selectors.DefaultSelector()
started, made, connected = {}, 0, 0


def begin(number):
    tcp = socket.socket()
    tcp.setblocking(False)
    if tcp.connect_ex((address, port)) not in (0, errno.EINPROGRESS):
        tcp.close()
        return
    selector.register(tcp, selectors.EVENT_WRITE)
    started[tcp] = (time.monotonic(), number)


def end(tcp):
    selector.unregister(tcp)
    del started[tcp]
    tcp.close()


while made < count or started:
    while made < count and len(started) < AT_A_TIME:
        begin(made)
        made += 1
    for key, _ in selector.select(timeout=PATIENCE):
        tcp = key.fileobj
        if tcp.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
            connected += 1
            if started[tcp][1] % 3 == 0:
                try:
                    tcp.send(b"\x16\x03\x01\x02\x00\x01" + b"x" * 100)
                except OSError:
                    pass
        end(tcp)
    late = time.monotonic() - PATIENCE
    for tcp in [tcp for tcp, (since, _) in started.items() if since < late]:
        end(tcp)
print(f"{made} attempts, {connected} connected")
