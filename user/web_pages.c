// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/web_pages.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "user/cmd.h"
#include "user/expo.h"
#include "user/json.h"
#include "user/request.h"
#include "user/scrape.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT_JSON "application/json"

int web_pages_open(const struct scrape *scrape, struct web_pages *out)
{
	*out = (struct web_pages){ .scrape = scrape,
				   .snapshot = calloc(1, sizeof(*out->snapshot)),
				   .trend = trend_new() };
	if (out->snapshot && out->trend)
		return 0;
	web_pages_close(out);
	return -ENOMEM;
}

void web_pages_close(struct web_pages *pages)
{
	free(pages->snapshot);
	trend_free(pages->trend);
}

static void metrics_page(const struct web_pages *pages, const struct web_ask *ask,
			 struct web_page *page)
{
	enum expo_format format = expo_negotiate(ask->accept);

	page->type = expo_content_type(format);
	expo_print(pages->snapshot, format, page->body);
}

static void health_page(const struct web_pages *pages, const struct web_ask *ask,
			struct web_page *page)
{
	bool enforcing = snapshot_enforcing(pages->snapshot);

	(void)ask;
	if (!enforcing)
		page->status = MHD_HTTP_SERVICE_UNAVAILABLE;
	fputs(enforcing ? "enforcing\n" : "not enforcing\n", page->body);
}

static void snapshot_page(const struct web_pages *pages, const struct web_ask *ask,
			  struct web_page *page)
{
	(void)ask;
	page->type = TEXT_JSON;
	if (json_print(snapshot_json(pages->snapshot), page->body))
		page->status = MHD_HTTP_INTERNAL_SERVER_ERROR;
}

static void history_page(const struct web_pages *pages, const struct web_ask *ask,
			 struct web_page *page)
{
	uint32_t range;

	if (request_range(ask->range, &range)) {
		page->status = MHD_HTTP_BAD_REQUEST;
		fputs("Which time? /api/history?range=15m, from 1s to 7d.\n", page->body);
		return;
	}
	page->type = TEXT_JSON;
	if (json_print_line(trend_json(pages->trend, range, (double)cmd_now() / 1e9,
				       (double)time(NULL)),
			    page->body))
		page->status = MHD_HTTP_INTERNAL_SERVER_ERROR;
}

static const struct {
	const char *path;
	bool reads; /* the maps, first */
	void (*write)(const struct web_pages *pages, const struct web_ask *ask,
		      struct web_page *page);
} routes[] = {
	{ "/metrics", true, metrics_page },
	{ "/healthz", true, health_page },
	{ "/api/snapshot", true, snapshot_page },
	{ "/api/history", false, history_page },
};

int web_page_write(const struct web_pages *pages, const char *path, const struct web_ask *ask,
		   struct web_page *page)
{
	size_t i = 0;
	int err;

	while (i < ARRAY_LEN(routes) && strcmp(routes[i].path, path))
		i++;
	if (i == ARRAY_LEN(routes))
		return -ENOENT;
	err = routes[i].reads ? scrape_read(pages->scrape, pages->snapshot) : 0;
	if (err) {
		page->status = MHD_HTTP_INTERNAL_SERVER_ERROR;
		fprintf(page->body, "The maps cannot be read: %s.\n", strerror(-err));
		return 0;
	}
	routes[i].write(pages, ask, page);
	return 0;
}

char *web_pages_reading(const struct web_pages *pages, int *err)
{
	struct trend_reading reading;
	json_t *document;
	char *text;

	*err = scrape_read(pages->scrape, pages->snapshot);
	if (*err)
		return NULL;
	document = snapshot_json(pages->snapshot);
	if (!trend_reading_of(document, &reading))
		trend_add(pages->trend, &reading);
	text = json_dumps(document, JSON_COMPACT | JSON_REAL_PRECISION(15));
	json_decref(document);
	*err = text ? 0 : -ENOMEM;
	return text;
}
