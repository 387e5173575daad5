# SPDX-License-Identifier: GPL-2.0-or-later
"""exprs.py EXPOSITION FILE...: says which expressions of alert rules (.yml) and dashboards (.json) ask
for a metric, a label or a label's value that the exposition does not have. With --print instead of
EXPOSITION it prints the expressions, as a Prometheus takes them."""
import json
import re
import sys

ADDED = {"instance", "job"}  # by whoever scrapes


def read_exposition(path):
    metrics = {}
    for line in open(path, encoding="utf-8"):
        found = re.match(r"(sipshield_\w+)(?:\{(.*)\})? ", line)
        if found:
            labels = metrics.setdefault(found[1], {})
            for name, value in re.findall(r'(\w+)="([^"]*)"', found[2] or ""):
                labels.setdefault(name, set()).add(value)
    return metrics


def exprs_of(path):
    text = open(path, encoding="utf-8").read()
    if path.endswith(".yml"):
        for quoted in re.findall(r"^ +expr: '(.*)'$", text, re.M):
            yield quoted.replace("''", "'"), ""
        return
    stack = [json.loads(text)]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack += node
        elif isinstance(node, dict):
            stack += node.values()
            if "expr" in node:
                yield node["expr"], node.get("legendFormat", "")


def matcher_faults(name, labels, matchers):
    for label, op, value in re.findall(r'(\w+)(=~|!~|!=|=)"([^"]*)"', matchers):
        if label in ADDED:
            continue
        if label not in labels:
            yield f"{name} has no label {label}"
        elif op in ("=", "=~"):
            for one in value.split("|"):
                if one not in labels[label]:
                    yield f"{name} has no {label}={one}"


def faults_of(expr, legend, metrics):
    known = set(ADDED)
    found = re.findall(r"(sipshield_\w+)(?:\{([^}]*)\})?(\[)?", expr)
    for name, matchers, ranged in found:
        if name not in metrics:
            yield f"there is no {name}"
            continue
        known |= set(metrics[name])
        yield from matcher_faults(name, metrics[name], matchers)
        if name.endswith("_total") != bool(ranged):
            yield f"{name}: a counter is for rate(), a gauge is not"
    if not found and not re.match(r"up\b", expr):
        yield "no metric of sipshield"
    for group in re.findall(r"\b(?:by|without|on) \(([^)]*)\)", expr):
        for label in group.split(","):
            if label.strip() not in known:
                yield f"no label {label.strip()}"
    for label in re.findall(r"\{\{(\w+)\}\}", legend):
        if label not in known:
            yield f"legend: no label {label}"


def main():
    first, *files = sys.argv[1:]
    if first == "--print":
        for path in files:
            for expr, _ in exprs_of(path):
                print(expr.replace("$__rate_interval", "15s").replace("$instance", ".*"))
        return 0
    metrics = read_exposition(first)
    faults = [f"{path}: {expr}: {fault}" for path in files for expr, legend in exprs_of(path)
              for fault in faults_of(expr, legend, metrics)]
    print("\n".join(faults), end="\n" if faults else "")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
