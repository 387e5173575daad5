// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/fuzz/diff_model.h"

#include <string.h>

#include "tests/fuzz/diff_random.h"
#include "tests/fuzz/ref_frame.h"
#include "tests/fuzz/ref_parser.h"

static const struct signature_set *banks;

void model_signatures(const struct signature_set *in_force)
{
	banks = in_force;
}

struct rule {
	__u8 prefix[16];
	__u32 bytes; /* of the prefix */
	__u8 last;   /* value of the byte behind them under the mask */
	__u8 mask;
	__u8 kind; /* enum prefix_kind */
};

#define MAPPED 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff

/* The prefixes of DIFF_POLICY; none lies inside another. */
static const struct rule rules[] = {
	{ { MAPPED, 198, 51, 100 }, 15, 64, 0xf0, PREFIX_ALLOW },
	{ { 0x20, 1, 0x0d, 0xb8, 0, 0xa }, 6, 0, 0, PREFIX_ALLOW },
	{ { MAPPED, 203, 0, 113 }, 15, 0, 0, PREFIX_DENY },
	{ { MAPPED, 198, 51, 100 }, 15, 130, 0xff, PREFIX_DENY },
	{ { 0x20, 1, 0x0d, 0xb8, 0, 0xd }, 6, 0, 0, PREFIX_DENY },
	{ { MAPPED, 198, 51, 100 }, 15, 32, 0xf0, PREFIX_CARRIER },
	{ { 0x20, 1, 0x0d, 0xb8, 0, 0xc }, 6, 0, 0, PREFIX_CARRIER },
};

static __u8 rule_of(const struct addr *source)
{
	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		const struct rule *rule = &rules[i];

		if (!memcmp(source->byte, rule->prefix, rule->bytes) &&
		    (source->byte[rule->bytes] & rule->mask) == rule->last)
			return rule->kind;
	}
	return 0;
}

/* The listeners of DIFF_POLICY. */
static int is_protected(const struct facts *packet, const struct addr *address, __be16 port)
{
	static const __u8 second[16] = { MAPPED, 192, 0, 2, 2 };
	static const __u8 sixth[16] = { 0x20, 1, 0x0d, 0xb8, 0, 1, [15] = 1 };

	switch (bpf_ntohs(port)) {
	case 5060:
		return 1;
	case 5061:
		return packet->protocol == 6 && !memcmp(address->byte, sixth, 16);
	case 5062:
		return packet->protocol == 17 && !memcmp(address->byte, second, 16);
	default:
		return 0;
	}
}

static __u8 action_of(const struct policy *policy, __u32 reason)
{
	__u8 action = policy->action[reason];

	return policy->mode < action ? policy->mode : action;
}

/*
 * What would have dropped: the first that the mode alone holds back, else the first of all.
 */
static void note(struct expected *out, __u32 reason, int held_back, __u32 signature)
{
	if (out->verdict.shadow && (out->held_back || !held_back))
		return;
	out->verdict.shadow = reason;
	out->held_back = held_back;
	out->verdict.signature = (__u8)signature;
}

/* Whether a rule that hits ends the packet's way; notes it if it would have in shadow. */
static int refuses(const struct policy *policy, __u32 reason, struct expected *out)
{
	__u8 action = action_of(policy, reason);

	/* what would be scored if the mode were enforce would pass then, too */
	if (policy->action[reason] == ACTION_SCORE && policy->mode == ACTION_SHADOW)
		return 0;
	if (action != ACTION_OFF && action != ACTION_ENFORCE)
		note(out, reason, policy->action[reason] == ACTION_ENFORCE, 0);
	return action == ACTION_ENFORCE;
}

/* What speaks against the source of a message, if the check is to do more than to count. */
static void suspect(const struct policy *policy, __u32 reason, __u32 weight, struct expected *out)
{
	if (policy->action[reason] < ACTION_SCORE || policy->mode < ACTION_SCORE)
		return;
	if (!out->packet.suspicion)
		out->packet.check = reason;
	out->packet.suspicion += weight;
}

static int standing(const struct policy *policy, struct expected *out)
{
	switch (rule_of(&out->packet.src)) {
	case PREFIX_ALLOW:
		out->verdict.standing = STANDING_ALLOWED;
		return REASON_ALLOW;
	case PREFIX_CARRIER:
		out->verdict.standing = STANDING_CARRIER;
		return REF_GOES_ON;
	case PREFIX_DENY:
		return refuses(policy, REASON_DENY, out) ? REASON_DENY : REF_GOES_ON;
	default:
		return REF_GOES_ON;
	}
}

/* By the first bytes of the payload. */
static int kind(const __u8 *p, struct expected *out)
{
	static const int reasons[] = {
		[SIP_KIND_RESPONSE] = REASON_RESPONSE,	 [SIP_KIND_CRLF] = REASON_KEEPALIVE_CRLF,
		[SIP_KIND_STUN] = REASON_KEEPALIVE_STUN, [SIP_KIND_EMPTY] = REASON_KEEPALIVE_EMPTY,
		[SIP_KIND_TEXT] = REASON_KEEPALIVE_TEXT, [SIP_KIND_NOT_SIP] = REASON_NOT_SIP,
	};
	__u32 len = out->packet.payload_len;

	out->packet.kind = ref_kind_of(p, len);
	if (out->packet.kind == SIP_KIND_RESPONSE)
		out->verdict.method = SIP_METHOD_RESPONSE;
	if (out->packet.kind == SIP_KIND_REQUEST)
		out->verdict.method = ref_method_of(p, len);
	if (out->packet.protocol == 6)
		return REF_GOES_ON;
	if (out->packet.kind == SIP_KIND_REQUEST)
		return out->verdict.standing == STANDING_CARRIER ? REASON_CARRIER : REF_GOES_ON;
	return reasons[out->packet.kind];
}

/* The first check that hits and is enforced. */
static int structure(const struct policy *policy, struct expected *out)
{
	static const struct {
		int reason;
		__u32 weight;
	} checks[] = {
#define CHECK(id, name, weight, ...) { REASON_CHECK_##id, WEIGHT_##weight },
#include "maps/checks.def"
#undef CHECK
	};

	for (size_t i = 0; i < COUNT_OF(checks); i++) {
		if (!(out->host.hits >> i & 1))
			continue;
		suspect(policy, checks[i].reason, checks[i].weight, out);
		if (refuses(policy, checks[i].reason, out))
			return checks[i].reason;
	}
	return REF_GOES_ON;
}

/* One bank of signatures: each has an action of its own beside the rule's. */
static int signatures(enum signature_bank bank, __u32 reason, const struct policy *policy,
		      struct expected *out)
{
	__u8 action = action_of(policy, reason);
	__u64 hits;
	__u32 by;

	if (action == ACTION_OFF)
		return REF_GOES_ON;
	hits = told_signatures(&banks[bank], policy->action[reason] == ACTION_ENFORCE, &by);
	if (by && action != ACTION_ENFORCE) {
		note(out, reason, 1, by);
		return REF_GOES_ON;
	}
	if (by)
		hits &= ~(1ULL << (by - 1));
	if (hits)
		note(out, reason, 0, (__u32)__builtin_ctzll(hits) + 1);
	if (!by)
		return REF_GOES_ON;
	out->verdict.signature = by;
	if (!out->packet.suspicion)
		out->packet.check = reason;
	out->packet.suspicion += WEIGHT_STRONG;
	return (int)reason;
}

/*
 * Is its repetition told by something? By a branch with the cookie, or else by a Call-ID and a whole
 * header; by the sender that the Via names in both cases; and by nothing if a server may read
 * another Via than the shield. What is longer than is compared names nothing.
 */
static int is_named(const __u8 *p, const struct told *told)
{
	const struct sip_span *branch = &told->via.branch, *host = &told->via.host;
	const struct sip_span *id = &told->facts.header[SIP_HEADER_CALL_ID];
	__u32 by = host->len;

	if (told->via.port.len)
		by = told->via.port.off + told->via.port.len - host->off;
	if (told->via.unsure || !by || by > SIP_HASH_BYTES)
		return 0;
	if (branch->len > 7 && !memcmp(p + branch->off, "z9hG4bK", 7))
		return branch->len <= SIP_HASH_BYTES;
	return id->len && id->len <= SIP_HASH_BYTES && told->facts.extent == SIP_COMPLETE;
}

int model_request(const __u8 *p, __u32 len, const struct policy *policy, struct expected *out)
{
	int answer;

	out->inspected = 1;
	out->packet.suspicion = 0;
	out->packet.check = 0;
	told_by_host(p, len, len * 7, &out->packet, &out->host);
	answer = structure(policy, out);
	if (answer == REF_GOES_ON)
		answer = signatures(SIGNATURE_BANK_POLICY, REASON_SIGNATURE, policy, out);
	if (answer == REF_GOES_ON)
		answer = signatures(SIGNATURE_BANK_USER_AGENTS, REASON_USER_AGENT, policy, out);
	if (answer != REF_GOES_ON)
		return answer;
	out->named = is_named(p, &out->reference);
	return out->reference.facts.extent == SIP_COMPLETE ? REASON_REQUEST : REASON_REQUEST_CUT;
}

static int datagram(const __u8 *p, const struct policy *policy, struct expected *out)
{
	__u32 len = out->packet.payload_len < SIP_WINDOW ? out->packet.payload_len : SIP_WINDOW;

	told_by_reference(p, len, &out->reference);
	out->verdict.method = out->packet.method = out->reference.facts.method;
	if (out->verdict.method == SIP_METHOD_RESPONSE)
		return REASON_RESPONSE;
	if (out->reference.facts.kind != SIP_KIND_REQUEST &&
	    out->reference.facts.kind != SIP_KIND_CUT)
		return REASON_NOT_SIP;
	return model_request(p, len, policy, out);
}

static int stages(const __u8 *frame, __u32 len, const struct policy *policy, struct expected *out)
{
	const __u8 *payload;
	int answer = ref_frame(frame, len, &out->packet);

	if (answer != REF_GOES_ON)
		return answer;
	if (out->packet.fragment == FRAGMENT_LATER)
		return REASON_FRAGMENT_ORPHAN;
	out->framed = 1;
	if (!is_protected(&out->packet, &out->packet.dst, out->packet.dport))
		return REASON_NO_LISTENER;
	payload = frame + out->packet.payload;
	answer = standing(policy, out);
	if (answer == REF_GOES_ON)
		answer = kind(payload, out);
	if (answer != REF_GOES_ON)
		return answer;
	if (out->packet.protocol == 6)
		return model_segment(frame, policy, out);
	return datagram(payload, policy, out);
}

void model_ingress(const __u8 *frame, __u32 len, const struct policy *policy, struct expected *out)
{
	memset(out, 0, sizeof(*out));
	out->verdict.reason = stages(frame, len, policy, out);
}

/* A message whose start line is whole proves that a TCP peer can be reached. */
static void read_message(const __u8 *frame, struct expected *out)
{
	const __u8 *p = frame + out->packet.payload;
	__u32 len = out->packet.payload_len;
	int tcp = out->packet.protocol == 6;
	struct sip_facts facts;

	out->packet.kind = ref_kind_of(p, len);
	if (out->packet.kind == SIP_KIND_REQUEST)
		out->verdict.method = ref_method_of(p, len);
	if (out->packet.kind == SIP_KIND_RESPONSE)
		out->verdict.method = SIP_METHOD_RESPONSE;
	len = len < SIP_WINDOW ? len : SIP_WINDOW;
	if (out->packet.kind != SIP_KIND_RESPONSE && (out->packet.kind != SIP_KIND_REQUEST || !tcp))
		return;
	ref_line(p, len, &facts);
	if (tcp && facts.extent == SIP_COMPLETE)
		out->verdict.reason = REASON_EGRESS_LEARNED;
	if (out->packet.kind == SIP_KIND_REQUEST)
		return;
	out->inspected = 1;
	told_by_reference(p, len, &out->reference);
	told_by_host(p, len, len * 7, &out->packet, &out->host);
}

void model_egress(const __u8 *frame, __u32 len, struct expected *out)
{
	memset(out, 0, sizeof(*out));
	out->verdict.reason = REASON_EGRESS_OTHER;
	if (ref_frame(frame, len, &out->packet) != REF_GOES_ON ||
	    out->packet.fragment == FRAGMENT_LATER)
		return;
	out->framed = 1;
	if (is_protected(&out->packet, &out->packet.src, out->packet.sport))
		read_message(frame, out);
	out->packet.fragment = FRAGMENT_NONE; /* fragments are remembered of what comes in */
}
