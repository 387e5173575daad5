/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIPSHIELD_WEB_SERVE_H
#define SIPSHIELD_WEB_SERVE_H

struct scrape;
struct web_explain;

/* A listening socket on 127.0.0.1, or a negative errno. */
int web_listen(unsigned short port);

/* Answers requests on that socket until the process is told to end. Returns a negative errno. */
int web_serve(int listener, const struct scrape *scrape, struct web_explain *explain);

#endif
