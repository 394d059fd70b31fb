/* SPDX-License-Identifier: ISC */
/* Transfers of zones to others, each by its stream, in a thread of its own: see exchange.h. */
#include <stdlib.h>

#include "apps/dns/exchange.h"
#include "apps/dns/stream.h"
#include "lib/dns/xfr_out.h"

#define HEADER      12u
#define RUNNING_MAX 8u

static unsigned running;

bool transfers_full(void)
{
	return running >= RUNNING_MAX;
}

/* The answer to IXFR over UDP is the zone's SOA. */
enum exchange_outcome transfers_datagram(struct exchange *x)
{
	struct dns_xfr_out out;

	if (dns_xfr_out_begin(&out, x->role->zone, NULL, x->message, x->len, true))
		return exchange_answer(x, 0, DNS_FORMERR);
	x->len = dns_xfr_out_next(&out, x->reply, x->size);
	dns_xfr_out_end(&out);
	exchange_tell(DNS_KIND_ANSWER, DNS_NOERROR, x->reply,
		HEADER + dns_name_len(x->reply + HEADER) + 4);
	x->trusted = true; /* only those come here who may have the zone */
	return x->len ? EXCHANGE_REPLY : EXCHANGE_DROPPED;
}

/* A transfer that is under way, with the memory of its exchange. */
struct transfer {
	struct exchange x;
	struct dns_xfr_out out;
};

static void transfer_free(struct transfer *t)
{
	dns_xfr_out_end(&t->out);
	stream_free(t->x.reply - EXCHANGE_PREFIX, EXCHANGE_BUFFER);
	free(t);
	running--;
}

static bool transfer(struct stream *stream, void *arg)
{
	struct transfer *t = arg;
	size_t room = t->x.size - dns_tsig_room(&t->x.tsig);
	bool going;

	(void)stream;
	do {
		t->x.len = dns_xfr_out_next(&t->out, t->x.reply, room);
		going = t->x.len && exchange_send(&t->x);
		if (going)
			thread_yield();
	} while (going);
	/* One that breaks off must be seen to: the connection ends with it. */
	going = t->out.phase == DNS_XFR_DONE && !t->x.len;
	transfer_free(t);
	return going;
}

bool transfers_start(struct exchange *x, enum exchange_outcome *outcome)
{
	struct transfer *t = malloc(sizeof(*t));

	if (!t)
		return false;
	if (dns_xfr_out_begin(
		    &t->out, x->role->zone, &x->role->journal, x->message, x->len, false)) {
		free(t);
		*outcome = exchange_answer(x, 0, DNS_FORMERR);
		return true;
	}
	t->x = *x;
	t->x.message = NULL;
	x->reply = NULL;
	running++;
	if (stream_work(x->stream, transfer, t)) {
		transfer_free(t);
		return false;
	}
	return true;
}
