#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# beside others
#
# A real Prometheus scrapes the shield, evaluates the alerts that are shipped and every expression of
# the Grafana dashboard, and its API shows a flood. The alerts have unit tests of their own.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"

port=9480 api=http://127.0.0.1:9481/api/v1
rules=$LAB_TOP/packaging/prometheus/sipshield.rules.yml
board=$LAB_TOP/packaging/grafana/sipshield.json
here=$LAB_TOP/tests/lab/prometheus
alerts=$(grep -c 'alert:' "$rules")

# ask EXPR: the first value that Prometheus has for it now; nothing where it has none.
ask() {
	lab_in server curl --silent --get "$api/query" --data-urlencode "query=$1" |
		jq -r '.data.result[0].value[1] // empty'
}

# is EXPR VALUE, above EXPR VALUE
is() {
	[[ $(ask "$1") = "$2" ]]
}

above() {
	awk -v is="$(ask "$1")" -v least="$2" 'BEGIN { exit !(is != "" && is > least) }'
}

# fires ALERT
fires() {
	lab_in server curl --silent "$api/alerts" |
		jq -e --arg name "$1" '[.data.alerts[] | select(.labels.alertname == $name
			and .state == "firing")] | length == 1' >/dev/null
}

quietly() {
	"$@" >/dev/null 2>&1
}

start_prometheus() {
	cat >"$LAB_DIR/prometheus.yml" <<-CONFIG
		global: {scrape_interval: 1s, evaluation_interval: 1s}
		rule_files: ["$rules"]
		scrape_configs:
		  - job_name: sipshield
		    static_configs: [{targets: ["127.0.0.1:$port"]}]
	CONFIG
	lab_spawn prometheus "$LAB_ATTACK_CPU" server prometheus --config.file="$LAB_DIR/prometheus.yml" \
		--storage.tsdb.path="$LAB_DIR/prometheus" --web.listen-address="${api:7:14}"
}

# What the board asks for that Prometheus refuses or has no answer to, after some seconds of traffic.
unanswered() {
	local expr answer

	python3 "$here/exprs.py" --print "$board" | while IFS= read -r expr; do
		answer=$(lab_in server curl --silent --get "$api/query" --data-urlencode "query=$expr" |
			jq -r 'if .status == "success" then .data.result | length else .error end')
		[[ $answer =~ ^[1-9] ]] || echo "$expr: $answer"
	done
}

test_open
lab_start_shield --metrics-port $port
lab_shield metrics --textfile "$LAB_DIR/sipshield.prom" --dev "$LAB_DEV"
same textfile "$(stat -c %a "$LAB_DIR/sipshield.prom") $(promtool check metrics <"$LAB_DIR/sipshield.prom" 2>&1)" \
	"644 "
lab_in server curl --silent "http://127.0.0.1:$port/metrics" >"$LAB_DIR/exposition"
start_prometheus

check alert-rules "$(promtool check rules "$rules" 2>&1)" \
	quietly promtool check rules "$rules"
check alert-tests "$(promtool test rules "$here/alerts.test.yml" 2>&1 | tail -n 20)" \
	quietly promtool test rules "$here/alerts.test.yml"
same alerts-with-a-test "$(grep -oP 'alertname: \K\w+' <(awk '/alertname/ { name = $0 }
	/exp_labels/ { print name }' "$here/alerts.test.yml") | sort -u | wc -l)" "$alerts"
same alerts-with-a-runbook "$(grep -oP 'runbook_url: .*#\K.*' "$rules" | sort -u | while read -r id; do
	grep -qx "<a id=\"$id\"></a>" "$LAB_TOP/docs/monitoring.md" || echo "$id"
done)" ""
same exprs-of-what-there-is \
	"$(python3 "$here/exprs.py" "$LAB_DIR/exposition" "$rules" "$board" 2>&1)" ""
# shellcheck disable=SC2016 # a dashboard's own variable
echo '{"expr": "rate(sipshield_frozen{lane=\"x\"}[1m])"}' >"$LAB_DIR/wrong.json"
check exprs-of-what-is-not "they pass" \
	test "$(python3 "$here/exprs.py" "$LAB_DIR/exposition" "$LAB_DIR/wrong.json" | wc -l)" = 2

check prometheus-scrapes "$(tail -n 2 "$LAB_DIR/prometheus.log")" lab_wait 15 is up 1
same prometheus-has-the-alerts "$(lab_in server curl --silent "$api/rules" | jq '[.data.groups[].rules[]
	| select(.health != "err")] | length')" "$alerts"
lab_forge "$LAB_FLOODER" 5 --method REGISTER --rate 2000
check flood-in-prometheus "$(ask 'sum(rate(sipshield_packets_total{verdict="drop"}[5s]))') a second" \
	lab_wait 10 above 'sum(rate(sipshield_packets_total{verdict="drop"}[5s]))' 1000
check flood-by-reason "no reason" lab_wait 3 above \
	'max(rate(sipshield_packets_total{verdict="drop"}[5s]))' 500
same board-answers "$(unanswered)" ""
lab_await "$LAB_PID"
check flood-ends "still $(ask 'sum(rate(sipshield_packets_total{verdict="drop"}[5s]))')" \
	lab_wait 12 is 'sum(rate(sipshield_packets_total{verdict="drop"}[5s]))' 0
echo 'mode: no such mode' >"$LAB_DIR/policy.yaml"
kill -HUP "$LAB_AGENT"
check alert-fires "none for a policy that is wrong" lab_wait 6 fires SipshieldReloadFailed
