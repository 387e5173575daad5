// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/web.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "user/scrape.h"
#include "user/web_confine.h"
#include "user/web_explain.h"
#include "user/web_serve.h"

#define REPORT_FD 3 /* where the child tells its parent that it serves, or why not */

/*
 * Nothing of the agent's comes along: its links and locks would outlive it in here, its signals are
 * blocked for an event loop that this process has not.
 */
static int shed_parent(int report)
{
	sigset_t none;
	int nothing;

	if (report != REPORT_FD && dup2(report, REPORT_FD) < 0)
		_exit(EXIT_FAILURE);
	nothing = open("/dev/null", O_RDWR);
	if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(nothing, STDOUT_FILENO) < 0 ||
	    close_range(REPORT_FD + 1, ~0U, 0))
		return -errno;
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_NAME, "sipshield-web", 0, 0, 0);
	return 0;
}

/* A change of user forgets the signal, so that it is asked for after that. */
static int end_with(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0))
		return -errno;
	return getppid() == parent ? 0 : -ESRCH;
}

/*
 * A first reading: proves that the maps can be read without any privilege, and has the libraries
 * look up what they ask for once, as the number of CPUs, before files are out of reach.
 */
static int try_reading(const struct scrape *scrape)
{
	struct snapshot *snapshot = malloc(sizeof(*snapshot));
	int err = snapshot ? scrape_read(scrape, snapshot) : -ENOMEM;

	free(snapshot);
	return err;
}

/* What is open before the process is confined. */
struct server {
	struct scrape scrape;
	struct web_explain explain;
	int listener;
};

/* parent: the process to end with; 0: none. */
static int prepare(const char *dev, unsigned short port, pid_t parent, struct server *out)
{
	char name[IF_NAMESIZE];
	struct store *store;
	int err = store_open(dev, false, &store, name);

	if (err)
		return err;
	scrape_of(store, name, &out->scrape);
	out->listener = web_listen(port);
	if (out->listener < 0)
		return out->listener;
	web_explain_open(name, &out->explain);
	err = web_drop_privileges();
	if (!err && parent)
		err = end_with(parent);
	if (!err)
		err = try_reading(&out->scrape);
	if (err)
		return err;
	err = web_filter_calls();
	if (err)
		fprintf(stderr, "sipshield: web: no filter of system calls: %s\n", strerror(-err));
	return 0;
}

static _Noreturn void child_main(const char *dev, unsigned short port, pid_t parent, int report)
{
	struct server server = { .listener = -1 };
	int err;

	err = shed_parent(report);
	if (!err)
		err = prepare(dev, port, parent, &server);
	if (write(REPORT_FD, &err, sizeof(err)) != sizeof(err) || err)
		_exit(EXIT_FAILURE);
	close(REPORT_FD);
	err = web_serve(server.listener, &server.scrape, &server.explain);
	fprintf(stderr, "sipshield: web: no more requests can be served: %s\n", strerror(-err));
	_exit(EXIT_FAILURE);
}

int web_run(const char *dev, unsigned short port)
{
	struct server server = { .listener = -1 };
	int err;

	signal(SIGPIPE, SIG_IGN);
	err = prepare(dev, port, 0, &server);
	if (err)
		return err;
	sd_notify(0, "READY=1");
	return web_serve(server.listener, &server.scrape, &server.explain);
}

int web_start(const char *dev, unsigned short port, pid_t *child)
{
	pid_t parent = getpid(), pid;
	int report[2], err;
	ssize_t n;

	if (pipe2(report, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid == 0)
		child_main(dev, port, parent, report[1]);
	err = pid < 0 ? -errno : 0;
	close(report[1]);
	if (!err) {
		n = TEMP_FAILURE_RETRY(read(report[0], &err, sizeof(err)));
		if (n != sizeof(err))
			err = -ECHILD; /* it died before it could say why */
		if (err)
			waitpid(pid, NULL, 0);
		else
			*child = pid;
	}
	close(report[0]);
	return err;
}
