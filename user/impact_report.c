// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/impact_report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "user/addr.h"
#include "user/duration.h"
#include "user/json.h"
#include "user/names.h"
#include "bpf/sketch.h"

#define TEXT_SOURCES_MAX 30
#define SOURCE_TEXT_LEN (PREFIX_TEXT_LEN)
#define WHO_TEXT_LEN (CARRIER_NAME_LEN + 16)

/* How many sources of each sort lose something. */
struct sums {
	size_t lose;
	size_t carriers;
	size_t allowed;
	size_t trusted;
	size_t proven;
	size_t regain; /* and lose nothing */
};

static bool is_carrier(const struct impact_source *source, const struct impact_who *who)
{
	return who->carrier || source->standing == STANDING_CARRIER;
}

static void sum_up(const struct impact *impact, const struct impact_source *const *source,
		   size_t count, struct sums *out)
{
	struct sums sums = { 0 };

	for (size_t i = 0; i < count; i++) {
		struct impact_who who;

		impact_who(impact, source[i], &who);
		if (!source[i]->lost)
			sums.regain++;
		else if (is_carrier(source[i], &who))
			sums.carriers++;
		else if (who.allowed || source[i]->standing == STANDING_ALLOWED)
			sums.allowed++;
		else if (source[i]->standing == STANDING_TRUSTED)
			sums.trusted++;
		else if (source[i]->standing == STANDING_PROVEN)
			sums.proven++;
	}
	sums.lose = count - sums.regain;
	*out = sums;
}

/* An address, or the network that an IPv6 source stands for. */
static const char *source_text(const struct impact *impact, const struct impact_source *source,
			       char out[SOURCE_TEXT_LEN])
{
	__u8 length = addr_is_ipv4(&source->address) ? 128 : impact->doc->ipv6_prefix;

	return prefix_format(&source->address, length, out);
}

static const char *who_text(const struct impact *impact, const struct impact_source *source,
			    char out[WHO_TEXT_LEN])
{
	struct impact_who who;

	impact_who(impact, source, &who);
	if (who.carrier)
		snprintf(out, WHO_TEXT_LEN, "carrier %s", who.carrier);
	else
		snprintf(out, WHO_TEXT_LEN, "%s",
			 who.allowed ? "allowed" : standing_name(source->standing));
	return out;
}

/* --- text ---------------------------------------------------------------------------------------*/

#define TIME_TEXT_LEN 24

static const char *time_text(double t, char out[TIME_TEXT_LEN])
{
	time_t whole = (time_t)t;
	struct tm utc;

	gmtime_r(&whole, &utc);
	strftime(out, TIME_TEXT_LEN, "%Y-%m-%d %H:%M:%S", &utc);
	return out;
}

static void print_when(const struct impact_source *source, const struct impact_basis *basis,
		       FILE *out)
{
	char first[TIME_TEXT_LEN], last[TIME_TEXT_LEN];

	if (basis->events)
		fprintf(out, "%s to %s UTC", time_text(source->first, first),
			time_text(source->last, last));
	else
		fprintf(out, "at %.3f to %.3f s", source->first, source->last);
}

static void print_source(const struct impact *impact, const struct impact_source *source,
			 const struct impact_basis *basis, FILE *out)
{
	char address[SOURCE_TEXT_LEN], name[WHO_TEXT_LEN];
	struct impact_who who;

	impact_who(impact, source, &who);
	fprintf(out,
		"%c %-20s %-24s loses %" PRIu64 " of %" PRIu64 " %s: ", who.important ? '!' : ' ',
		who_text(impact, source, name), source_text(impact, source, address),
		(uint64_t)source->lost, (uint64_t)source->seen,
		basis->events ? "sampled" : "packets");
	for (size_t i = 0; i < source->reasons; i++)
		fprintf(out, "%s%s", i ? ", " : "", reason_name(source->by[i].reason));
	fprintf(out, "%s\n    ", source->banned ? "; would be banned" : "");
	print_when(source, basis, out);
	fprintf(out, "%s%s\n", *source->line ? "; " : "", source->line);
}

static void print_part(const char *what, size_t count, const char **separator, FILE *out)
{
	if (!count)
		return;
	fprintf(out, "%s%zu %s", *separator, count, what);
	*separator = ", ";
}

static void print_verdict(const struct sums *sums, const struct impact_basis *basis, FILE *out)
{
	const char *separator = ", of them ";

	if (!sums->lose) {
		fprintf(out, "No source %sloses a packet that passes now.\n",
			basis->events ? "of which there are events " : "");
		return;
	}
	fprintf(out, "%zu source%s would lose packets that pass now", sums->lose,
		sums->lose == 1 ? "" : "s");
	print_part(sums->carriers == 1 ? "carrier's" : "carriers'", sums->carriers, &separator,
		   out);
	print_part("allowed", sums->allowed, &separator, out);
	print_part("trusted", sums->trusted, &separator, out);
	print_part("proven to be reachable", sums->proven, &separator, out);
	fputs(*separator == ',' && separator[2] ? ": none of them is known.\n" : ":\n", out);
}

static void print_reasons(const struct impact *impact, const struct impact_basis *basis, FILE *out)
{
	bool any = false;

	for (unsigned int i = REASON_DROP_FIRST; i < REASON_MAX; i++) {
		if (!impact->lost[i] && !impact->counted[i])
			continue;
		if (!any)
			fputs(basis->events ? "\n  sampled  counted  by rule\n"
					    : "\n  packets  by rule\n",
			      out);
		any = true;
		fprintf(out, "%9" PRIu64, (uint64_t)impact->lost[i]);
		if (basis->events)
			fprintf(out, "%9" PRIu64, (uint64_t)impact->counted[i]);
		fprintf(out, "  %s: %s%s\n", reason_name(i), reason_sentence(i),
			impact->doc->action[i] == ACTION_ENFORCE ? "" : " (would not drop)");
	}
}

static void print_basis(const struct impact *impact, const struct impact_basis *basis, FILE *out)
{
	char span[DURATION_TEXT_LEN], from[TIME_TEXT_LEN], until[TIME_TEXT_LEN];

	fprintf(out, "%s enforced, instead of %s", basis->file, basis->old);
	if (!basis->events) {
		fputs(", over the captures:\n\n", out);
		return;
	}
	fprintf(out, ",\nover the events of the last %s",
		duration_format((__u64)basis->seconds, span));
	if (impact->from > 0)
		fprintf(out, " (%s to %s UTC)", time_text(impact->from, from),
			time_text(impact->until, until));
	fputs(":\n\n", out);
}

/* What an operator must know of the figures before he trusts them. */
static void print_limits(const struct impact *impact, const struct impact_basis *basis,
			 const struct sums *sums, FILE *out)
{
	if (sums->lose)
		fputs("\nSomeone who should not be there: name him in `carriers' or `allow', raise "
		      "the limit, or\nput the rule in shadow (rules: {REASON: shadow}), and ask "
		      "again.\n",
		      out);
	if (!basis->events)
		return;
	fputs("\nEvents are samples (policy: events-per-second, for each reason): \"counted\" are "
	      "all packets that\na rule in shadow hit, and a source without an event may be among "
	      "them. The agent keeps the\nevents; what came while none ran is missing. A limit that is "
	      "changed is judged over captures alone.",
	      out);
	if (impact->left_out)
		fprintf(out, " %" PRIu64 " events of floods were left out.",
			(uint64_t)impact->left_out);
	putc('\n', out);
}

int impact_print(const struct impact *impact, const struct impact_basis *basis, FILE *out)
{
	const struct impact_source **source;
	struct sums sums;
	size_t count;
	int err = impact_sorted(impact, &source, &count);

	if (err)
		return err;
	sum_up(impact, source, count, &sums);
	print_basis(impact, basis, out);
	print_verdict(&sums, basis, out);
	for (size_t i = 0; i < sums.lose && i < TEXT_SOURCES_MAX; i++)
		print_source(impact, source[i], basis, out);
	if (sums.lose > TEXT_SOURCES_MAX)
		fprintf(out, "  and %zu more; --json lists all\n", sums.lose - TEXT_SOURCES_MAX);
	if (sums.regain)
		fprintf(out, "%zu other sources would lose less than now.\n", sums.regain);
	print_reasons(impact, basis, out);
	print_limits(impact, basis, &sums, out);
	free(source);
	return ferror(out) ? -EIO : 0;
}

/* --- JSON ---------------------------------------------------------------------------------------*/

static json_t *source_reasons(const struct impact_source *source)
{
	json_t *reasons = json_object();

	for (size_t i = 0; i < source->reasons; i++)
		json_object_set_new(reasons, reason_name(source->by[i].reason),
				    json_integer((json_int_t)source->by[i].lost));
	return reasons;
}

static json_t *source_json(const struct impact *impact, const struct impact_source *source)
{
	char address[SOURCE_TEXT_LEN];
	struct impact_who who;

	impact_who(impact, source, &who);
	return json_pack("{s:s, s:s, s:s?, s:b, s:b, s:I, s:I, s:I, s:b, s:o, s:f, s:f, s:s}",
			 "src", source_text(impact, source, address), "standing",
			 standing_name(source->standing), "carrier", who.carrier, "allowed",
			 who.allowed, "important", who.important, "seen", (json_int_t)source->seen,
			 "lost", (json_int_t)source->lost, "regained", (json_int_t)source->regained,
			 "banned", source->banned, "reasons", source_reasons(source), "first",
			 source->first, "last", source->last, "line", source->line);
}

static json_t *reasons_json(const struct impact *impact)
{
	json_t *reasons = json_object();

	for (unsigned int i = REASON_DROP_FIRST; i < REASON_MAX; i++) {
		if (impact->lost[i] || impact->counted[i])
			json_object_set_new(reasons, reason_name(i),
					    json_pack("{s:I, s:I}", "lost",
						      (json_int_t)impact->lost[i], "counted",
						      (json_int_t)impact->counted[i]));
	}
	return reasons;
}

json_t *impact_json(const struct impact *impact, const struct impact_basis *basis)
{
	json_t *document = json_document(), *list = json_array();
	const struct impact_source **source;
	struct sums sums;
	size_t count;
	int err;

	if (impact_sorted(impact, &source, &count)) {
		json_decref(document);
		json_decref(list);
		return NULL;
	}
	sum_up(impact, source, count, &sums);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, source_json(impact, source[i]));
	free(source);
	err = json_object_update_new(
		document,
		json_pack("{s:s, s:s, s:s, s:f, s:f, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}",
			  "file", basis->file, "instead_of", basis->old, "basis",
			  basis->events ? "events" : "captures", "from", impact->from, "until",
			  impact->until, "left_out", (json_int_t)impact->left_out, "losing",
			  (json_int_t)sums.lose, "carriers", (json_int_t)sums.carriers, "trusted",
			  (json_int_t)sums.trusted, "proven", (json_int_t)sums.proven, "regaining",
			  (json_int_t)sums.regain, "by_reason", reasons_json(impact), "sources",
			  list));
	if (!err)
		return document;
	json_decref(document);
	return NULL;
}
