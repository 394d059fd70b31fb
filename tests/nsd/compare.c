/* SPDX-License-Identifier: ISC */
/*
 * Asks NSD and Kinglet's engine the same questions and compares the replies: rcode, flags, EDNS,
 * and the records of each section as sets. Called by tests/nsd/compare.sh, on the build host
 * against the engine in this process, and in a Xen host's dom0 against a guest (--server).
 *
 * compare --nsd ADDRESS [--knot ADDRESS] [--server ADDRESS] [--count N] [--seed N] [--jobs N]
 * --zone NAME FILE...
 *
 * compare --write NAME FILE     writes the zone with types by number and rdata in hex
 *
 * Questions are made from the zones' own names, from names above, beside and below them, in
 * mixed case, for many types, with and without EDNS, over UDP and TCP. With at most COUNT questions
 * allowed they are drawn at random (from SEED, so that a run can be repeated); else all are asked.
 * Each of JOBS processes asks its share, so that the servers have something to do meanwhile.
 * Differences that are meant stand in one table below, each with its reason. Exit status 1 on any
 * other.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/bytes.h"
#include "lib/dns/master.h"
#include "lib/dns/server.h"
#include "lib/dns/types.h"
#include "tests/nsd/ask.h"
#include "tests/nsd/message.h"
#include "tests/nsd/write.h"

#define SHOWN_MAX 20 /* differences shown in full */

struct question {
	uint8_t name[DNS_NAME_MAX];
	size_t name_len;
	uint16_t type;
	bool edns, tcp, dnssec;
};

struct reply {
	uint8_t data[65535];
	size_t len;
	struct message message;
};

static struct dns_server engine;
enum {
	NSD,
	KNOT
};

/* The servers that ours is compared with: NSD, and perhaps Knot. */
static struct {
	const char *name;
	const char *address;
	struct peer peer;
	unsigned alone; /* differences where the other one answers as we do */
} peers[] = {[NSD] = {.name = "NSD"}, [KNOT] = {.name = "Knot"}};
static unsigned at_hand; /* whose reply is in THEIRS */
static struct peer remote;
static bool use_remote;
static struct reply ours, theirs, full;
static uint64_t random_state = 1;
static unsigned asked, differing, meant_count[16];
static unsigned verbose; /* how many of the differences are shown where one server stands alone */

static uint32_t draw(uint32_t below)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((random_state >> 33) % below);
}

static void die(const char *why, const char *what)
{
	fprintf(stderr, "compare: %s: %s\n", what, why);
	exit(2);
}

/* ---- differences that are meant ---- */

enum {
	FLAGS_TC = 0x0200,
	FLAGS_AA = 0x0400
};

static bool same_section(unsigned i)
{
	const struct section *a = &ours.message.sections[i], *b = &theirs.message.sections[i];

	return a->count == b->count && section_within(a, b);
}

static bool cut(const struct reply *reply)
{
	return reply->message.flags & FLAGS_TC;
}

/*
 * RFC 9471: a referral whose in-domain glue does not fit is truncated, so that the client asks
 * again over TCP; NSD leaves glue out without a word.
 */
static bool glue_needs_tcp(const struct question *q)
{
	const struct message *m = &ours.message;

	return !q->tcp && cut(&ours) && !cut(&theirs) && !(m->flags & FLAGS_AA) &&
	       m->sections[ANSWER].count == 0 && full.len > (q->edns ? 1232u : 512u) &&
	       section_within(&m->sections[ADDITIONAL], &full.message.sections[ADDITIONAL]);
}

/* Glue and other additional addresses are optional where the room ends; which of them fit differs.
 */
static bool optional_rest(const struct question *q)
{
	const struct message *m = &ours.message, *n = &theirs.message;

	return !q->tcp && m->rcode == n->rcode && m->flags == n->flags &&
	       full.len > (q->edns ? 1232u : 512u) &&
	       section_within(&m->sections[ANSWER], &n->sections[ANSWER]) &&
	       section_within(&n->sections[ANSWER], &m->sections[ANSWER]) &&
	       section_within(&m->sections[AUTHORITY], &n->sections[AUTHORITY]) &&
	       section_within(&n->sections[AUTHORITY], &m->sections[AUTHORITY]) &&
	       section_within(&m->sections[ADDITIONAL], &full.message.sections[ADDITIONAL]);
}

/* Chains of aliases are followed for 16 steps; the client goes on from there. */
static bool long_chain(const struct question *q)
{
	const struct section *a = &ours.message.sections[ANSWER];
	size_t i, aliases = 0;

	(void)q;
	for (i = 0; i < a->count; i++)
		aliases += strstr(a->record[i], " CNAME ") != NULL;
	return ours.message.rcode == 0 && aliases >= 16 && ours.message.flags & FLAGS_AA &&
	       section_within(a, &full.message.sections[ANSWER]);
}

/* The records of A that are not in B. */
static size_t section_extra(
	const struct section *a, const struct section *b, const char *extra[RECORDS_MAX])
{
	size_t i, count = 0;

	for (i = 0; i < a->count; i++) {
		struct section one = {{a->record[i]}, 1};

		if (!section_within(&one, b))
			extra[count++] = a->record[i];
	}
	return count;
}

/* Whether RECORD (an address) belongs to a name that the rdata of SECTION's records has in it. */
static bool leads_to(const struct section *section, const char *record)
{
	char name[DNS_NAME_TEXT + 2];
	size_t i;

	snprintf(name, sizeof(name), " %.*s ", (int)strcspn(record, " "), record);
	for (i = 0; i < section->count; i++) {
		if (strstr(section->record[i], name))
			return true;
	}
	return false;
}

/*
 * NSD adds the zone's NS records and their addresses to every positive answer, unless told to be
 * minimal; but then it leaves out the addresses for MX and SRV too. Here the former are never
 * there, and the latter are, also for NAPTR and for what is asked for with ANY.
 */
static bool other_additions(const struct question *q)
{
	const struct message *m = &ours.message, *n = &theirs.message;
	const struct section *more = &m->sections[ADDITIONAL], *less = &n->sections[ADDITIONAL];
	static const char *extra[RECORDS_MAX];
	size_t count, i;

	(void)q;
	if (m->rcode != n->rcode || m->flags != n->flags || !m->sections[ANSWER].count ||
		!same_section(ANSWER) ||
		!section_within(&m->sections[AUTHORITY], &n->sections[AUTHORITY]))
		return false;
	count = section_extra(less, more, extra);
	for (i = 0; i < count; i++) {
		if (!leads_to(&n->sections[AUTHORITY], extra[i]))
			return false;
	}
	count = section_extra(more, less, extra);
	for (i = 0; i < count; i++) {
		if (!leads_to(&m->sections[ANSWER], extra[i]))
			return false;
	}
	return true;
}

static bool is_alias(const char *record)
{
	return strstr(record, " CNAME ") || strstr(record, " DNAME ") || strstr(record, " RRSIG ");
}

/*
 * Knot follows an alias only within its zone, and leaves the rest to the client, at most with a
 * referral to the zone below.
 */
static bool next_zone(const struct question *q)
{
	const struct section *a = &ours.message.sections[ANSWER],
			     *b = &theirs.message.sections[ANSWER];
	size_t i;

	(void)q;
	for (i = 0; i < b->count; i++) {
		if (!is_alias(b->record[i]))
			return false;
	}
	return at_hand == KNOT && theirs.message.rcode == 0 && b->count && section_within(b, a) &&
	       (!theirs.message.sections[AUTHORITY].count ||
		       strstr(theirs.message.sections[AUTHORITY].record[0],
			       ".child.rich.example.") ||
		       !strncmp(theirs.message.sections[AUTHORITY].record[0], "child.rich.example.",
			       19));
}

/* Knot does not follow a CNAME for NSEC and RRSIG, which may stand beside one. */
static bool beside_alias(const struct question *q)
{
	return at_hand == KNOT && (q->type == DNS_NSEC || q->type == DNS_RRSIG) &&
	       ours.message.sections[ANSWER].count &&
	       is_alias(ours.message.sections[ANSWER].record[0]) &&
	       !theirs.message.sections[ANSWER].count;
}

/* A DNAME that leads below itself: ours ends where it is met again, Knot goes on for some time. */
static bool same_dname(const struct question *q)
{
	return at_hand == KNOT && ours.message.rcode == theirs.message.rcode && q->name_len > 7 &&
	       section_within(&ours.message.sections[ANSWER], &theirs.message.sections[ANSWER]) &&
	       ours.message.sections[ANSWER].count >= 2 &&
	       strstr(ours.message.sections[ANSWER].record[0], " DNAME ");
}

/* RFC 4592 sections 4.2 and 4.4 leave open what NS and DNAME mean for a wildcard. */
static bool wildcard_cut(const struct question *q)
{
	char name[DNS_NAME_TEXT];

	dns_name_text(name, sizeof(name), q->name);
	return at_hand == KNOT && (strcasestr(name, ".wildns.") || strcasestr(name, ".wilddn."));
}

/* RFC 8482 lets a server choose what RRSIG questions, too, are answered with: Knot sends one. */
static bool one_signature(const struct question *q)
{
	return at_hand == KNOT && q->type == DNS_RRSIG &&
	       theirs.message.sections[ANSWER].count == 1 &&
	       section_within(&theirs.message.sections[ANSWER], &ours.message.sections[ANSWER]);
}

/*
 * Knot adds addresses for NS, MX and SRV only; and of hosts below a delegation also where they are
 * not glue.
 */
static bool knots_additions(const struct question *q)
{
	static const char *extra[RECORDS_MAX];
	const struct section *answer = &ours.message.sections[ANSWER];
	size_t count;

	(void)q;
	if (at_hand != KNOT || ours.message.rcode != theirs.message.rcode ||
		ours.message.flags != theirs.message.flags || !same_section(ANSWER) ||
		!same_section(AUTHORITY) || !answer->count)
		return false;
	count = section_extra(
		&theirs.message.sections[ADDITIONAL], &ours.message.sections[ADDITIONAL], extra);
	while (count > 0 && strstr(extra[count - 1], ".sub.rich.example. ") &&
		leads_to(answer, extra[count - 1]))
		count--;
	return count == 0;
}

/* RFC 8482 section 4.1: which RRset ANY gets is the server's choice. */
static bool other_choice(const struct question *q)
{
	return at_hand == KNOT && q->type == DNS_ANY && ours.message.rcode == 0 &&
	       theirs.message.rcode == 0 && ours.message.sections[ANSWER].count &&
	       theirs.message.sections[ANSWER].count;
}

/*
 * The owners of NSEC3 records are not names of the zone (RFC 5155 section 7.2.8); NSD takes them
 * for some that have names below them.
 */
static bool below_a_hash(const struct question *q)
{
	const uint8_t *label;

	for (label = q->name; *label && at_hand == NSD; label += *label + 1) {
		if (*label == 32 &&
			strspn((const char *)label + 1,
				"0123456789abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUV") >= 32)
			return true;
	}
	return false;
}

/*
 * Where an alias leads to another zone, NSD proves that there is no such name with the NSEC or
 * NSEC3 records of another name. Ours are held by a validator: tests/host/dnssec.sh.
 */
static bool other_proof(const struct question *q)
{
	static const char *extra[RECORDS_MAX];
	const struct section *a = &ours.message.sections[AUTHORITY],
			     *b = &theirs.message.sections[AUTHORITY];
	size_t count, i;

	if (at_hand != NSD || !q->dnssec || ours.message.rcode != theirs.message.rcode ||
		!same_section(ANSWER) || !ours.message.sections[ANSWER].count ||
		!is_alias(ours.message.sections[ANSWER].record[0]))
		return false;
	count = section_extra(a, b, extra);
	count += section_extra(b, a, extra + count);
	for (i = 0; i < count; i++) {
		if (!strstr(extra[i], " NSEC") && !strstr(extra[i], " RRSIG 002f") &&
			!strstr(extra[i], " RRSIG 0032"))
			return false;
	}
	return true;
}

static const struct {
	bool (*applies)(const struct question *question);
	const char *reason;
} meant[] = {
	{glue_needs_tcp, "in-domain glue does not fit: truncated (RFC 9471)"},
	{optional_rest, "not all optional additional records fit: another choice of them"},
	{long_chain, "a chain of more than 16 aliases: the client goes on"},
	{other_additions,
		"no NS records of the zone with positive answers; addresses for NAPTR, ANY"},
	{next_zone, "Knot follows aliases within one zone"},
	{beside_alias, "Knot does not follow aliases for NSEC and RRSIG"},
	{same_dname, "a DNAME that leads to itself: it is followed once"},
	{wildcard_cut, "NS or DNAME of a wildcard, which Knot applies"},
	{one_signature, "Knot answers RRSIG with one record"},
	{knots_additions, "Knot adds addresses for other types, and from below delegations"},
	{other_choice, "ANY: another choice of one RRset"},
	{below_a_hash, "names below an NSEC3 record's owner, which NSD takes for an existing name"},
	{other_proof, "an alias into another zone: NSD proves another name's absence"},
};

/* ---- asking and comparing ---- */

static size_t make_query(const struct question *q, uint8_t query[600])
{
	static const uint8_t opt[] = {0, 0, DNS_OPT, 1232 >> 8, 1232 & 255, 0, 0, 0, 0, 0, 0};
	size_t len = 12;

	memset(query, 0, 12);
	query[0] = (uint8_t)draw(256);
	query[1] = (uint8_t)draw(256);
	query[2] = (uint8_t)draw(2); /* RD */
	query[5] = 1;
	query[11] = q->edns;
	memcpy(query + len, q->name, q->name_len);
	len += q->name_len;
	query[len++] = (uint8_t)(q->type >> 8);
	query[len++] = (uint8_t)q->type;
	query[len++] = 0;
	query[len++] = 1;
	if (q->edns) {
		memcpy(query + len, opt, sizeof(opt));
		query[len + 7] = q->dnssec ? 0x80 : 0;
		len += sizeof(opt);
	}
	return len;
}

static void ask_peer(struct reply *reply, const uint8_t *query, size_t len, bool tcp)
{
	message_free(&reply->message);
	reply->len = peer_ask(&peers[at_hand].peer, query, len, tcp, reply->data);
	message_parse(&reply->message, reply->data, reply->len);
}

static void ask_us(const struct question *q, const uint8_t *query, size_t len)
{
	size_t room = q->tcp ? DNS_REPLY_MAX : 1232;

	message_free(&ours.message);
	ours.len = 0;
	if (use_remote)
		ours.len = peer_ask(&remote, query, len, q->tcp, ours.data);
	else if (dns_server_answer(&engine, query, len, q->tcp ? DNS_TCP : DNS_UDP, ours.data, room,
			 &ours.len) != DNS_ANSWER)
		ours.len = 0;
	message_parse(&ours.message, ours.data, ours.len);
}

/* What differs, or NULL. */
static const char *compare(const struct question *q, const uint8_t *query)
{
	const struct message *m = &ours.message, *n = &theirs.message;

	if (ours.len == 0 || theirs.len == 0)
		return ours.len ? "the other server does not answer" : "no answer";
	if (m->fault)
		return m->fault;
	if (n->fault)
		return "the other server's reply is malformed";
	if (m->questions != 1 || m->question_len != q->name_len + 4 ||
		memcmp(ours.data + 12, query + 12, q->name_len + 4) != 0)
		return "the question is not repeated as it was asked";
	if (m->id != (query[0] << 8 | query[1]))
		return "the id is not the query's";
	if (!q->tcp && ours.len > (q->edns ? 1232u : 512u))
		return "the reply is longer than the client takes";
	if (m->rcode != n->rcode)
		return "rcode";
	if (m->flags != n->flags)
		return "flags";
	if (m->edns != n->edns || (m->edns && m->edns_flags != n->edns_flags))
		return "EDNS";
	if (cut(&ours)) /* the client asks again over TCP; what else is in the reply does not matter
			 */
		return NULL;
	if (!same_section(ANSWER))
		return "answer section";
	if (!same_section(AUTHORITY))
		return "authority section";
	return same_section(ADDITIONAL) ? NULL : "additional section";
}

static void show(const char *who, const struct reply *reply)
{
	static const char *const names[] = {"answer", "authority", "additional"};
	const struct message *m = &reply->message;
	unsigned i;
	size_t n;

	printf("  %s: %zu bytes, rcode %u, flags %04x%s%s\n", who, reply->len, m->rcode, m->flags,
		m->flags & FLAGS_AA ? " AA" : "", m->flags & FLAGS_TC ? " TC" : "");
	for (i = 0; i < SECTIONS; i++) {
		for (n = 0; n < m->sections[i].count; n++)
			printf("    %s: %.150s\n", names[i], m->sections[i].record[n]);
	}
}

static void show_question(const struct question *q, const char *what)
{
	char name[DNS_NAME_TEXT], type[12];

	printf("%s: %s %s%s%s%s\n", what, dns_name_text(name, sizeof(name), q->name),
		dns_type_text(type, q->type), q->edns ? "" : " +noedns",
		q->dnssec ? " +dnssec" : "", q->tcp ? " +tcp" : "");
}

/* Whether the difference to the server at hand is one of the table's. */
static bool is_meant(const struct question *q, const uint8_t *query, size_t len)
{
	size_t i;

	if (!ours.len || !theirs.len || ours.message.fault)
		return false;
	ask_peer(&full, query, len, true);
	for (i = 0; i < ARRAY_SIZE(meant); i++) {
		if (meant[i].applies(q)) {
			meant_count[i]++;
			return true;
		}
	}
	return false;
}

/* What differs from the replies of peer I, or NULL. They are then at hand. */
static const char *differs(unsigned i, const struct question *q, const uint8_t *query, size_t len)
{
	at_hand = i;
	ask_peer(&theirs, query, len, q->tcp);
	if (theirs.message.rcode == 2)
		die("has not loaded a zone: it answers SERVFAIL", peers[i].name);
	return compare(q, query);
}

/*
 * Compares with peer I. Where it differs in a way that is not meant, the other one may still answer
 * as we do.
 */
static void ask_one(unsigned i, const struct question *q, const uint8_t *query, size_t len)
{
	const char *what = differs(i, q, query, len);
	unsigned other = !i;
	bool alone;

	if (!what || is_meant(q, query, len))
		return;
	alone = peers[other].address && (!differs(other, q, query, len) || is_meant(q, query, len));
	differs(i, q, query, len);
	if (alone ? peers[i].alone++ < verbose : differing++ < SHOWN_MAX) {
		show_question(q, what);
		show("kinglet", &ours);
		show(peers[i].name, &theirs);
	}
}

static void ask(const struct question *q)
{
	uint8_t query[600];
	size_t len = make_query(q, query);
	unsigned i;

	asked++;
	ask_us(q, query, len);
	for (i = 0; i < ARRAY_SIZE(peers); i++) {
		if (peers[i].address)
			ask_one(i, q, query, len);
	}
}

/* ---- questions ---- */

static const uint16_t type_list[] = {
	1, 2, 28, 6, 43, 5, 15, 16, 33, 12, 39, 47, 48, 46, 35, 255, 99, 13, 257, 65280};

enum form {
	SAME,
	BELOW,
	FAR_BELOW,
	BESIDE,
	MIXED_CASE,
	WILD,
	FORMS
};

static bool prepend(struct question *q, const char *label)
{
	size_t len = strlen(label);

	if (q->name_len + len + 1 > DNS_NAME_MAX)
		return false;
	memmove(q->name + len + 1, q->name, q->name_len);
	q->name[0] = (uint8_t)len;
	memcpy(q->name + 1, label, len);
	q->name_len += len + 1;
	return true;
}

/* A name of the given form near NODE's; false if there is none. */
static bool make_name(struct question *q, const struct dns_node *node, enum form form)
{
	static const char *const labels[] = {"www", "a", "zz-nothing", "0", "*", "ns1", "xn--p1ai"};
	size_t i;

	q->name_len = dns_node_name(node, q->name);
	switch (form) {
	case SAME:
		return true;
	case BELOW:
		return prepend(q, labels[draw(ARRAY_SIZE(labels))]);
	case FAR_BELOW:
		return prepend(q, labels[draw(ARRAY_SIZE(labels))]) && prepend(q, "far");
	case BESIDE: /* the last byte of its first label is another */
		if (q->name_len == 1)
			return false;
		q->name[q->name[0]] = (uint8_t)('a' + draw(26));
		return true;
	case MIXED_CASE:
		for (i = 0; i < q->name_len; i++) {
			if (isalpha(q->name[i]) && draw(2))
				q->name[i] ^= 0x20;
		}
		return true;
	default:
		return prepend(q, "*");
	}
}

static void ask_all(const struct dns_zone *zone)
{
	const struct dns_node *node;
	struct question q;
	size_t t;
	int form, how;

	for (node = zone->first; node; node = node->next) {
		for (form = SAME; form < FORMS; form++) {
			if (!make_name(&q, node, (enum form)form))
				continue;
			for (t = 0; t < ARRAY_SIZE(type_list); t++) {
				q.type = type_list[t];
				for (how = 0; how < 5; how++) {
					q.edns = how != 1;
					q.tcp = how == 2 || how == 4;
					q.dnssec = how >= 3;
					if (how < 2 || how == 3 || t % 4 == 0 || q.type == 255)
						ask(&q);
				}
			}
		}
	}
}

/* Half of the questions are for names as they are; most are such as resolvers ask. */
static void ask_some(const struct dns_zone *zone, const struct dns_node **nodes, uint32_t count)
{
	struct question q;
	enum form form = draw(2) ? SAME : (enum form)draw(FORMS);

	(void)zone;
	if (!make_name(&q, nodes[draw(count)], form))
		return;
	q.type = type_list[draw(2) ? draw(5) : draw(ARRAY_SIZE(type_list))];
	q.edns = draw(2);
	q.dnssec = q.edns && draw(2);
	q.tcp = draw(16) == 0;
	ask(&q);
}

static void ask_about(const struct dns_zone *zone, unsigned count)
{
	const struct dns_node **nodes, *node;
	uint32_t i = 0;
	unsigned last = asked + count;

	if (!count) {
		ask_all(zone);
		return;
	}
	nodes = calloc(zone->nodes, sizeof(*nodes));
	if (!nodes)
		die("no memory", "questions");
	for (node = zone->first; node; node = node->next)
		nodes[i++] = node;
	/* Every name once as itself, as far as COUNT goes, then at random. */
	while (asked < last)
		ask_some(zone, nodes, i);
	free(nodes);
}

/* ---- the program ---- */

static const char *slurp(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	char *text = NULL;
	size_t room = 0, got;

	if (!file)
		die("cannot be read", path);
	*len = 0;
	do {
		room += 1 << 20;
		text = realloc(text, room);
		if (!text)
			die("no memory", path);
		got = fread(text + *len, 1, room - *len, file);
		*len += got;
	} while (*len == room);
	fclose(file);
	return text;
}

static struct dns_zone *load(const char *name, const char *path)
{
	struct dns_load request = {.apex = name, .file = path};
	struct dns_zone *zone, *old;
	char message[DNS_MESSAGE];

	request.text = slurp(path, &request.len);
	zone = dns_zone_load(&request, message);
	if (!zone)
		die(message, name);
	if (dns_server_put_zone(&engine, zone, &old))
		die("no memory", name);
	free((void *)(uintptr_t)request.text);
	return zone;
}

/* Instead of comparing: the zone's records by their numbers. */
static int write_zone(const char *name, const char *path)
{
	zone_write(stdout, load(name, path));
	return fflush(stdout) ? 2 : 0;
}

/* The server has just been started: it answers within thirty seconds, or never. */
static void await(struct peer *peer, const char *name)
{
	const struct timespec pause = {.tv_nsec = 20000000};
	struct question q = {.name_len = 1, .type = DNS_SOA};
	time_t end = time(NULL) + 30;
	uint8_t query[600];
	size_t len = make_query(&q, query);

	while (time(NULL) < end) {
		if (peer_ask(peer, query, len, false, theirs.data) && (theirs.data[3] & 15) != 2)
			return;
		nanosleep(&pause, NULL); /* a port that nobody listens on refuses at once */
	}
	die("expected an answer within 30 seconds, got none", name);
}

/* Asks COUNT questions on each zone (0: all), and says what came of it. Returns the exit status. */
static int compare_zones(unsigned count)
{
	for (uint32_t i = 0; i <= engine.mask; i++) {
		if (engine.zones[i])
			ask_about(engine.zones[i], count);
	}
	for (size_t i = 0; i < ARRAY_SIZE(meant); i++) {
		if (meant_count[i])
			printf("%u replies differ as they should: %s\n", meant_count[i],
				meant[i].reason);
	}
	for (size_t i = 0; i < ARRAY_SIZE(peers); i++) {
		if (peers[i].alone)
			printf("%u replies differ from %s's alone\n", peers[i].alone,
				peers[i].name);
	}
	return differing > 0;
}

static void open_peers(const char *remote_address)
{
	for (size_t i = 0; i < ARRAY_SIZE(peers); i++) {
		if (peers[i].address && peer_open(&peers[i].peer, peers[i].address))
			die("expected an address as 127.0.0.1:53", peers[i].address);
	}
	use_remote = remote_address;
	if (remote_address && peer_open(&remote, remote_address))
		die("expected an address as 10.0.0.2:53", remote_address);
}

struct totals {
	unsigned asked, differing;
};

/* One process of several, with questions and sockets of its own. */
static pid_t start_job(
	unsigned number, unsigned count, const char *remote_address, struct totals *totals)
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	random_state += number;
	open_peers(remote_address);
	status = compare_zones(count);
	__atomic_fetch_add(&totals->asked, asked, __ATOMIC_RELAXED);
	__atomic_fetch_add(&totals->differing, differing, __ATOMIC_RELAXED);
	fflush(stdout);
	_exit(status);
}

/* Returns the exit status: 0 when every job has ended well and nothing differed. */
static int run_jobs(unsigned jobs, unsigned count, const char *remote_address)
{
	struct totals *totals = mmap(
		NULL, sizeof(*totals), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status, result = 0;

	if (totals == MAP_FAILED)
		die("no memory", "jobs");
	for (unsigned i = 0; i < jobs; i++)
		if (start_job(i, (count + jobs - 1) / jobs, remote_address, totals) < 0)
			die("cannot fork", "jobs");
	while (wait(&status) > 0)
		if (!WIFEXITED(status) || WEXITSTATUS(status) > result)
			result = WIFEXITED(status) ? WEXITSTATUS(status) : 2;
	printf("compared %u replies: %u differ\n", totals->asked, totals->differing);
	return result;
}

int main(int argc, char **argv)
{
	const char *remote_address = NULL;
	unsigned count = 0, jobs = 1;

	dns_server_init(&engine, 0);
	if (argc == 4 && !strcmp(argv[1], "--write"))
		return write_zone(argv[2], argv[3]);
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--nsd") && i + 1 < argc) {
			peers[0].address = argv[++i];
		} else if (!strcmp(argv[i], "--knot") && i + 1 < argc) {
			peers[1].address = argv[++i];
		} else if (!strcmp(argv[i], "--server") && i + 1 < argc) {
			remote_address = argv[++i];
		} else if (!strcmp(argv[i], "--count") && i + 1 < argc) {
			count = (unsigned)strtoul(argv[++i], NULL, 10);
		} else if (!strcmp(argv[i], "--jobs") && i + 1 < argc) {
			jobs = (unsigned)strtoul(argv[++i], NULL, 10);
		} else if (!strcmp(argv[i], "--alone") && i + 1 < argc) {
			verbose = (unsigned)strtoul(argv[++i], NULL, 10);
		} else if (!strcmp(argv[i], "--seed") && i + 1 < argc) {
			random_state = strtoul(argv[++i], NULL, 10);
		} else if (!strcmp(argv[i], "--zone") && i + 2 < argc) {
			load(argv[i + 1], argv[i + 2]);
			i += 2;
		} else {
			die("expected --nsd --server --count --jobs --seed or --zone", argv[i]);
		}
	}
	if (!peers[0].address || !engine.count || !jobs || (jobs > 1 && !count))
		die("expected --nsd ADDRESS, --zone NAME FILE, and --count with --jobs",
			"arguments");
	open_peers(remote_address);
	for (size_t i = 0; i < ARRAY_SIZE(peers); i++) {
		if (peers[i].address)
			await(&peers[i].peer, peers[i].name);
	}
	return run_jobs(jobs, count, remote_address);
}
