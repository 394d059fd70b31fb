/* SPDX-License-Identifier: ISC */
/*
 * lwIP's clocks, each of which runs only while it has something to count: TCP's while there are
 * connections, MLD's while a report is due, DHCP's while an address is leased or asked for. The
 * clock of seconds (neighbour caches, fragments, address lifetimes) stops when no packet has gone
 * either way for a while, and is put forward by the missed seconds before the next one is looked
 * at: a guest that nobody talks to does not wake up.
 */
#include "lib/net/internal.h"

#include "lib/base/bytes.h"
#include "lib/base/platform.h"
#include "lib/net/net_fast.h"
#include "lib/sched/sched.h"
#include <lwip/dhcp.h>
#include <lwip/etharp.h>
#include <lwip/ip4_frag.h>
#include <lwip/ip6_frag.h>
#include <lwip/mld6.h>
#include <lwip/nd6.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/sys.h>

#define MS           1000000ull /* nanoseconds */
#define SECOND       (1000 * MS)
#define QUIET        60    /* seconds without a packet after which the clock stops */
#define CATCH_UP_MAX 86400 /* seconds: all lifetimes of consequence are over by then */

static struct timer tcp_clock, second_clock, mld_clock, dhcp_fine_clock, dhcp_coarse_clock;
static uint64_t next_second; /* when the clock of seconds ticks next, running or stopped */
static unsigned quiet;       /* seconds since a packet was seen */

u32_t sys_now(void)
{
	return (u32_t)(platform_time_ns() / MS);
}

/* ---- the clock of seconds ---- */

static void tick_second(void)
{
	etharp_tmr();
	ip_reass_tmr();
	nd6_tmr();
	ip6_reass_tmr();
	net_fast_forget();
}

static void second_passed(struct timer *timer)
{
	tick_second();
	next_second += SECOND;
	if (++quiet < QUIET)
		timer_set(timer, next_second);
}

void net_time_wake(void)
{
	uint64_t now, missed;

	quiet = 0;
	if (second_clock.armed)
		return;
	now = platform_time_ns();
	missed = now > next_second ? (now - next_second) / SECOND : 0;
	next_second += (missed + 1) * SECOND;
	timer_set(&second_clock, next_second); /* before the ticks: they may send, and come here */
	for (missed = MIN(missed, (uint64_t)CATCH_UP_MAX); missed; missed--)
		tick_second();
}

/* ---- clocks that are started on demand ---- */

static void tcp_passed(struct timer *timer)
{
	tcp_tmr();
	if (tcp_active_pcbs || tcp_tw_pcbs)
		timer_set(timer, timer->deadline + TCP_TMR_INTERVAL * MS);
}

static bool mld_needed(void)
{
	struct netif *netif;

	NETIF_FOREACH(netif)
	{
		for (struct mld_group *group = netif_mld6_data(netif); group; group = group->next) {
			if (group->timer)
				return true;
		}
	}
	return false;
}

static void mld_passed(struct timer *timer)
{
	(void)timer;
	mld6_tmr();
}

static bool dhcp_used(bool asking)
{
	struct netif *netif;

	NETIF_FOREACH(netif)
	{
		struct dhcp *dhcp = netif_dhcp_data(netif);

		if (dhcp && (!asking || dhcp->request_timeout))
			return true;
	}
	return false;
}

static void dhcp_fine_passed(struct timer *timer)
{
	(void)timer;
	dhcp_fine_tmr();
}

static void dhcp_coarse_passed(struct timer *timer)
{
	(void)timer;
	dhcp_coarse_tmr();
}

static void start(struct timer *timer, bool needed, uint64_t interval)
{
	if (needed && !timer->armed)
		timer_set(timer, platform_time_ns() + interval);
}

void net_time_turn(void)
{
	start(&tcp_clock, tcp_active_pcbs || tcp_tw_pcbs, TCP_TMR_INTERVAL * MS);
	start(&mld_clock, !mld_clock.armed && mld_needed(), MLD6_TMR_INTERVAL * MS);
	start(&dhcp_fine_clock, !dhcp_fine_clock.armed && dhcp_used(true),
		DHCP_FINE_TIMER_MSECS * MS);
	start(&dhcp_coarse_clock, !dhcp_coarse_clock.armed && dhcp_used(false),
		DHCP_COARSE_TIMER_SECS * SECOND);
}

void net_time_init(void)
{
	timer_init(&tcp_clock, tcp_passed);
	timer_init(&second_clock, second_passed);
	timer_init(&mld_clock, mld_passed);
	timer_init(&dhcp_fine_clock, dhcp_fine_passed);
	timer_init(&dhcp_coarse_clock, dhcp_coarse_passed);
	next_second = platform_time_ns();
}
