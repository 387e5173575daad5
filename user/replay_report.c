/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "user/replay_report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "user/addr.h"
#include "user/json.h"
#include "user/names.h"

#define SECOND_NS 1000000000ULL
#define TEXT_SOURCES_MAX 20
#define TEXT_LOCAL_MAX 8
#define TEXT_TRANSITIONS_MAX 100

static const char *const dir_names[] = {
	[REPLAY_IN] = "in",
	[REPLAY_OUT] = "out",
	[REPLAY_OTHER] = "other",
};

/* Why, also for frames that no program saw. */
static const char *verdict_reason(const struct replay_verdict *v)
{
	if (v->truncated)
		return "truncated";
	return v->dir == REPLAY_OTHER ? "other" : reason_name(v->record.reason);
}

static double seconds(__u64 ns)
{
	return (double)ns / SECOND_NS;
}

/* A name inside quotes: of a User-Agent it is what an operator wrote. */
static void print_name(const char *name, FILE *out)
{
	for (; *name; name++) {
		unsigned char byte = *name;

		if (byte < ' ' || byte == '"' || byte == '\\')
			fprintf(out, "\\u%04x", byte);
		else
			fputc(byte, out);
	}
}

/* By hand: a document in memory for each frame takes longer than its verdict. */
void replay_report_json(const struct replay_verdict *v, FILE *out)
{
	char src[ENDPOINT_TEXT_LEN], dst[ENDPOINT_TEXT_LEN];

	fprintf(out, "{\"frame\":%" PRIu64 ",\"t\":%" PRIu64 ".%06" PRIu64 ",\"dir\":\"%s\",",
		(uint64_t)v->number, (uint64_t)(v->time_ns / SECOND_NS),
		(uint64_t)(v->time_ns % SECOND_NS / 1000), dir_names[v->dir]);
	if (v->frame.ip)
		fprintf(out, "\"src\":\"%s\",\"dst\":\"%s\",",
			endpoint_format(&v->frame.src, v->frame.sport, src),
			endpoint_format(&v->frame.dst, v->frame.dport, dst));
	else
		fputs("\"src\":null,\"dst\":null,", out);
	fprintf(out, "\"verdict\":\"%s\",\"reason\":\"%s\",\"method\":\"%s\",\"standing\":\"%s\"",
		v->dropped ? "drop" : "pass", verdict_reason(v), method_name(v->record.method),
		standing_name(v->record.standing));
	if (v->signature) {
		fputs(",\"signature\":\"", out);
		print_name(v->signature, out);
		fputc('"', out);
	}
	fputs("}\n", out);
}

void replay_report_text(const struct replay_verdict *v, FILE *out)
{
	char src[ENDPOINT_TEXT_LEN], dst[ENDPOINT_TEXT_LEN];
	const char *name = "";

	if (!v->dropped)
		return;
	if (v->signature &&
	    (v->record.reason == REASON_SIGNATURE || v->record.reason == REASON_USER_AGENT))
		name = v->signature;
	fprintf(out, "%8" PRIu64 " %12.6f  %-21s > %-21s  drop  %-20s %-9s %s%s%s\n",
		(uint64_t)v->number, seconds(v->time_ns),
		endpoint_format(&v->frame.src, v->frame.sport, src),
		endpoint_format(&v->frame.dst, v->frame.dport, dst), verdict_reason(v),
		method_name(v->record.method), standing_name(v->record.standing), *name ? "  " : "",
		name);
}

static json_t *counts_json(const __u64 count[REASON_MAX])
{
	json_t *counts = json_object();

	for (unsigned int i = 0; i < REASON_MAX; i++) {
		if (count[i])
			json_object_set_new(counts, reason_name(i),
					    json_integer((json_int_t)count[i]));
	}
	return counts;
}

static json_t *source_json(const struct replay *replay, const struct replay_source *source)
{
	char text[ADDR_TEXT_LEN];
	json_t *first = source->first_drop ? json_integer((json_int_t)source->first_drop)
					   : json_null();

	return json_pack("{s:s,s:I,s:I,s:o,s:s,s:b,s:I}", "src",
			 addr_format(&source->address, text), "frames", (json_int_t)source->frames,
			 "dropped", (json_int_t)source->dropped, "first_drop", first, "standing",
			 standing_name(replay_standing(replay, &source->address)), "banned",
			 replay_banned(replay, &source->address), "suspicion",
			 (json_int_t)replay_suspicion(replay, &source->address));
}

static json_t *sources_json(const struct replay *replay)
{
	json_t *sources = json_array();

	for (size_t i = 0; i < replay_sources(replay); i++)
		json_array_append_new(sources, source_json(replay, replay_source(replay, i)));
	return sources;
}

static json_t *local_json(const struct local *local)
{
	json_t *list = json_array();
	char text[PREFIX_TEXT_LEN];

	for (size_t i = 0; i < local->list.count; i++)
		json_array_append_new(list,
				      json_string(prefix_format(&local->list.item[i].address,
								local->list.item[i].length, text)));
	return list;
}

static json_t *bans_json(const struct replay *replay)
{
	json_t *bans = json_array();
	char text[PREFIX_TEXT_LEN];

	for (size_t i = 0; i < replay_transitions(replay); i++) {
		const struct transition *t = replay_transition(replay, i);

		if (!step_is_ban(t->to))
			continue;
		json_array_append_new(bans, json_pack("{s:s,s:f,s:I,s:I,s:s,s:b}", "src",
						      transition_subject(t, text), "t",
						      seconds(t->time_ns), "ttl",
						      (json_int_t)t->ttl_seconds, "level",
						      (json_int_t)t->to - STEP_BAN_1 + 1, "why",
						      t->sentence, "refused", t->error != 0));
	}
	return bans;
}

static json_t *transitions_json(const struct replay *replay)
{
	json_t *list = json_array();

	for (size_t i = 0; i < replay_transitions(replay); i++) {
		const struct transition *t = replay_transition(replay, i);

		json_array_append_new(list, transition_json(t, seconds(t->time_ns)));
	}
	return list;
}

int replay_summary_json(const struct replay *replay, const struct local *local, bool complete,
			FILE *out)
{
	const struct replay_totals *t = replay_totals(replay);
	json_t *summary = json_pack("{s:I,s:I,s:I,s:I,s:o,s:o}", "frames", (json_int_t)t->frames,
				    "inspected", (json_int_t)(t->passed + t->dropped), "passed",
				    (json_int_t)t->passed, "dropped", (json_int_t)t->dropped,
				    "by_reason", counts_json(t->by_reason), "sources",
				    sources_json(replay));
	json_t *more = json_pack("{s:o,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:o,s:b}", "local",
				 local_json(local), "in", (json_int_t)t->by_dir[REPLAY_IN], "out",
				 (json_int_t)t->by_dir[REPLAY_OUT], "other",
				 (json_int_t)t->by_dir[REPLAY_OTHER], "truncated",
				 (json_int_t)t->truncated, "late", (json_int_t)t->late, "steps",
				 (json_int_t)t->steps, "shadowed", counts_json(t->shadowed), "bans",
				 bans_json(replay), "transitions", transitions_json(replay),
				 "complete", complete);

	if (!summary || !more || json_object_update(summary, more)) {
		json_decref(summary);
		json_decref(more);
		return -ENOMEM;
	}
	json_decref(more);
	return json_print_line(json_pack("{s:o}", "summary", summary), out);
}

void replay_print_local(const struct local *local, FILE *out)
{
	const struct policy_prefix_list *list = &local->list;
	char text[PREFIX_TEXT_LEN];

	for (size_t i = 0; i < list->count && i < TEXT_LOCAL_MAX; i++)
		fprintf(out, "%s%s", i ? " " : "",
			prefix_format(&list->item[i].address, list->item[i].length, text));
	if (list->count > TEXT_LOCAL_MAX)
		fprintf(out, " and %zu more", list->count - TEXT_LOCAL_MAX);
	else if (!list->count)
		fputs("none", out);
}

static void text_counts(const char *title, const __u64 count[REASON_MAX], FILE *out)
{
	bool any = false;

	for (unsigned int i = 0; i < REASON_MAX; i++) {
		if (!count[i])
			continue;
		if (!any)
			fprintf(out, "\n%s\n", title);
		any = true;
		fprintf(out, "%10" PRIu64 "  %-20s %s\n", (uint64_t)count[i], reason_name(i),
			reason_sentence(i));
	}
}

static int by_drops(const void *a, const void *b)
{
	const struct replay_source *x = *(const struct replay_source *const *)a;
	const struct replay_source *y = *(const struct replay_source *const *)b;

	if (x->dropped != y->dropped)
		return x->dropped < y->dropped ? 1 : -1;
	return memcmp(&x->address, &y->address, sizeof(x->address));
}

/* The sources that lost most, of those that lost anything. */
static int text_sources(const struct replay *replay, FILE *out)
{
	size_t count = replay_sources(replay), lost = 0;
	const struct replay_source **source = calloc(count + 1, sizeof(struct replay_source *));
	char text[ADDR_TEXT_LEN];

	if (!source)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (replay_source(replay, i)->dropped)
			source[lost++] = replay_source(replay, i);
	}
	qsort(source, lost, sizeof(*source), by_drops);
	if (lost)
		fprintf(out, "\nof %zu sources, %zu lost frames\n", count, lost);
	for (size_t i = 0; i < lost && i < TEXT_SOURCES_MAX; i++)
		fprintf(out,
			"%10" PRIu64 "  of %" PRIu64 " from %s, from its frame %" PRIu64
			" on; %s%s\n",
			(uint64_t)source[i]->dropped, (uint64_t)source[i]->frames,
			addr_format(&source[i]->address, text), (uint64_t)source[i]->first_drop,
			standing_name(replay_standing(replay, &source[i]->address)),
			replay_banned(replay, &source[i]->address) ? ", was banned" : "");
	if (lost > TEXT_SOURCES_MAX)
		fprintf(out, "            and %zu more; --json lists all\n",
			lost - TEXT_SOURCES_MAX);
	free(source);
	return 0;
}

static void text_transitions(const struct replay *replay, FILE *out)
{
	size_t count = replay_transitions(replay);
	char text[TRANSITION_TEXT_LEN];

	if (count)
		fputs("\ndecisions of the agent\n", out);
	for (size_t i = 0; i < count && i < TEXT_TRANSITIONS_MAX; i++) {
		const struct transition *t = replay_transition(replay, i);

		fprintf(out, "  %12.6f  %s\n", seconds(t->time_ns), transition_text(t, text));
	}
	if (count > TEXT_TRANSITIONS_MAX)
		fprintf(out, "            and %zu more; --json lists all\n",
			count - TEXT_TRANSITIONS_MAX);
}

int replay_summary_text(const struct replay *replay, const struct local *local, FILE *out)
{
	const struct replay_totals *t = replay_totals(replay);
	int err;

	fprintf(out,
		"\n%" PRIu64 " frames in %.3f s: %" PRIu64 " in, %" PRIu64 " out, %" PRIu64
		" other",
		(uint64_t)t->frames, seconds(t->time_ns), (uint64_t)t->by_dir[REPLAY_IN],
		(uint64_t)t->by_dir[REPLAY_OUT], (uint64_t)t->by_dir[REPLAY_OTHER]);
	if (t->truncated)
		fprintf(out, " (%" PRIu64 " cut by the capture)", (uint64_t)t->truncated);
	if (t->late || t->steps)
		fprintf(out, "; the clock went back %" PRIu64 " times",
			(uint64_t)(t->late + t->steps));
	fprintf(out, "\n%" PRIu64 " passed, %" PRIu64 " dropped; local: ", (uint64_t)t->passed,
		(uint64_t)t->dropped);
	replay_print_local(local, out);
	putc('\n', out);
	text_counts("by reason", t->by_reason, out);
	text_counts("passed, and hit rules in shadow or scored", t->shadowed, out);
	err = text_sources(replay, out);
	text_transitions(replay, out);
	return err;
}
