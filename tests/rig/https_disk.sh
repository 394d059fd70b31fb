#!/bin/bash
# SPDX-License-Identifier: ISC
# The HTTPS guest with a site of 10,000 files on a disk: two hundred of them are fetched and compared, by one connection and by
# several, and others are served beside; then a disk that is pulled away and comes back.
# rig: --package genisoimage --package wodim --package libmagic1
. ./lib.sh
. /root/tests/rig/lib.bash

guest=https
url=https://10.0.0.2
ask() { curl -sk --max-time 20 "$@"; }
is() { # EXPECTED COMMAND...
	local expected=$1 got
	shift
	got=$("$@")
	[ "$got" = "$expected" ] || { echo "expected '$expected', got '$got'"; return 1; }
}

site=/root/disk/www/default
mkdir -p $site
(cd $site && mkdir $(seq 0 99) && awk 'BEGIN {
	srand(1)
	for (i = 0; i < 9999; i++) {
		name = sprintf("%d/page-%05d.html", i % 100, i)
		printf "%d %s\n%*s\n", i, rand(), 1 + rand() * 1500, "." >name
		close(name)
	}
}')
echo index >$site/index.html
genisoimage -quiet -r -o /root/site.iso /root/disk
test_that "a site of 10,000 files" is 10000 sh -c "find $site -type f | wc -l"
disk='format=raw,vdev=xvda,access=ro,target=/root/site.iso'
create https.cfg memory=16 "disk=[\"$disk\"]" 'extra="ip=10.0.0.2/24 gateway=10.0.0.1 disk=xvda"'
within 30 "the first page is served" ask -fo /dev/null $url/
test_that "from the disk: the site, not the archive's" is 404 ask -o /dev/null -w '%{http_code}' $url/2/none
guest_console https | grep -E 'disk xvda|serving' | sed 's/^/# /'

fetch() { # CURL-OPTION...: two hundred, compared
	rm -rf /root/got
	(cd $site && find . -type f) | sed 's|^\./||' | LC_ALL=C sort | awk -v url=$url 'NR % 50 == 1 { print "url=" url "/" $0; print "output=/root/got/" $0 }' >/root/list
	timeout 60 curl -sk --create-dirs -K /root/list "$@" || { echo "curl failed"; return 1; }
	(cd /root/got && find . -type f | while read -r f; do cmp "$f" "$site/$f" || exit 1; done) && is 200 sh -c 'find /root/got -type f | wc -l'
}
test_that "two hundred files by HTTP/1.1" fetch --http1.1
test_that "by HTTP/2, 20 at a time" fetch --http2 -Z --parallel-max 20

# While the disk is away its files are not to be had, all else is; when it is back, they are.
test_that "the disk is pulled away" xl block-detach https xvda --force
test_that "its files are not to be had" is 000 ask -o /dev/null -w '%{http_code}' $url/3/page-00003.html
test_that "what is no file is served" sh -c "curl -sk --max-time 10 $url/status.json | grep -q requests"
test_that "it is put back" xl block-attach https "$disk"
same() { ask $url/3/page-00003.html | cmp - $site/3/page-00003.html; }
within 20 "and its files are served again" same
test_that "xl shutdown" xl shutdown https
within 10 "the guest ends in order" guest_is_gone https
finish
