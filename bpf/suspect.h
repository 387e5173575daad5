/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sources that are remembered for the agent to look at: what they did, and how suspect they are. */
#ifndef SIPSHIELD_SUSPECT_H
#define SIPSHIELD_SUSPECT_H

#include "bpf/budget.h"
#include "bpf/conduct.h"
#include "bpf/packet.h"
#include "maps/maps.h"

/* Strangers that a CPU makes suspects in a tick: a forged flood must not push out all the others. */
#define SUSPECT_STRANGERS 16

/* Begins a message: nothing speaks against it so far. */
static __always_inline void suspect_clear(struct packet *p)
{
	p->f->suspicion = 0;
	p->f->check = 0;
}

/* A rule that looks at structure has hit, and drops or is scored. weight: enum check_weight. */
static __always_inline void suspect_add(struct packet *p, __u32 reason, __u32 weight)
{
	if (!p->f->suspicion)
		p->f->check = reason;
	p->f->suspicion += weight;
}

/* May this source get a record? Those who proved to be reachable always may. */
static __always_inline int suspect_room(const struct packet *p)
{
	struct work *w;

	if (p->f->standing != STANDING_UNKNOWN)
		return 1;
	w = work_now(p);
	return w && w->suspects++ < SUSPECT_STRANGERS;
}

static __always_inline void suspect_write(struct suspect *s, const struct facts *f, __u32 over)
{
	s->last_ns = f->now_ns;
	s->reason = over ? over : f->check;
	s->method = f->method;
	s->exceeded += over != 0;
	if (f->suspicion) {
		s->structural++;
		s->suspicion += f->suspicion;
		s->check = f->check;
	}
}

/*
 * Remembers what a source did with a request that was inspected: `over` is the limit that it went
 * over, enum reason, or 0; what speaks against the message was added up before. The key is a copy:
 * kernels of 6.1 look up none that lies in an argument.
 */
__subprog int suspect_note_facts(struct facts *f, __u32 over)
{
	const struct packet p = { .f = f };
	struct suspect fresh = {};
	struct suspect *known;
	struct addr key;

	if (!f)
		return 0;
	key = f->key;
	known = bpf_map_lookup_elem(&suspects, &key);
	if (known) {
		suspect_write(known, f, over);
	} else if (suspect_room(&p)) {
		fresh.first_ns = f->now_ns;
		suspect_write(&fresh, f, over);
		bpf_map_update_elem(&suspects, &key, &fresh, BPF_NOEXIST);
	}
	return 0;
}

/*
 * What speaks against a message that its source alone can have sent: it counts for more than what
 * may have been sent in its name.
 */
__subprog int suspect_bound(const struct facts *f)
{
	struct standing *s;
	struct addr key;

	if (!f)
		return 0;
	key = f->key;
	s = bpf_map_lookup_elem(&standing, &key);
	if (s && standing_live(s, f->now_ns))
		conduct_suspect(s, f->suspicion, f->now_ns);
	return 0;
}

/* An ACK came. */
__subprog int suspect_acked(const struct facts *f)
{
	struct standing *s;
	struct addr key;

	if (!f)
		return 0;
	key = f->key;
	s = bpf_map_lookup_elem(&standing, &key);
	if (s)
		conduct_ack(s);
	return 0;
}

static __always_inline void suspect_note(const struct packet *p, __u32 over)
{
	suspect_note_facts(p->f, over);
}

#endif
