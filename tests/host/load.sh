#!/bin/bash
# SPDX-License-Identifier: ISC
# The benchmarks' load generator, on the DNS app as a Linux program: what it counts must be so. Needs no root:
# it enters a network namespace of its own.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/host/lib.bash
enter_namespace "$@"

load=build/rig-tools/load
begin_work

ip link set lo up
run_app "${BUILD:-build/host}"/dns --tap tap0 --archive build/images/dns.cpio ip=10.0.0.2/24 rrl=0
tap_up tap0 10.0.0.1/24

printf 'kinglet.example SOA\nnosuch.kinglet.example A\n' >"$work/queries"
matches "the first right answer" "$($load -f 10 dns "$work/queries" 10.0.0.2 2>&1)" '^ [0-9]{16} $'
matches "a window" "$($load -w 8 -n 1000 -o "$work/notes" dns "$work/queries" 10.0.0.2 2>&1)" \
	' sent=1000 ' ' received=1000 ' ' lost=0 ' ' wrong=0 ' ' rcode0=500 ' ' rcode3=500 '
matches "what the answers said" "$(tr '\n' ' ' <"$work/notes")" '1 rcode=0 flags=84 an=1' '2 rcode=3 flags=84 an=0 ns=1'
# 400 in a second: Poisson arrivals stay well within 300 to 500.
matches "a rate" "$($load -r 400 -t 1 dns "$work/queries" 10.0.0.2 2>&1)" ' sent=(3[0-9][0-9]|4[0-9][0-9]) ' ' lost=0 '
matches "a loss is counted" "$($load -w 4 -n 8 -p 5353 dns "$work/queries" 10.0.0.2 2>&1)" ' received=0 ' ' lost=8 '
printf 'kinglet.example BOGUS\n' >"$work/bad"
matches "a wrong file" "$($load dns "$work/bad" 10.0.0.2 2>&1)" 'expected "NAME TYPE", got "kinglet.example BOGUS"'
stop_app "ends at SIGTERM"

# An echo that gives back something else.
cat >"$work/liar.c" <<'C'
#include <netinet/in.h>
#include <sys/socket.h>
int main(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(7), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	char bytes[100];
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
		return 1;
	for (unsigned i = 0;; i++) {
		socklen_t len = sizeof(at);
		long got = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&at, &len);
		bytes[10] ^= i % 2;
		sendto(fd, bytes, got, 0, (struct sockaddr *)&at, len);
	}
}
C
gcc -o "$work/liar" "$work/liar.c" || exit 1
run_app "$work/liar"
matches "the first echo" "$($load -f 10 echo 64 127.0.0.1 2>&1)" '^ [0-9]{16} $'
matches "wrong answers are counted" "$($load -w 1 -n 4 echo 64 127.0.0.1 2>&1)" ' sent=4 ' ' received=2 ' ' wrong=2 ' ' lost=2 '
kill_app
exit $failed
