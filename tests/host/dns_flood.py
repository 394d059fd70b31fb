#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Questions from many addresses of this machine, as a forger of senders would have them come, and what comes back.

dns_flood.py SERVER NAME TYPE SECONDS RATE [--from PREFIX COUNT] [--cookie] [--all]

From each address PREFIX.I.1, I in 0 .. COUNT-1, or one of no choice, RATE questions a second. --cookie: each address
first learns a server's cookie, and shows it with each question. --all: until all are answered, or a second is over.
Prints one line: sent=N full=N short=N badcookie=N bytes-out=N bytes-in=N largest=N
"""
import os
import select
import socket
import struct
import sys
import time

TYPES = {'A': 1, 'NS': 2, 'SOA': 6, 'TXT': 16, 'DNSKEY': 48, 'AXFR': 252, 'ANY': 255}


def question(name, qtype, cookie=None, size=1232, edns=True):
    labels = [l for l in name.rstrip('.').split('.') if l]
    wire = b''.join(bytes([len(l)]) + l.encode() for l in labels) + b'\0'
    message = os.urandom(2) + struct.pack('>HHHHH', 0, 1, 0, 0, int(edns)) + wire
    message += struct.pack('>HH', TYPES.get(qtype) or int(qtype), 1)
    if edns:
        options = struct.pack('>HH', 10, len(cookie)) + cookie if cookie else b''
        message += b'\0' + struct.pack('>HHIH', 41, size, 0x8000, len(options)) + options
    return message


def options_of(reply):
    """The options of a reply whose last record is OPT with the root as owner and all its options behind it."""
    for at in range(12, len(reply) - 10):
        if reply[at:at + 3] == b'\0\0\x29' and at + 11 + struct.unpack('>H', reply[at + 9:at + 11])[0] == len(reply):
            found, p = {}, at + 11
            while p + 4 <= len(reply):
                code, size = struct.unpack('>HH', reply[p:p + 4])
                found[code] = reply[p + 4:p + 4 + size]
                p += 4 + size
            return found, reply[at + 5]
    return {}, 0


class Client:
    def __init__(self, server, address):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        if address:
            self.socket.bind((address, 0))
        self.socket.connect((server, 53))
        self.cookie = None

    def learn(self):
        """Until a reply brings a cookie: in a flood some do not come."""
        client, end = os.urandom(8), time.time() + 10
        while not self.cookie and time.time() < end:
            self.socket.send(question('.', 'SOA', client))
            if select.select([self.socket], [], [], 0.1)[0]:
                self.cookie = options_of(self.socket.recv(4096))[0].get(10)
        if not self.cookie:
            sys.exit('expected a cookie within 10 s, got none')


def flood(server, name, qtype, seconds, rate, addresses, cookie, wait_all):
    clients = [Client(server, a) for a in addresses]
    if cookie:
        for client in clients:
            client.learn()
    by_socket = {c.socket: c for c in clients}
    got = dict.fromkeys(('sent', 'full', 'short', 'badcookie', 'bytes-out', 'bytes-in', 'largest'), 0)
    start, end = time.time(), time.time() + seconds
    wanted, answered = int(seconds * rate), 0
    while True:
        now = time.time()
        due = min(int((now - start) * rate) + 1, wanted)
        while got['sent'] < due * len(clients):
            client = clients[got['sent'] % len(clients)]
            message = question(name, qtype, client.cookie)
            client.socket.send(message)
            got['sent'] += 1
            got['bytes-out'] += len(message)
        for ready in select.select(list(by_socket), [], [], 0.002)[0]:
            reply = ready.recv(4096)
            answered += 1
            got['bytes-in'] += len(reply)
            got['largest'] = max(got['largest'], len(reply))
            if reply[3] & 15 == 7 and options_of(reply)[1] == 1:
                got['badcookie'] += 1
            else:
                got['short' if reply[2] & 2 else 'full'] += 1
        if now > end and (now > end + 1 or (wait_all and answered >= got['sent'])):
            break
    print(' '.join(f'{k}={v}' for k, v in got.items()))


def explained(server, name, qtype):
    """Over TCP: the rcode, and the extended error if there is one."""
    with socket.create_connection((server, 53), 5) as stream:
        message = question(name, qtype)
        stream.sendall(struct.pack('>H', len(message)) + message)
        size = struct.unpack('>H', stream.recv(2, socket.MSG_WAITALL))[0]
        reply = stream.recv(size, socket.MSG_WAITALL)
    error = options_of(reply)[0].get(15)
    print(f'rcode={reply[3] & 15} error={struct.unpack(">H", error)[0] if error else "none"}')


def main():
    args = sys.argv[1:]
    if args[0] == '--explained':
        return explained(*args[1:4])
    addresses = [None]
    if '--from' in args:
        at = args.index('--from')
        addresses = [f'{args[at + 1]}.{i}.1' for i in range(int(args[at + 2]))]
    flood(args[0], args[1], args[2], float(args[3]), float(args[4]), addresses, '--cookie' in args, '--all' in args)


main()
