#!/bin/bash
# SPDX-License-Identifier: ISC
# The HTTPS app with its site and certificates on a disk: 10,000 files are fetched and compared, by HTTP/1.1 and HTTP/2;
# conditions and ranges; other connections go on while the disk is slow; disks that are wrong.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/host/lib.bash
enter_namespace "$@"

program=${BUILD:-build/asan}/https
begin_work
url=https://10.0.0.2
site=$work/disk/www/default

ask() { curl -sk --max-time 30 "$@"; }
says() { grep -qF -- "$1" "$work/log"; }
key() { # FILE
	openssl req -x509 -nodes -days 30 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj "/CN=${1##*/}" -keyout "$1.key" -out "$1.crt" 2>/dev/null
}

mkdir -p "$site" "$work/disk/www/other.test" "$work/disk/tls" "$work/disk/tls2" "$work/ram/tls"
key "$work/disk/tls/default"
key "$work/disk/tls2/second" && mv "$work/disk/tls2/second.crt" "$work/disk/tls2/default.crt" && mv "$work/disk/tls2/second.key" "$work/disk/tls2/default.key"
(cd "$site" && awk 'BEGIN {
	srand(1)
	for (i = 0; i < 9998; i++) {
		name = sprintf("%d/page-%05d.html", i % 100, i)
		if (i < 100) system("mkdir " i)
		text = ""
		n = i % 7 ? 1 + rand() * 3000 : 2048 * (i % 3)
		while (length(text) < n) text = text i " " rand() "\n"
		printf "%s", substr(text, 1, n) >name
		close(name)
	}
}')
echo index >"$site/index.html"
echo other >"$work/disk/www/other.test/index.html"
head -c 3000000 /dev/urandom >"$site/large"
genisoimage -quiet -r -o "$work/site.iso" "$work/disk"
[ "$(find "$site" -type f | wc -l)" = 10000 ] || not_ok "the site" "expected 10000 files"

start() { # PROGRAM SETTING...
	local program=$1
	shift
	run_app "$program" --tap tap0 --settings "$work/fifo" --disk "$work/site.iso,ro" ip=10.0.0.2/24 disk=xvda handshakes=40 per-address=40 "$@"
	tap_up tap0 10.0.0.1/24
	within 15 ask -fo /dev/null $url/ || not_ok "start" "no page within 15 s"
}
mkfifo "$work/fifo"

start "$program"
fetch() { # EACH CURL-OPTION...: every so many of the files, compared
	local each=$1
	shift
	rm -rf "$work/got"
	mkdir "$work/got"
	(cd "$site" && find . -type f -printf '%P\n') | awk -v url=$url -v out="$work/got/" -v each="$each" 'NR % each == 0 { print "url=" url "/" $0; print "output=" out $0 }' >"$work/list"
	timeout 120 curl -skS --create-dirs --no-progress-meter -K "$work/list" "$@" || { echo "curl ended with status $?"; return 1; }
	! diff -r "$site" "$work/got" | grep -v '^Only in '"$site" || return 1
	[ $(($(find "$work/got" -type f | wc -l) * each)) = 10000 ] || { echo "got $(find "$work/got" -type f | wc -l) files"; return 1; }
}
try "10,000 files by HTTP/2, 30 at a time" fetch 1 --http2 -Z --parallel-max 30
try "2,000 of them by HTTP/1.1, one after the other" fetch 5 --http1.1
try "a site by its name" is other ask --resolve other.test:443:10.0.0.2 https://other.test/
try "a range" cmp <(tail -c +1000001 "$site/large" | head -c 70000) <(ask -r 1000000-1069999 $url/large)
etag=$(ask -I $url/large | sed -n 's/^etag: \(.*\)\r$/\1/p')
try "a strong entity tag" [ "${etag:0:1}" = '"' ]
try "not modified" is 304 ask -o /dev/null -w '%{http_code}' -H "if-none-match: $etag" $url/large
try "not found" is 404 ask -o /dev/null -w '%{http_code}' $url/1/no
try "no key is served" is 400 ask -o /dev/null -w '%{http_code}' --path-as-is "$url/../../tls/default.key"
becomes() { # LINE OUTCOME
	printf '%s\n' "$1" >"$work/fifo"
	within 5 says "$2" || { echo "expected '$2'"; return 1; }
}
# A connection that stays while certificates change: its next request comes after the change.
(printf 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'; within 20 [ -e "$work/changed" ]; printf 'GET /large HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n') |
	timeout 30 openssl s_client -quiet -connect 10.0.0.2:443 >"$work/stays" 2>/dev/null &
stays=$!
within 10 grep -q '^index' "$work/stays"
try "another folder of certificates of the disk" becomes certificates=tls2 'status certificates: ok tls2'
try "is in effect" sh -c "echo | openssl s_client -connect 10.0.0.2:443 2>/dev/null | grep -q '^subject=CN *= *second'"
touch "$work/changed"
wait $stays
try "a connection from before goes on" [ "$(wc -c <"$work/stays")" -gt 3000000 ]
stop_app "ends at SIGTERM"

# A disk whose every read takes 0.2 s.
cat >"$work/slow.c" <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/types.h>
#include <time.h>
ssize_t pread(int fd, void *data, size_t len, off_t at)
{
	static ssize_t (*next)(int, void *, size_t, off_t);
	const struct timespec moment = {.tv_nsec = 200000000};

	if (!next)
		next = (ssize_t(*)(int, void *, size_t, off_t))dlsym(RTLD_NEXT, "pread");
	if (len >= 4096 && at > 1000000)
		nanosleep(&moment, NULL);
	return next(fd, data, len, at);
}
ssize_t pread64(int, void *, size_t, off_t) __attribute__((alias("pread")));
C
gcc -shared -fPIC -O2 -o "$work/slow.so" "$work/slow.c"
LD_PRELOAD=$work/slow.so start build/host/https
beside() { # while one waits for the disk, others are served
	local slow i
	ask -o "$work/slow" $url/large &
	slow=$!
	for i in {1..20}; do
		ask -fo /dev/null $url/status.json || { echo "status $i was not served"; return 1; }
	done
	kill -0 $slow 2>/dev/null || { echo "the disk was not slow: it ended before 20 others"; return 1; }
	kill $slow
}
try "served while the disk is slow" beside
kill_app

head -c 100000 /dev/zero >"$work/none.iso"
try "a disk that is no image" refuses 'disk=xvda: ' "$program" ip=none --disk "$work/none.iso,ro" disk=xvda
genisoimage -quiet -r -o "$work/bare.iso" "$work/disk/www"
try "an image without a site" refuses 'no files below www/default/' "$program" ip=none --disk "$work/bare.iso,ro" disk=xvda
rm "$work/disk/tls/default.key"
genisoimage -quiet -r -o "$work/bare.iso" "$work/disk"
try "a certificate without its key" refuses 'tls/default.crt, .key: key: expected PEM' "$program" ip=none --disk "$work/bare.iso,ro" disk=xvda
exit $failed
