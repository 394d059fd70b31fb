#!/bin/bash
# SPDX-License-Identifier: ISC
# DNSViz judges a small closed Internet that the DNS app serves: a signed root, a signed top-level domain, and below it
# the awkward zones, signed in each way, with secure and insecure delegations. It follows them from the root by its own
# queries, and tries the servers' EDNS, cookies, TCP and letter case. Beside them are zones with faults, which it must find.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/host/lib.bash
if [ "${IN_NAMESPACE:-}" != yes ]; then
	{ scripts/apt-private debs bookworm build/peers/dnssec ldnsutils bind9-dnsutils bind9-utils unbound knot-dnssecutils &&
		scripts/apt-private debs bookworm build/peers/dnsviz dnsviz; } >/dev/null ||
		{ echo "not ok DNSViz: it cannot be fetched"; exit 1; }
fi
enter_namespace "$@"

program=${BUILD:-build/asan}/dns
begin_work
ip link set lo up

# Three servers, each on a wire of its own: the root's, the top-level domain's, and that of the zones below, with the
# addresses that the awkward zone tells.
root=198.51.100.1
tld=203.0.113.1
leaf=192.0.2.53
leaf6=2001:db8::53

# Debian 12's, with its own loader and libraries.
tree=$PWD/build/peers/dnsviz
libraries=$tree/usr/lib/x86_64-linux-gnu
viz() { # probe|grok|judge ARGUMENT...
	PYTHONHOME=$tree/usr PYTHONDONTWRITEBYTECODE=1 timeout 60 "$libraries/ld-linux-x86-64.so.2" --library-path "$libraries" \
		"$tree/usr/bin/python3.11" tests/host/dnssec_viz.py "$@"
}

# sign MODE SERVER NAME FILE: NAME is "root" for the root. The server serves it; NAME.ds is its DS record.
sign() {
	local origin=$3
	[ "$origin" != root ] || origin=.
	tests/nsd/sign.sh "$1" "$origin" "$4" "$work/$2/zones/$3.zone" >"$work/sign" 2>&1 ||
		{ not_ok "$1: signing $3" "$(tail -n 3 "$work/sign")"; exit 1; }
	mv "$work/$2/zones/$3.zone.ds" "$work/$3.ds"
	mv "$work/$2/zones/$3.zone.key" "$work/$3.key"
}

# An awkward zone, but its name servers are the one that is there; child.rich.example's key is told beside.
awkward() { # NAME
	awk -f tests/nsd/generate.awk "tests/data/zones/$1.zone" | sed -E "
		s/^(ns|ns1|ns\.child|ns\.other)(\t+A\t).*/\1\2$leaf/
		s/([ \t])ns\.rich\.example\./\1ns1.rich.example./
		/^\t+DS\t12346 /d"
}

# Any other zone: its server, and a few names.
ordinary() { # ADDRESS
	# shellcheck disable=SC2016
	printf '$TTL 600\n@ SOA ns hostmaster 1 2 3 4 5\n NS ns\nns A %s\nwww A 192.0.2.7\n' "$1"
}

# Zones with faults: an address that is not the one that was signed, and no proof of what is missing.
make_faulty() { # MODE
	local zones=$work/leaf/zones
	ordinary $leaf >"$work/in"
	sign "$1" leaf badsig.example "$work/in"
	sign "$1" leaf nodenial.example "$work/in"
	sign "$1" leaf badds.example "$work/in"
	# A digest would tell, and the zone would not be read.
	sed -i -E '/\tIN\t(RRSIG\t)?ZONEMD/d; s/192\.0\.2\.7$/192.0.2.8/' "$zones/badsig.example.zone"
	sed -i -E '/\tIN\t(RRSIG\t)?(ZONEMD|NSEC|NSEC3|NSEC3PARAM)[\t ]/d' "$zones/nodenial.example.zone"
	sed 's/^badsig/badds/' "$work/badsig.example.ds" >"$work/badds.example.ds"
}

make_zones() { # MODE
	local name
	rm -rf "$work"/{root,tld,leaf}
	mkdir -p "$work"/{root,tld,leaf}/zones
	for name in child.rich far dname; do
		awkward $name.example >"$work/in"
		sign "$1" leaf $name.example "$work/in"
	done
	{ awkward rich.example; cat "$work/child.rich.example.ds"; } >"$work/in"
	sign "$1" leaf rich.example "$work/in"
	make_faulty "$1"
	for name in plain other.rich; do ordinary $leaf >"$work/leaf/zones/$name.example.zone"; done
	{
		ordinary $tld
		printf 'ns2.elsewhere A %s\nrich NS ns1.rich\n NS ns2.elsewhere\nns1.rich A %s\n AAAA %s\ndname NS ns1.rich\n' $leaf $leaf $leaf6
		for name in far plain badsig nodenial badds lame; do printf '%s NS ns.%s\nns.%s A %s\n' $name $name $name $leaf; done
		cat "$work"/{rich,far,dname,badsig,nodenial,badds}.example.ds
	} >"$work/in"
	sign "$1" tld example "$work/in"
	{
		ordinary $root
		printf 'example NS ns.example\nns.example A %s\n' $tld
		cat "$work/example.ds"
	} >"$work/in"
	sign "$1" root root "$work/in"
}

serve() { # SERVER TAP OURS SETTING...
	scripts/archive "$work/$1.cpio" "$work/$1/zones"
	"$program" --tap "$2" --archive "$work/$1.cpio" "${@:4}" >>"$work/log" 2>&1 &
	pids+=($!)
	within 10 ip link show "$2" || { not_ok "$1" "no $2 within 10 s"; exit 1; }
	ip addr add "$3" dev "$2"
	ip link set "$2" up
}

answers() { kdig +timeout=1 +retry=0 +short "@$1" "$2" SOA | grep -q .; }

start() { # SETTING...
	: >"$work/log"
	serve root tap0 198.51.100.2/24 ip=$root/24 ip6=none "$@"
	serve tld tap1 203.0.113.2/24 ip=$tld/24 ip6=none "$@"
	serve leaf tap2 192.0.2.1/24 ip=$leaf/24 ip6=$leaf6/64 "$@"
	ip -6 addr add 2001:db8::1/64 dev tap2 nodad
	within 15 answers $root . && within 15 answers $tld example && within 15 answers $leaf rich.example &&
		within 15 answers $leaf6 rich.example || { not_ok start "no answers within 15 s"; exit 1; }
}

# What must be found; dnssec_viz.py says how it is read.
expected() {
	cat <<-LIST
		answer . DNSKEY SECURE
		zone example. SECURE
		zone rich.example. SECURE
		zone far.example. SECURE
		zone dname.example. SECURE
		zone child.rich.example. SECURE
		zone plain.example. INSECURE
		zone other.rich.example. INSECURE
		nodata plain.example. DS SECURE
		nodata other.rich.example. DS SECURE
		answer child.rich.example. DS SECURE
		answer rich.example. SOA SECURE
		answer rich.example. NS SECURE
		answer rich.example. MX SECURE
		answer rich.example. TXT SECURE
		nodata rich.example. CNAME SECURE
		nxdomain nothing.rich.example. A SECURE optout=INSECURE
		nxdomain a.nothing.here.rich.example. A SECURE optout=INSECURE
		nxdomain zzzz.rich.example. A SECURE optout=INSECURE
		nxdomain !.rich.example. A SECURE optout=INSECURE
		answer any.wild.rich.example. A SECURE
		nodata any.wild.rich.example. AAAA SECURE optout=INSECURE
		nodata here.wild.rich.example. AAAA SECURE
		nodata ent.wild.rich.example. A SECURE
		nodata b.c.ent.rich.example. A SECURE
		nxdomain x.b.c.ent.rich.example. A SECURE optout=INSECURE
		answer any.alias.rich.example. A SECURE
		answer c1.rich.example. A SECURE
		answer target.rich.example. A SECURE
		answer nowhere.rich.example. A SECURE
		nxdomain not-there.rich.example. A SECURE optout=INSECURE
		answer nodata.rich.example. AAAA SECURE
		nodata a.b.c.ent.rich.example. AAAA SECURE
		answer across.rich.example. A SECURE
		answer acrossnx.rich.example. A SECURE
		nxdomain nothing.far.example. A SECURE optout=INSECURE
		answer towild.rich.example. A SECURE
		answer www.dn.rich.example. A SECURE
		answer www.dntarget.rich.example. A SECURE
		answer none.dn.rich.example. A SECURE
		nxdomain none.dntarget.rich.example. A SECURE optout=INSECURE
		answer www.dnout.rich.example. A SECURE
		answer target.dname.example. AAAA SECURE
		answer nothing.dname.example. A SECURE
		answer any.wild.dname.example. A SECURE
		answer www.far.example. A SECURE
		nodata www.far.example. AAAA SECURE
		answer www.child.rich.example. A SECURE
		nxdomain no.child.rich.example. A SECURE optout=INSECURE
		answer intochild.rich.example. A SECURE
		answer upper.case.rich.example. A SECURE
		answer bigger.rich.example. A SECURE
		answer www.plain.example. A INSECURE
		nodata www.plain.example. AAAA INSECURE
		answer www.other.rich.example. A INSECURE
		nxdomain none.other.rich.example. A INSECURE
		heard . DNSKEY $root
		heard example. DNSKEY $tld
		heard rich.example. DNSKEY $leaf $leaf6
	LIST
	local zone option
	for zone in . example. {rich,far,dname,child.rich,plain,other.rich}.example.; do
		for option in tcp=True edns_version=100 edns_flags=128; do echo "asked $zone SOA $option"; done
	done
	explained
}

# Two limits of DNSViz: it knows no wildcard that only has names below it, which has no NSEC record (RFC 4592 section 2.2.2), and
# takes all NSEC records of a reply for the zone of the name asked for, also those of an alias's target in another.
explained() {
	cat <<-LIST
		nodata any.star.rich.example. A SECURE nsec=BOGUS optout=INSECURE
		fault nsec any.star.rich.example. NO_NSEC_MATCHING_SNAME
		answer any.aliasout.rich.example. A SECURE
		fault nsec any.aliasout.rich.example. SIGNER_NOT_ZONE
		fault nsec any.aliasout.rich.example. WILDCARD_COVERED
		fault nsec any.aliasout.rich.example. LAST_NSEC_NEXT_NOT_ZONE
	LIST
}

# Of other types, over TCP, and what is wrong.
expected_more() {
	cat <<-LIST
		answer any.any.wild.rich.example. TXT SECURE
		nodata ent2.ent3.rich.example. TXT SECURE
		answer huge.rich.example. TXT SECURE
		answer www.badsig.example. A BOGUS
		nodata www.nodenial.example. TXT BOGUS
		zone badds.example. BOGUS
		answer www.badds.example. A BOGUS
		zone lame.example. LAME
		fault any www.badsig.example. SIGNATURE_INVALID
		fault any www.nodenial.example. MISSING_NSEC_FOR_NODATA
		fault any badds.example. NO_SEP
		fault any badds.example. MISSING_SEP_FOR_ALG
		fault any lame.example. INVALID_RCODE
		fault any lame.example. SERVER_INVALID_RESPONSE_UDP
		fault any lame.example. ERROR_RESOLVING_NS_NAME
	LIST
}

# look MODE LIST OPTION...: has the names of a list looked at. Where cookies are required, they must be insisted on.
look() {
	local strict=()
	[ "$1" != salted ] || strict=(-C)
	awk '$1 ~ /^(answer|nodata|nxdomain|zone)$/ && !seen[$2]++ { print $2 }' "$2" >"$work/names"
	viz probe -d 0 -A -a . -x ".:ns=$root" -f "$work/names" -o "$work/probed" "${@:3}" &&
		viz grok -P "${strict[@]}" -r "$work/probed" -t "$work/root.key" -o "$work/grokked" &&
		viz judge "$1" "$2" "$work/probed" "$work/grokked"
}

expected >"$work/expected"
expected_more >"$work/more"
for mode in nsec nsec3 salted optout; do
	make_zones $mode
	cookies=yes
	[ $mode != salted ] || cookies=require
	start cookies=$cookies
	try "$mode: DNSViz has the delegations and names proven" look $mode "$work/expected" -E
	try "$mode: DNSViz finds what is wrong, and only that" look $mode "$work/more" -R A,TXT
	kill_all
	within 5 sh -c '! ip link show tap0 && ! ip link show tap1 && ! ip link show tap2'
done
exit $failed
