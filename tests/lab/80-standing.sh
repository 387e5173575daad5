#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Standing protects its owner: known phones, new callers and a carrier get through whoever a flood is
# forged from, and nobody is banned for it. The whole table, beside what others achieve, is printed
# by tools/lab standing.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"

# shellcheck disable=SC2034 # read by the lab
STAND_CALLS=60 STAND_NEW=16 STAND_CARRIER=20
STAND_FLOODS=(random phones-far phones-near carrier-far)
# shellcheck disable=SC2034 # what the core that serves can carry besides the server, see docs/standing.md
STAND_RATE=500000

test_open
stand_write_callers
lab_protect sipshield
for flood in "${STAND_FLOODS[@]}"; do
	stand_cell sipshield "$flood"
	at_least "known-phones/$flood" "${STAND[sipshield.$flood.known.ok]}" $((STAND_CALLS * 99 / 100))
	# who loses first tries repeats each of three; a busy server costs some
	at_most "known-phones-repeat/$flood" "${STAND[sipshield.$flood.known.again]}" $((STAND_CALLS / 4))
	at_least "carrier/$flood" "${STAND[sipshield.$flood.carrier.ok]}" $((STAND_CARRIER * 99 / 100))
	same "bans/$flood" "$(stand_banned)" ""
done
at_least new-callers/random "${STAND[sipshield.random.new.ok]}" $((STAND_NEW * 90 / 100))
same bans/never "$(stand_never_ban 1000000)" ""
at_least forged-tries "$(jq .sent "$LAB_DIR/flood.log")" 500000
