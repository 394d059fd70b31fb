/* SPDX-License-Identifier: ISC */
/*
 * Shutdown requests and the domain's end; see lifecycle.h. The node is read and emptied in one
 * transaction, so that no request is lost between the two.
 */
#include "xen/lifecycle.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/sched.h>

#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "xen/console.h"
#include "xen/hypercall.h"
#include "xen/suspend.h"
#include "xen/xenstore.h"

#define CONSOLE_DRAIN_NS 200000000ull
#define SUSPEND          "suspend"

enum step {
	STEP_IDLE,
	STEP_LOOK,
	STEP_BEGIN,
	STEP_READ,
	STEP_ACK,
	STEP_COMMIT,
	STEP_ABORT
};

/* One node of control/ that the host writes a word to. */
struct control {
	const char *path;
	void (*act)(const char *word);
	bool (*known)(const char *word);
	enum step step;
	bool again; /* it has changed while we were at work */
	char word[16];
	struct xenstore_request request;
};

static void (*on_shutdown)(void *ctx, unsigned reason);
static void *on_shutdown_ctx;
static void (*on_sysrq)(void *ctx, char key);
static void *on_sysrq_ctx;

static const struct {
	const char *word;
	unsigned reason;
} reasons[] = {
	{"poweroff", SHUTDOWN_poweroff},
	{"halt", SHUTDOWN_poweroff},
	{"reboot", SHUTDOWN_reboot},
};

void lifecycle_on_shutdown(void (*fn)(void *ctx, unsigned reason), void *ctx)
{
	on_shutdown = fn;
	on_shutdown_ctx = ctx;
}

void lifecycle_on_sysrq(void (*fn)(void *ctx, char key), void *ctx)
{
	on_sysrq = fn;
	on_sysrq_ctx = ctx;
}

void lifecycle_end(unsigned reason)
{
	struct sched_shutdown op = {.reason = reason};

	console_drain(CONSOLE_DRAIN_NS);
	for (;;)
		(void)hypercall_sched_op(SCHEDOP_shutdown, &op);
}

static bool shutdown_known(const char *word)
{
	if (!strcmp(word, SUSPEND))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (!strcmp(word, reasons[i].word))
			return true;
	log_warning("lifecycle", "the host asks for '%s', which is not done here", word);
	return false;
}

static void shutdown_act(const char *word)
{
	if (!strcmp(word, SUSPEND)) {
		suspend_ask();
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		if (strcmp(word, reasons[i].word) != 0)
			continue;
		log_info("lifecycle", "the host asks for %s", word);
		if (!on_shutdown)
			lifecycle_end(reasons[i].reason);
		on_shutdown(on_shutdown_ctx, reasons[i].reason);
		return;
	}
}

static bool sysrq_known(const char *word)
{
	return word[0] && !word[1];
}

static void sysrq_act(const char *word)
{
	log_info("lifecycle", "the host sends sysrq '%c'", word[0]);
	if (on_sysrq)
		on_sysrq(on_sysrq_ctx, word[0]);
}

static void step_done(struct xenstore_request *request);

static void look(struct control *control)
{
	control->step = STEP_LOOK;
	control->request =
		(struct xenstore_request){.base = control->path, .done = step_done, .ctx = control};
	xenstore_read(&control->request);
}

static void finish(struct control *control)
{
	control->step = STEP_IDLE;
	if (control->again) {
		control->again = false;
		look(control);
	}
}

/* The word in the node; empty when there is none, or none that we could know. */
static void take_word(struct control *control)
{
	const struct xenstore_request *request = &control->request;

	control->word[0] = 0;
	if (request->error || request->reply_len >= sizeof(control->word) ||
		memchr(request->reply, 0, request->reply_len))
		return;
	memcpy(control->word, request->reply, request->reply_len);
	control->word[request->reply_len] = 0;
}

static void end_transaction(struct control *control, bool commit)
{
	control->step = commit ? STEP_COMMIT : STEP_ABORT;
	xenstore_tx_end(&control->request, commit);
}

static void after_begin(struct control *control)
{
	struct xenstore_request *request = &control->request;
	uint64_t tx;

	if (request->error || xenstore_parse_number(request->reply, UINT32_MAX, &tx) || !tx) {
		log_warning(
			"lifecycle", "no transaction for %s (%d)", control->path, request->error);
		finish(control);
		return;
	}
	request->tx = (uint32_t)tx;
	control->step = STEP_READ;
	xenstore_read(request);
}

static void after_read(struct control *control)
{
	struct xenstore_request *request = &control->request;

	take_word(control);
	if (!control->word[0] || !control->known(control->word)) {
		end_transaction(control, false);
		return;
	}
	control->step = STEP_ACK;
	request->value = "";
	request->value_len = 0;
	xenstore_write(request);
}

static void after_commit(struct control *control)
{
	int error = control->request.error;

	if (error == -EAGAIN) {
		look(control);
		return;
	}
	/* The host waits for the deed more than for the word: a refused acknowledgement is no
	 * obstacle. */
	if (error)
		log_warning("lifecycle", "%s cannot be acknowledged (%d)", control->path, error);
	finish(control);
	control->act(control->word);
}

static void step_done(struct xenstore_request *request)
{
	struct control *control = request->ctx;

	/* The domain was resumed meanwhile: this store has its own words, and the watch tells. */
	if (request->error == -EINTR) {
		finish(control);
		return;
	}
	switch (control->step) {
	case STEP_LOOK:
		take_word(control);
		if (!control->word[0] || !control->known(control->word)) {
			finish(control);
			break;
		}
		control->step = STEP_BEGIN;
		xenstore_tx_start(request);
		break;
	case STEP_BEGIN:
		after_begin(control);
		break;
	case STEP_READ:
		after_read(control);
		break;
	case STEP_ACK:
		end_transaction(control, true);
		break;
	case STEP_COMMIT:
		after_commit(control);
		break;
	case STEP_ABORT:
	case STEP_IDLE:
		finish(control);
		break;
	}
}

static void changed(void *ctx, const char *path)
{
	struct control *control = ctx;

	(void)path;
	if (control->step == STEP_IDLE)
		look(control);
	else
		control->again = true;
}

static struct control controls[] = {
	{.path = "control/shutdown", .act = shutdown_act, .known = shutdown_known},
	{.path = "control/sysrq", .act = sysrq_act, .known = sysrq_known},
};

/* The host may refuse that a guest writes here: it then finds out by asking. */
static void advertised(struct xenstore_request *request)
{
	if (request->error && request->error != -EACCES)
		log_debug("lifecycle", "%s: %d", request->base, request->error);
}

void lifecycle_advertise(void)
{
	static struct xenstore_request features[] = {
		{.base = "control/feature-poweroff"},
		{.base = "control/feature-reboot"},
		{.base = "control/feature-suspend"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(features); i++) {
		features[i].value = "1";
		features[i].value_len = 1;
		features[i].done = advertised;
		xenstore_write(&features[i]);
	}
}

int lifecycle_start(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(controls); i++)
		if (!xenstore_watch(controls[i].path, changed, &controls[i]))
			return -ENOMEM;
	lifecycle_advertise();
	return 0;
}
