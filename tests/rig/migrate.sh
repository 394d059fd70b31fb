#!/bin/bash
# SPDX-License-Identifier: ISC
# Migration (xl migrate) of the DNS guest while it is asked, with a TCP connection that was opened before; the
# receiver is this same host. And one to a receiver that takes everything and never answers.
. ./lib.sh
. /root/tests/rig/lib.bash
. /root/tests/rig/life.bash

ended() { xl list dns | grep -q ' ---s-- '; }

create dns.cfg "$extra" || exit 1
id=$(xl domid dns)
within 15 "answers" answers
within 15 "answers over IPv6" answers6

# ---- migration, twice in a row: the receiver is this host ----
begin_connection "before"
load
for round in 1 2; do
	listen
	test_that "migration $round: xl migrate" xl migrate -s "" dns "xl migrate-receive"
	within 20 "migration $round: answers" answers
	within 10 "migration $round: answers over IPv6" answers6
	test_that "migration $round: the TCP connection of before answers" connection_answers
	within 8 "migration $round: the IPv4 address is announced twice" announced 'Request who-has 10.0.0.2 tell 10.0.0.2'
	stop_listening
done
stop_load "migrated"
test_that "migrated: another domain" [ "$(xl domid dns)" -gt "$id" ]
end_connection

# ---- the receiver takes it all and never answers: the domain runs on where it is ----
id=$(xl domid dns)
swallow="printf 'xl migration receiver ready, send binary domain data.\n'; timeout 10 cat >/dev/null"
test_that "a migration that fails is told" eval '! xl migrate -s "" dns "$swallow"'
within 5 "a migration that fails: said on the console" console_has dns--incoming "runs on, as the same domain"
test_that "a migration that fails: the same domain" [ "$(xl domid dns)" = "$id" ]
within 10 "a migration that fails: answers" answers
# xl leaves a domain that was suspended to itself: it says that it ends, and nobody takes it away.
test_that "a migration that fails: xl shutdown" xl shutdown dns
within 10 "a migration that fails: the guest ends when told to" ended
xl destroy dns
wait_for 20 "the domain to be gone" guest_is_gone dns

finish
