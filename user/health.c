// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/health.h"

#include <stdio.h>
#include <string.h>

#include "bpf/health.h"

#define SECOND 1000000000ULL
#define STEP_NS (SECOND / 2)	/* less time is no step */
#define GAP_NS (5 * SECOND)	/* more is none either: nobody knows what was in it */
#define QUIET_NS (60 * SECOND)	/* what was seen before does not hold any longer */
#define BURST_NS (SECOND / 2)	/* of a narrowed lane: what it had saved up must not hide a cut */
#define FADE 0.5		/* of what was seen a step ago */
#define EVENTS_MIN 20		/* to tell anything from */
#define BAD_MIN 5		/* of these, to cut */
#define WELL_STEPS 2		/* before it grows */
#define USUAL_BETTER 0.25	/* of the difference, a step */
#define USUAL_WORSE (1 / 600.0) /* a step */
#define LATE_SPANS 1		/* an answer is late when so many spans are over behind its own */

#define WAIT_ALWAYS_WELL 0.05 /* seconds */
#define WAIT_BAD 0.5	      /* seconds, for a server that usually takes less than half of it */
#define WAIT_TIMES 4	      /* what is usual */
#define WAIT_SHORTER 0.95     /* of the wait a step ago: it becomes shorter, */
#define WAIT_LONGER 1.05      /* or longer */

#define GROWTH 1.08	   /* a step, at most */
#define GROWTH_KNEE 1.01   /* around the share that was cut last, */
#define GROWTH_MORE 0.0015 /* and more for each step in a row in which all is well */
#define KNEE_BELOW 0.9	   /* of that share: from here on */

/* What is bad, and how it is cut. Shares that are so much over the usual one are bad. */
static const struct {
	double margin;
	double cut_most;  /* the share is multiplied with 1 less what is wrong, but with no less */
	double first_max; /* a first value beyond it is not taken for usual */
} signs[HEALTH_SIGNS] = {
	[HEALTH_OVERLOAD] = { 0.08, 0.7, 0.2 },
	[HEALTH_WAIT] = { 0, 0.7, WAIT_BAD / 2 },
	[HEALTH_LOST] = { 0.08, 0.5, 0.3 },
};
#define CUT_LEAST 0.9
#define CUT_WAIT 0.85

void health_init(struct health_state *h)
{
	*h = (struct health_state){ .share = 1 };
}

static double clamp(double value, double least, double most)
{
	return value < least ? least : value > most ? most : value;
}

/* --- what is seen -------------------------------------------------------------------------------*/

static bool told(const struct health_view *v)
{
	return v->of >= EVENTS_MIN;
}

static double value_of(const struct health_view *v)
{
	return v->sum / v->of;
}

/* What was seen before counts only as long as there is little. */
static void see(struct health_view *v, double sum, double of)
{
	double fade = of >= EVENTS_MIN ? 0 : FADE;

	v->sum = v->sum * fade + sum;
	v->of = v->of * fade + of;
}

static __u64 finals(const struct health *h)
{
	return h->status[2] + h->status[3] + h->status[4] + h->status[5] + h->status[6];
}

static __u64 answered(const struct health *h)
{
	__u64 sum = 0;

	for (unsigned int i = 0; i < HEALTH_SPANS; i++)
		sum += h->answered[i];
	return sum;
}

/*
 * The span that has just become due, if it began after the last cut. What is based on spans to come
 * must have been read when the answers of their predecessors could not count any more.
 */
static void see_spans(struct health_state *h, const struct health *total, __u64 now_ns)
{
	__u64 span = now_ns >> HEALTH_SPAN_SHIFT;
	__u64 due = span - 1 - LATE_SPANS;
	unsigned int i = due & (HEALTH_SPANS - 1);

	if (h->based[i] == due && due << HEALTH_SPAN_SHIFT >= h->cut_ns) {
		double of = (double)(total->asked[i] - h->base.asked[i]);

		see(&h->sign[HEALTH_LOST], of - (double)(total->answered[i] - h->base.answered[i]),
		    of);
		h->based[i] = 0;
	}
	for (__u64 next = span + 1; next <= span + 2; next++) {
		i = next & (HEALTH_SPANS - 1);
		h->based[i] = next;
		h->base.asked[i] = total->asked[i];
		h->base.answered[i] = total->answered[i];
	}
}

static void see_step(struct health_state *h, const struct health *total, __u64 now_ns)
{
	const struct health *last = &h->last;

	see(&h->sign[HEALTH_OVERLOAD], (double)(total->overload - last->overload),
	    (double)(finals(total) - finals(last)));
	see(&h->sign[HEALTH_WAIT], (double)(total->wait_ns - last->wait_ns) / SECOND,
	    (double)(answered(total) - answered(last)));
	see_spans(h, total, now_ns);
	h->last = *total;
	h->last_ns = now_ns;
}

/*
 * The first value is taken for usual, within bounds. Whoever answers nobody, as far as is seen, is not
 * heard: its answers may take another way.
 */
static void meet(struct health_view *v, enum health_sign sign)
{
	bool unheard = sign == HEALTH_LOST && v->sum >= v->of;

	v->usual = unheard ? 1 : clamp(value_of(v), 0, signs[sign].first_max);
	v->before = value_of(v);
	v->known = true;
}

/* What was seen becomes usual, the better sooner than the worse. */
static void learn(struct health_state *h)
{
	for (enum health_sign i = 0; i < HEALTH_SIGNS; i++) {
		struct health_view *v = &h->sign[i];
		double change;

		if (!told(v))
			continue;
		change = value_of(v) - v->usual;
		v->usual += change * (change < 0 ? USUAL_BETTER : USUAL_WORSE);
		v->before = value_of(v);
	}
}

/* --- what is made of it -------------------------------------------------------------------------*/

/* From which value on it is bad; half the way there from the usual one it is well. */
static double bad_from(const struct health_view *v, enum health_sign sign)
{
	double most = v->usual * 2 > WAIT_BAD ? v->usual * 2 : WAIT_BAD;

	if (sign == HEALTH_WAIT)
		return clamp(v->usual * WAIT_TIMES, WAIT_ALWAYS_WELL, most);
	return v->usual + signs[sign].margin;
}

static bool is_well(const struct health_view *v, enum health_sign sign)
{
	return value_of(v) <= (v->usual + bad_from(v, sign)) / 2;
}

/* A wait that becomes shorter is that of a queue which empties: no reason for another cut. */
static double cut_of_wait(double value, double before, double from)
{
	if (value < before * WAIT_SHORTER)
		return 1;
	if (value < before * WAIT_LONGER)
		return CUT_LEAST;
	return value > 2 * from ? signs[HEALTH_WAIT].cut_most : CUT_WAIT;
}

/* By what the share is multiplied for this sign; 1: not cut. */
static double cut_of(const struct health_view *v, enum health_sign sign)
{
	double value = value_of(v), from = bad_from(v, sign);

	if (value <= from)
		return 1;
	if (sign == HEALTH_WAIT)
		return cut_of_wait(value, v->before, from);
	return v->sum < BAD_MIN ? 1
				: clamp(1 - (value - v->usual), signs[sign].cut_most, CUT_LEAST);
}

/* Looks at all signs: the least factor and whose it is, and whether all that tell anything are well. */
static double judge(struct health_state *h, __u64 now_ns, enum health_sign *why, bool *well)
{
	unsigned int tell = 0, fine = 0;
	double least = 1;

	for (enum health_sign i = 0; i < HEALTH_SIGNS; i++) {
		struct health_view *v = &h->sign[i];
		double cut;

		if (!told(v))
			continue;
		if (!v->known)
			meet(v, i);
		tell++;
		fine += is_well(v, i);
		cut = cut_of(v, i);
		if (cut < least) {
			least = cut;
			*why = i;
		}
	}
	if (tell)
		h->told_ns = now_ns;
	*well = tell && fine == tell;
	return least;
}

/* Slowly from near the share that was cut last, then faster the longer all goes well. */
static void grow(struct health_state *h)
{
	double growth = GROWTH_KNEE + GROWTH_MORE * h->well;

	h->share *= h->share < h->knee * KNEE_BELOW || growth > GROWTH ? GROWTH : growth;
}

/* What was seen until now was sent when the lanes were wider. */
static void cut(struct health_state *h, double factor, __u64 now_ns)
{
	h->knee = h->share;
	h->share *= factor;
	h->cut_ns = now_ns;
	h->well = 0;
	for (unsigned int i = 0; i < HEALTH_SIGNS; i++)
		h->sign[i].sum = h->sign[i].of = 0;
}

static void report_narrowed(struct health_state *h, enum health_sign why, __u64 now_ns,
			    struct health_report *report)
{
	*report = (struct health_report){ .change = HEALTH_NARROWED,
					  .why = why,
					  .value = value_of(&h->sign[why]),
					  .usual = h->sign[why].usual };
	h->narrowed_ns = now_ns;
	h->least = 1;
}

static void report_wide(struct health_state *h, __u64 now_ns, struct health_report *report)
{
	*report = (struct health_report){ .change = HEALTH_WIDE,
					  .least = h->least,
					  .took_ns = now_ns - h->narrowed_ns };
	h->narrowed_ns = 0;
	h->knee = 0;
}

/* Nothing was seen for a while, or what was seen is from before a gap. */
static void forget(struct health_state *h, const struct health *total, __u64 now_ns)
{
	for (unsigned int i = 0; i < HEALTH_SIGNS; i++)
		h->sign[i].sum = h->sign[i].of = 0;
	if (!h->last_ns)
		h->told_ns = now_ns;
	else if (now_ns - h->told_ns > QUIET_NS)
		h->share = 1;
	memset(h->based, 0, sizeof(h->based));
	h->last = *total;
	h->last_ns = now_ns;
	h->cut_ns = now_ns;
	h->well = 0;
}

static void decide(struct health_state *h, __u64 now_ns, double minimum,
		   struct health_report *report)
{
	enum health_sign why = HEALTH_OVERLOAD;
	bool well;
	double factor = judge(h, now_ns, &why, &well);

	if (now_ns - h->told_ns > QUIET_NS)
		well = true;
	h->well = well ? h->well + 1 : 0;
	if (factor < 1 && minimum < 1 && !h->narrowed_ns)
		report_narrowed(h, why, now_ns, report);
	learn(h);
	if (factor < 1 && minimum < 1)
		cut(h, factor, now_ns);
	else if (h->well >= WELL_STEPS && h->share < 1)
		grow(h);
}

void health_step(struct health_state *h, const struct health *total, __u64 now_ns, double minimum,
		 struct health_report *report)
{
	*report = (struct health_report){ .change = HEALTH_SAME };
	if (h->last_ns && now_ns - h->last_ns < STEP_NS)
		return;
	if (!h->last_ns || now_ns - h->last_ns > GAP_NS) {
		forget(h, total, now_ns);
	} else {
		see_step(h, total, now_ns);
		decide(h, now_ns, minimum, report);
	}
	h->share = clamp(h->share, minimum, 1);
	if (h->share < h->least)
		h->least = h->share;
	if (h->narrowed_ns && h->share >= 1)
		report_wide(h, now_ns, report);
}

const char *health_text(const struct health_report *report, char out[HEALTH_TEXT_LEN])
{
	static const char *const shares[HEALTH_SIGNS] = {
		[HEALTH_OVERLOAD] = "of its final answers are 500, 503 or 504",
		[HEALTH_LOST] = "of what it is asked has no answer after a second",
	};

	if (report->why == HEALTH_WAIT)
		snprintf(out, HEALTH_TEXT_LEN,
			 "it answers after %.0f ms on average, usually after %.0f ms",
			 report->value * 1000, report->usual * 1000);
	else
		snprintf(out, HEALTH_TEXT_LEN, "%.0f %% %s, usually %.0f %%", report->value * 100,
			 shares[report->why], report->usual * 100);
	return out;
}

struct rate_limit health_limit(const struct rate_limit *full, double share)
{
	struct rate_limit limit = *full;

	if (share <= 0 || share >= 1)
		return limit;
	limit.interval_ns = (__u64)((double)full->interval_ns / share);
	if (limit.tolerance_ns > BURST_NS)
		limit.tolerance_ns = BURST_NS;
	return limit;
}
