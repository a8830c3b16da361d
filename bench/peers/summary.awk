# One table from a comparison's JSON as jansson indents it: a server a line, by server CPU time an
# operation. -v title=NAME is its heading. What a server did not give is "-".

# The value behind the colon, without comma and quotes.
function value(line) {
    sub(/^[^:]*: /, "", line)
    gsub(/[",]/, "", line)
    return line
}

function shown(format, number, unit) {
    return number == "" || number == "null" ? "-" : sprintf(format, number / unit)
}

/^      "name": /              { name[++servers] = value($0) }
/^        "[a-z0-9_]+": [{]$/  { metric = $1; gsub(/[":]/, "", metric) }
/^          "(median|ratio|ratio_low|ratio_high)": / {
    key = $1
    gsub(/[":]/, "", key)
    found[servers, metric, key] = value($0)
}
/^          "errors": /       { errors[servers] += value($0) }

END {
    print "\n" title
    printf "  %-14s %12s   %-25s %12s %10s\n", "server", "CPU an op",
        "x " name[1] " (95 % interval)", "ops/s", "RSS"
    for (i = 1; i <= servers; i++) {
        cpu = "server_cpu_us_per_op"
        low = shown("%.2f", found[i, cpu, "ratio_low"], 1)
        high = shown("%.2f", found[i, cpu, "ratio_high"], 1)
        ratio = shown("%.2f", found[i, cpu, "ratio"], 1)
        if (i == 1) ratio = "1"
        else if (low != "-") ratio = ratio " (" low " to " high ")"
        printf "  %-14s %12s   %-25s %12s %10s%s\n", name[i],
            shown("%.2f us", found[i, cpu, "median"], 1), ratio,
            shown("%.0f", found[i, "rate_per_second", "median"], 1),
            shown("%.1f MB", found[i, "server_rss_bytes", "median"], 1e6),
            errors[i] ? "   " errors[i] " errors" : ""
    }
}
