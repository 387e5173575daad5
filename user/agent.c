// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/agent.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "user/agent_census.h"
#include "user/agent_confine.h"
#include "user/agent_explain.h"
#include "user/agent_feed.h"
#include "user/agent_memory.h"
#include "user/agent_policy.h"
#include "user/agent_server.h"
#include "user/agent_sight.h"
#include "user/audit.h"
#include "user/cmd.h"
#include "user/events.h"
#include "user/instance.h"
#include "user/log.h"
#include "user/nic.h"
#include "user/round.h"
#include "user/web.h"

#define USEC_PER_SECOND 1000000ULL
#define WEB_RETRY_ROUNDS 5 /* between two starts of the exporter */

struct agent {
	const struct agent_options *options;
	struct shield *shield;
	struct round *round;
	struct agent_server server;
	struct sight sight;
	struct events *events;
	struct memory *memory;
	struct agent_census *census;
	struct explainer *explainer;
	struct feed *feed;
	sd_event *loop;
	enum attach_mode mode; /* that was asked for */
	bool gone;	       /* the interface is not there, and that was said */
	int watch;
	pid_t web;
	unsigned int web_wait; /* rounds until the exporter is started again */
	bool web_failed;       /* and that was said */
};

/* What changes for a source, and not only how it is judged, is in the trail beside what people do. */
static void audit_ban(const char *dev, const struct transition *t)
{
	char source[PREFIX_TEXT_LEN];

	audit(&(struct audit_entry){ .action = "ban add",
				     .dev = dev,
				     .object = transition_subject(t, source),
				     .why = t->sentence,
				     .by = AUDIT_RULE,
				     .ttl_seconds = t->ttl_seconds });
}

static void on_transition(const struct transition *t, void *arg)
{
	const struct agent *agent = arg;

	log_transition(t);
	feed_transition(agent->feed, t);
	memory_transition(agent->memory, t);
	if (step_is_ban(t->to) && !t->bound && !t->error)
		audit_ban(agent->options->dev, t);
}

static const char *mode_name(enum attach_mode mode)
{
	return mode == ATTACH_NATIVE ? "native" : "generic";
}

/*
 * Looks whether packets are still judged. An interface that was deleted and made again gets its
 * programs back; a link that somebody removed by hand stays removed, for that is the emergency
 * exit, and the agent ends. Returns a negative errno if that cannot be told.
 */
static int check_attachment(struct agent *agent, struct attachment *out)
{
	const char *dev = agent->options->dev;
	struct attachment now = { 0 };
	enum attach_mode used;
	char why[SHIELD_WHY_LEN];
	int err = shield_attached(dev, &now);

	*out = now;
	if (err || now.alive)
		return err;
	sight_interrupted(&agent->sight);
	if (!now.pinned) {
		log_say(MESSAGE_UNLINKED,
			"the link of %s was removed by hand: nothing is dropped any "
			"more, and the agent ends; `sipshield run %s' protects again",
			dev, dev);
		sd_event_exit(agent->loop, EXIT_NOT_ENFORCING);
		return 0;
	}
	err = shield_attach(agent->shield, agent->mode, &used, why);
	if (!err)
		log_say(MESSAGE_INTERFACE_BACK, "%s is back: protected again in %s mode (%s)", dev,
			mode_name(used), why);
	else if (!agent->gone)
		log_say(MESSAGE_INTERFACE_GONE, "%s is not protected: %s; tries again every second",
			dev, why);
	agent->gone = err;
	return 0;
}

static int on_web_end(sd_event_source *source, const siginfo_t *info, void *arg)
{
	struct agent *agent = arg;

	sd_event_source_unref(source);
	log_say(MESSAGE_METRICS_FAILED, "the metrics process ended (%s %d); it is started again",
		info->si_code == CLD_EXITED ? "status" : "signal", info->si_status);
	agent->web = 0;
	agent->web_wait = WEB_RETRY_ROUNDS;
	return 0;
}

/* Metrics are a courtesy: what goes wrong with them is said once and tried again. */
static void start_web(struct agent *agent)
{
	unsigned short port = agent->options->metrics_port;
	int err = web_start(agent->options->dev, port, &agent->web);

	if (!err)
		err = sd_event_add_child(agent->loop, NULL, agent->web, WEXITED, on_web_end, agent);
	if (err && !agent->web_failed)
		log_say(MESSAGE_METRICS_FAILED,
			"no dashboard and no metrics on 127.0.0.1:%u: %s; choose another port by "
			"--metrics-port, or 0 for none",
			port, strerror(-err));
	if (!err)
		log_say(MESSAGE_METRICS, "dashboard on http://127.0.0.1:%u/, metrics on /metrics",
			port);
	agent->web_failed = err;
	agent->web_wait = WEB_RETRY_ROUNDS;
}

/*
 * Whether the programs are there and see the packets. An interface that is gone and that the agent
 * waits for is no illness of the agent's: a new one could do no more.
 */
static int check_sight(struct agent *agent)
{
	struct store *store = shield_store(agent->shield);
	struct attachment now;
	int err = check_attachment(agent, &now);

	if (!err && now.alive)
		err = sight_round(&agent->sight, store, agent->options->dev, now.native);
	if (err)
		log_say(MESSAGE_AGENT_TROUBLE, "cannot tell whether %s is protected: %s",
			agent->options->dev, strerror(-err));
	return err;
}

/* What the watchdog hears of: the maps were read, the link looked at, the counters compared. */
static void healthy(struct agent *agent)
{
	if (store_beat(shield_store(agent->shield), cmd_now()) ||
	    agent_census_round(agent->census, agent->round))
		log_say(MESSAGE_AGENT_TROUBLE, "cannot write what the round counted");
	else
		sd_notify(0, "WATCHDOG=1");
}

static int on_round(sd_event_source *source, uint64_t usec, void *arg)
{
	struct agent *agent = arg;
	int err = round_run(agent->round, cmd_now(), on_transition, agent);

	(void)usec;
	if (err < 0)
		log_say(MESSAGE_AGENT_TROUBLE, "cannot judge the sources: %s", strerror(-err));
	agent_policy_round(agent->options, shield_store(agent->shield));
	agent_server_round(&agent->server, shield_store(agent->shield));
	events_round(agent->events);
	memory_round(agent->memory);
	if (!check_sight(agent) && err >= 0)
		healthy(agent);
	if (agent->options->metrics_port && !agent->web && !agent->web_wait--)
		start_web(agent);
	err = sd_event_source_set_time_relative(source, USEC_PER_SECOND);
	return err < 0 ? err : sd_event_source_set_enabled(source, SD_EVENT_ON);
}

/* An event has the whole address of an IPv6 source. */
static void wake(const struct agent *agent, const struct addr *address)
{
	struct addr key;

	if (!store_key(shield_store(agent->shield), address, &key))
		round_wake(agent->round, &key);
}

static void on_event(const struct event *event, const char *signature, void *arg)
{
	struct agent *agent = arg;

	agent_census_event(agent->census, event);
	feed_event(agent->feed, event, signature);
	if (event->kind == EVENT_PASS)
		return;
	memory_event(agent->memory, event, signature);
	if (event->kind == EVENT_ANSWER || event->kind == EVENT_HELD ||
	    event->kind == EVENT_LEARNED)
		wake(agent, &event->src);
}

static int on_events(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct agent *agent = arg;

	(void)source;
	(void)fd;
	(void)revents;
	events_read(agent->events);
	return 0;
}

static int on_interface(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct attachment now;

	(void)source;
	(void)revents;
	nic_watch_drain(fd);
	check_attachment(arg, &now);
	return 0;
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *arg)
{
	struct agent *agent = arg;

	(void)source;
	(void)info;
	sd_notify(0, "RELOADING=1");
	agent_policy_reload(agent->options, shield_store(agent->shield));
	sd_notify(0, "READY=1");
	return 0;
}

static int on_end(sd_event_source *source, const struct signalfd_siginfo *info, void *arg)
{
	struct agent *agent = arg;

	(void)source;
	(void)info;
	sd_notify(0, "STOPPING=1");
	log_say(MESSAGE_AGENT_ENDS,
		"the agent of %s ends; the policy and the bans stay in force without it. "
		"To end that too: sipshield detach %s",
		agent->options->dev, agent->options->dev);
	return sd_event_exit(agent->loop, EXIT_DONE);
}

static int add_signals(struct agent *agent)
{
	sigset_t set;
	int err;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	err = sd_event_add_signal(agent->loop, NULL, SIGHUP, on_reload, agent);
	if (err >= 0)
		err = sd_event_add_signal(agent->loop, NULL, SIGINT, on_end, agent);
	if (err >= 0)
		err = sd_event_add_signal(agent->loop, NULL, SIGTERM, on_end, agent);
	return err;
}

static int add_sources(struct agent *agent)
{
	int err = events_open(shield_store(agent->shield), on_event, agent, &agent->events);

	if (err)
		return err;
	agent->watch = nic_watch();
	if (agent->watch < 0)
		return agent->watch;
	err = sd_event_add_io(agent->loop, NULL, events_fd(agent->events), EPOLLIN, on_events,
			      agent);
	if (err >= 0)
		err = sd_event_add_io(agent->loop, NULL, agent->watch, EPOLLIN, on_interface,
				      agent);
	if (err >= 0)
		err = sd_event_add_time_relative(agent->loop, NULL, CLOCK_MONOTONIC, 0, 0, on_round,
						 agent);
	return err;
}

/* What outlives the maps, put back before the first packet is judged by new ones. */
static int remember(struct agent *agent, bool fresh)
{
	const struct agent_options *options = agent->options;
	int err;

	agent->memory = memory_open(options->state_dir, options->dev, shield_store(agent->shield));
	if (!agent->memory)
		return -ENOMEM;
	err = shield_set_state_dir(options->dev, options->state_dir);
	if (err)
		log_say(MESSAGE_MEMORY_FAILED,
			"cannot note for other commands where the state is: %s", strerror(-err));
	if (fresh)
		memory_recall(agent->memory);
	return 0;
}

/* The kernel side, in the order in which no packet is judged without a policy. */
static int protect(struct agent *agent)
{
	const char *dev = agent->options->dev;
	struct store *before = NULL;
	struct attachment was = { 0 };
	enum attach_mode used;
	char why[SHIELD_WHY_LEN];
	bool fresh = store_open(dev, false, &before, NULL) == -ENOENT;
	int err = shield_load(dev, &agent->shield, why);

	store_close(before);
	if (err)
		log_say(MESSAGE_AGENT_REFUSED, "%s", why);
	else
		err = agent_policy_start(agent->options, shield_store(agent->shield));
	/* An agent that was stopped before it attached may have put back a part. */
	if (!err)
		err = shield_attached(dev, &was);
	if (!err)
		err = remember(agent, !was.pinned);
	if (!err) {
		err = shield_attach(agent->shield, agent->mode, &used, why);
		log_say(err ? MESSAGE_AGENT_REFUSED : MESSAGE_AGENT_PROTECTS, "%s%s%s%s",
			err ? "" : "protects ", err ? "" : dev, err ? "" : ": ", why);
	}
	/* What nobody protects with is not left behind; what was there before stays. */
	if (err && fresh)
		shield_detach(dev);
	return err;
}

static int refused(int err)
{
	if (err == -EBADMSG)
		return EXIT_USAGE;
	return err == -EBUSY || err == -EALREADY || err == -EPROTO ? EXIT_REFUSED : EXIT_FAILED;
}

static int take_instance(const char *dev)
{
	pid_t other = 0;
	int err;

	if (!store_is_dev(dev) || !if_nametoindex(dev)) {
		log_say(MESSAGE_AGENT_REFUSED, "there is no interface %s; `ip link' lists them",
			dev);
		return EXIT_USAGE;
	}
	err = instance_take(dev, &other);
	if (err == -EAGAIN) {
		log_say(MESSAGE_AGENT_REFUSED,
			"an agent already runs for %s, as process %d; stop that one first", dev,
			other);
		return EXIT_REFUSED;
	}
	if (err) {
		log_say(MESSAGE_AGENT_REFUSED,
			"cannot take the lock of %s under /run/sipshield: %s; run as root", dev,
			strerror(-err));
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

static void stop_web(const struct agent *agent)
{
	if (agent->web && !kill(agent->web, SIGTERM))
		waitpid(agent->web, NULL, 0);
}

/* The dashboard does without the one, all but `watch' without the other. */
static void start_sockets(struct agent *agent)
{
	const struct agent_options *options = agent->options;
	int err = explainer_open(agent->loop, shield_store(agent->shield), options->dev,
				 options->state_dir, &agent->explainer);

	if (err)
		log_say(MESSAGE_METRICS_FAILED, "the dashboard cannot ask about sources: %s",
			strerror(-err));
	err = feed_open(agent->loop, options->dev, &agent->feed);
	if (err)
		log_say(MESSAGE_AGENT_TROUBLE, "nobody can follow the decisions live: %s",
			strerror(-err));
}

static int serve(struct agent *agent)
{
	int err = add_signals(agent);

	if (err >= 0)
		err = add_sources(agent);
	if (err < 0) {
		log_say(MESSAGE_AGENT_REFUSED, "cannot start the event loop: %s", strerror(-err));
		return EXIT_FAILED;
	}
	start_sockets(agent);
	agent_confine(agent->options->policy, agent->options->state_dir);
	if (agent->options->metrics_port)
		start_web(agent);
	/* Whoever waits for this finds the figures of the first round. */
	sd_event_run(agent->loop, USEC_PER_SECOND);
	sd_notify(0, "READY=1");
	err = sd_event_loop(agent->loop);
	stop_web(agent);
	explainer_close(agent->explainer);
	feed_close(agent->feed);
	return err < 0 ? EXIT_FAILED : err;
}

static int run(struct agent *agent)
{
	int status = EXIT_FAILED;
	int err = protect(agent);

	if (!err)
		agent->round = round_new(shield_store(agent->shield), ROUND_ENTRIES, cmd_now(),
					 memory_last_id(agent->memory) + 1);
	health_init(&agent->server.health);
	if (!err)
		agent->census = agent_census_new(shield_store(agent->shield), cmd_now());
	if (err)
		status = refused(err);
	else if (agent->round && agent->census && sd_event_new(&agent->loop) >= 0)
		status = serve(agent);
	if (agent->round)
		round_leave(agent->round);
	events_close(agent->events);
	agent_census_free(agent->census);
	memory_close(agent->memory, !err);
	sd_event_unref(agent->loop);
	round_free(agent->round);
	shield_free(agent->shield);
	if (agent->watch >= 0)
		close(agent->watch);
	return status;
}

int agent_run(const struct agent_options *options)
{
	struct agent agent = { .options = options, .mode = options->mode, .watch = -1 };
	int status = take_instance(options->dev);

	if (status)
		return status;
	status = run(&agent);
	instance_leave(options->dev);
	return status;
}
