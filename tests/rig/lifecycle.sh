#!/bin/bash
# SPDX-License-Identifier: ISC
# The life of a guest in a host's hands: xl save, restore and checkpoints (save -c) while it is asked, with a TCP
# connection that was opened before; pause; another time of day; reboot and halt.
# Vifs that come and go are in hotplug.sh.
# rig: --file build/images/echo.elf
. ./lib.sh
. /root/tests/rig/lib.bash
. /root/tests/rig/life.bash

# The announcements after the domain has become another, called NAME in what is said.
check_resumed() { # NAME CONSOLE BEFORE
	within 20 "$1: answers" answers
	within 10 "$1: answers over IPv6" answers6
	within 5 "$1: answers over a new TCP connection" answers_tcp
	within 5 "$1: said on the console" more_than "$3" "$2" "resumed, as another domain"
	within 5 "$1: the IPv4 address is announced twice" announced 'Request who-has 10.0.0.2 tell 10.0.0.2'
	within 5 "$1: the IPv6 address is announced twice" announced 'fd00::2 > ff02::1: .*tgt is fd00::2'
	stop_listening
}

# The time of day that the guest named at its last resume, no longer than a minute ago.
clock_is_right() {
	guest_console dns | sed -n 's/.*resumed, as another domain, at \([0-9:]*\) UTC.*/\1/p' | tail -n 1 >/root/clock
	local said now
	said=$(date -u -d "1970-01-01 $(cat /root/clock)" +%s) || return 1
	now=$(($(date -u +%s) % 86400))
	echo "the guest says $(cat /root/clock), it is $(date -u +%T)"
	[ $((now - said)) -ge -2 ] && [ $((now - said)) -le 60 ]
}

acknowledged() { [ -z "$(xenstore-read "/local/domain/$id/control/sysrq")" ]; }
is_another() { [ "$(xl domid dns 2>/dev/null || echo 0)" -gt "$id" ]; }

create dns.cfg "$extra" || exit 1
id=$(xl domid dns)
within 15 "answers" answers
within 15 "answers over IPv6" answers6
test_that "tells that it can be suspended" [ "$(xenstore-read "/local/domain/$id/control/feature-suspend")" = 1 ]
begin_connection "before"

# ---- save and restore ----
load
xenstore-write "/local/domain/$id/control/sysrq" h
RIG_PATIENCE=1 within 1 "what the host asks is acknowledged while questions come" acknowledged
test_that "xl save" xl save dns /root/dns.save
test_that "saved: the domain is gone" guest_is_gone dns
listen
test_that "xl restore" xl restore /root/dns.save
check_resumed "restored" dns 0
test_that "restored: the TCP connection of before answers" connection_answers
test_that "restored: it knows the time of day" clock_is_right
stop_load "restored"
id=$(xl domid dns)
test_that "restored: tells that it can be suspended" [ "$(xenstore-read "/local/domain/$id/control/feature-suspend")" = 1 ]

# ---- a checkpoint, and the same once more from it ----
links=$(count dns "link is")
test_that "xl save -c" xl save -c dns /root/dns.checkpoint
within 5 "checkpoint: runs on" more_than 0 dns "runs on, as the same domain"
test_that "checkpoint: it is the same domain" [ "$(xl domid dns)" = "$id" ]
test_that "checkpoint: answers at once" answers
test_that "checkpoint: the TCP connection answers" connection_answers
test_that "checkpoint: the link stayed up" [ "$(count dns "link is")" = "$links" ]
xl destroy dns
wait_for 20 "the domain to be gone" guest_is_gone dns
# The host's clock is set while the guest is away.
date -u -s "@$(($(date -u +%s) + 3600))" >/dev/null
before=$(count dns "resumed, as another domain")
listen
test_that "checkpoint: xl restore from it" xl restore /root/dns.checkpoint
check_resumed "restored from the checkpoint" dns "$before"
test_that "restored from the checkpoint: it knows the new time of day" clock_is_right
end_connection
xl destroy dns
wait_for 20 "the domain to be gone" guest_is_gone dns

# ---- time stands still ----
# xl makes the domain anew in a process of its own, from the root folder.
create dns.cfg "kernel=\"$PWD/dns.elf\"" "ramdisk=\"$PWD/dns.cpio\""
id=$(xl domid dns)
within 15 "created anew: answers" answers
begin_connection "before the pause"
test_that "xl pause" xl pause dns
test_that "paused: no answer" eval '! answers'
sleep 4 # the time that the guest misses
test_that "xl unpause" xl unpause dns
test_that "unpaused: answers" answers
test_that "unpaused: the TCP connection answers" connection_answers
end_connection

# ---- a service that has to flush first ----
guest=echo
sed 's/hello/echo/g; s/^extra.*/extra = "ip=10.0.0.4\/24"/; s|"echo.elf"|"/root/echo.elf"|' hello.cfg >/root/echo.cfg
counted() { # FLUSHED RESUMED
	echo -n counters | socat -t 1 - UDP:10.0.0.4:7 | grep -q " flushed=$1 resumed=$2 "
}
create /root/echo.cfg
within 15 "flushing: answers" counted 0 0
test_that "flushing: xl save" xl save echo /root/echo.save
test_that "flushing: xl restore" xl restore /root/echo.save
within 20 "flushing: it flushed first, and was told of the resume" counted 1 1
test_that "flushing: xl save -c" xl save -c echo /root/echo.save
within 10 "flushing: a checkpoint is flushed too, and is no resume" counted 2 1
xl destroy echo
guest=dns

# ---- the end ----
xl reboot dns
within 40 "xl reboot: another domain" is_another
within 20 "rebooted: answers" answers
id=$(xl domid dns)
xenstore-write "/local/domain/$id/control/shutdown" halt
within 40 "halt: the domain is gone" guest_is_gone dns
finish
