# SPDX-License-Identifier: GPL-2.0-or-later
# Every series of the metrics, made of the document of `status --json`: NAME{LABELS} and a tab and VALUE.

def flag: if . then 1 else 0 end;
def line(name; labels; value): "\(name)\(if labels == "" then "" else "{\(labels)}" end)\t\(value)";
def verdicts(name; key; list): list[] as $x
	| line(name; "\(key)=\"\($x.name)\",verdict=\"pass\""; $x.passed),
	  line(name; "\(key)=\"\($x.name)\",verdict=\"drop\""; $x.dropped);

(.reasons[] | line("sipshield_packets_total";
	"direction=\"\(.direction)\",verdict=\"\(.verdict)\",reason=\"\(.name)\""; .packets)),
(.reasons[] | select(.verdict == "drop")
	| line("sipshield_shadow_packets_total"; "reason=\"\(.name)\""; .shadow)),
((.reasons | map(select(.action))) as $rules | "off", "shadow", "score", "enforce" | . as $action
	| line("sipshield_rules"; "action=\"\($action)\""; [$rules[] | select(.action == $action)] | length)),
line("sipshield_bytes_total"; "direction=\"in\",verdict=\"pass\""; .bytes.passed),
line("sipshield_bytes_total"; "direction=\"in\",verdict=\"drop\""; .bytes.dropped),
line("sipshield_bytes_total"; "direction=\"out\",verdict=\"pass\""; .bytes.out),
verdicts("sipshield_sip_messages_total"; "method"; [.methods[] | select(.name != "none")]),
verdicts("sipshield_standing_packets_total"; "standing"; .sources_by_standing),
line("sipshield_events_lost_total"; ""; .events_lost),
line("sipshield_bans"; ""; .bans),
line("sipshield_suspects"; ""; .suspects),
(.standing_sources | to_entries[]
	| line("sipshield_standing_sources"; "standing=\"\(.key)\""; .value)),
(.tables | to_entries[] | line("sipshield_table_entries"; "table=\"\(.key)\""; .value.entries),
	line("sipshield_table_capacity"; "table=\"\(.key)\""; .value.capacity)),
line("sipshield_frozen"; ""; .frozen | flag),
line("sipshield_blind"; ""; .blind | flag),
line("sipshield_bypass_seconds"; ""; .bypass // 0),
line("sipshield_enforcing"; ""; .enforcing | flag),
line("sipshield_attached"; "mode=\"native\""; .mode == "native" | flag),
line("sipshield_attached"; "mode=\"generic\""; .mode == "generic" | flag),
line("sipshield_policy_generation"; ""; .policy.generation),
line("sipshield_policy_unconfirmed_seconds"; ""; .policy.reverts_in // 0),
line("sipshield_policy_taken_back"; ""; .policy.taken_back != null | flag),
line("sipshield_config_reloads_total"; "result=\"applied\""; .reload.total - .reload.failed),
line("sipshield_config_reloads_total"; "result=\"failed\""; .reload.failed),
line("sipshield_config_last_reload_successful"; ""; .reload.ok | flag),
line("sipshield_agent_running"; ""; .agent.running | flag),
line("sipshield_server_nonces_total"; "shared=\"no\""; .nonces.sent - .nonces.shared),
line("sipshield_server_nonces_total"; "shared=\"yes\""; .nonces.shared),
line("sipshield_server_asked_total"; ""; .server.asked),
line("sipshield_server_answered_total"; ""; .server.answered),
line("sipshield_server_wait_seconds_total"; ""; .server.mean_wait * .server.answered),
line("sipshield_server_overload_answers_total"; ""; .server.overload),
(.server.answers | to_entries[] | line("sipshield_server_answers_total"; "class=\"\(.key)\""; .value)),
(.lanes | to_entries[] | line("sipshield_lane_rate"; "lane=\"\(.key)\""; .value.rate),
	line("sipshield_lane_rate_full"; "lane=\"\(.key)\""; .value.full)),
line("sipshield_cost_packets_total"; ""; .cost.packets),
line("sipshield_cost_seconds_total"; ""; .cost.ns / 1e9),
line("sipshield_nic_received_packets_total"; ""; .nic.rx_packets),
line("sipshield_nic_dropped_packets_total"; ""; .nic.rx_dropped),
line("sipshield_seen_packets_total"; ""; .seen.packets),
line("sipshield_interface_info"; "interface=\"\(.dev)\""; 1)
