/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys and values of the maps: what the packet path and userspace share. Fixed-width types only,
 * explicit padding, no functions. Times are nanoseconds of CLOCK_MONOTONIC unless a name says
 * otherwise; __be types are in network byte order, all others in the host's.
 */
#ifndef SIPSHIELD_TYPES_H
#define SIPSHIELD_TYPES_H

#include <linux/types.h>

enum sip_method {
	SIP_METHOD_NONE, /* not a SIP message, or not read */
#define METHOD(id, name) SIP_METHOD_##id,
#include "methods.def"
#undef METHOD
	SIP_METHOD_RESPONSE, /* a SIP response: has a status instead of a method */
	SIP_METHOD_MAX,
};

/* What is known of a source. Index of budgets and counters, ascending in trust. */
enum standing_state {
	STANDING_UNKNOWN, /* a stranger */
	STANDING_PROVEN,  /* reachable at its address */
	STANDING_TRUSTED, /* had a 2xx to credentials, and is not past its registration */
	STANDING_CARRIER, /* named in the policy */
	STANDING_ALLOWED, /* named in the policy, exempt from every limit */
	STANDING_MAX,
};

enum rate_class {
#define CLASS(id, name, sentence) CLASS_##id,
#include "classes.def"
#undef CLASS
	CLASS_MAX,
	CLASS_NONE = CLASS_MAX, /* costs no budget */
};

enum reason {
#define REASON(id, name, verdict, sentence) REASON_##id,
#include "reasons.def"
#undef REASON
#define CHECK(id, name, weight, action, sentence) REASON_CHECK_##id,
#include "checks.def"
#undef CHECK
	REASON_MAX,
	REASON_DROP_FIRST = REASON_DENY, /* this and all after it drop */
};

/*
 * What happens when a limit or a check hits, ascending in strength: of two the weaker holds. SCORE
 * is for checks alone: the request goes on, and the source is the more suspect for it.
 */
enum rule_action { ACTION_OFF, ACTION_SHADOW, ACTION_SCORE, ACTION_ENFORCE };

/* What a request that hits a check adds to its source's suspicion. */
enum check_weight {
	WEIGHT_WEAK = 1,    /* honest user agents do it, too */
	WEIGHT_MEDIUM = 4,  /* hardly any honest user agent does it */
	WEIGHT_STRONG = 16, /* none does it */
};

/* The lanes that all strangers share, one for each kind of traffic. */
enum lane { LANE_REQUEST, LANE_RETURN, LANE_REPEAT, LANE_RESPONSE, LANE_OTHER, LANE_MAX };

enum listener_transport { LISTENER_UDP, LISTENER_TCP, LISTENER_TRANSPORTS };

#define POLICY_SLOTS 2U		 /* the one in force and the standby one */
#define CARRIERS_MAX 64U	 /* carriers in a policy */
#define LISTENERS_MAX 1024U	 /* entries of `listeners`, those of all slots */
#define PREFIXES_MAX 2097152U	 /* entries of a slot's trie of prefixes */
#define BANS_MAX 65536U		 /* entries of `bans` */
#define STANDING_ENTRIES 131072U /* entries of `standing`; the least used makes room */
#define SUSPECTS_MAX 8192U	 /* entries of `suspects`; the least used makes room */
#define CARRIER_NAME_LEN 32	 /* bytes of a carrier's name, with the NUL */
#define SIGNATURES_MAX 64U	 /* signatures in a bank: a bit each */
#define SIGNATURE_ATOMS_MAX 8U
#define SIGNATURE_NAME_LEN 32	/* bytes of a signature's name, with the NUL */
#define SIGNATURE_TEXT_LEN 32	/* bytes of an atom's text, without a NUL */
#define SIGNATURE_VALUE_LEN 128 /* bytes of a value are searched for a word, or compared */
#define HINT_WORDS 8192U	/* 64 KiB: stays in the L2 cache */
#define HINT_STANDING 1U	/* the source may have an entry in `standing` */
#define HINT_BAN 2U		/* the source may have an entry in `bans` */
#define CELLS (1U << 20)	/* GCRA cells, 8 bytes each */
#define SKETCH_WORDS (1U << 18) /* words of one epoch of a sketch, 8 bytes each */
#define SKETCH_EPOCHS 2U
#define GREY_WORDS (1U << 21) /* of `grey`, 8 bytes each: a second of a million forged sources */
#define GREY_PER_TICK 4096U   /* looks into `grey` by a CPU in 2^22 ns: a tenth of its time */
#define GREY_SAVED (32 * GREY_PER_TICK) /* looks that are saved up: packets come in bursts */
#define COST_EVERY 1024U	  /* packets of a CPU, one of which is timed; a power of two */
#define EVENT_LINE_LEN 64	  /* bytes of a payload that an event tells; a power of two */
#define RETURNED_CELLS (1U << 15) /* of `returned`, 256 KiB: stays in the L2 cache */
#define FRAGMENT_CELLS (1U << 16)
#define TOKEN_BUCKETS (1U << 18)  /* of `tokens`, 16 bytes each */
#define FLOW_CELLS (1U << 17)	  /* of `flows`, 8 bytes each */
#define PENDING_CELLS (1U << 14)  /* of `pending`, 8 bytes each */
#define HEALTH_SPANS 8U		  /* of about a second, a power of two: struct health */
#define SLOW_CELLS (1U << 16)	  /* of `slow`, 8 bytes each */
#define NARROW_WORDS (1U << 10)	  /* of `narrow`, 8 bytes each: a bit for each hash of a prefix */
#define HOPS_MAX 4		  /* values of the hop limit that a source may have */
#define EARNED_MAX 1024U	  /* upper bound of policy.earned_max */
#define PREFIX24_WORDS (1U << 18) /* 2^24 bits, one for each IPv4 /24 */
#define PREFIX32_WORDS (1U << 10) /* 2^16 bits, one for each hash of an IPv6 /32 */

/* An IP address, IPv4 mapped into IPv6 as ::ffff:a.b.c.d. 16 bytes, network byte order. */
struct addr {
	union {
		__u8 byte[16];
		__be32 word[4];
		__be64 half[2];
	};
};
_Static_assert(sizeof(struct addr) == 16, "addr");

/*
 * One GCRA limit. interval_ns is 1e9 / rate (0: no limit), tolerance_ns is (burst - 1) x
 * interval_ns: so far ahead the last event of a burst finds the cell.
 */
struct rate_limit {
	__u64 interval_ns;
	__u64 tolerance_ns;
};

/* A carrier's limits: new INVITEs, and all its other traffic together. */
struct carrier_limit {
	struct rate_limit invite;
	struct rate_limit other;
};

/*
 * One policy as the packet path reads it. A packet takes the slot in force once and uses no other,
 * so that it never sees half of a change.
 */
struct policy {
	__u32 generation;	 /* counts the policies applied, from 1 */
	__u32 work_per_tick;	 /* inspections a CPU spends on sources over a limit in 2^22 ns */
	__u32 event_interval_ms; /* at most one event per reason in this time, in the long run */
	__u32 event_burst;
	/* how long a 2xx to credentials makes a source trusted where no registration says it */
	__u32 trust_seconds;
	__u32 proven_seconds; /* how long a proof of reachability holds */
	__u32 earned_max; /* a trusted source has at most so many times the limits of `trusted` */
	__u32 prefixes;	  /* entries of the slot's trie, as the policy was applied */
	__u16 listeners;  /* entries of the slot in `listeners` */
	__u16 carriers;	  /* entries of carrier and carrier_name */
	__u8 ipv6_prefix; /* bits of an IPv6 source that make its key, 32 to 128 */
	__u8 mode; /* enum rule_action; no rule does more. ACTION_OFF: all passes with REASON_OFF */
	__u8 listener_addresses; /* 1: the map `listeners` must be asked too */
	__u8 ipv6_wide;	   /* 1: there are IPv6 prefixes shorter than /32: always ask the trie */
	__u8 action[128];  /* enum rule_action by enum reason; only DROP reasons are read */
	__u8 lane_minimum; /* percent of their rates that the agent leaves the lanes, 1 to 100 */
	__u8 pad[7];
	struct rate_limit lane[LANE_MAX];
	struct rate_limit limit[STANDING_MAX][CLASS_MAX];
	struct carrier_limit carrier[CARRIERS_MAX];
	char carrier_name[CARRIERS_MAX][CARRIER_NAME_LEN]; /* for people */
	__u64 listener_port[LISTENER_TRANSPORTS][1024];	   /* a bit for each port: protected */
};
_Static_assert(REASON_MAX <= 128, "policy.action holds all reasons");
_Static_assert(sizeof(struct policy) % 8 == 0, "policy");

/* Key of `listeners`: a protected port that is bound to one address. The value is a __u8, 1. */
struct listener_key {
	struct addr address;
	__be16 port;
	__u8 transport; /* enum listener_transport */
	__u8 slot;	/* policy slot */
	__u8 pad[4];
};
_Static_assert(sizeof(struct listener_key) == 24, "listener_key");

enum prefix_kind { PREFIX_DENY = 1, PREFIX_ALLOW, PREFIX_CARRIER, PREFIX_NEVER_BAN };

/* Key of the tries of prefixes. prefixlen counts from the mapped address: an IPv4 /24 is 120. */
struct prefix_key {
	__u32 prefixlen;
	__u8 address[16];
};
_Static_assert(sizeof(struct prefix_key) == 20, "prefix_key");

struct prefix_rule {
	__u8 kind;    /* enum prefix_kind */
	__u8 carrier; /* index into policy.carrier, for PREFIX_CARRIER */
	__u16 under;  /* userspace's: the rule that an entry added by hand stands in front of */
};
_Static_assert(sizeof(struct prefix_rule) == 4, "prefix_rule");

enum signature_field {
#define FIELD(id, name, any_case) SIGNATURE_FIELD_##id,
#include "fields.def"
#undef FIELD
	SIGNATURE_FIELDS,
	SIGNATURE_FIELD_TEXT = SIGNATURE_FIELD_USER_AGENT, /* the first that is text */
	SIGNATURE_TEXTS = SIGNATURE_FIELDS - SIGNATURE_FIELD_TEXT,
};

/* What an atom asks of its field. All but NUMBER are for texts; an absent field hits none. */
enum signature_op {
	SIGNATURE_OP_NUMBER, /* min to max; of a method: enum sip_method */
	SIGNATURE_OP_EQUALS,
	SIGNATURE_OP_PREFIX,
	SIGNATURE_OP_SUFFIX,
	/*
	 * The text is found where a word begins and another ends: at the value's start or behind a
	 * byte that is no ASCII letter or digit, and likewise at its end. The text begins with a
	 * letter or digit. It is looked for in the first SIGNATURE_VALUE_LEN bytes.
	 */
	SIGNATURE_OP_WORD,
	/* of min to max bytes, each in the set; no longer than SIGNATURE_VALUE_LEN */
	SIGNATURE_OP_CHARS,
	SIGNATURE_OP_LENGTH, /* min to max bytes */
	SIGNATURE_OP_SAME,   /* as the field `other`; no longer than SIGNATURE_VALUE_LEN */
	/*
	 * The IPv4 address that the request was sent to, as eight hexadecimal digits in any case,
	 * or these in lower case as hexadecimal digits once more, within SIGNATURE_VALUE_LEN bytes.
	 */
	SIGNATURE_OP_OWN_ADDRESS,
	SIGNATURE_OPS,
};

#define SIGNATURE_ANY_CASE 1U /* ASCII letters; text is in lower case */

struct signature_atom {
	__u8 field; /* enum signature_field */
	__u8 op;    /* enum signature_op */
	__u8 flags; /* SIGNATURE_ANY_CASE */
	__u8 other; /* enum signature_field, for SIGNATURE_OP_SAME */
	__u16 min;  /* both inclusive */
	__u16 max;
	__u64 low;  /* set of characters, a bit for each: those below 64, */
	__u64 high; /* and those from 64 to 127; no other is in any set */
	__u8 len;   /* bytes of text, 1 to SIGNATURE_TEXT_LEN */
	__u8 pad[7];
	__u8 text[SIGNATURE_TEXT_LEN]; /* without a NUL, 0 behind it */
};
_Static_assert(sizeof(struct signature_atom) == 64, "signature_atom");

/* A rule as data: it hits a request that all its atoms hit. */
struct signature {
	__u8 atoms;  /* entries of atom, at least 1 */
	__u8 action; /* enum rule_action; the rule's and the policy's mode can only weaken it */
	__u8 pad[6];
	char name[SIGNATURE_NAME_LEN]; /* for people; ends with a NUL */
	struct signature_atom atom[SIGNATURE_ATOMS_MAX];
};
_Static_assert(sizeof(struct signature) == 552, "signature");

#define SIGNATURE_BUCKETS 64 /* a power of two */

#define SIGNATURE_ASK_START 1U
#define SIGNATURE_ASK_END 2U
#define SIGNATURE_ASK_WORD 4U

/*
 * Which signatures a value may hit, of those that are found through this field: each is found
 * through one atom, and stands in one of start, end, word and any. In a pair of tables it is in
 * the bucket of the text's two outermost bytes and in that of the two bytes next to them (a text
 * that is shorter: in all buckets of the second table, of one byte: of both), and both must have
 * it. The tables of starts begin behind the cookie of a branch, where one stands there; see
 * bpf/signature_index.h, which has the hash, too. Besides, `length` must have it: it is in the
 * buckets of all lengths that its atoms allow the field.
 */
struct signature_index {
	__u64 rules;			   /* all that are found through this field */
	__u64 any;			   /* whatever the value is, as long as there is one */
	__u64 start[2][SIGNATURE_BUCKETS]; /* the value begins with the text */
	__u64 end[2][SIGNATURE_BUCKETS];   /* it ends with it; outermost: the last two bytes */
	__u64 word[2][SIGNATURE_BUCKETS];  /* the text is a word in it */
	__u64 length[SIGNATURE_BUCKETS];   /* by length; the last: this long or longer */
	__u32 asks;			   /* SIGNATURE_ASK_ bits of the tables that are in use */
	__u32 pad;
};
_Static_assert(sizeof(struct signature_index) == 24 + 7 * 8 * SIGNATURE_BUCKETS, "signature_index");

enum signature_bank {
	SIGNATURE_BANK_POLICY,	    /* `signatures`, reason SIGNATURE */
	SIGNATURE_BANK_USER_AGENTS, /* `user-agents`, reason USER_AGENT */
	SIGNATURE_BANKS,
};

/*
 * A bank of signatures of one policy slot: value of `signatures`, index slot * SIGNATURE_BANKS +
 * bank. In the masks a signature's bit is its index in `rule`.
 */
struct signature_set {
	__u64 used; /* entries of rule, those that are off too: bits from 0 on without a gap */
	/* by enum sip_method: those that are in force (not ACTION_OFF) and ask for this method or
	 * for none; all 0: the set costs a look-up */
	__u64 method[SIP_METHOD_MAX];
	__u64 always; /* found through no text */
	__u32 fields; /* a bit for each entry of index that has rules */
	__u32 pad;
	struct signature_index index[SIGNATURE_TEXTS]; /* by field - SIGNATURE_FIELD_TEXT */
	struct signature rule[SIGNATURES_MAX];
};
_Static_assert(SIP_METHOD_MAX == 17, "signature_set");
_Static_assert(sizeof(struct signature_set) ==
		       19 * 8 + 8 + SIGNATURE_TEXTS * sizeof(struct signature_index) +
			       SIGNATURES_MAX * sizeof(struct signature),
	       "signature_set");

/* Value of `signature_hits`, per CPU; index (slot * SIGNATURE_BANKS + bank) * SIGNATURES_MAX + rule */
struct signature_hit {
	__u64 dropped;
	__u64 shadow; /* would have been dropped */
};
_Static_assert(sizeof(struct signature_hit) == 16, "signature_hit");

#define CONTROL_CONFIRM 1U /* confirm_by_ns holds */
#define CONTROL_BYPASS 2U  /* bypass_until_ns holds */
#define CONTROL_TRACE 4U   /* trace_until_ns holds */

/*
 * What is shared by all packets. One entry. Which slot is in force, bpf/control.h tells: a deadline
 * takes effect by itself, whether anybody is there to clear it or not.
 */
struct control {
	__u32 abi;	   /* SIPSHIELD_ABI of the maps */
	__u32 active_slot; /* policy slot in force, if no deadline has passed */
	/* the one in force from confirm_by_ns on; without a deadline the one before, to go back to;
	 * as active_slot: there is none */
	__u32 fallback_slot;
	__u32 timers;	       /* CONTROL_ bits; 0, the usual: no deadline is looked at */
	__u64 hash_key[4];     /* secret of every sketch, random, set once */
	__u64 replay_now_ns;   /* the clock, when the object is loaded for a replay */
	__u64 started_ns;      /* when the maps were made */
	__u64 frozen_until_ns; /* the agent's: it makes no new bans until then */
	__u64 confirm_by_ns;   /* until then the policy in active_slot waits to be confirmed */
	__u64 bypass_until_ns; /* everything passes until then */
	__u64 trace_until_ns;  /* somebody looks at packets until then: maps/trace.h */
	__u64 blind_until_ns; /* the agent's: until then packets were seen to get past the program */
	__u64 agent_ns;	      /* the agent's last round that read the maps; 0: none yet */
	__u32 generations;    /* policies so far: the last one's number */
	__u32 taken_back;     /* generation that was not confirmed, or taken back; 0: none since */
	/* The agent's: how often it was told to read its policy anew, and it was applied or not; the
	 * last time, at its start too, and the last time that it was. */
	__u32 reloads;
	__u32 reload_errors;
	__u64 reload_ns;
	__u64 reloaded_ns;
};
_Static_assert(sizeof(struct control) == 144, "control");

#define BAN_NOTE_LEN 64

/* Value of `bans`; the key is a source's struct addr, IPv6 cut to policy.ipv6_prefix. */
struct ban {
	__u64 since_ns;
	__u64 expires_ns;     /* the packet path ignores the entry from here on; ~0: never */
	__u64 grace_until_ns; /* lifted by hand: the agent makes no ban until then; 0: not lifted */
	__u64 tight_until_ns; /* until then its limits are those of strangers; no ban by itself */
	__u32 level;	      /* step of the ladder, 0 for a ban by hand */
	__u32 pad;
	char note[BAN_NOTE_LEN]; /* why, for people; ends with a NUL */
};
_Static_assert(sizeof(struct ban) == 104, "ban");

/* How a source proved that it can be reached, or what made it trusted. */
enum standing_why {
	WHY_NONE,
	WHY_NONCE,	  /* echoed a nonce that was sent to it and to nobody else */
	WHY_TO_TAG,	  /* echoed the To tag of a 2xx that was sent to it */
	WHY_TCP,	  /* was sent a SIP message over an established TCP connection */
	WHY_2XX_REGISTER, /* a 2xx to credentials: these three */
	WHY_2XX_INVITE,
	WHY_2XX_OTHER,
	WHY_RESTORED, /* remembered from before the maps were made */
	WHY_MAX,
};

/*
 * What became of a source's requests, told from what left for it since the window began. Counted
 * for sources in good standing alone: of others nothing is known for sure. The users are those of
 * the To of a REGISTER, of the Request-URI (as the To has it) of all else. bpf/conduct.h writes it.
 */
struct conduct {
	__u64 since_ns;		 /* the window's begin */
	__u64 last_ns;		 /* the last time that something spoke against the source */
	__u64 users[4];		 /* a bit for each hash of a user that was asked for in vain */
	__u64 callers;		 /* a bit for each hash of a From user that asked in vain */
	__u64 rejected_calls[2]; /* Bloom filter of the attempts that rejected_ids counts */
	__u32 answered;		 /* final answers that say something: accepted, or in vain */
	__u32 accepted;		 /* 2xx among them */
	__u32 rejected;		 /* 401, 403 or 407 to credentials with a nonce of ours */
	__u32 not_found;	 /* 404, 410, 484 and 604 */
	__u32 challenged;	 /* 401 or 407 to requests without credentials */
	__u32 taken_up;		 /* requests with credentials with a nonce of ours */
	__u32 invites;		 /* final answers to INVITEs */
	__u32 acked;		 /* ACKs that came */
	__u32 rejected_ids; /* attempts with rejected credentials since the last accepted ones */
	__u32 last_call;    /* hash of the Call-ID of the last of them, */
	__u32 last_cseq;    /* its CSeq */
	__u32 last_tag;	    /* and hash of its From tag */
	__u32 suspicion; /* what checks that its own messages hit weigh together, enum check_weight */
	__u32 hits;	 /* such messages */
};
_Static_assert(sizeof(struct conduct) == 128, "conduct");

/*
 * Value of `standing`; the key is as in `bans`. Written on proof alone: by the program that sees
 * what comes in (an echoed token) or by that which sees what goes out (a 2xx to credentials, TCP).
 * standing_state_of() in bpf/earned.h tells the state.
 */
struct standing {
	__u64 since_ns;		 /* the first proof or 2xx */
	__u64 expires_ns;	 /* nothing of all this holds any more */
	__u64 proven_ns;	 /* the last proof of reachability; 0: none */
	__u64 trusted_ns;	 /* the last 2xx to credentials; 0: none */
	__u64 trusted_until_ns;	 /* its registration's end, or trust_seconds after it */
	__u64 attacked_until_ns; /* went over its limits lately: hop limits are compared */
	__u64 held_until_ns;	 /* dropped till then, for the agent to judge */
	__u64 period_ns;	 /* flows_new counts from here */
	__u32 proofs;		 /* of reachability, how many */
	__u16 flows;	    /* registered flows behind the address, in the better of two periods */
	__u16 flows_new;    /* in the present one */
	__u8 hop[HOPS_MAX]; /* hop limits of proven packets, the latest first; 0: none */
	__u8 why;	    /* enum standing_why of the last proof of reachability */
	__u8 trusted_why;   /* of the last 2xx to credentials */
	__u8 debt;	    /* rejected credentials, less those that were accepted */
	__u8 pad;
	struct conduct conduct;
};
_Static_assert(sizeof(struct standing) == 208, "standing");

/* Value of `suspects`; the key is as in `bans`. Sources that went over a limit or hit a check. */
struct suspect {
	__u64 first_ns;
	__u64 last_ns;
	__u64 exceeded;	  /* requests over a limit, of those that were inspected */
	__u32 structural; /* requests that hit a check, dropped for it or scored */
	__u32 suspicion;  /* what these checks weigh together, enum check_weight */
	__u16 reason;	  /* of the last request: the limit, else the check, enum reason */
	__u16 check;	  /* the last check, enum reason; 0: none */
	__u8 method;	  /* of the last request, enum sip_method */
	__u8 pad[3];
};
_Static_assert(sizeof(struct suspect) == 40, "suspect");

/* Value of `counters`, per CPU; index is counter_index(). */
struct counter {
	__u64 packets;
	__u64 bytes; /* of the whole frames */
};

#define COUNTERS (REASON_MAX * SIP_METHOD_MAX * STANDING_MAX)

/*
 * Value of `last`, per CPU: the verdict on the last packet. Written only when the object is loaded
 * for a replay.
 */
struct verdict_record {
	__u16 reason;  /* enum reason */
	__u16 shadow;  /* the rule that hit and did not drop, enum reason; 0: none */
	__u8 method;   /* enum sip_method */
	__u8 standing; /* enum standing_state */
	__u8 dropped;  /* 1: XDP_DROP */
	/* index + 1 of the signature that dropped or, if none did, would have; 0: none. Its bank
	 * is told by reason or by shadow */
	__u8 signature;
};
_Static_assert(sizeof(struct verdict_record) == 8, "verdict_record");

/*
 * Value of `cost`, per CPU: what packets on their way in cost the program, of which one of
 * COST_EVERY is timed. Each time holds one reading of the clock, some 20 ns.
 */
struct cost {
	__u64 packets; /* that were timed */
	__u64 ns;      /* what these took together */
};
_Static_assert(sizeof(struct cost) == 16, "cost");

/* Value of `work`, per CPU: what was spent in the tick on sources that may be forged. */
struct work {
	__u64 tick;	  /* 2^22 ns */
	__u32 used;	  /* inspections of sources over a limit, and of first tries */
	__u32 suspects;	  /* strangers that were made suspects */
	__u32 grey;	  /* looks into the greylist that are left */
	__u32 grey_shift; /* one source of 2^n is looked for */
};

/* Value of `grey`: two cells, grey_cell(). 0: free, or as good as free. */
struct grey_cells {
	__u32 cell[2];
};
_Static_assert(sizeof(struct grey_cells) == 8, "grey_cells");

/*
 * A lane's GCRA cell on a cache line of its own, and the limit that the agent set after the server's
 * health; it holds until set_until_ns, so that nothing stays narrow when the agent is gone.
 */
struct lane_cell {
	__u64 arrival_ns;
	struct rate_limit set;
	__u64 set_until_ns;
	__u64 pad[4];
};
_Static_assert(sizeof(struct lane_cell) == 64, "lane_cell");

/* Value of `tokens`: two cells, token_cell(). 0: free. */
struct token_cells {
	__u64 cell[2];
};
_Static_assert(sizeof(struct token_cells) == 16, "token_cells");

/* Value of `health`, per CPU: how the server does, from what it answers. All count up. */
struct health {
	/* requests that were let through and wait for an answer, by the span that they came in */
	__u64 asked[HEALTH_SPANS];
	__u64 answered[HEALTH_SPANS]; /* of these, those that had a first answer within 4 s */
	__u64 wait_ns;		      /* until then, summed up */
	__u64 status[8];	      /* final answers by status / 100; 0, 1 and 7: not used */
	__u64 overload;		      /* 500, 503 and 504 among them */
	__u64 nonces;		      /* that were sent to peers */
	__u64 shared;		      /* of these, those that another peer had been sent, too */
};
_Static_assert(sizeof(struct health) == 224, "health");

/*
 * Kinds of events. A proof and what a source was answered are told of sources in good standing.
 * All are sampled but PROVEN, LEARNED and HELD, which change what a source may do. PASS tells of
 * INVITEs alone, so that a number that many call is seen as long as the calls pass, too.
 */
enum event_kind {
	EVENT_DROP,
	EVENT_SHADOW,
	EVENT_LEARNED, /* a 2xx to credentials: trusted */
	EVENT_PROVEN,  /* proven reachable, for the first time or again after that ran out */
	EVENT_ANSWER,  /* a request of the source was answered so that it speaks against it */
	EVENT_HELD,    /* is held for the agent to judge */
	EVENT_PASS,    /* a new INVITE was let through; of a known source also a repeated one */
};

/* Record of the ring buffer `events`: a sample, within a budget for each reason. */
struct event {
	__u64 time_ns;
	struct addr src; /* the source concerned: of what leaves the host, whom it goes to */
	struct addr dst;
	__be16 sport;
	__be16 dport;
	__u32 generation; /* of the policy that judged */
	__u32 length;	  /* of the frame, bytes */
	__u16 reason;	  /* enum reason */
	__u8 kind;	  /* enum event_kind */
	__u8 method;	  /* enum sip_method */
	__u8 standing;	  /* enum standing_state */
	__u8 transport;	  /* IPPROTO_UDP or IPPROTO_TCP */
	__u8 signature;	  /* index + 1; 0: the reason is none of a signature */
	__u8 why;	  /* enum standing_why, of LEARNED and PROVEN */
	__u16 status;	  /* of ANSWER and HELD: what was answered */
	__u8 credentials; /* of ANSWER and HELD, 1: the request had credentials with our nonce */
	__u8 pad;
	/*
	 * The first bytes of the datagram or the TCP segment as they came, 0 behind its end: in
	 * most a start line, cut. Anything may stand in it. All 0 for what leaves the host, and for
	 * fragments that are not the first.
	 */
	__u8 line[EVENT_LINE_LEN];
};
_Static_assert(sizeof(struct event) == 64 + EVENT_LINE_LEN, "event");

#include "maps/census.h"

#endif
