#!/bin/bash
# SPDX-License-Identifier: ISC
# A browser, Debian's Chromium without a window, at the HTTPS app as a Linux program: a page with its style sheet by HTTP/2, and the
# page that shows the app's status live. Chromium is unpacked beside (100 MB), nothing is installed.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/host/lib.bash
root=$PWD/build/peers/chromium
if [ "${IN_NAMESPACE:-}" != yes ]; then
	scripts/apt-private debs bookworm "$root" chromium-headless-shell fonts-dejavu-core >/dev/null ||
		{ echo "not ok Chromium: it cannot be fetched"; exit 1; }
fi
enter_namespace "$@"

begin_work
silent=''
at_end() { kill -KILL $silent 2>/dev/null; }
url=https://10.0.0.2

mkdir "$work/www"
cp -R apps/https/www/default "$work/www/"
cat >"$work/www/default/protocol.html" <<'HTML'
<!doctype html>
<title>protocol</title>
<link rel="stylesheet" href="/style.css">
<p id="said">nothing</p>
<script>
addEventListener("load", () => {
	const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
	document.getElementById("said").textContent = entries.map((e) => e.nextHopProtocol).join(" and ");
});
</script>
HTML
# The browser prints a page when it has loaded: this one, whose picture never comes, when the page of status within it is live.
cat >"$work/www/default/live.html" <<'HTML'
<!doctype html>
<title>live</title>
<iframe id="frame" src="/status/"></iframe>
<img id="holds" src="https://10.0.0.1:444/">
<pre id="said">nothing</pre>
<script>
setInterval(() => {
	const page = document.getElementById("frame").contentDocument;
	document.getElementById("said").textContent = page.body.innerText;
	if (page.getElementById("state").textContent == "live")
		document.getElementById("holds").src = "/style.css";
}, 100);
</script>
HTML
scripts/archive "$work/site.cpio" "$work/www" build/https/tls
run_app build/host/https --tap tap0 --archive "$work/site.cpio" ip=10.0.0.2/24
tap_up tap0 10.0.0.1/24
ip link set lo up
# Takes connections and says nothing.
python3 -c 'import socket; s = socket.create_server(("10.0.0.1", 444)); input()' <> <(:) &
silent=$!
within 15 curl -skfo /dev/null $url/ || not_ok "start" "no page within 15 s"

# browse OPTION... URL: in a root folder of its own, with what it prints in $work/out.
mkdir -p "$root/proc" "$root/dev" "$root/tmp"
cat >"$work/in_root" <<'SH'
mount --rbind /proc "$1/proc" && mount --rbind /dev "$1/dev" && mount -t tmpfs tmp "$1/tmp" || exit 1
root=$1
shift
exec chroot "$root" /usr/lib/chromium/chromium-headless-shell --no-sandbox --disable-gpu --disable-dev-shm-usage \
	--user-data-dir=/tmp/profile --ignore-certificate-errors --no-first-run --disable-background-networking "$@"
SH
browse() {
	timeout 60 unshare -m bash "$work/in_root" "$root" "$@" >"$work/out" 2>"$work/chromium.log" && return
	echo "chromium ended with status $?: $(tail -n 4 "$work/chromium.log")"
	return 1
}
shows() { # TEXT: in the page
	grep -qE -- "$1" "$work/out" || { echo "expected '$1', got: $(tail -c 600 "$work/out")"; return 1; }
}
page() {
	browse --dump-dom $url/ && shows '<h1>.*</h1>'
}
try "a page" page
protocol() { # as the browser itself says, of the page and of its style sheet
	browse --dump-dom $url/protocol.html && shows '>h2 and h2<'
}
try "by HTTP/2, as it says itself" protocol
live() { # the page's script has asked, and what came line by line is shown
	browse --dump-dom --timeout=20000 $url/live.html && shows '^live' && shows '^handshakes[[:space:]]*[1-9][0-9]*$'
}
try "the page that shows status live" live
exit $failed
