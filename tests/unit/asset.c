// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The dashboard's files in the binary, and that nothing in them asks for more than the policy of
 * their page allows: no script or style inside the HTML, nothing of another server.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "user/asset.h"

/* The text of an asset, which has no NUL behind it, is looked through for another one. */
static int has(const struct asset *asset, const char *text)
{
	return memmem(asset->begin, (size_t)(asset->end - asset->begin), text, strlen(text)) !=
	       NULL;
}

Test(asset, paths)
{
	static const struct {
		const char *path, *type;
	} cases[] = {
		{ "/", "text/html; charset=utf-8" },
		{ "/index.html", "text/html; charset=utf-8" },
		{ "/app.js", "text/javascript; charset=utf-8" },
		{ "/app.css", "text/css; charset=utf-8" },
		{ "/chart.min.js", "text/javascript; charset=utf-8" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct asset *asset = asset_find(cases[i].path);

		cr_assert(asset, "%s", cases[i].path);
		cr_expect_str_eq(asset_type(asset), cases[i].type);
		cr_expect(asset->end - asset->begin > 500, "%s", cases[i].path);
	}
	cr_expect_null(asset_find(""));
	cr_expect_null(asset_find("index.html"));
	cr_expect_null(asset_find("/../app.js"));
	cr_expect_null(asset_find("/nothing"));
}

Test(asset, tags)
{
	const struct asset *page = asset_find("/"), *code = asset_find("/app.js");
	char list[128];

	cr_assert(page && code);
	cr_expect_str_neq(page->tag, code->tag);
	cr_expect_eq(strlen(page->tag), 34);
	cr_expect_not(asset_known(page, NULL));
	cr_expect_not(asset_known(page, code->tag));
	cr_expect(asset_known(page, page->tag));
	cr_expect(asset_known(page, "*"));
	snprintf(list, sizeof(list), "%s, W/%s", code->tag, page->tag);
	cr_expect(asset_known(page, list));
}

Test(asset, nothing_inline_and_nothing_from_outside)
{
	static const char *const forbidden[] = { "<style",	"style=\"",    " onclick=",
						 " onload=",	"javascript:", "src=\"http",
						 "href=\"http", "src=\"//",    "href=\"//" };
	const struct asset *page = asset_find("/");

	cr_assert(page);
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
		cr_expect_not(has(page, forbidden[i]), "%s", forbidden[i]);
	cr_expect_not(has(asset_find("/app.css"), "@import"));
	cr_expect_not(has(asset_find("/app.css"), "url("));
}

/* What an attacker has a say in (notes, numbers, names) is never read as HTML or as code. */
Test(asset, text_stays_text)
{
	static const char *const forbidden[] = {
		"innerHTML",	  "outerHTML", "insertAdjacentHTML",
		"document.write", "eval(",     "Function("
	};
	size_t scripts = 0;

	for (const struct asset *asset = assets; asset < assets_end; asset++) {
		if (!strstr(asset->name, ".js") || !strcmp(asset->name, "chart.min.js"))
			continue;
		scripts++;
		for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
			cr_expect_not(has(asset, forbidden[i]), "%s: %s", asset->name,
				      forbidden[i]);
	}
	cr_expect_geq(scripts, 8);
}
