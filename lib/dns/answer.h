/* SPDX-License-Identifier: ISC */
/*
 * One query being answered: what the parts of the engine share. respond.c reads the message and
 * frames the reply, answer.c finds what is asked for, proof.c shows that something is not there.
 */
#ifndef LIB_DNS_ANSWER_H
#define LIB_DNS_ANSWER_H

#include "lib/dns/query.h"
#include "lib/dns/reply.h"
#include "lib/dns/server.h"

#define DNS_CHAIN_MAX  16 /* CNAMEs and DNAMEs followed for one query */
#define DNS_PROOFS_MAX 8  /* NSEC or NSEC3 RRsets that are remembered, so that none comes twice */

struct answer {
	const struct dns_server *server;
	const struct dns_zone *zone;
	const struct dns_node *encloser; /* the deepest existing node at or above the name */
	struct dns_query query;
	struct dns_reply reply;
	size_t question_end;
	uint16_t flags; /* of the reply's header: AA, TC */
	enum dns_rcode rcode;
	int error;       /* an extended error (enum dns_extended_error), or -1 */
	bool has_cookie; /* in the reply's OPT goes COOKIE */
	uint8_t cookie[DNS_COOKIE_LEN];
	unsigned chain; /* aliases followed so far */
	/* The name looked for: QUERY.key, which aliases replace, and how it is written. */
	struct dns_owner owner;
	const struct dns_rrset *aliases[DNS_CHAIN_MAX]; /* that are in the answer already */
	/* NSEC or NSEC3 RRsets: those that are in the reply, and those that wait for its answer
	 * section to be complete. */
	struct dns_proof {
		const struct dns_node *node;
		const struct dns_rrset *rrset;
	} proofs[DNS_PROOFS_MAX], waiting[DNS_CHAIN_MAX + 1];
	unsigned proof_count, waiting_count;
};

/* Answers QUERY, a well-formed one of class IN, in REPLY. */
void dns_answer_question(struct answer *a);

/* The same for a query of class CH, which asks who the server is. */
void dns_answer_identity(struct answer *a);

/* The reply is cut off here. Returns false. */
bool dns_answer_truncate(struct answer *a);

/* How NODE, which is the name or above it, is written as an owner. */
struct dns_owner dns_answer_owner(const struct answer *a, const struct dns_node *node);

/* Puts an RRset and, if the client wants them, its RRSIG records; truncates if they do not fit. */
bool dns_answer_put(struct answer *a, enum dns_section section, struct dns_owner owner,
	const struct dns_rrset *rrset);

/* Whole answers, record by record: the RRset that was asked for, with WILD by a wildcard; a
 * delegation; the SOA record of a negative answer. */
void dns_answer_rrset(struct answer *a, const struct dns_rrset *rrset, bool wild);
void dns_answer_referral(struct answer *a, const struct dns_node *cut);
void dns_answer_soa(struct answer *a);

/*
 * Proofs for the authority section, where the client wants them and the zone has them. The name is
 * the one looked for, ENCLOSER the deepest existing one above it.
 */
void dns_prove_no_data(struct answer *a, const struct dns_node *node);
void dns_prove_no_name(struct answer *a);
/* The two parts of the latter in a zone with NSEC: that there is no wildcard below ENCLOSER; and
 * what is left to be shown where that is, and ENCLOSER is the apex. */
void dns_prove_no_wildcard(struct answer *a);
void dns_prove_no_such(struct answer *a);
/* WILD, which stands for the name, has not the type. */
void dns_prove_no_wild_data(struct answer *a, const struct dns_node *wild);
/* A wildcard answers: this proof waits until dns_prove_waiting(), after the answer section. */
void dns_prove_no_closer(struct answer *a);
void dns_prove_all_waiting(struct answer *a);

static inline void dns_prove_waiting(struct answer *a)
{
	if (a->waiting_count)
		dns_prove_all_waiting(a);
}

#endif
