// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/cmd.h"
#include "user/expo.h"
#include "user/json.h"
#include "user/scrape.h"
#include "user/varfile.h"

static json_t *labels_json(const struct expo_sample *sample)
{
	json_t *labels = json_object();

	for (size_t i = 0; i < EXPO_LABELS_MAX && sample->label[i].name; i++)
		json_object_set_new(labels, sample->label[i].name,
				    json_string(sample->label[i].value));
	return labels;
}

static int sample_json(const struct expo_sample *sample, void *arg)
{
	const struct expo_family *f = sample->family;
	json_t *metrics = arg, *entry;

	entry = json_pack("{s:s+, s:s, s:o, s:I}", "name", f->name, expo_suffix(f->type), "type",
			  expo_type_name(f->type), "labels", labels_json(sample), "value",
			  (json_int_t)sample->value);
	return json_array_append_new(metrics, entry);
}

static int print_json(const struct snapshot *snapshot)
{
	json_t *document = json_document();
	json_t *metrics = json_array();
	int err = expo_walk(snapshot, sample_json, metrics);

	err |= json_object_set_new(document, "dev", json_string(snapshot->interface));
	err |= json_object_set_new(document, "metrics", metrics);
	if (!err)
		return json_print(document, stdout);
	json_decref(document);
	return -ENOMEM;
}

/* A collector reads whenever it likes: it must find the old text or the new one. */
static int write_file(const struct snapshot *snapshot, const char *path)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int err = out ? expo_print(snapshot, EXPO_PROMETHEUS, out) : -ENOMEM;

	if (out && fclose(out))
		err = -ENOMEM;
	if (!err)
		err = varfile_publish(path, text, len);
	free(text);
	return err ? cmd_fail(EXIT_FAILED, "cannot write %s: %s", path, strerror(-err)) : EXIT_DONE;
}

static void free_snapshot(struct snapshot **snapshot)
{
	free(*snapshot);
}

static void close_scrape(struct scrape *scrape)
{
	scrape_close(scrape);
}

int cmd_metrics(int argc, char **argv)
{
	const char *textfile = NULL;
	bool openmetrics = false;
	const struct cmd_option option[] = {
		{ .name = "openmetrics", .what = "print OpenMetrics 1.0", .flag = &openmetrics },
		{ .name = "textfile",
		  .arg = "FILE",
		  .what = "replace FILE as a whole with them, for node_exporter",
		  .value = &textfile },
	};
	const struct cmd_use use = {
		.name = "metrics",
		.args = "",
		.what = "Prints all counters and gauges of an interface in the Prometheus text format\n"
			"that promtool and node_exporter's textfile collector read. The agent serves\n"
			"the same text on 127.0.0.1 (see run --help); this reads the pinned maps and\n"
			"works without it.",
		.option = option,
		.options = 2,
	};
	__attribute__((cleanup(free_snapshot))) struct snapshot *snapshot = NULL;
	__attribute__((cleanup(close_scrape))) struct scrape scrape = {};
	char name[IF_NAMESIZE];
	struct cmd_common common;
	struct store *store;
	int status, err;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	if (textfile && (common.json || openmetrics))
		return cmd_fail(EXIT_USAGE, "--textfile is the Prometheus text: --json and "
					    "--openmetrics are other forms");
	if (common.json && openmetrics)
		return cmd_fail(EXIT_USAGE, "--json and --openmetrics are two forms; choose one");
	status = cmd_open_store(common.dev, false, &store, name);
	if (status)
		return status;
	scrape_of(store, name, &scrape);
	snapshot = malloc(sizeof(*snapshot));
	err = snapshot ? scrape_read(&scrape, snapshot) : -ENOMEM;
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot read the maps of %s: %s", name,
				strerror(-err));
	if (textfile)
		return write_file(snapshot, textfile);
	if (common.json)
		err = print_json(snapshot);
	else
		err = expo_print(snapshot, openmetrics ? EXPO_OPENMETRICS : EXPO_PROMETHEUS,
				 stdout);
	return err ? cmd_fail(EXIT_FAILED, "cannot print: %s", strerror(-err)) : EXIT_DONE;
}
