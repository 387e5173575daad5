#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An office after a power cut: 200 phones behind one address register within 20 s. All of them are
# served; a request is repeated once at most, and nobody is banned.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"

office=198.51.100.99
test_open
lab_start_shield

echo SEQUENTIAL >"$LAB_DIR/office"
for user in $(seq 1200 1399); do
	lab_phone "$office" "$user" $((user + 30000))
done >>"$LAB_DIR/office"

# a port for each phone, as behind a NAT; a second repetition of a request fails that phone
lab_spawn office "$LAB_ATTACK_CPU" callers sipp "$LAB_SERVER" -max_socket 4000 \
	-sf "$LAB_SOURCES/sipp/register.xml" -inf "$LAB_DIR/office" -i "$office" -t un \
	-r 10 -m 200 -default_behaviors all,-bye -recv_timeout 2000 -max_non_invite_retrans 1 \
	-nostdin -trace_stat -stf "$LAB_DIR/office.csv" -fd 1 \
	-trace_err -error_file "$LAB_DIR/office.err"
lab_await "$LAB_PID"

same registered "$(lab_sipp_count office 'SuccessfulCall(C)')" 200
at_least known-to-the-registrar "$(lab_registered)" $((200 + LAB_PHONES + 1))
same no-bans "$(lab_shield ban list --json --dev "$LAB_DEV" | jq '.bans | length')" 0
same office-not-dropped "$(lab_shield source list --json --dev "$LAB_DEV" |
	jq --arg src "$office" '[.sources[] | select(.src == $src) | .suspect.exceeded // 0] | add // 0')" 0
same office-trusted "$(lab_shield source show "$office" --json --dev "$LAB_DEV" | jq -r .standing)" trusted
