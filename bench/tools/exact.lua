-- What wrk measured, unrounded: requests, those a second, p50 and p99 in microseconds, failures.
function done(summary, latency)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    io.write(string.format("exact %d %.1f %d %d %d\n", summary.requests,
        summary.requests / summary.duration * 1e6, latency:percentile(50), latency:percentile(99),
        failed))
end
