#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Clients of DNS over TCP and TLS that ordinary tools do not play: too many, too slow, deaf, out of order.

usage: dns_streams.py SERVER CASE      Says "ok NAME" or "not ok NAME: why" for each thing that it holds.
"""
import select
import socket
import ssl
import struct
import sys
import time

SERVER = sys.argv[1]
failed = False


def say(name, why=None):
    global failed
    if why is None:
        print(f"ok {name}")
    else:
        failed = True
        print(f"not ok {name}: {why}")


def query(ident, name, qtype=1, edns=b"", opt=False):
    labels = b"".join(bytes([len(x)]) + x.encode() for x in name.split(".") if x) + b"\0"
    additional = b""
    if opt or edns:
        additional = b"\0" + struct.pack("!HHIH", 41, 1232, 0, len(edns)) + edns
    head = struct.pack("!HHHHHH", ident, 0, 1, 0, 0, 1 if additional else 0)
    return head + labels + struct.pack("!HH", qtype, 1) + additional


def framed(message):
    return struct.pack("!H", len(message)) + message


def connect(port=53, source=None, timeout=5):
    s = socket.create_connection((SERVER, port), timeout, (source, 0) if source else None)
    s.settimeout(timeout)
    return s


def over_tls(s, **options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["dot"])
    if options.get("old"):
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context.wrap_socket(s)


def read_exactly(s, n):
    data = b""
    while len(data) < n:
        more = s.recv(n - len(data))
        if not more:
            raise EOFError(f"the end after {len(data)} of {n} bytes")
        data += more
    return data


def read_message(s):
    return read_exactly(s, struct.unpack("!H", read_exactly(s, 2))[0])


def ident_of(message):
    return struct.unpack("!H", message[:2])[0]


def answers(source="10.0.9.9"):
    """Whether a second client gets an answer now, by UDP and by TCP."""
    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    u.settimeout(3)
    u.sendto(query(7, "rich.example", 6), (SERVER, 53))
    u.recv(4096)
    end = time.monotonic() + 5
    while True:
        try:
            with connect(source=source, timeout=3) as s:
                s.sendall(framed(query(8, "rich.example", 6)))
                return ident_of(read_message(s)) == 8
        except OSError:
            if time.monotonic() > end:
                raise


def is_closed(s, limit):
    """Whether the server ends S within LIMIT seconds. What comes before is dropped."""
    end = time.monotonic() + limit
    while True:
        left = end - time.monotonic()
        if left <= 0 or not select.select([s], [], [], left)[0]:
            return False
        try:
            if not s.recv(65536):
                return True
        except OSError:
            return True


def crowd(sources, count):
    """COUNT connections, all silent, without waiting for any."""
    sockets = []
    for i in range(count):
        s = socket.socket()
        s.setblocking(False)
        s.bind((sources[i % len(sources)], 0))
        s.connect_ex((SERVER, 53))
        sockets.append(s)
        if i % 20 == 19:
            time.sleep(0.02)  # so many a second, not a condition
    return sockets


def case_crowds():
    sockets = crowd(["10.0.0.1"], 1000)
    say("1,000 connections of one address: another is served", None if answers() else "no answer")
    for s in sockets:
        s.close()
    sockets = crowd([f"10.0.{1 + i // 200}.{1 + i % 200}" for i in range(400)], 1000)
    say("1,000 connections of 400 addresses: another is served", None if answers() else "no answer")
    for s in sockets:
        s.close()


def case_per_client():
    sockets = [connect() for _ in range(4)]
    for s in sockets:
        s.sendall(framed(query(1, "rich.example", 6)))
        read_message(s)
    say("one more than a client may have is refused", "it is served" if is_served() else None)
    sockets[0].sendall(framed(query(2, "rich.example", 6)))
    say("and the others stay", None if ident_of(read_message(sockets[0])) == 2 else "another answer")


def case_drip():
    s = connect()
    start = time.monotonic()
    message = framed(query(3, "rich.example", 6))
    closed = False
    for i in range(len(message) - 1):
        try:
            s.sendall(message[i:i + 1])
        except OSError:
            closed = True
            break
        if is_closed(s, 0.4):
            closed = True
            break
    took = time.monotonic() - start
    say("a message that drips is cut off", None if closed and 1.5 < took < 6 else f"closed={closed} after {took:.1f} s")
    s = connect()
    start = time.monotonic()
    closed = is_closed(s, 6)
    took = time.monotonic() - start
    say("a silent connection is closed", None if closed and 0.5 < took < 5 else f"closed={closed} after {took:.1f} s")


def case_idle():
    s = connect()
    s.sendall(framed(query(1, "rich.example", 6)))
    read_message(s)
    start = time.monotonic()
    try:
        ended = s.recv(1) == b""
    except OSError as error:
        ended = error
    took = time.monotonic() - start
    say("an idle one is closed in order", None if ended is True and 1.5 < took < 5 else f"{ended} after {took:.1f} s")


def case_drips_from_many():
    sockets = []
    for i in range(64):
        try:
            s = connect(source=f"10.0.1.{1 + i}")
            s.sendall(b"\0")
            sockets.append(s)
        except OSError:
            pass  # there was no room
    say("drips from 64 addresses: another is served", None if answers() else "no answer")
    for s in sockets:
        s.close()


def case_pipeline(wrap=lambda s: s, port=53, name="TCP"):
    with wrap(connect(port)) as s:
        s.sendall(b"".join(framed(query(i, f"a{i}.rich.example")) for i in range(100)))
        got = sorted(ident_of(read_message(s)) for _ in range(100))
        say(f"100 queries in one segment, by {name}", None if got == list(range(100)) else f"got {got}")


def is_last(message, serial_seen):
    """Counts the SOA records in the answer section: a transfer ends with its second."""
    count = struct.unpack("!H", message[6:8])[0]
    at = 12
    for _ in range(struct.unpack("!H", message[4:6])[0]):
        at = skip_name(message, at) + 4
    for _ in range(count):
        at = skip_name(message, at)
        rtype, _, _, rdlen = struct.unpack("!HHIH", message[at:at + 10])
        at += 10 + rdlen
        serial_seen += rtype == 6
    return serial_seen


def skip_name(message, at):
    while True:
        n = message[at]
        if n >= 0xC0:
            return at + 2
        at += 1 + n
        if n == 0:
            return at


def case_transfer(wrap=lambda s: s, port=53, name="TCP"):
    """A query behind a transfer that its client is slow to take is answered before that ends."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.settimeout(20)
    raw.connect((SERVER, port))
    with wrap(raw) as s:
        s.sendall(framed(query(1, "large.example", 252)) + framed(query(2, "large.example", 6)))
        order, soas, messages = [], 0, 0
        while soas < 2 or 2 not in order:
            message = read_message(s)
            order.append(ident_of(message))
            if order[-1] == 1:
                soas = is_last(message, soas)
                messages += 1
        at = order.index(2)
        say(f"a query behind a transfer is not held up, by {name}",
            None if at < len(order) - 1 and messages > 3 else f"answered as {at + 1} of {len(order)}")


def case_half_close():
    with connect() as s:
        s.sendall(framed(query(1, "large.example", 252)))
        s.shutdown(socket.SHUT_WR)
        soas = 0
        while soas < 2:
            soas = is_last(read_message(s), soas)
        say("a transfer to one that has closed its side is whole")


def case_deaf(wrap=lambda s: s, port=53, name="TCP"):
    """As many as a client may have, none of which reads: they are cut off, and then there is room for more."""
    deaf = []
    for _ in range(4):
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        raw.settimeout(10)
        raw.connect((SERVER, port))
        deaf.append(wrap(raw))
        deaf[-1].sendall(framed(query(1, "large.example", 252)))
    start = time.monotonic()
    say(f"some that do not read: another is served, by {name}", None if answers() else "no answer")
    while not is_served(4) and time.monotonic() < start + 8:
        time.sleep(0.1)
    took = time.monotonic() - start
    say(f"and they are cut off, by {name}", None if 1 < took < 8 else f"after {took:.1f} s")
    cut = 0
    for s in deaf:
        got = 0
        try:
            while more := s.recv(65536):
                got += len(more)
        except OSError:
            pass
        cut += got < 1000000
        s.close()
    say(f"each of them within its transfer, by {name}", None if cut == 4 else f"{cut} of 4")


def is_served(count=1):
    """Whether this client may have COUNT connections more, at a time."""
    sockets = []
    try:
        for _ in range(count):
            s = connect(timeout=1)
            sockets.append(s)
            s.sendall(framed(query(8, "rich.example", 6)))
            read_message(s)
        return True
    except (OSError, EOFError):
        return False
    finally:
        for s in sockets:
            s.close()


def case_bad():
    for name, data in (("length 0", b"\0\0"), ("a length of 11", framed(b"x" * 11)), ("a response", framed(
            struct.pack("!HHHHHH", 1, 0x8000, 0, 0, 0, 0)))):
        with connect() as s:
            s.sendall(data)
            say(f"{name} ends the connection", None if is_closed(s, 3) else "it stays")
    with connect() as s:
        s.sendall(framed(struct.pack("!HHHHHH", 5, 0, 9, 9, 9, 9) + b"\xff" * 60000))
        message = read_message(s)
        say("60,000 bytes of nonsense get FORMERR", None if message[3] & 15 == 1 else f"rcode {message[3] & 15}")


def options_of(message):
    """The reply's OPT record's options, when it is the last record and its data reaches the end."""
    at = 12
    counts = struct.unpack("!HHHH", message[4:12])
    for _ in range(counts[0]):
        at = skip_name(message, at) + 4
    options = None
    for _ in range(sum(counts[1:])):
        at = skip_name(message, at)
        rtype, _, _, rdlen = struct.unpack("!HHIH", message[at:at + 10])
        at += 10
        if rtype == 41:
            options, data = {}, message[at:at + rdlen]
            while data:
                code, n = struct.unpack("!HH", data[:4])
                options[code] = data[4:4 + n]
                data = data[4 + n:]
        at += rdlen
    return options


def case_options():
    keepalive, padding = struct.pack("!HH", 11, 0), struct.pack("!HH", 12, 3) + b"\0\0\0"
    with connect() as s:
        s.sendall(framed(query(1, "rich.example", 6, keepalive + padding)))
        message = read_message(s)
        options = options_of(message)
        idle = struct.unpack("!H", options.get(11, b"\0\0"))[0]
        say("keep-alive is answered", None if idle == 20 else f"{idle} tenths, options {options}")
        say("no padding in clear", None if 12 not in options else f"options {options}")
        s.sendall(framed(query(2, "rich.example", 6, opt=True)))
        say("neither unless asked", None if not options_of(read_message(s)) else "there were options")
    with over_tls(connect(853)) as s:
        s.sendall(framed(query(1, "rich.example", 6, padding)))
        message = read_message(s)
        say("padding by TLS, to whole blocks", None if len(message) % 468 == 0 and 12 in options_of(message) else
            f"{len(message)} bytes, options {options_of(message)}")
        s.sendall(framed(query(2, "rich.example", 6, opt=True)))
        say("none by TLS unless asked", None if not options_of(read_message(s)) else "there were options")
    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    u.settimeout(3)
    u.sendto(query(1, "rich.example", 6, keepalive + padding), (SERVER, 53))
    say("neither by UDP", None if not options_of(u.recv(4096)) else "there were options")


def case_tls():
    case_pipeline(over_tls, 853, "TLS")
    case_transfer(over_tls, 853, "TLS")
    case_deaf(over_tls, 853, "TLS")
    with over_tls(connect(853)) as s:
        say("ALPN is dot", None if s.selected_alpn_protocol() == "dot" else f"{s.selected_alpn_protocol()}")
    with over_tls(connect(853), old=True) as s:
        s.sendall(framed(query(1, "rich.example", 6)))
        good = read_message(s)[3] & 15 == 0 and s.version() == "TLSv1.2"
        say("TLS 1.2", None if good else s.version())
        s.sendall(framed(query(2, "large.example", 252)))
        rcode = read_message(s)[3] & 15
        say("no transfer by TLS 1.2", None if rcode == 5 else f"rcode {rcode}")
    with connect(853) as s:
        s.sendall(b"GET / HTTP/1.0\r\n\r\n" * 20)
        say("what is no TLS ends the connection", None if is_closed(s, 5) else "it stays")
    with connect(853) as s:
        start = time.monotonic()
        # The head of a handshake's record, and some of it.
        s.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"r" * 20)
        say("a handshake that stops: another is served", None if answers() else "no answer")
        closed = is_closed(s, 6)
        took = time.monotonic() - start
        say("and it is cut off", None if closed and took > 1 else f"closed={closed} after {took:.1f} s")


def main():
    for name in sys.argv[2:]:
        try:
            globals()["case_" + name]()
        except (OSError, EOFError, struct.error) as error:
            say(name, f"{type(error).__name__}: {error}")
    sys.exit(failed)


main()
