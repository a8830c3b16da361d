"""Results of shunt-bench, made by hand: 1,000 operations in four seconds, the third one with errors."""


def sample_histogram(factor):
    """Buckets of 0 to 1, 1 to 2 ... 999 to 1,000 us with one operation each, times `factor`."""
    return [[i * factor, (i + 1) * factor, 1] for i in range(1000)]


def sample_second(number, factor):
    return {"t_s": number, "seconds": 1, "rate": 250 * number, "p50_us": 500 * factor,
            "p99_us": 990 * factor, "errors": 7 if number == 3 else 0,
            "server_cpu_percent": 25 * number, "server_rss_bytes": 1000000 * number,
            "latency": [[400 * factor, 500 * factor, 200], [900 * factor, None, 50]]}


def sample_result(factor):
    return {
        "schema": 1, "scenario": "handshake", "loop": "closed", "url": "ws://h/<ws>",
        "protocol": "websocket", "connections": 64, "threads": 1, "warmup_s": 0.5, "duration_s": 4,
        "rate_per_second": 250 / factor, "started_at": "2026-01-02T03:04:05Z",
        "command": ["shunt-bench", "handshake"], "interrupted": False, "completed": 1000,
        "errors_total": 7, "errors": {"reset": 7, "refused": 0},
        "server_cpu_us_per_op": 12.5 * factor,
        "server": {"cores": 0.5, "system_calls_per_op": 6.125},
        "latency_us": {"p50": 500 * factor, "p90": 900 * factor, "p99": 990 * factor,
                       "p999": 999 * factor, "max": 999.75 * factor, "min": 0.25 * factor,
                       "mean": 500 * factor},
        "histogram": sample_histogram(factor),
        "series": [sample_second(number, factor) for number in range(1, 5)],
        "phases": {"connect": {"count": 1000, "histogram": sample_histogram(factor / 2)},
                   "complete": {"count": 1000, "histogram": sample_histogram(factor)},
                   "first_echo": None}}


def sample_idle(factor):
    """As `idle` leaves it: no seconds, and what was held."""
    return {**sample_result(factor), "scenario": "idle", "series": [], "idle": {
        "held": 1000, "establish_s": 0.5, "server_rss_bytes_per_connection": 100 * factor,
        "server_pss_bytes_per_connection": None,
        "kernel_ends": {"server_bytes": 3000, "client_bytes": 4000},
        "kernel_bytes_per_connection": {"slab_bytes": 7000, "tcp_buffer_bytes": -1, "caches": {
            "TCP": 4700, "io_kiocb": 512, "small": 2}},
        "ping": {"completed": 1000, "latency_us": {"p50": 50, "p99": 99, "max": 100},
                 "histogram": sample_histogram(factor / 10)}}}


def sample_churn(factor):
    result = sample_result(factor)
    return {**result, "scenario": "churn", "schedule": {"rate": 10, "arrivals": "constant"},
            "series": [{**second, "open": 1000 - i} for i, second in enumerate(result["series"])]}


def sample_search(factor):
    """Six tries, of which two kept the bound."""
    return {**sample_result(factor), "find_max": {
        "rate": 1100 * factor, "quantile": 0.99, "bound_us": 5000, "tries": [
            {"rate": 1000 * factor + 100 * i, "done_per_second": 1000, "latency_us": 2000 * (i + 1),
             "errors": 0, "kept": i < 2} for i in range(6)]}}


def sample_comparison(factor):
    """Two servers in two rounds, by their rate."""
    def server(name, low, high, **more):
        return {"name": name, "command": "c", "result": sample_result(factor),
                "metrics": {"rate_per_second": {"median": (low + high) / 2, "min": low, "max": high,
                                                **more}},
                "rounds": [{"rate_per_second": low}, {"rate_per_second": high}]}

    return {"rounds": 2, "notes": [], "servers": [
        server("one", 90, 110),
        server("two", 190, 210, ratio=2, ratio_low=1.9, ratio_high=2.1, verdict="more")]}


def sample_servers():
    """A comparison with a quota of three servers, of which the last one never answered."""
    def figure(median, **interval):
        return {"median": median, "min": 0, "max": 0, "ratio": median / 20, **interval}

    def server(name, cpu, low, high):
        return {"name": name, "command": "c", "quota_reached": cpu < 30, "metrics": {
            "server_cpu_us_per_op": figure(cpu, median_low=low, median_high=high),
            "rate_per_second": figure(1e6 / cpu)}, "result": sample_result(1)}

    return {"rounds": 7, "quota": {"share": 0.3}, "servers": [
        server("one", 20, 19, 21), server("<two>", 40, 30, 60), {"name": "gone", "result": None}]}
