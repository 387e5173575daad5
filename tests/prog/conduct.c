// SPDX-License-Identifier: GPL-2.0-or-later
/* Rejected credentials: whose attempts are slowed down, who is held, and who never is. */
#include <stdio.h>

#include "bpf/conduct.h"
#include "tests/prog/harness.h"

#define PHONE "203.0.113.10"
#define OTHER "203.0.113.77"
#define OFFICE "203.0.113.40"

TestSuite(conduct_kernel, .init = prog_start);

/* Has the server send a peer a nonce, its own one if that is NULL. */
static void challenge(const char *dst, const char *nonce)
{
	char header[256];

	snprintf(header, sizeof(header), MESSAGE_CHALLENGE_WITH("%s"), nonce ? nonce : dst);
	prog_out(FRAME(.dst = dst,
		       .payload = MESSAGE(.method = "REGISTER", .status = 401, .headers = header)));
}

/* One request with credentials, and its answer. The peer has been sent the nonce. */
struct attempt {
	const char *src;
	const char *user; /* of the From and To */
	const char *call; /* Call-ID; NULL: a new one */
	const char *tag;
	unsigned int cseq;
	__u16 port;
	unsigned int status;
	const char *headers; /* of the answer */
	const char *nonce;   /* NULL: the peer's own one */
	bool tcp;
};

static enum reason attempt(struct attempt a)
{
	static unsigned int number;
	char branch[32], call[32], credentials[512];
	struct message_spec message = { .method = "REGISTER",
					.branch = branch,
					.call_id = a.call ? a.call : call,
					.from = a.user,
					.to = a.user,
					.tag = a.tag,
					.cseq = a.cseq,
					.headers = credentials };
	struct frame_spec frame = { .src = a.src, .sport = a.port, .tcp = a.tcp };
	struct verdict_record got;

	snprintf(branch, sizeof(branch), "z9hG4bKtry%u", ++number);
	snprintf(call, sizeof(call), "try-%u", number);
	snprintf(credentials, sizeof(credentials), MESSAGE_CREDENTIALS_WITH("%s"),
		 a.nonce ? a.nonce : a.src);
	frame.payload = message_text(&message);
	got = prog_in(&frame);
	if (got.dropped)
		return got.reason;
	message.status = a.status;
	message.headers = a.headers;
	frame.src = NULL;
	frame.sport = 0;
	frame.dst = a.src;
	frame.dport = a.port;
	frame.payload = message_text(&message);
	prog_out(&frame);
	return got.reason;
}

#define ATTEMPT(...) attempt((struct attempt){ __VA_ARGS__ })

static struct standing standing_of(const char *src)
{
	struct standing standing;

	cr_assert_eq(prog_standing(src, &standing), 0);
	return standing;
}

static unsigned int events_of(enum event_kind kind, struct event *out)
{
	static struct event events[256];
	size_t n = prog_events(events, COUNT_OF(events));
	unsigned int found = 0;

	for (size_t i = 0; i < n && i < COUNT_OF(events); i++) {
		if (events[i].kind != kind)
			continue;
		if (out)
			*out = events[i];
		found++;
	}
	return found;
}

/* --- answers that would not be known for theirs -------------------------------------------------*/

#define PAD_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define PAD_256 PAD_64 PAD_64 PAD_64 PAD_64
#define VIA_LINE "Via: SIP/2.0/UDP 192.0.2.77;branch=z9hG4bKfar\r\n"
#define VIA_LINES_4 VIA_LINE VIA_LINE VIA_LINE VIA_LINE

/* What is put behind the branch of the topmost Via, and into the header. */
static const struct {
	const char *params;
	const char *headers;
	bool blind;
} vias[] = {
	{ "", "", false },
	{ ";rport;alias;received=203.0.113.10", "", false },
	{ ";x=maddr", VIA_LINES_4, false },
	{ ";maddr=203.0.113.99", "", true },
	{ ";MAddr = 203.0.113.99", "", true },
	{ ";q=\"q\"", "", true },
	{ ";a;b;c;d;e;f;g;h;i;j;k;l;m", "", true }, /* and the server adds two */
	{ ";x=" PAD_256, "", true },
	{ "", VIA_LINES_4 VIA_LINES_4, true },
	{ "", "X-A: " PAD_256 PAD_256 PAD_256 "\r\nX-B: " PAD_256 PAD_256 PAD_256 "\r\n", true },
};

static struct verdict_record sends(const char *src, unsigned int i, const char *headers)
{
	static unsigned int number;
	char branch[512], all[3072];

	snprintf(branch, sizeof(branch), "z9hG4bKvia%u%s", ++number, vias[i].params);
	snprintf(all, sizeof(all), "%s" MESSAGE_CREDENTIALS_WITH("%s"), vias[i].headers, src);
	return prog_in(FRAME(.src = src, .payload = MESSAGE(.method = "REGISTER", .branch = branch,
							    .headers = headers ? headers : all)));
}

/*
 * Who sends his guesses so that their refusal is not seen, since it goes to another address or is
 * not known for theirs, proves nothing by them, and pays as a stranger if he has proven himself.
 */
Test(conduct_kernel, unseen_refusals)
{
	for (unsigned int i = 0; i < COUNT_OF(vias); i++) {
		struct verdict_record got;
		struct standing s;
		char src[32];

		snprintf(src, sizeof(src), "100.64.88.%u", i + 1);
		challenge(src, NULL);
		expect_record(sends(src, i, NULL), REASON_REQUEST);
		cr_assert_eq(prog_standing(src, &s) == 0, !vias[i].blind, "%u", i);
		ATTEMPT(.src = src, .user = "1005", .status = 401);
		cr_assert_eq(prog_standing(src, &s), 0, "%u", i);
		prog_wait(60 * SECOND);
		got = sends(src, i, NULL);
		expect_record(got, REASON_REQUEST);
		cr_assert_eq(got.standing, vias[i].blind ? STANDING_UNKNOWN : STANDING_PROVEN, "%u",
			     i);
		got = sends(src, i, "Supported: path\r\n");
		expect_record(got, REASON_REQUEST);
		cr_assert_eq(got.standing, STANDING_PROVEN, "without credentials: %u", i);
		prog_wait(60 * SECOND);
	}
}

/* --- held ---------------------------------------------------------------------------------------*/

/* Six passwords of six Call-IDs: from then on it waits for three seconds. */
Test(conduct_kernel, held_after_six)
{
	struct event event = { 0 };

	challenge(PHONE, NULL);
	for (int i = 0; i < 6; i++) {
		cr_assert_eq(events_of(EVENT_HELD, NULL), 0, "%d", i);
		cr_assert_eq(ATTEMPT(.src = PHONE, .user = "1005", .status = 401), REASON_REQUEST);
	}
	cr_assert_eq(events_of(EVENT_HELD, &event), 1);
	cr_assert_eq(event.status, 401);
	cr_assert_eq(event.credentials, 1);
	cr_assert_eq(event.method, SIP_METHOD_REGISTER);
	cr_assert_eq(standing_of(PHONE).conduct.rejected_ids, 6);
	cr_assert_eq(standing_of(PHONE).held_until_ns, prog_now() + 3 * SECOND);
	cr_assert_eq(prog_in(FRAME(.src = PHONE, .payload = MESSAGE())).standing, STANDING_PROVEN);
	cr_assert_eq(ATTEMPT(.src = PHONE, .user = "1005", .status = 401), REASON_HELD);
	expect(REASON_HELD, .src = PHONE, .payload = MESSAGE(.method = "OPTIONS"));
	expect(REASON_REQUEST, .src = OTHER, .payload = MESSAGE(.method = "OPTIONS"));
	prog_wait(3 * SECOND);
	expect(REASON_REQUEST, .src = PHONE, .payload = MESSAGE(.method = "OPTIONS"));
	cr_assert_eq(ATTEMPT(.src = PHONE, .user = "1005", .status = 401), REASON_REQUEST);
	cr_assert_eq(ATTEMPT(.src = PHONE, .user = "1005", .status = 401), REASON_HELD,
		     "the seventh");
}

/* One Call-ID, one CSeq, a From tag for each password. */
Test(conduct_kernel, svcrack_is_held)
{
	challenge(PHONE, NULL);
	for (int i = 0; i < 6; i++) {
		char tag[16];

		snprintf(tag, sizeof(tag), "31303035%d", i);
		cr_assert_eq(ATTEMPT(.src = PHONE, .user = "1005", .call = "2745020570", .cseq = 2,
				     .tag = tag, .status = 401),
			     REASON_REQUEST);
	}
	expect(REASON_HELD, .src = PHONE, .payload = MESSAGE());
}

/* Sixteen within one Call-ID: throttled for that user, never held. */
Test(conduct_kernel, a_phone_is_not_held)
{
	challenge(PHONE, NULL);
	for (unsigned int i = 0; i < 16; i++)
		cr_assert_eq(ATTEMPT(.src = PHONE, .user = "1005", .call = "same",
				     .cseq = 2 + 2 * i, .status = 401),
			     REASON_REQUEST, "%u", i);
	cr_assert_eq(events_of(EVENT_HELD, NULL), 0);
	cr_assert_eq(standing_of(PHONE).held_until_ns, 0);
	cr_assert_eq(standing_of(PHONE).conduct.rejected, 16);
	expect(REASON_REQUEST, .src = PHONE, .payload = MESSAGE(.method = "OPTIONS"));
}

/* An office has somebody who registered: who guesses there is slowed down, no more. */
Test(conduct_kernel, trusted_is_not_held)
{
	prog_register(OFFICE);
	challenge(OFFICE, NULL);
	for (int i = 0; i < 12; i++)
		cr_assert_eq(ATTEMPT(.src = OFFICE, .port = 40000, .user = "1005", .status = 403),
			     REASON_REQUEST);
	cr_assert_eq(events_of(EVENT_HELD, NULL), 0);
	cr_assert_eq(standing_of(OFFICE).held_until_ns, 0);
	cr_assert_eq(standing_of(OFFICE).conduct.rejected_ids, 12);
	expect(REASON_KNOWN, .src = OFFICE, .payload = MESSAGE());
}

/* The registrations of the office make up for what one behind its address tries, unread as they are. */
Test(conduct_kernel, an_office_pays_its_debt)
{
	prog_register(OFFICE);
	challenge(OFFICE, NULL);
	for (int i = 0; i < 6; i++)
		ATTEMPT(.src = OFFICE, .port = 40000, .user = "1005", .status = 401);
	cr_assert_eq(standing_of(OFFICE).debt, 6);
	cr_assert_eq(ATTEMPT(.src = OFFICE, .user = "alice", .status = 200), REASON_KNOWN);
	cr_assert_eq(standing_of(OFFICE).debt, 6 - CONDUCT_DEBT_PAID);
	cr_assert_eq(standing_of(OFFICE).conduct.rejected_ids, 0);
	/* a 2xx to anybody's OPTIONS does not */
	prog_out(FRAME(.dst = OFFICE, .payload = MESSAGE(.method = "OPTIONS", .status = 200)));
	cr_assert_eq(standing_of(OFFICE).debt, 6 - CONDUCT_DEBT_PAID);
}

/* The never-ban set is not held either. */
Test(conduct_kernel, protected_is_not_held)
{
	prog_policy_never_ban("", PHONE);
	challenge(PHONE, NULL);
	for (int i = 0; i < 9; i++)
		cr_assert_eq(ATTEMPT(.src = PHONE, .user = "1005", .status = 401), REASON_REQUEST);
}

/* --- what counts -----------------------------------------------------------------------------*/

/* Credentials with a nonce that was never sent, or to others too, may be anybody's. */
Test(conduct_kernel, what_others_send_does_no_harm)
{
	challenge(PHONE, NULL);
	challenge(PHONE, "shared");
	ATTEMPT(.src = PHONE, .user = "1001", .status = 401);
	cr_assert_eq(standing_of(PHONE).conduct.rejected, 1);
	for (int i = 0; i < 10; i++)
		ATTEMPT(.src = PHONE, .user = "1001", .status = 401, .nonce = "invented");
	challenge(OTHER, "shared");
	for (int i = 0; i < 10; i++)
		ATTEMPT(.src = PHONE, .user = "1001", .status = 401, .nonce = "shared");
	for (int i = 0; i < 10; i++)
		prog_out(FRAME(.dst = PHONE, .payload = MESSAGE(.status = 404)));
	cr_assert_eq(standing_of(PHONE).conduct.rejected, 1);
	cr_assert_eq(standing_of(PHONE).conduct.not_found, 0);
	cr_assert_eq(standing_of(PHONE).debt, 1);
}

/* A server repeats its answer to an INVITE until it is acknowledged. */
Test(conduct_kernel, an_answer_that_is_repeated_counts_once)
{
	challenge(PHONE, NULL);
	expect(REASON_REQUEST, .src = PHONE,
	       .payload = MESSAGE(.branch = "z9hG4bKonce",
				  .headers = MESSAGE_CREDENTIALS_WITH(PHONE)));
	for (int i = 0; i < 7; i++)
		prog_out(FRAME(.dst = PHONE,
			       .payload = MESSAGE(.branch = "z9hG4bKonce", .status = 403)));
	cr_assert_eq(standing_of(PHONE).conduct.rejected, 1);
	cr_assert_eq(standing_of(PHONE).debt, 1);
}

Test(conduct_kernel, a_stale_nonce)
{
	static const char *const challenges[] = {
		"WWW-Authenticate: Digest realm=\"r\", nonce=\"a\", stale=true\r\n",
		"Proxy-Authenticate: Digest stale=\"TRUE\",nonce=\"b\",realm=\"r\"\r\n",
	};

	challenge(PHONE, NULL);
	for (size_t i = 0; i < COUNT_OF(challenges); i++)
		ATTEMPT(.src = PHONE, .user = "1001", .status = 401, .headers = challenges[i]);
	cr_assert_eq(standing_of(PHONE).conduct.rejected, 0);
	cr_assert_eq(standing_of(PHONE).conduct.taken_up, 2);
	ATTEMPT(.src = PHONE, .user = "1001", .status = 401,
		.headers = "WWW-Authenticate: Digest realm=\"stale=\", nonce=\"c\", "
			   "stale=false\r\n");
	cr_assert_eq(standing_of(PHONE).conduct.rejected, 1);
}

/* Twelve users that the server does not know, over TCP, where nobody can forge. */
Test(conduct_kernel, users_in_vain_over_tcp)
{
	struct event event = { 0 };
	struct standing standing;
	__u32 users;

	for (int i = 0; i < 12; i++) {
		char user[16];

		snprintf(user, sizeof(user), "%d", 100 + i);
		prog_out(FRAME(.dst = PHONE, .tcp = true,
			       .payload = MESSAGE(.status = 404, .to = user)));
	}
	standing = standing_of(PHONE);
	cr_assert_geq(conduct_users(&standing.conduct), 10);
	cr_assert_eq(conduct_callers(&standing.conduct), 1);
	cr_assert_eq(standing.conduct.not_found, 12);
	cr_assert_geq(events_of(EVENT_ANSWER, &event), 1);
	cr_assert_eq(event.status, 404);
	cr_assert_eq(event.method, SIP_METHOD_INVITE);
	cr_assert_eq(event.credentials, 0);
	prog_out(FRAME(.dst = PHONE, .tcp = true, .payload = MESSAGE(.status = 200, .to = "105")));
	users = conduct_users(&standing.conduct);
	standing = standing_of(PHONE);
	cr_assert_lt(conduct_users(&standing.conduct), users);
	cr_assert_eq(conduct_callers(&standing.conduct), 0);
}

Test(conduct_kernel, acks_are_counted)
{
	prog_set_standing(PHONE, STANDING_PROVEN, ~0ULL);
	for (int i = 0; i < 3; i++)
		expect(REASON_REQUEST, .src = PHONE, .payload = MESSAGE(.method = "ACK"));
	cr_assert_eq(standing_of(PHONE).conduct.acked, 3);
}

Test(conduct_kernel, accepted_credentials_clear)
{
	challenge(PHONE, NULL);
	for (int i = 0; i < 5; i++)
		ATTEMPT(.src = PHONE, .user = "1005", .status = 401);
	cr_assert_eq(standing_of(PHONE).debt, 5);
	cr_assert_eq(ATTEMPT(.src = PHONE, .user = "1005", .status = 200), REASON_REQUEST);
	cr_assert_eq(standing_of(PHONE).debt, 1);
	cr_assert_eq(standing_of(PHONE).conduct.rejected_ids, 0);
	cr_assert_gt(standing_of(PHONE).trusted_until_ns, prog_now());
}

/* A check that its own credentials prove it to have hit; nothing that was sent in its name. */
Test(conduct_kernel, suspicion_is_bound_to_a_proof)
{
	prog_policy("user-agents: [phone]");
	challenge(PHONE, NULL);
	prog_set_standing(PHONE, STANDING_PROVEN, ~0ULL);
	expect(REASON_USER_AGENT, .src = PHONE, .payload = MESSAGE());
	expect(REASON_USER_AGENT, .src = PHONE,
	       .payload = MESSAGE(.headers = MESSAGE_CREDENTIALS_WITH("invented")));
	cr_assert_eq(standing_of(PHONE).conduct.suspicion, 0);
	expect(REASON_USER_AGENT, .src = PHONE,
	       .payload = MESSAGE(.headers = MESSAGE_CREDENTIALS_WITH(PHONE)));
	cr_assert_eq(standing_of(PHONE).conduct.suspicion, WEIGHT_STRONG);
	cr_assert_eq(standing_of(PHONE).conduct.hits, 1);
}

/* --- one user of a source ---------------------------------------------------------------------*/

/* A phone's sixteen are used up: it waits, its neighbour registers, and so does another source. */
Test(conduct_kernel, user_throttle)
{
	challenge(PHONE, NULL);
	for (unsigned int i = 0; i < 16; i++)
		ATTEMPT(.src = PHONE, .user = "1005", .call = "a", .cseq = i + 1, .status = 401);
	cr_assert_eq(ATTEMPT(.src = PHONE, .user = "1005", .call = "a", .cseq = 17, .status = 401),
		     REASON_USER_FAILURES);
	cr_assert_eq(ATTEMPT(.src = PHONE, .port = 5099, .user = "1005", .status = 401),
		     REASON_USER_FAILURES, "from another port");
	expect(REASON_REQUEST, .src = PHONE,
	       .payload = MESSAGE(.method = "REGISTER", .from = "1005", .to = "1005"));
	cr_assert_eq(ATTEMPT(.src = PHONE, .port = 5061, .user = "1006", .status = 200),
		     REASON_REQUEST, "the neighbour");
	expect(REASON_KNOWN, .src = PHONE, .sport = 5061, .payload = MESSAGE(.from = "1006"));
	prog_wait(10 * SECOND);
	cr_assert_eq(ATTEMPT(.src = PHONE, .user = "1005", .call = "a", .cseq = 19, .status = 401),
		     REASON_REQUEST, "one in ten seconds");
	cr_assert_eq(ATTEMPT(.src = PHONE, .user = "1005", .call = "a", .cseq = 21, .status = 401),
		     REASON_USER_FAILURES);
	prog_wait(10 * SECOND);
	cr_assert_eq(ATTEMPT(.src = PHONE, .user = "1005", .call = "a", .cseq = 23, .status = 200),
		     REASON_REQUEST, "the right one");
	for (int i = 0; i < 3; i++)
		cr_assert_eq(ATTEMPT(.src = PHONE, .port = 5098, .user = "1005", .status = 401),
			     REASON_REQUEST, "all is cleared");
}

/* The caller of an INVITE is the user of its From. */
Test(conduct_kernel, user_throttle_of_calls)
{
	prog_policy("limits: {proven: {failure: {rate: 1/h, burst: 1}}}");
	challenge(PHONE, NULL);
	expect(REASON_REQUEST, .src = PHONE,
	       .payload = MESSAGE(.branch = "z9hG4bKcall", .from = "1005", .to = "00972",
				  .headers = MESSAGE_CREDENTIALS_WITH(PHONE)));
	prog_out(FRAME(.dst = PHONE, .payload = MESSAGE(.branch = "z9hG4bKcall", .from = "1005",
							.to = "00972", .status = 403)));
	expect(REASON_USER_FAILURES, .src = PHONE,
	       .payload = MESSAGE(.from = "1005", .to = "00973",
				  .headers = MESSAGE_CREDENTIALS_WITH(PHONE)));
	expect(REASON_REQUEST, .src = PHONE,
	       .payload = MESSAGE(.from = "1006", .to = "00972",
				  .headers = MESSAGE_CREDENTIALS_WITH(PHONE)));
}

/*
 * A registered port whose credentials are rejected by now does not come back with its neighbour's
 * registration.
 */
Test(conduct_kernel, a_rejected_flow_is_forgotten)
{
	prog_policy("standing: {trust: 10m}");
	prog_register(PHONE);
	prog_wait(660 * SECOND);
	challenge(PHONE, NULL);
	ATTEMPT(.src = PHONE, .user = "1005", .status = 401);
	ATTEMPT(.src = PHONE, .port = 5061, .user = "1006", .status = 200);
	expect(REASON_KNOWN, .src = PHONE, .sport = 5061, .payload = MESSAGE());
	expect(REASON_REQUEST, .src = PHONE, .payload = MESSAGE());
}
