"""Rounds become the comparison: its JSON, and from that the table for people."""
import collections

import bootstrap
from merge import member, merge_runs, number
from turn import errors_text

SCHEMA = 1  # as that of a run
CONFIDENCE = 0.95
# Of a quota: a server that uses less was not held back by it; more than this is not enforced. Ticks of 10 ms
# and what runs on past the end of its share are between.
QUOTA_USED = 0.9
QUOTA_KEPT_TO = 1.1


def text_count(value):
    return f"{value:,.0f}"


def text_unit(value, units):
    size, name = next((unit for unit in units if value >= unit[0] * 0.9995), units[-1])
    scaled = value / size
    return f"{scaled:.{0 if scaled >= 99.95 else 2 if scaled < 9.995 else 1}f} {name}"


def text_time(us):
    if us * 1e3 < 999.5:
        return f"{us * 1e3:.0f} ns"
    return text_unit(us, ((1e6, "s"), (1e3, "ms"), (1, "us")))


def text_bytes(value):
    if value < 9999.5:
        return f"{text_count(value)} B"
    return text_unit(value, ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")))


def text_percent(share):
    return f"{100 * share:.0f} %"


def text_few(value):
    return f"{value:.3f}"


# `name` is of the comparison, `path` of a run's result, `title` of the table; `more` whether more
# is better, None where neither is, and there is no ratio either.
Metric = collections.namedtuple("Metric", "name path title more text")
METRICS = (
    Metric("rate_per_second", "rate_per_second", "operations a second (more is better)", True,
           text_count),
    Metric("p50_us", "latency_us.p50", "latency, p50 (less is better)", False, text_time),
    Metric("p99_us", "latency_us.p99", "latency, p99 (less is better)", False, text_time),
    Metric("server_cpu_us_per_op", "server_cpu_us_per_op",
           "server CPU an operation (less is better)", False, text_time),
    Metric("server_system_calls_per_op", "server.system_calls_per_op",
           "system calls of the server an operation (less is better)", False, text_few),
    Metric("server_rss_bytes", "server.rss_bytes", "server memory, resident (less is better)",
           False, text_bytes),
    Metric("quota_used", "quota.used", "of its quota, used", None, text_percent),
    Metric("quota_throttled", "quota.throttled_share",
           "periods in which the kernel stopped it for that", None, text_percent),
)


class Server:
    """One that is compared: `rounds` has its results, None for a round without one."""

    def __init__(self, name, command):
        self.name, self.command, self.rounds = name, command, []

    def values(self, metric):
        return [number(run, metric.path) for run in self.rounds]


def metric_json(metric, ours, base, seed):
    """The rounds of one server beside those of the first one, and for itself."""
    values = sorted(value for value in ours if value is not None)
    in_order = [value for value in ours if value is not None]
    low, high = bootstrap.interval(in_order, seed)
    found = bootstrap.Ratio(0, None, None, None)
    if metric.more is not None:
        found = bootstrap.ratio(ours, base, seed)
    return {
        "ratio": found.ratio, "ratio_low": found.low, "ratio_high": found.high,
        "verdict": "" if ours is base or metric.more is None
                   else bootstrap.verdict(found, metric.more),
        "median": bootstrap.median(values), "median_low": low, "median_high": high,
        "min": values[0] if values else None, "max": values[-1] if values else None}


def round_json(run):
    if run is None:
        return None
    return {**{metric.name: number(run, metric.path) for metric in METRICS},
            "errors": number(run, "errors_total"), "turn": number(run, "turn"),
            "client_limited": member(run, "client.limited") is True}


def typical_round(rounds):
    """The one whose rate is the median one, of an even number the lower."""
    ranked = sorted((rate, i) for i, rate in enumerate(number(run, "rate_per_second")
                                                       for run in rounds) if rate is not None)
    return rounds[ranked[(len(ranked) - 1) // 2][1]] if ranked else None


def quota_warnings(metrics):
    used, throttled = metrics["quota_used"]["median"], metrics["quota_throttled"]["median"]
    stopped = "" if throttled is None else (f" (the kernel stopped it in {100 * throttled:.0f} % of "
                                            "its periods)")
    if used is not None and used < QUOTA_USED:
        yield (f"it used {100 * used:.0f} % of its quota{stopped}: something else was the limit, and "
               "its rate is not its capacity")
    if used is not None and used > QUOTA_KEPT_TO:
        yield f"it used {100 * used:.0f} % of its quota{stopped}: it was not held to it"


def warnings_of(server):
    """What to know before believing."""
    rounds = server["rounds"]
    missing = rounds.count(None)
    limited = sum(1 for one in rounds if one and one["client_limited"])
    errors = errors_text(server["merged"] or {})
    if missing:
        yield f"no result in {missing} of {len(rounds)} rounds"
    if errors:
        yield errors
    if limited:
        yield (f"the client was over 90 % busy in {limited} of {len(rounds)} rounds, its limit may be "
               "what was measured; --quota, or a smaller one, holds the server instead")
    yield from quota_warnings(server["metrics"])


def server_json(server, first, seed):
    base = {metric.name: first.values(metric) for metric in METRICS}
    metrics = {metric.name: metric_json(
        metric, base[metric.name] if server is first else server.values(metric), base[metric.name],
        seed) for metric in METRICS}
    found = {
        "name": server.name, "command": server.command, "metrics": metrics,
        "rounds": [round_json(run) for run in server.rounds],
        "merged": merge_runs(server.rounds), "result": typical_round(server.rounds)}
    used = metrics["quota_used"]["median"]
    return {**found, "warnings": list(warnings_of(found)),
            "quota_reached": None if used is None else used >= QUOTA_USED}


def outcome_json(servers, seed, scenario, notes, quota):
    """`servers` are Server, the first one is what ratios are to; README.md has the members."""
    return {
        "schema": SCHEMA, "kind": "comparison", "rounds": len(servers[0].rounds), "seed": seed,
        "confidence": CONFIDENCE, "scenario": scenario, "notes": notes,
        "quota": {"share": quota.share, "cgroup_version": quota.version} if quota else None,
        "servers": [server_json(server, servers[0], seed) for server in servers]}


def row_text(metric, server, width, first):
    found = server["metrics"][metric.name]
    cells = ["-" if found[key] is None else metric.text(found[key])
             for key in ("median", "min", "max")]
    line = f"    {server['name']:{width}} {cells[0]:>9}  ( {cells[1]:>9} to {cells[2]:>9})"
    if not first and found["ratio"] is not None:
        line += f"   x {found['ratio']:.3f}"
        if found["ratio_low"] is not None:
            line += f" ({found['ratio_low']:.3f} to {found['ratio_high']:.3f})"
        line += f"  {found['verdict']}"
    return line


def table(comparison):
    """Its lines."""
    servers = comparison["servers"]
    width = max(len(server["name"]) for server in servers)
    yield (f"{comparison['rounds']} interleaved rounds; median (least to most), ratio to "
           f"{servers[0]['name']} (95 % interval)")
    yield from comparison["notes"]
    for metric in METRICS:
        if any(server["metrics"][metric.name]["median"] is not None for server in servers):
            yield f"  {metric.title}"
            yield from (row_text(metric, server, width, server is servers[0])
                        for server in servers)
    for server in servers:
        yield from (f"  WARNING  {server['name']}: {sentence}" for sentence in server["warnings"])
