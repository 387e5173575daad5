// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/state_report.h"

#include <stdio.h>

#include "user/explain_conduct.h"
#include "user/explain_steps.h"
#include "user/json.h"
#include "user/names.h"
#include "user/source_json.h"
#include "user/state_facts.h"

#define STEPS_MAX 20 /* of the journal that are shown */

int state_report_read(const struct store *store, const char *dev, bool agent,
		      const struct addr *address, const char *state_dir, struct state_report *out)
{
	int err = facts_read(store, dev, agent, address, &out->policy, &out->facts);

	if (err)
		return err;
	snprintf(out->dev, sizeof(out->dev), "%s", dev);
	out->steps = NULL;
	out->steps_error =
		explain_steps(state_dir, dev, &out->facts.source.key, STEPS_MAX, &out->steps);
	explain_source(&out->facts, &out->why);
	return 0;
}

void state_report_free(struct state_report *report)
{
	json_decref(report->steps);
}

static json_t *stages_json(const struct explain *why)
{
	json_t *stages = json_array();

	for (size_t i = 0; i < why->lines; i++) {
		const struct explain_line *line = &why->line[i];

		json_array_append_new(stages, json_pack("{s:s, s:s, s:o}", "stage", line->stage,
							"sentence", line->sentence, "change",
							*line->change ? json_string(line->change)
								      : json_null()));
	}
	return stages;
}

json_t *state_report_json(const struct state_report *report)
{
	const struct explain *why = &report->why;
	enum standing_state state = source_standing(&report->facts.source);
	json_t *document = json_document();
	int err = json_object_set_new(document, "dev", json_string(report->dev));

	err |= json_object_update_new(document,
				      source_json(&report->facts.source, report->facts.now_ns));
	err |= json_object_update_new(
		document,
		json_pack("{s:{s:s, s:s, s:b, s:s}, s:o, s:o, s:o, s:o, s:o, s:O?}", "verdict",
			  "stage", why->decides, "reason", reason_name(why->reason), "drops",
			  reason_drops(why->reason), "sentence", why->verdict, "stages",
			  stages_json(why), "budget",
			  state == STANDING_ALLOWED ? json_null()
						    : source_budget_json(&report->facts, true),
			  "budget_other_ports",
			  state == STANDING_TRUSTED ? source_budget_json(&report->facts, false)
						    : json_null(),
			  "lanes", source_lanes_json(&report->facts), "evidence",
			  explain_rules_json(&report->facts), "steps", report->steps));
	if (!err)
		return document;
	json_decref(document);
	return NULL;
}
