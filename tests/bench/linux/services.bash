# SPDX-License-Identifier: ISC
#
# The services of the Linux guests, each a function that lays out what its initramfs holds beyond init,
# tuned as its documentation says for one processor. Sourced by tests/bench/linux/build, which brings
# program, script_file and zone_list. The first line of /service is the program, each further one an argument.

# NSD (nsd.conf(5)): one server process, no rate limit nor the table for it (40 MB, which it clears as it
# starts), no control channel, minimal responses.
service_nsd() { # ROOT ZONES
	local name file
	program "$1" usr/sbin/nsd
	mkdir -p "$1/zones" "$1/etc" "$1/tmp"
	{
		cat <<-'CONF'
			server:
			  server-count: 1
			  ip-address: 0.0.0.0
			  username: ""
			  pidfile: ""
			  database: ""
			  zonesdir: "/zones"
			  zonelistfile: "/tmp/zone.list"
			  xfrdfile: "/tmp/xfrd.state"
			  xfrdir: "/tmp"
			  rrl-ratelimit: 0
			  rrl-size: 10
			  minimal-responses: yes
			  ipv4-edns-size: 1232
			  verbosity: 0
			remote-control:
			  control-enable: no
		CONF
		zone_list "$2" | while read -r name file; do
			zone_file "$file" "$1/zones"
			printf 'zone:\n  name: "%s"\n  zonefile: "%s"\n' "$name" "${file##*/}"
		done
	} >"$1/etc/nsd.conf"
	printf '%s\n' /usr/sbin/nsd -d -c /etc/nsd.conf >"$1/service"
}

# Knot (knot.conf(5)): one worker of each kind, no journal, no rate limit, small databases.
service_knot() { # ROOT ZONES
	local name file
	program "$1" usr/sbin/knotd
	mkdir -p "$1/zones" "$1/etc" "$1/db" "$1/run" "$1/tmp"
	{
		cat <<-'CONF'
			server:
			  rundir: /run
			  user: root:root
			  listen: 0.0.0.0@53
			  udp-workers: 1
			  tcp-workers: 1
			  background-workers: 1
			  udp-max-payload: 1232
			log:
			  - target: stderr
			    any: error
			database:
			  storage: /db
			  journal-db-max-size: 1M
			  kasp-db-max-size: 5M
			  timer-db-max-size: 1M
			  catalog-db-max-size: 5M
			template:
			  - id: default
			    storage: /zones
			    journal-content: none
			    zonefile-sync: -1
			    zonefile-load: whole
			zone:
		CONF
		zone_list "$2" | while read -r name file; do
			zone_file "$file" "$1/zones"
			printf '  - domain: %s\n    file: %s\n' "$name" "${file##*/}"
		done
	} >"$1/etc/knot.conf"
	echo 'root:x:0:0::/:/' >"$1/etc/passwd"
	echo 'root:x:0:' >"$1/etc/group"
	printf '%s\n' /usr/sbin/knotd -c /etc/knot.conf >"$1/service"
}

# The networks and pools of the DHCP servers' guests; what there is in tests/bench/rig/dhcp.sh too.
dhcp_networks='10.0.0.0/15 10.0.1.0 10.1.250.255
10.8.0.0/15 10.8.1.0 10.9.250.255'

# Kea (kea-dhcp4): leases in a file, which is in the guest's memory; one processor needs no threads.
service_kea() { # ROOT
	local network first last
	program "$1" usr/sbin/kea-dhcp4
	mkdir -p "$1/etc" "$1/run/kea" "$1/var/lib/kea" "$1/tmp"
	{
		cat <<-'CONF'
			{ "Dhcp4": {
			  "interfaces-config": { "interfaces": ["eth0"] },
			  "multi-threading": { "enable-multi-threading": false },
			  "lease-database": { "type": "memfile", "persist": true, "name": "/var/lib/kea/leases.csv", "lfc-interval": 0 },
			  "valid-lifetime": 43200,
			  "option-data": [ { "name": "routers", "data": "10.0.0.1" } ],
			  "loggers": [ { "name": "kea-dhcp4", "severity": "ERROR", "output_options": [ { "output": "stderr" } ] } ],
			  "subnet4": [
		CONF
		while read -r network first last; do
			printf '{ "subnet": "%s", "pools": [ { "pool": "%s - %s" } ] },\n' "$network" "$first" "$last"
		done <<<"$dhcp_networks" | sed '$ s/,$//'
		echo '] } }'
	} >"$1/etc/kea.json"
	printf '%s\n' /usr/sbin/kea-dhcp4 -c /etc/kea.json >"$1/service"
}

# dnsmasq: its lease file is in the guest's memory too.
service_dnsmasq() { # ROOT
	local network first last
	program "$1" usr/sbin/dnsmasq
	mkdir -p "$1/etc" "$1/run" "$1/var/lib/misc"
	{
		printf '%s\n' port=0 user=root pid-file= no-ping quiet-dhcp dhcp-authoritative dhcp-lease-max=300000 dhcp-option=3,10.0.0.1
		while read -r network first last; do
			printf 'dhcp-range=%s,%s,255.254.0.0,12h\n' "$first" "$last"
		done <<<"$dhcp_networks"
	} >"$1/etc/dnsmasq.conf"
	echo 'root:x:0:0::/:/' >"$1/etc/passwd"
	printf '%s\n' /usr/sbin/dnsmasq -k -C /etc/dnsmasq.conf >"$1/service"
}

service_echo() { # ROOT
	compiled "$1" echo
	echo /echo >"$1/service"
}

service_floor() { # ROOT
	compiled "$1" floor
	echo /floor >"$1/service"
}

service_bulk() { # ROOT
	compiled "$1" bulk
	echo /bulk >"$1/service"
}

# The driver is a module of Debian's kernel; the tiny one has no disks.
service_disk() { # ROOT
	compiled "$1" disk
	cp "$out/xen-blkfront.ko" "$1/"
	echo /xen-blkfront.ko >>"$1/modules"
	echo /disk >"$1/service"
}

# nginx (ngx_core_module, ngx_http_ssl_module): one worker, files held open, tickets, no log; with Kinglet's certificate and
# the files of its site.
service_nginx() { # ROOT
	program "$1" usr/sbin/nginx
	mkdir -p "$1/etc" "$1/run" "$1/tmp" "$1/var/lib/nginx" "$1/var/log/nginx" "$1/site"
	cp build/https/tls/default.crt build/https/tls/default.key "$1/etc/"
	cp $out/site/* "$1/site/"
	cat >"$1/etc/nginx.conf" <<-'CONF'
		user root;
		worker_processes 1;
		daemon off;
		master_process off;
		pid /run/nginx.pid;
		error_log stderr error;
		events { worker_connections 1024; multi_accept on; }
		http {
		  access_log off;
		  keepalive_requests 100000000;
		  open_file_cache max=100;
		  tcp_nopush on;
		  client_body_temp_path /tmp; proxy_temp_path /tmp; fastcgi_temp_path /tmp; uwsgi_temp_path /tmp; scgi_temp_path /tmp;
		  server {
		    listen 443 ssl;
		    ssl_protocols TLSv1.2 TLSv1.3;
		    ssl_certificate /etc/default.crt;
		    ssl_certificate_key /etc/default.key;
		    ssl_session_cache shared:all:1m;
		    root /site;
		  }
		}
	CONF
	echo 'root:x:0:0::/:/' >"$1/etc/passwd"
	echo 'root:x:0:' >"$1/etc/group"
	printf '%s\n' /usr/sbin/nginx -c /etc/nginx.conf >"$1/service"
}
