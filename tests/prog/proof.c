// SPDX-License-Identifier: GPL-2.0-or-later
/* What proves that a peer can be reached: nonces and To tags. And what does not. */
#include <linux/if_ether.h>
#include <stdio.h>
#include <string.h>

#include "bpf/earned.h"
#include "tests/prog/harness.h"

#define PEER "100.64.7.1"
#define OTHER "100.64.7.2"
#define PEER6 "2001:db8:a:9::10"
#define DAY (24 * HOUR)

#define PIECE "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define PIECES_4 PIECE PIECE PIECE PIECE
#define PIECES_16 PIECES_4 PIECES_4 PIECES_4 PIECES_4

/* In nonces and tags # stands for a number that no other test has: they are never forgotten. */
#define CHALLENGE MESSAGE_CHALLENGE_WITH("#")
#define CREDENTIALS MESSAGE_CREDENTIALS_WITH("#")

static __u64 number;

/* Strangers who were asked and went away pay more for days: here, nothing. */
static void start(void)
{
	prog_start();
	prog_policy("limits: {unknown: {invite: {rate: 0}, register: {rate: 0}}}");
	number = prog_now() / SECOND;
}

TestSuite(proof, .init = start);

/* Nothing that was before holds any more. */
static void days_later(void)
{
	prog_wait(2 * DAY);
	number = prog_now() / SECOND;
}

/* The text with 8 digits for each #. It stays as it is until 4 more were made. */
static const char *fresh(const char *text)
{
	static char buffers[4][4096];
	static unsigned int next;
	char *to = buffers[next++ % 4];
	size_t len = 0;

	for (; *text; text++) {
		cr_assert_lt(len + 8, sizeof(buffers[0]));
		if (*text == '#')
			len += snprintf(to + len, 9, "%08llx", number);
		else
			to[len++] = *text;
	}
	to[len] = 0;
	return to;
}

static enum standing_why proven_by(const char *src)
{
	struct standing s;

	if (prog_standing(src, &s) || !standing_proven(&s, prog_now()))
		return WHY_NONE;
	return s.why;
}

static enum standing_state state_of(const char *src)
{
	struct standing s;

	return prog_standing(src, &s) ? STANDING_UNKNOWN : standing_state_of(&s, prog_now());
}

/* The server answers with these header lines to a peer. */
static void answers(const char *dst, unsigned int status, const char *headers)
{
	expect_out(REASON_EGRESS_OTHER, .dst = dst,
		   .payload = MESSAGE(.method = "REGISTER", .status = status,
				      .headers = fresh(headers)));
}

static void challenges(const char *dst, const char *headers)
{
	answers(dst, 401, headers);
}

/* A new request with these header lines, and what its sender has proven then. */
static enum standing_why asks(const char *src, const char *headers)
{
	expect(REASON_REQUEST, .src = src,
	       .payload = MESSAGE(.method = "REGISTER", .headers = fresh(headers)));
	return proven_by(src);
}

/* The kinds of events since the last call, as letters. */
static const char *events(void)
{
	static char text[65];
	struct event event[64];
	size_t n = prog_events(event, COUNT_OF(event));

	cr_assert_leq(n, COUNT_OF(event));
	for (size_t i = 0; i < n; i++)
		text[i] = "DSLPAH"[event[i].kind];
	text[n] = 0;
	return text;
}

/* --- nonces -----------------------------------------------------------------------------------*/

Test(proof, nonce)
{
	struct verdict_record got;
	struct standing s;

	challenges(PEER, CHALLENGE);
	cr_assert_eq(proven_by(PEER), WHY_NONE);
	cr_assert_str_empty(events());
	prog_wait(SECOND);
	got = prog_in(FRAME(.src = PEER, .payload = MESSAGE(.headers = fresh(CREDENTIALS))));
	expect_record(got, REASON_REQUEST);
	cr_assert_eq(got.standing, STANDING_UNKNOWN, "the proof is for what comes next");
	cr_assert_str_eq(events(), "P");
	cr_assert_eq(prog_standing(PEER, &s), 0);
	cr_assert_eq(s.why, WHY_NONCE);
	cr_assert_eq(s.since_ns, prog_now());
	cr_assert_eq(s.proven_ns, prog_now());
	cr_assert_eq(s.expires_ns, prog_now() + DAY);
	cr_assert_eq(s.trusted_until_ns, 0);
	cr_assert_eq(s.proofs, 1);
	prog_wait(SECOND);
	got = prog_in(FRAME(.src = PEER, .payload = MESSAGE(.headers = fresh(CREDENTIALS))));
	expect_record(got, REASON_REQUEST);
	cr_assert_eq(got.standing, STANDING_PROVEN);
	cr_assert_str_empty(events(), "the second proof is no news");
	cr_assert_eq(prog_standing(PEER, &s), 0);
	cr_assert_eq(s.proofs, 2);
	cr_assert_eq(s.expires_ns, prog_now() + DAY);
	cr_assert_eq(s.since_ns, prog_now() - SECOND);
}

/* A proof holds for a day, and the next one is news again. */
Test(proof, ends)
{
	challenges(PEER, CHALLENGE);
	cr_assert_eq(asks(PEER, CREDENTIALS), WHY_NONCE);
	cr_assert_str_eq(events(), "P");
	prog_wait(DAY - 1);
	cr_assert_eq(state_of(PEER), STANDING_PROVEN);
	prog_wait(1);
	cr_assert_eq(state_of(PEER), STANDING_UNKNOWN);
	cr_assert_eq(asks(PEER, CREDENTIALS), WHY_NONCE);
	cr_assert_str_eq(events(), "P");
}

/* What holds for a repeat is what held for the first. */
Test(proof, repeats_prove_once)
{
	const char *request = MESSAGE(.method = "REGISTER", .headers = fresh(CREDENTIALS));
	struct standing s;

	challenges(PEER, CHALLENGE);
	expect(REASON_REQUEST, .src = PEER, .payload = request);
	expect(REASON_RETRANSMISSION, .src = PEER, .payload = request);
	cr_assert_eq(prog_standing(PEER, &s), 0);
	cr_assert_eq(s.proofs, 1);
}

Test(proof, nonce_that_was_not_sent)
{
	static const char *const nonces[] = {
		"84f1c1ae6cbf",	 "94f1c1ae6cbe", "84F1c1ae6cbe", "84f1c1ae6cb", "84f1c1ae6cbe0", "",
		" 84f1c1ae6cbe", "invented",	 "84f1c1ae",	 "c1ae6cbe",
	};
	char text[512];

	challenges(PEER, MESSAGE_CHALLENGE_WITH("a#b"));
	for (size_t i = 0; i < COUNT_OF(nonces); i++) {
		snprintf(text, sizeof(text), MESSAGE_CREDENTIALS_WITH("%s"), nonces[i]);
		cr_expect_eq(asks(PEER, text), WHY_NONE, "%s", nonces[i]);
	}
	cr_expect_eq(asks(OTHER, MESSAGE_CREDENTIALS_WITH("a#b")), WHY_NONE, "another's");
	cr_expect_eq(asks(PEER, "X-" MESSAGE_CREDENTIALS_WITH("a#b")), WHY_NONE,
		     "in another header");
	cr_expect_eq(asks(PEER, "Authorization: Basic nonce=\"a#b\"\r\n"), WHY_NONE,
		     "another scheme");
	cr_expect_eq(asks(PEER, "Authorization: Digest cnonce=\"a#b\"\r\n"), WHY_NONE,
		     "another parameter");
	cr_assert_str_empty(events());
	cr_assert_eq(asks(PEER, MESSAGE_CREDENTIALS_WITH("a#b")), WHY_NONCE);
}

/* A nonce counts where a 401 or 407 has it, and in no other answer. */
Test(proof, answers_that_challenge)
{
	static const unsigned int others[] = { 100, 183, 200, 302, 400, 403, 421, 494, 500 };

	for (size_t i = 0; i < COUNT_OF(others); i++)
		answers(PEER, others[i], CHALLENGE);
	cr_assert_eq(asks(PEER, CREDENTIALS), WHY_NONE);
	answers(PEER, 407, CHALLENGE);
	cr_assert_eq(asks(PEER, CREDENTIALS), WHY_NONCE);
}

static struct health health(void)
{
	struct health h;

	cr_assert_eq(store_health(prog_store(), &h), 0);
	return h;
}

/* Who has a nonce that was sent to another, too, can echo it in that one's name. */
Test(proof, shared_nonce)
{
	struct health before = health(), after;
	struct standing s;

	challenges(PEER, CHALLENGE);
	challenges(PEER, CHALLENGE);
	after = health();
	cr_assert_eq(after.nonces - before.nonces, 2);
	cr_assert_eq(after.shared - before.shared, 0, "again to the same peer is not shared");
	challenges(OTHER, CHALLENGE);
	after = health();
	cr_assert_eq(after.nonces - before.nonces, 3);
	cr_assert_eq(after.shared - before.shared, 1);
	cr_assert_eq(asks(PEER, CREDENTIALS), WHY_NONE);
	cr_assert_eq(asks(OTHER, CREDENTIALS), WHY_NONE);
	/* it does not become anybody's own again */
	challenges(PEER, CHALLENGE);
	cr_assert_eq(asks(PEER, CREDENTIALS), WHY_NONE);
	/* the right password is right all the same */
	expect(REASON_REQUEST, .src = PEER,
	       .payload = MESSAGE(.method = "REGISTER", .branch = "z9hG4bKshared",
				  .headers = fresh(CREDENTIALS)));
	expect_out(REASON_EGRESS_LEARNED, .dst = PEER,
		   .payload =
			   MESSAGE(.method = "REGISTER", .branch = "z9hG4bKshared", .status = 200));
	cr_assert_str_eq(events(), "L");
	cr_assert_eq(state_of(PEER), STANDING_TRUSTED);
	cr_assert_eq(proven_by(PEER), WHY_NONE);
	cr_assert_eq(prog_standing(PEER, &s), 0);
	prog_wait(s.trusted_until_ns - prog_now());
	cr_assert_eq(state_of(PEER), STANDING_UNKNOWN, "no proof outlives the trust");
	/* one of its own is */
	challenges(PEER, MESSAGE_CHALLENGE_WITH("#mine"));
	cr_assert_eq(asks(PEER, MESSAGE_CREDENTIALS_WITH("#mine")), WHY_NONCE);
}

/* A header line of the answer, one of the request; what they prove together. */
static const struct {
	const char *name;
	const char *challenge;
	const char *credentials;
	enum standing_why why;
} spellings[] = {
	{ "proxy", "Proxy-Authenticate: Digest nonce=\"#\", realm=\"x\"\r\n",
	  "Proxy-Authorization: Digest nonce=\"#\"\r\n", WHY_NONCE },
	{ "asked by a proxy, told to a server", "Proxy-Authenticate: Digest nonce=\"#\"\r\n",
	  "Authorization: Digest nonce=\"#\"\r\n", WHY_NONCE },
	{ "two credentials, the second ours", "Proxy-Authenticate: Digest nonce=\"#\"\r\n",
	  "Authorization: Digest nonce=\"far\"\r\nProxy-Authorization: Digest nonce=\"#\"\r\n",
	  WHY_NONCE },
	{ "two credentials, the first ours", "WWW-Authenticate: Digest nonce=\"#\"\r\n",
	  "Authorization: Digest nonce=\"#\"\r\nProxy-Authorization: Digest nonce=\"far\"\r\n",
	  WHY_NONCE },
	{ "two credentials, both others'", "WWW-Authenticate: Digest nonce=\"#\"\r\n",
	  "Authorization: Digest nonce=\"far\"\r\nProxy-Authorization: Digest nonce=\"off\"\r\n",
	  WHY_NONE },
	{ "case and blanks", "wWW-aUTHENTICATE \t:  DIGEST  NONCE = \"#\" , x=y\r\n",
	  "AUTHORIZATION:digest\tx=y,nOnCe\t=\"#\"\r\n", WHY_NONCE },
	{ "no quotes", "WWW-Authenticate: Digest realm=x, nonce=#\r\n",
	  "Authorization: Digest nonce=#, realm=x\r\n", WHY_NONCE },
	{ "quotes on one side", "WWW-Authenticate: Digest nonce=#\r\n",
	  "Authorization: Digest nonce=\"#\"\r\n", WHY_NONCE },
	{ "an empty nonce", "WWW-Authenticate: Digest nonce=\"\"\r\n",
	  "Authorization: Digest nonce=\"\"\r\n", WHY_NONE },
	{ "no nonce", "WWW-Authenticate: Digest realm=\"x\"\r\n",
	  "Authorization: Digest realm=\"x\"\r\n", WHY_NONE },
	{ "folded before the nonce", "WWW-Authenticate: Digest realm=\"x\",\r\n nonce=\"#\"\r\n",
	  "Authorization: Digest nonce=\"#\"\r\n", WHY_NONE },
	{ "folded credentials", "WWW-Authenticate: Digest nonce=\"#\"\r\n",
	  "Authorization: Digest realm=\"x\",\r\n nonce=\"#\"\r\n", WHY_NONCE },
	{ "a long nonce", "WWW-Authenticate: Digest nonce=\"" PIECES_4 "#0\"\r\n",
	  "Authorization: Digest nonce=\"" PIECES_4 "#0\"\r\n", WHY_NONCE },
	{ "a long nonce, another length", "WWW-Authenticate: Digest nonce=\"" PIECES_4 "#0\"\r\n",
	  "Authorization: Digest nonce=\"" PIECES_4 "#00\"\r\n", WHY_NONE },
	{ "a long nonce, cut", "WWW-Authenticate: Digest nonce=\"" PIECES_4 "#0\"\r\n",
	  "Authorization: Digest nonce=\"" PIECES_4 "\"\r\n", WHY_NONE },
	{ "a nonce that is not seen whole",
	  "WWW-Authenticate: Digest nonce=\"" PIECES_16 "#0\"\r\n",
	  "Authorization: Digest nonce=\"" PIECES_16 "#0\"\r\n", WHY_NONE },
};

Test(proof, spellings)
{
	for (size_t i = 0; i < COUNT_OF(spellings); i++) {
		days_later();
		challenges(OTHER, "");
		challenges(PEER, spellings[i].challenge);
		cr_expect_eq(asks(PEER, spellings[i].credentials), spellings[i].why, "%s",
			     spellings[i].name);
	}
}

/* Each of several challenges is for the same request: any may be taken up. */
Test(proof, several_challenges)
{
	static const char *const nonces[] = { "#sha256", "#sha512", "#md5" };
	char text[512];

	for (size_t i = 0; i < COUNT_OF(nonces); i++) {
		days_later();
		challenges(PEER, "WWW-Authenticate: Digest algorithm=SHA-256, nonce=\"#sha256\"\r\n"
				 "WWW-Authenticate: Digest algorithm=SHA-512-256, nonce=\"#sha512\""
				 "\r\n"
				 "WWW-Authenticate: Digest algorithm=MD5, nonce=\"#md5\"\r\n");
		snprintf(text, sizeof(text), MESSAGE_CREDENTIALS_WITH("%s"), nonces[i]);
		cr_expect_eq(asks(PEER, text), WHY_NONCE, "%s", nonces[i]);
	}
}

/*
 * Who asks in another's name writes half of the answer to him: no nonce that he chose, and no part
 * of the server's that he can guess, may count as sent.
 */
Test(proof, challenge_of_the_asker)
{
#define CHOSEN "WWW-Authenticate: Digest nonce=\"#\"\r\n"
	static const char *const lines[] = {
		"Subject: " CHOSEN,
		"Subject: x\r\n " CHOSEN,
		"Subject: x\r\n\t" CHOSEN,
		"Subject: x\r" CHOSEN,
		"X-" CHOSEN,
		"WWW-Authenticate: Digest realm=\"x\", nonce=\"#\", nonce=\"84f1\"\r\n",
		"WWW-Authenticate: Digest realm=\"x\",nonce=#,y=\"\\\", nonce=\"84f1\"\r\n",
	};
	char text[2048];

	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		challenges(PEER, lines[i]);
		cr_expect_eq(asks(PEER, CREDENTIALS), WHY_NONE, "%s", lines[i]);
	}
	for (int pad = 1010; pad < 1026; pad++) {
		snprintf(text, sizeof(text), "Subject: %0*d" CHOSEN, pad, 0);
		challenges(PEER, text);
		cr_expect_eq(asks(PEER, CREDENTIALS), WHY_NONE, "%d", pad);
	}
}

/* The first fragment of an answer ends where the asker wants: behind one byte of the nonce. */
Test(proof, nonce_that_is_cut)
{
	char answer[1024], text[512];
	const char *nonce;

	snprintf(answer, sizeof(answer), "%s",
		 MESSAGE(.method = "REGISTER", .status = 401,
			 .headers = fresh(MESSAGE_CHALLENGE_WITH("fedcba98#"))));
	nonce = strstr(answer, "fedcba");
	for (size_t seen = 1; seen <= 16; seen++) {
		expect_out(REASON_EGRESS_OTHER, .dst = PEER, .payload = answer,
			   .payload_len = nonce - answer + seen);
		snprintf(text, sizeof(text), MESSAGE_CREDENTIALS_WITH("%.*s"), (int)seen, nonce);
		cr_expect_eq(asks(PEER, text), WHY_NONE, "%zu bytes of it", seen);
	}
}

/* IPv6: the /64 is the peer. And tags, and TCP from another port than the answer went to. */
Test(proof, layers)
{
	prog_wait(SECOND);
	expect_out(REASON_EGRESS_OTHER, .dst = PEER6, .tag = { ETH_P_8021Q },
		   .payload = MESSAGE(.status = 401, .headers = fresh(CHALLENGE)));
	expect(REASON_REQUEST, .src = "2001:db8:a:8::10", .tag = { ETH_P_8021AD, ETH_P_8021Q },
	       .payload = MESSAGE(.headers = fresh(CREDENTIALS)));
	cr_assert_eq(proven_by("2001:db8:a:8::10"), WHY_NONE);
	expect(REASON_REQUEST, .src = "2001:db8:a:9:a::b", .tag = { ETH_P_8021AD, ETH_P_8021Q },
	       .payload = MESSAGE(.headers = fresh(CREDENTIALS)));
	cr_assert_eq(proven_by(PEER6), WHY_NONCE);
	challenges(PEER, MESSAGE_CHALLENGE_WITH("#tcp"));
	expect(REASON_REQUEST, .src = PEER, .tcp = true, .tcp_options = 12, .sport = 33333,
	       .payload = MESSAGE(.headers = fresh(MESSAGE_CREDENTIALS_WITH("#tcp"))));
	cr_assert_eq(proven_by(PEER), WHY_NONCE);
}

/* Behind other messages in a segment, too. */
Test(proof, second_message_of_a_segment)
{
	char text[4096];

	challenges(PEER, CHALLENGE);
	snprintf(text, sizeof(text), "%s%s", MESSAGE(.method = "OPTIONS"),
		 MESSAGE(.headers = fresh(CREDENTIALS)));
	expect(REASON_REQUEST, .src = PEER, .tcp = true, .payload = text);
	cr_assert_eq(proven_by(PEER), WHY_NONCE);
}

/* What is dropped proves nothing: it never reached the server that could answer it. */
Test(proof, of_the_dropped)
{
	prog_policy("limits: {unknown: {register: {rate: 1/h, burst: 1}}}");
	challenges(PEER, CHALLENGE);
	cr_assert_eq(asks(PEER, ""), WHY_NONE);
	expect(REASON_SOURCE_RATE, .src = PEER,
	       .payload = MESSAGE(.method = "REGISTER", .headers = fresh(CREDENTIALS)));
	cr_assert_eq(proven_by(PEER), WHY_NONE);
}

/* An entry that has ended is begun anew: nothing of the old one is found in it. */
Test(proof, entry_begins_anew)
{
	struct standing s;

	prog_register(PEER);
	challenges(PEER, CHALLENGE);
	expect(REASON_REQUEST, .src = PEER, .sport = 5070, .hop = 50,
	       .payload = MESSAGE(.headers = fresh(CREDENTIALS)));
	expect(REASON_REQUEST, .src = PEER, .sport = 5070, .hop = 51,
	       .payload = MESSAGE(.headers = fresh(CREDENTIALS)));
	cr_assert_eq(prog_standing(PEER, &s), 0);
	cr_assert_eq(s.proofs, 3);
	cr_assert_eq(s.hop[2], 64);
	cr_assert_eq(s.flows_new, 1);
	days_later();
	challenges(PEER, CHALLENGE);
	cr_assert_eq(asks(PEER, CREDENTIALS), WHY_NONCE);
	cr_assert_eq(prog_standing(PEER, &s), 0);
	cr_assert_eq(s.proofs, 1);
	cr_assert_eq(s.since_ns, prog_now());
	cr_assert_eq(s.period_ns, prog_now());
	cr_assert_eq(s.conduct.since_ns, prog_now());
	cr_assert_eq(s.trusted_ns, 0);
	cr_assert_eq(s.trusted_until_ns, 0);
	cr_assert_eq(s.trusted_why, WHY_NONE);
	cr_assert_eq(s.flows + s.flows_new, 0);
	cr_assert_eq(s.hop[0], 64);
	cr_assert_eq(s.hop[1], 0);
	cr_assert_eq(s.conduct.answered, 0);
}

/* --- To tags ----------------------------------------------------------------------------------*/

/* A caller's INVITE is answered with a To tag. */
static void call_is_answered(const char *dst, unsigned int status, const char *tag)
{
	expect_out(REASON_EGRESS_OTHER, .dst = dst,
		   .payload = MESSAGE(.status = status, .to_tag = fresh(tag)));
}

/* A request inside of a dialog with that To tag. */
static enum standing_why echoes_tag(const char *src, const char *method, const char *tag)
{
	expect(REASON_REQUEST, .src = src,
	       .payload = MESSAGE(.method = method, .to_tag = fresh(tag)));
	return proven_by(src);
}

Test(proof, to_tag)
{
	static const char *const methods[] = { "ACK", "BYE", "PRACK", "UPDATE", "INFO", "NOTIFY" };
	struct standing s;

	for (size_t i = 0; i < COUNT_OF(methods); i++) {
		days_later();
		call_is_answered(PEER, 200, "#");
		cr_assert_eq(echoes_tag(OTHER, methods[i], "#"), WHY_NONE, "another");
		cr_assert_eq(echoes_tag(PEER, methods[i], "#7"), WHY_NONE, "another tag");
		cr_assert_eq(echoes_tag(PEER, methods[i], ""), WHY_NONE, "no tag");
		cr_assert_str_empty(events());
		cr_assert_eq(echoes_tag(PEER, methods[i], "#"), WHY_TO_TAG, "%s", methods[i]);
		cr_assert_str_eq(events(), "P");
		cr_assert_eq(prog_standing(PEER, &s), 0);
		cr_assert_eq(s.hop[0], 0, "another could know the tag, and teach a hop limit");
	}
}

/* A request that is no part of a dialog is not read for it, nor is one with credentials. */
Test(proof, to_tag_elsewhere)
{
	call_is_answered(PEER, 200, "#");
	cr_expect_eq(echoes_tag(PEER, "INVITE", "#"), WHY_NONE);
	cr_expect_eq(echoes_tag(PEER, "OPTIONS", "#"), WHY_NONE);
	cr_expect_eq(echoes_tag(PEER, "REGISTER", "#"), WHY_NONE);
	cr_expect_eq(echoes_tag(PEER, "ACK", "#"), WHY_TO_TAG);
}

/* Only a 2xx to an INVITE: all others' tags go to whoever asked, by a way that costs nothing. */
Test(proof, to_tag_of_other_answers)
{
	static const unsigned int statuses[] = { 100, 180, 183, 302, 401, 404, 486, 503 };

	for (size_t i = 0; i < COUNT_OF(statuses); i++) {
		call_is_answered(PEER, statuses[i], "#");
		cr_expect_eq(echoes_tag(PEER, "ACK", "#"), WHY_NONE, "%u", statuses[i]);
	}
	expect_out(REASON_EGRESS_OTHER, .dst = PEER,
		   .payload = MESSAGE(.method = "OPTIONS", .status = 200, .to_tag = fresh("#")));
	cr_expect_eq(echoes_tag(PEER, "ACK", "#"), WHY_NONE, "OPTIONS");
}

Test(proof, to_tag_that_can_be_guessed)
{
#define TAG_32 "0123456789abcdef01234567#"
	call_is_answered(PEER, 200, "8321234");
	cr_expect_eq(echoes_tag(PEER, "ACK", "8321234"), WHY_NONE, "seven bytes");
	/* Kamailio's own: a constant of the server, and what everybody can compute */
	call_is_answered(PEER, 200, TAG_32 ".aaaa");
	call_is_answered(OTHER, 200, TAG_32 ".bbbb");
	cr_expect_eq(echoes_tag(PEER, "ACK", TAG_32 ".aaaa"), WHY_NONE, "shared");
	cr_expect_eq(echoes_tag(OTHER, "ACK", TAG_32 ".bbbb"), WHY_NONE, "shared");
	call_is_answered(PEER, 200, "#");
	cr_expect_eq(echoes_tag(PEER, "ACK", "#"), WHY_TO_TAG, "eight bytes");
}

/* A To tag does not stand for a better proof, and a better one stands for it. */
Test(proof, to_tag_weighs_less)
{
	struct standing s;

	challenges(PEER, CHALLENGE);
	cr_assert_eq(asks(PEER, CREDENTIALS), WHY_NONCE);
	call_is_answered(PEER, 200, "#");
	prog_wait(SECOND);
	cr_assert_eq(echoes_tag(PEER, "ACK", "#"), WHY_NONCE);
	cr_assert_eq(prog_standing(PEER, &s), 0);
	cr_assert_eq(s.proven_ns, prog_now(), "it is a proof all the same");
	days_later();
	call_is_answered(PEER, 200, "#");
	cr_assert_eq(echoes_tag(PEER, "ACK", "#"), WHY_TO_TAG);
	challenges(PEER, CHALLENGE);
	cr_assert_eq(asks(PEER, CREDENTIALS), WHY_NONCE);
}

/* A tag that was sent proves nothing as a nonce, nor a nonce as a tag. */
Test(proof, kinds_are_apart)
{
	challenges(PEER, MESSAGE_CHALLENGE_WITH("#n"));
	call_is_answered(PEER, 200, "#");
	cr_assert_eq(asks(PEER, CREDENTIALS), WHY_NONE);
	cr_assert_eq(echoes_tag(PEER, "ACK", "#n"), WHY_NONE);
}
