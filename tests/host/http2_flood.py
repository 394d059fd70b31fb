#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Floods of HTTP/2 frames that cost the server more than the client: each must end its connection.

usage: http2_flood.py ADDRESS. Fails, naming the flood, when a connection outlives one.
"""
import socket
import ssl
import struct
import sys

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEADERS = b"\x82\x84\x87\x41\x01a"  # GET / https, :authority a (RFC 7541, static table)


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def rapid_reset(i):
    return frame(1, 5, 2 * i + 1, HEADERS) + frame(3, 0, 2 * i + 1, struct.pack(">I", 8))


def pings(_):
    return frame(6, 0, 0, b"12345678") * 50


def settings(_):
    return frame(4, 0, 0) * 50


def empty_data(i):
    return frame(1, 4, 1, HEADERS.replace(b"\x82", b"\x83")) if i == 0 else frame(0, 0, 1) * 50


def continuations(i):
    return frame(1, 1, 1, HEADERS) if i == 0 else frame(9, 0, 1, b"\x00\x01x\x01y") * 20


def big_headers(i):
    return frame(1, 4, 2 * i + 1, HEADERS + (b"\x00\x01x\x7f\x81\x7e" + b"y" * 16384)[:16000])


def garbage(_):
    return b"\xff" * 4000


def flood(address, make):
    """True when the server ended the connection before it had sent them all."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    with socket.create_connection((address, 443), timeout=10) as tcp:
        with context.wrap_socket(tcp, server_hostname="a") as tls:
            try:
                tls.sendall(PREFACE + frame(4, 0, 0))
                for i in range(4000):
                    tls.sendall(make(i))
            except (OSError, ssl.SSLError):
                return True
            tls.settimeout(10)
            try:
                while tls.recv(65536):
                    pass
                return True
            except (OSError, ssl.SSLError) as error:
                return not isinstance(error, TimeoutError)


bad = [make.__name__ for make in (rapid_reset, pings, settings, empty_data, continuations, big_headers, garbage)
       if not flood(sys.argv[1], make)]
if bad:
    sys.exit("expected the connection to end, but it stayed with: " + " ".join(bad))
