// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/agent_sight.h"

#include <errno.h>
#include <stdio.h>

#include "user/cmd.h"
#include "user/log.h"
#include "user/nic.h"

#define SECOND_NS 1000000000ULL
/* The mark outlives a few rounds that come late, and not an agent that has ended. */
#define MARK_NS (5 * SECOND_NS)

int sight_read(const struct store *store, const char *dev, bool native, struct blind_reading *out)
{
	struct blind_reading reading = { .native = native };
	struct nic_counters nic;
	int err = store_seen(store, &reading.before);

	if (!err)
		err = nic_counters(dev, &nic);
	if (!err)
		err = store_seen(store, &reading.after);
	if (err)
		return err;
	reading.nic.packets = nic.rx_packets;
	reading.nic.bytes = nic.rx_bytes;
	*out = reading;
	return 0;
}

static void say_began(const struct sight *sight, const char *dev, bool native)
{
	char way_out[128] = "";

	if (native)
		snprintf(
			way_out, sizeof(way_out),
			"; generic mode sees all: sipshield detach %s && sipshield run %s --mode generic",
			dev, dev);
	log_say(MESSAGE_BLIND,
		"BLIND: %s received %llu packets that the program should have seen, and it saw "
		"all but %llu of them: they get past the shield. `sipshield doctor %s' looks for "
		"the reason%s",
		dev, (unsigned long long)sight->blind.received,
		(unsigned long long)sight->blind.missing, dev, way_out);
}

int sight_round(struct sight *sight, struct store *store, const char *dev, bool native)
{
	struct blind_reading now;
	enum blind_change change;
	__u64 now_ns = cmd_now();
	int err = sight_read(store, dev, native, &now);

	if (err)
		return err;
	change = blind_round(&sight->blind, &now);
	if (change == BLIND_BEGAN) {
		sight->since_ns = now_ns;
		say_began(sight, dev, native);
	}
	if (change == BLIND_ENDED)
		log_say(MESSAGE_SEEING,
			"the program on %s sees what the interface receives again, after %llu s",
			dev, (unsigned long long)((now_ns - sight->since_ns) / SECOND_NS));
	if (sight->blind.alarm)
		return store_set_blind(store, now_ns + MARK_NS);
	return change == BLIND_ENDED ? store_set_blind(store, 0) : 0;
}

void sight_interrupted(struct sight *sight)
{
	blind_restart(&sight->blind);
}
