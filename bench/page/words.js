/* What is in words and tables: warnings, headline figures, how it was measured. */
'use strict';

const BUSY = 0.9; /* of a thread: the client is limited by it */

function oneScenario(runs) {
    return runs.every((run) => string(run.json, 'scenario') === string(runs[0].json, 'scenario'));
}

/* How `write` has a value, or "?" where it is not known. */
function or(write, value) {
    return Number.isFinite(value) ? write(value) : '?';
}

function plural(count, noun) {
    return `${count} ${noun}${String(count) === '1' ? '' : 's'}`;
}

/* --- what to know before believing --- */

function warning(text) {
    return element('p', {class: 'warn'}, text);
}

function warningsOf(json) {
    const errors = entries(json, 'errors').filter(([, count]) => count > 0)
        .map(([kind, count]) => `${textCount(count)} ${kind.replaceAll('_', ' ')}`);
    const doubtful = list(json, 'schedule.doubtful');
    const busy = member(json, 'client.limited') && !(number(json, 'client.busy_max') <= BUSY);

    return [
        busy ? "The client was over 90 % busy: rate and latency may be its limits and not the " +
               "server's. The server's CPU time an operation holds." : null,
        doubtful.length ? "More than a tenth is the client's own lateness in " +
                          doubtful.join(', ') : null,
        ...list(json, 'thresholds').filter((threshold) => threshold.met).map((threshold) =>
            `Failed, as was asked for if ${threshold.expression}: ${threshold.value_text}`),
        member(json, 'interrupted') ? 'The run was ended early.' : null,
        number(json, 'errors_total') > 0 ? `Errors: ${errors.join(', ')}` : null,
    ].filter((text) => text !== null);
}

function warnings(runs) {
    return runs.map((run) => warningsOf(run.json).map((text) => warning(
        runs.length > 1 ? `${run.name}: ${text}` : text)));
}

/* --- the headline figures: as tiles for one run, as a table for several --- */

/* A value is at a path, or what a function makes of the result. Without a tile's or a column's
 * words it is not there. A ratio is one more column, to the first run. */
function headline(value, tile, column, write, ratio = false) {
    const of = typeof value === 'string' ? (json) => number(json, value) : value;

    return {value: of, tile, column, write, ratio};
}

const HEADLINES = {
    any: [
        headline('rate_per_second', 'operations a second', 'operations/s', textCount, true),
        headline('latency_us.p50', 'latency, p50', 'p50', textTime),
        headline('latency_us.p99', 'latency, p99', 'p99', textTime),
        headline('latency_us.p999', 'latency, p99.9', 'p99.9', textTime),
        headline('latency_us.max', 'latency, the slowest', 'slowest', textTime),
        headline('server_cpu_us_per_op', 'server CPU an operation', 'server CPU/op', textTime, true),
        headline('server.system_calls_per_op', 'system calls of the server an operation', null,
                 textFew),
        headline('completed', 'completed', null, textCount),
        headline('errors_total', 'errors', 'errors', textCount),
        headline('received_bytes_per_second', 'received a second', 'received/s', textBytes),
        headline('sent_bytes_per_second', 'sent a second', 'sent/s', textBytes),
        headline('connections_closed', 'connections closed by the server', 'closed', textCount),
    ],
    churn: [
        headline('connections', 'connections held', 'held', textCount),
        headline('rate_per_second', 'arrivals a second', 'arrivals/s', textCount),
        headline((json) => number(json, 'connections') / number(json, 'schedule.rate'),
                 'mean lifetime', 'mean lifetime', textSeconds),
        headline('latency_us.p50', 'latency, p50', 'p50', textTime),
        headline('latency_us.p99', 'latency, p99', 'p99', textTime),
        headline('latency_us.max', 'latency, the slowest', 'slowest', textTime),
        headline('server_cpu_us_per_op', 'server CPU an arrival', 'server CPU/arrival', textTime,
                 true),
        headline('errors_total', 'errors', 'errors', textCount),
    ],
    idle: [
        headline('idle.held', 'connections held', 'held', textCount),
        headline('idle.establish_s', 'to establish them all', 'after', textSeconds),
        headline('idle.server_rss_bytes_per_connection', 'server memory a connection, user',
                 'user, each', textGrowth, true),
        headline('idle.kernel_ends.server_bytes',
                 'server memory a connection, kernel, estimated', 'kernel, each', textGrowth, true),
        headline('idle.ping.latency_us.p50', 'ping over all, p50', 'ping p50', textTime),
        headline('idle.ping.latency_us.p99', 'ping over all, p99', 'ping p99', textTime),
        headline('idle.ping.latency_us.max', 'ping over all, the slowest', 'slowest', textTime),
        headline('errors_total', 'errors', 'errors', textCount),
    ],
};

/* Those of the runs' scenario, or where they are of several what all have. */
function headlines(runs) {
    const own = oneScenario(runs) ? HEADLINES[string(runs[0].json, 'scenario')] : null;

    return own ?? HEADLINES.any;
}

function tiles(run) {
    const shown = headlines([run]).filter((one) => Number.isFinite(one.value(run.json)));
    const statuses = entries(run.json, 'statuses')
        .map(([status, count]) => `${status} ${textCount(count)}`);

    return [
        element('div', {class: 'tiles'}, shown.map((one) => element(
            'div', {}, element('b', {}, one.write(one.value(run.json))),
            element('span', {}, one.tile)))),
        statuses.length ? element('p', {class: 'soft'},
                                  `Answers by status: ${statuses.join(', ')}`) : null,
    ];
}

function tableRow(runs, index, columns) {
    const cells = columns.map((column) => {
        const value = column.value(runs[index].json), first = column.value(runs[0].json);
        const ratio = Number.isFinite(value) && first > 0 ? (value / first).toFixed(2) : '';

        return [element('td', {}, Number.isFinite(value) ? column.write(value) : ''),
                column.ratio ? element('td', {}, ratio) : null];
    });

    return element('tr', {}, element('td', {}, element('i', {class: colour(index)}),
                                     runs[index].name), cells);
}

/* A column where any run has its figure. */
function figuresTable(runs) {
    const columns = headlines(runs).filter((one) => one.column && runs.some(
        (run) => Number.isFinite(one.value(run.json))));
    const head = columns.map((column) => [
        element('th', {}, column.column), column.ratio ? element('th', {}, 'ratio') : null,
    ]);

    return element(
        'section', {}, element('h2', {}, 'Figures'),
        element('p', {class: 'soft'}, 'Ratios are to the first row.'),
        element('div', {class: 'scroll'}, element(
            'table', {}, element('tr', {}, element('th', {}), head),
            runs.map((_, i) => tableRow(runs, i, columns)))));
}

/* --- what each of several URLs had --- */

function urlRow(url, completed) {
    const known = (write, path) => element('td', {}, or(write, number(url, path)));

    return element(
        'tr', {}, element('td', {}, string(url, 'url')), known(textCount, 'weight'),
        known(textCount, 'completed'),
        element('td', {}, completed > 0 ? labelPercent(100 * number(url, 'completed') / completed)
                                        : ''),
        known(textCount, 'errors'),
        ['p50', 'p99', 'max'].map((name) => element('td', {}, url.latency_us
            ? or(textTime, number(url, `latency_us.${name}`)) : '')));
}

function urlsTables(runs) {
    const names = ['URL', 'weight', 'completed', 'share', 'errors', 'p50', 'p99', 'slowest'];

    return runs.filter((run) => list(run.json, 'urls').length).map((run) => element(
        'section', {}, element('h2', {}, 'By URL'),
        runs.length > 1 ? heading(runs, runs.indexOf(run)) : null,
        element('div', {class: 'scroll'}, element(
            'table', {}, element('tr', {}, names.map((name) => element('th', {}, name))),
            list(run.json, 'urls').map((url) => urlRow(url, number(run.json, 'completed')))))));
}

/* --- how it was measured --- */

function loadText(json) {
    const clients = or(textCount, number(json, 'connections'));
    const four = (path) => or((value) => general(value, 4), number(json, path));
    const threads = plural(four('threads'), 'thread');

    return member(json, 'idle')
        ? `idle, ${clients} connections on ${threads}, established as fast as they come and held`
        : `${string(json, 'scenario')}, ${string(json, 'loop')} loop, ${clients} connections on ` +
          `${threads} for ${four('duration_s')} s after ${four('warmup_s')} s of warm-up`;
}

/* Open loop: when operations were due, and how late the client itself was. */
function scheduleText(json) {
    const rate = or(textCount, number(json, 'schedule.rate'));
    const lag = or(textTime, number(json, 'schedule.lag_us.p99'));
    const stages = list(json, 'schedule.stages').map((stage) =>
        `${or(textCount, number(stage, 'rate'))} a second after ` +
        `${or(labelSeconds, number(stage, 'seconds'))}`).join(', ');

    return !member(json, 'schedule') || member(json, 'idle') ? ''
        : `${rate} operations a second were due${stages ? ' in the mean' : ''}, arrivals ` +
          `${string(json, 'schedule.arrivals')}; ` +
          (stages ? `in straight lines from 0 to ${stages}; ` : '') +
          `the client started 99 % of them at most ${lag} late`;
}

function clientText(json) {
    const busy = number(json, 'client.busy_max');

    return !Number.isFinite(busy) ? ''
        : `shunt-bench on ${string(json, 'client.backend')}; its CPU time an operation ` +
          `${or(textTime, number(json, 'client.cpu_us_per_op'))}, its busiest thread ` +
          `${(100 * busy).toFixed(0)} % busy`;
}

function machineText(json) {
    const cpus = number(json, 'environment.cpus');

    return (string(json, 'host.cpu') || 'unnamed CPU') +
           (Number.isFinite(cpus) ? `, ${plural(cpus, 'CPU')}` : '') +
           `, Linux ${string(json, 'host.kernel')}, ${string(json, 'host.machine')}`;
}

function setupOf(json) {
    const command = list(json, 'command').join(' ');
    const method = string(json, 'method'), sent = number(json, 'body_bytes');
    const rows = [
        ['request', method && (method !== 'GET' || sent > 0)
            ? `${method}, ${or(textBytes, sent)} of content` : ''],
        ['target', `${string(json, 'url')}, protocol ${string(json, 'protocol')}`],
        ['load', loadText(json)],
        ['schedule', scheduleText(json)],
        ['client', clientText(json)],
        ['machine', machineText(json)],
        ['time', string(json, 'started_at')],
        ['command', command ? element('code', {}, command) : ''],
    ];

    return element('dl', {}, rows.filter(([, text]) => text).map(
        ([what, text]) => [element('dt', {}, what), element('dd', {}, text)]));
}

/* Servers of a comparison differ by their command only: the rest is that of the first one. */
function setup({runs, comparison}) {
    const of = comparison ? [
        setupOf(runs[0].json), element('h3', {}, 'Servers'),
        element('dl', {}, comparison.servers.map((server) => [
            element('dt', {}, server.name),
            element('dd', {}, element('code', {}, server.command)),
        ])),
    ] : runs.map((run, i) => [heading(runs, i), setupOf(run.json)]);

    return element('section', {}, element('h2', {}, 'How it was measured'), of);
}
