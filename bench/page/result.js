/* A run's JSON, as the figures read it. What looks wrong in it is left out, not drawn. */
'use strict';

/* Members of members are joined with dots: "latency_us.p99". Undefined where there is none. */
function member(json, path) {
    return path.split('.').reduce((at, key) => at?.[key], json);
}

/* NaN where there is none. */
function number(json, path) {
    const value = member(json, path);

    return typeof value === 'number' ? value : NaN;
}

function string(json, path) {
    const value = member(json, path);

    return typeof value === 'string' ? value : '';
}

function list(json, path) {
    const value = member(json, path);

    return Array.isArray(value) ? value : [];
}

function entries(json, path) {
    return Object.entries(member(json, path) ?? {});
}

/* From [[low_us, high_us, count], ...]: rising, none empty. The last cell of a series has no end
 * and gets one as wide as the cells below it. */
function readBuckets(rows) {
    const buckets = [];

    for (const row of Array.isArray(rows) ? rows : []) {
        const [low, end, count] = Array.isArray(row) ? row : [];
        const high = end === null ? low * 1.25 : end;
        const before = buckets.length ? buckets[buckets.length - 1].high : 0;

        if (row.length === 3 && count > 0 && low >= before && high >= low) {
            buckets.push({low, high, count});
        }
    }
    return buckets;
}

function readSeconds(rows) {
    const seconds = [];

    for (const row of rows) {
        if (number(row, 't_s') > (seconds.length ? seconds[seconds.length - 1].t_s : 0)) {
            seconds.push({...row, cells: readBuckets(row.latency)});
        }
    }
    return seconds;
}

/* {json, name, buckets, total, seconds} of a run, or of a member with a histogram. */
function readRun(json, name) {
    const buckets = readBuckets(json.histogram);

    return {
        json,
        name,
        buckets,
        total: buckets.reduce((sum, bucket) => sum + bucket.count, 0),
        seconds: readSeconds(list(json, 'series')),
    };
}

/* "phases.connect" or "idle.ping" of a run, as a run; null: it has none. */
function partOf(run, path, name) {
    const json = member(run.json, path);

    return json !== null && typeof json === 'object' ? readRun({...json, series: []}, name) : null;
}

/* The value that a share of `quantile` (0 to 1) is not above, the middle of its bucket. */
function quantileOf(run, quantile) {
    let sum = 0;
    const last = run.buckets[run.buckets.length - 1];
    const bucket = run.buckets.find((one) => {
        sum += one.count;
        return sum >= quantile * run.total || one === last;
    });
    const middle = bucket ? (bucket.low + bucket.high) / 2 : NaN;
    const most = number(run.json, 'latency_us.max');

    return middle > most ? most : middle;
}

/* Parts of the page: each is {runs, comparison}. Runs that follow each other share axes, and a
 * comparison (null: none) stands alone, with all rounds of a server as one run. */
function readParts(results) {
    const parts = [];

    for (const {name, json} of results) {
        const last = parts[parts.length - 1];

        if (Array.isArray(json.servers)) {
            const runs = json.servers.filter((server) => server.result)
                .map((server) => readRun({...server.result, ...server.merged}, server.name));

            parts.push({runs, comparison: json});
        } else if (last && !last.comparison) {
            last.runs.push(readRun(json, name));
        } else {
            parts.push({runs: [readRun(json, name)], comparison: null});
        }
    }
    return parts;
}
