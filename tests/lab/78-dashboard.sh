#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# beside others
#
# The dashboard in a real browser, beside real traffic: a flood begins and ends, a ban comes with its
# reason and goes, figures are those of `status`; by keyboard, on a phone's width, light and dark.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"

flooder=203.0.113.66
cracker=203.0.113.77
base=http://127.0.0.1:9478

# browse COMMAND...: of the browser; its answer, JSON.
browse() {
	local answer

	echo "$*" >&"${BROWSER[1]}"
	read -r -t 90 answer <&"${BROWSER[0]}" || lab_die "the browser does not answer to: $*"
	echo "$answer"
}

# shown NAME SECONDS EXPRESSION: one result, of what becomes true on the page.
shown() {
	local took

	took=$(browse wait "$2" "$3")
	check "$1" "not after $2 s: $3 ($took)" test "$took" != false -a "${took:0:1}" != "{"
}

# start_browser: beside what else is being started; its first answer is read later.
start_browser() {
	coproc BROWSER {
		lab_in server env PATH=/usr/bin:/bin HOME="$LAB_DIR" TMPDIR="$LAB_DIR" \
			/usr/bin/python3 "$LAB_TOP/tests/lab/browser/browser.py" "$LAB_DIR/chromium" \
			2>"$LAB_DIR/browser.log"
	}
}

await_browser() {
	local answer

	read -r -t 60 answer <&"${BROWSER[0]}" || lab_die "no browser: $(tail -n 3 "$LAB_DIR/browser.log")"
}

text() {
	echo "document.querySelector('$1').textContent"
}

# The last value, or the greatest, of a series that the chart of drops has drawn.
series() {
	echo "((d) => d ? $2(...d.data.map((p) => p.y).slice($3)) : -1)(Chart.getChart('chart-dropped').data.datasets.find((d) => d.label === '$1'))"
}

# figures: name and value of all that the page marks as a figure, as JSON.
figures() {
	browse eval "Object.fromEntries([...document.querySelectorAll('[data-figure]')].map((e) => [e.dataset.figure, Number(e.dataset.value)]))"
}

# agree: the page says what `status` and /api/snapshot say; nothing may come in between.
agree() {
	# shellcheck disable=SC2016 # variables of jq
	local filter='. as $s | $want | with_entries(.key as $k | .value = ($s | getpath($k | split("."))))'
	local page before after api

	before=$(lab_shield status --json --dev "$LAB_DEV")
	lab_sleep 2.2
	page=$(figures | jq -S .)
	api=$(lab_in server curl -s "$base/api/snapshot" | jq -S --argjson want "$page" "$filter")
	after=$(lab_shield status --json --dev "$LAB_DEV" | jq -S --argjson want "$page" "$filter")
	before=$(jq -S --argjson want "$page" "$filter" <<<"$before")
	differs=$(diff <(echo "$page") <(echo "$after") | tr '\n' ' ')
	[[ $before == "$after" && $page == "$after" && $api == "$after" ]] && return
	differs=${differs:-"status or /api/snapshot changed meanwhile"}
	return 1
}

# No phone calls here, and nothing takes as long as a browser that starts: it begins with the network.
lab_register_phones() { :; }
lab_start_answering() {
	start_browser
}

test_open
lab_start_shield
await_browser
web=$(pgrep --parent "$LAB_AGENT" --exact sipshield-web)
browse open "$base/" >/dev/null
browse deaf 127.0.0.1:9478 /api/stream >/dev/null

# --- what stands there before anything happens ---------------------------------------------------

shown dashboard-enforcing 10 "$(text '#banner-text') === 'Enforcing' && document.querySelector('#banner').dataset.state === 'good'"
shown dashboard-empty 3 "$(text '#table-bans .empty') === 'Nobody is banned.' && document.querySelector('#table-bans table').hidden"
shown dashboard-live 3 "$(text '#fresh').startsWith('Live')"

# --- a flood begins --------------------------------------------------------------------------------

lab_forge "$flooder" 5 --rate 1500 --method INVITE --ttl 60
shown flood-figure 6 "Number($(text '#rate-dropped').replace(/,/g, '')) > 500"
shown flood-chart 4 "$(series source-rate Math.max -3) > 500"
shown flood-legend 2 "!!document.querySelector('#legend-dropped [data-series=source-rate]')"
shown flood-reason 2 "document.querySelector('#table-reasons [data-key=source-rate]') !== null"
shown flood-suspect 4 "document.querySelector('#table-suspects [data-key=\"$flooder\"]') !== null"

# --- a ban, and why ----------------------------------------------------------------------------------

lab_in attackers "$LAB_BUILD/tools/dance" crack --src "$cracker" --dst "$LAB_SERVER" --users 1001 \
	--tries 10 --gap 50 --patience 300 >"$LAB_DIR/dance.log" 2>&1
row="document.querySelector('#table-bans [data-key=\"$cracker\"]')"
shown ban-appears 6 "$row !== null"
note=$(lab_shield ban list --json --dev "$LAB_DEV" | jq -r --arg src "$cracker" '.bans[] | select(.src == $src) | .reason')
shown ban-with-its-reason 2 "$row.children[1].textContent === '$note'"
shown decision-with-its-rule 4 "[...document.querySelectorAll('#table-decisions tbody tr')].some((r) => r.children[1].textContent === '$cracker' && /→ ban/.test(r.children[2].textContent) && r.children[3].textContent === '$note')"
lab_shield ban add 203.0.113.99 --reason '<img src=x><b>loud</b>' --dev "$LAB_DEV" >/dev/null
shown reason-is-text 4 "[...document.querySelectorAll('#table-bans td')].some((d) => d.textContent === '<img src=x><b>loud</b>') && !document.querySelector('#table-bans img')"

# --- by keyboard ---------------------------------------------------------------------------------------

browse eval "document.activeElement.blur()" >/dev/null
browse keys TAB >/dev/null
shown keyboard-skip-link 1 "document.activeElement.className === 'skip' && document.activeElement.getBoundingClientRect().top >= 0"
browse keys ENTER >/dev/null
shown keyboard-skips 1 "document.activeElement.id === 'main'"
for ((tab = 0; tab < 30; tab++)); do
	browse keys TAB >/dev/null
	[[ $(browse eval "document.activeElement === $row.querySelector('.open')") == true ]] && break
done
at_most keyboard-reaches-the-ban "$tab" 29
shown keyboard-focus-is-seen 1 "getComputedStyle(document.activeElement).outlineStyle === 'solid'"
lab_sleep 1.2
shown keyboard-focus-stays 1 "document.activeElement === $row.querySelector('.open')"
browse keys ENTER >/dev/null
shown explained 5 "$(text '#source-body').includes('is banned')"
shown explained-decider 1 "$(text '#source-body [data-decides=true] b') === 'ban'"
shown explained-evidence 1 "/credentials/.test($(text '#source-body .steps'))"
shown explained-remedy 1 "$(text '#source-body .command code') === 'sipshield ban del $cracker'"
shown explained-holds-focus 1 "document.querySelector('#source').contains(document.activeElement)"
browse keys ESCAPE >/dev/null
shown keyboard-returns 1 "!document.querySelector('#source').open && document.activeElement === $row.querySelector('.open')"

# --- the ban is lifted, the flood ends --------------------------------------------------------------

lab_shield ban del "$cracker" --dev "$LAB_DEV" >/dev/null
shown ban-disappears 5 "$row === null"
shown flood-ends 8 "Number($(text '#rate-dropped')) === 0"
shown flood-was-drawn 4 "$(series source-rate Math.max 0) > 500 && $(series source-rate Math.max -2) < 500"
lab_wait 1 agree || true
same figures-agree "$differs" ""
browse eval "document.querySelector('#table-reasons th button').focus()" >/dev/null
browse keys ENTER >/dev/null
shown keyboard-sorts 1 "document.querySelector('#table-reasons th').getAttribute('aria-sort') === 'ascending'"

# --- time, colours, width ---------------------------------------------------------------------------

browse click '#range label:nth-of-type(2)' >/dev/null
shown range-of-an-hour 3 "((x) => x.max - x.min)(Chart.getChart('chart-dropped').scales.x) === 3600 && $(series source-rate Math.max 0) > 500"
browse dark >/dev/null
shown dark-as-the-system 2 "document.documentElement.dataset.theme === 'dark' && getComputedStyle(document.body).backgroundColor === 'rgb(14, 19, 24)'"
browse click '#theme' >/dev/null
browse open "$base/" >/dev/null
shown light-by-choice 4 "document.documentElement.dataset.theme === 'light' && $(text '#theme') === 'Theme: light'"
browse width 320 >/dev/null
shown phone-width 4 "$(text '#banner-text') === 'Enforcing' && document.documentElement.scrollWidth <= 320 && innerWidth === 320"
browse width 1440 >/dev/null
same no-complaints "$(browse problems)" "[]"

# --- states that need a look -------------------------------------------------------------------------

echo 'mode: shadow' >"$LAB_DIR/shadow.yaml"
lab_shield policy apply "$LAB_DIR/shadow.yaml" --confirm-within 1m --dev "$LAB_DEV" >/dev/null
shown shadow 5 "$(text '#banner-text').startsWith('Shadow') && document.querySelector('#banner').dataset.state === 'warn' && document.title.startsWith('NOT ENFORCING')"
lab_forge 203.0.113.67 2 --rate 800 --method INVITE --ttl 60
shown shadow-is-drawn 5 "document.querySelector('#which-shadow').checked && $(series source-rate Math.max -4) > 300"
shown unconfirmed 1 "/Unconfirmed policy: [0-9]+s left/.test($(text '#countdown')) && /not confirmed/.test($(text '#notices'))"
lab_shield policy rollback --dev "$LAB_DEV" >/dev/null
lab_shield bypass "$LAB_DEV" --for 1m >/dev/null
shown bypass 5 "$(text '#banner-text').startsWith('Bypassed') && /Bypass: [0-9]+s left/.test($(text '#countdown')) && document.querySelector('#banner').dataset.state === 'bad'"
lab_shield bypass "$LAB_DEV" --off >/dev/null
shown enforcing-again 5 "$(text '#banner-text') === 'Enforcing'"
browse click '#pause' >/dev/null
shown paused 3 "$(text '#fresh').startsWith('Paused') && document.querySelector('#pause').getAttribute('aria-pressed') === 'true'"
browse click '#pause' >/dev/null
kill -STOP "$web"
shown connection-lost 9 "$(text '#banner-text') === 'Connection lost' && /Last figures [0-9]+s old/.test($(text '#fresh'))"
kill -CONT "$web"
shown connection-back 8 "$(text '#banner-text') === 'Enforcing'"

# --- what it is not for ---------------------------------------------------------------------------------

same foreign-name "$(lab_in server curl -s -o /dev/null -w '%{http_code}' -H 'Host: rebound.example' "$base/api/snapshot")" 403
same foreign-page "$(lab_in server curl -s -o /dev/null -w '%{http_code}' -H 'Sec-Fetch-Site: cross-site' "$base/api/snapshot")" 403
# The browser's page and the deaf one's place are taken or free: eight more fill what is left.
for ((stream = 0; stream < 8; stream++)); do
	lab_spawn "stream$stream" "$LAB_SERVER_CPU" server curl -s -m 2 -o /dev/null "$base/api/stream"
done
lab_sleep 0.7
same streams-are-bounded "$(lab_in server curl -s -m 1 -o /dev/null -w '%{http_code}' "$base/api/stream")" 503
same deaf-client-is-let-go "$(browse deaf)" true
