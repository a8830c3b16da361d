"""All rounds of a server as one run, in the members of a run."""
from bootstrap import median

QUANTILES = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999))


def member(run, path):
    """What is found at `path`, member by member; None where there is nothing."""
    for key in path.split("."):
        run = run.get(key) if isinstance(run, dict) else None
    return run


def number(run, path):
    """None where there is no number."""
    value = member(run, path)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def known(runs, path):
    return [value for value in (number(run, path) for run in runs) if value is not None]


def mean(runs, path, weight=None):
    """Of all operations: `weight` is how many a run has."""
    pairs = [(value, share) for value, share in
             ((number(run, path), number(run, weight) if weight else 1) for run in runs)
             if value is not None and share and share > 0]
    weights = sum(share for _, share in pairs)
    return sum(value * share for value, share in pairs) / weights if weights else None


def merge_rows(runs, path):
    """[[low, high, count], ...] of each; rows of the same start are one."""
    merged = {}
    for run in runs:
        for low, high, count in member(run, path) or []:
            row = merged.setdefault(float(low), [float(low), high, 0])
            row[2] += count
    return [merged[low] for low in sorted(merged)]


def quantile(rows, share, most):
    """The value that a share is not above, the middle of its bucket."""
    left = share * sum(count for _, _, count in rows)
    for low, high, count in rows:
        left -= count
        if left <= 0 or [low, high, count] == rows[-1]:
            middle = (low + high) / 2
            return most if most is not None and middle > most else middle
    return None


def merge_latency(runs, weight):
    """`histogram` and `latency_us` of runs, or of one phase of each; `weight` names its
    operations."""
    rows = merge_rows(runs, "histogram")
    most = max(known(runs, "latency_us.max"), default=None)
    latency = {"max": most, "min": min(known(runs, "latency_us.min"), default=None),
               "mean": mean(runs, "latency_us.mean", weight)}
    return {"histogram": rows, "latency_us": {
        **latency, **{name: quantile(rows, share, most) for name, share in QUANTILES}}}


def merge_phase(phases):
    operations = sum(known(phases, "count"))
    return {"count": int(operations), **merge_latency(phases, "count")} if operations else None


def merge_second(seconds):
    return {
        "t_s": mean(seconds, "t_s"), "seconds": mean(seconds, "seconds"),
        "rate": mean(seconds, "rate", "seconds"),
        "p50_us": median(known(seconds, "p50_us")), "p99_us": median(known(seconds, "p99_us")),
        "errors": mean(seconds, "errors"),
        "server_cpu_percent": mean(seconds, "server_cpu_percent", "seconds"),
        "server_rss_bytes": mean(seconds, "server_rss_bytes"),
        "latency": merge_rows(seconds, "latency")}


def merge_runs(runs):
    """Runs, None where a round gave none, as one; None of nothing. Runs have the same phases and
    kinds of errors: the first names them."""
    runs = [run for run in runs if run is not None]
    if not runs:
        return None
    longest = max(len(run.get("series") or []) for run in runs)
    seconds = [[run["series"][i] for run in runs if i < len(run.get("series") or [])]
               for i in range(longest)]
    return {
        "runs": len(runs), "completed": int(sum(known(runs, "completed"))),
        "measured_s": sum(known(runs, "duration_s")),
        "errors_total": int(sum(known(runs, "errors_total"))),
        "errors": {kind: int(sum(known(runs, f"errors.{kind}")))
                   for kind in runs[0].get("errors") or {}},
        "phases": {name: merge_phase([member(run, f"phases.{name}") for run in runs])
                   for name in runs[0].get("phases") or {}},
        "series": [merge_second(second) for second in seconds],
        **merge_latency(runs, "completed")}
