/* What a held connection costs, as bars in a table, and the ping over all of them; what a search
 * for the highest rate tried. */
'use strict';

const CACHE_BYTES_MIN = 32; /* a cache that grew by less for a connection is not worth a bar */
const CACHES_MAX = 16;
const BAR_NUMBER_WIDTH = 76; /* is left for what is written behind a bar */
const KERNEL = 'idle.kernel_bytes_per_connection';
const HELD = [
    ['idle.server_rss_bytes_per_connection', "the server's user memory, resident"],
    ['idle.server_pss_bytes_per_connection', 'the same, shared pages divided'],
    ['idle.kernel_ends.server_bytes', "the server's end in the kernel, estimated"],
    ['idle.kernel_ends.client_bytes', "the client's end in the kernel, measured alone"],
    [`${KERNEL}.slab_bytes`, 'kernel slabs of the machine, both ends'],
    [`${KERNEL}.tcp_buffer_bytes`, 'TCP queues, both ends'],
];

/* A row of bars, one a run of which `value` is known; null: of none. */
function barsRow(runs, most, name, part, value) {
    const bars = runs.map((run, i) => {
        const bytes = value(run), share = bytes > 0 ? bytes / most : 0;

        return element('span', {}, element('i', {
            class: colour(i),
            style: `width:calc((100% - ${BAR_NUMBER_WIDTH}px)*${share.toFixed(3)})`,
        }), Number.isFinite(bytes) ? textGrowth(bytes) : '');
    });

    return !runs.some((run) => Number.isFinite(value(run))) ? null : element(
        'tr', part ? {class: 'part'} : {}, element('td', {}, name),
        element('td', {class: 'bars'}, bars));
}

/* A cache's name may have dots in it. */
function cacheBytes(run, name) {
    return number({bytes: member(run.json, `${KERNEL}.caches`)?.[name]}, 'bytes');
}

/* Names and the most that any run's caches of that name grew by: those of the first run that
 * knows any, the largest first. */
function caches(runs) {
    const first = runs.find((run) => entries(run.json, `${KERNEL}.caches`).length);

    return (first ? entries(first.json, `${KERNEL}.caches`) : [])
        .map(([name]) => [name, Math.max(0, ...runs.map((run) => cacheBytes(run, name) || 0))])
        .filter(([, most]) => most >= CACHE_BYTES_MIN).slice(0, CACHES_MAX)
        .sort(([, a], [, b]) => b - a);
}

function memoryFigure(runs) {
    const most = Math.max(1, ...HELD.flatMap(([path]) => runs.map(
        (run) => number(run.json, path) || 0)));

    return figure(
        'Memory a connection', 'What grew while the connections came, divided by how many there ' +
        'are. Server and client are on one machine where both ends are said. A cache of the ' +
        'kernel may hold what others use, and bears one name for all that share it.',
        key(runs), element(
            'table', {class: 'held'},
            HELD.map(([path, name]) => barsRow(runs, most, name, false,
                                               (run) => number(run.json, path))),
            caches(runs).map(([name]) => barsRow(runs, most, `of the slabs: ${name}`, true,
                                                 (run) => cacheBytes(run, name)))));
}

function heldFigures(runs) {
    if (!runs.some((run) => member(run.json, 'idle'))) {
        return [];
    }
    const pings = runs.map((run) => partOf(run, 'idle.ping', run.name)).filter(Boolean);

    return [memoryFigure(runs), percentileFigure(pings, 'Ping over all, by percentile')];
}

/* --- the search: a dot kept the bound and a cross did not, so that no colour is needed --- */

const ARM = 5;    /* of a cross */
const REACH = 11; /* around a try, where the pointer shows it */

/* Those that can be drawn: the first one, of a closed loop, has no rate. */
function tries(run) {
    return list(run.json, 'find_max.tries').map((tried, i) => ({...tried, index: i + 1})).filter(
        (tried) => Number.isFinite(number(tried, 'rate')) && number(tried, 'latency_us') > 0);
}

/* The axes, with the bounds inside and a margin so that no try lies on the frame. */
function searchAxes(runs) {
    const rates = {low: 0, high: 0}, latencies = {low: 0, high: 0};

    for (const run of runs) {
        for (const tried of tries(run)) {
            widen(rates, tried.rate);
            widen(latencies, tried.latency_us);
        }
        widen(latencies, number(run.json, 'find_max.bound_us'));
    }
    const margin = (rates.high - rates.low) / 20;

    rates.low -= margin;
    rates.high += margin;
    latencies.high *= 1.1;
    latencies.logarithmic = latencies.high > latencies.low * SPREAD_LOG;
    latencies.low = latencies.logarithmic ? latencies.low / 1.1 : 0;
    return [{scale: rates, title: 'operations a second that were due', label: labelCount},
            {scale: latencies, title: 'bounded latency', label: labelTime}];
}

function tryMark(point, kept, index) {
    const left = place(point.x - ARM), top = place(point.y - ARM), low = place(point.y + ARM);

    return kept ? element('circle', {class: `dot try ${colour(index)}`, cx: place(point.x),
                                     cy: place(point.y), r: 5})
                : element('path', {class: `curve try ${colour(index)}`,
                                   d: `M${left} ${top}l10 10M${left} ${low}l10 -10`});
}

function tryTip(point, tried) {
    return element('circle', {class: 'tip', cx: place(point.x), cy: place(point.y), r: REACH},
                   element('title', {}, `try ${tried.index}: ${tried.kept ? 'kept' : 'not kept'}\n` +
                                        `${textCount(tried.rate)} a second due\n` +
                                        `${textCount(tried.done_per_second)} done\n` +
                                        `${textTime(tried.latency_us)}\nerrors ${tried.errors}`));
}

function drawSearch(chart, run, index) {
    const bound = number(run.json, 'find_max.bound_us');
    const all = tries(run).map((tried) => [chart.at(tried.rate, tried.latency_us), tried]);

    if (Number.isFinite(bound)) {
        chart.add(element('path', {
            class: 'over dashed', 'data-name': 'bound',
            d: `M${place(chart.left)} ${place(scaleAt(chart.y, bound))}H${place(chart.right)}`,
        }));
    }
    chart.add(...all.map(([point, tried]) => tryMark(point, tried.kept, index)),
              ...all.map(([point, tried]) => tryTip(point, tried)));
}

/* "ws://...: 94,408 operations a second is the highest rate that kept p99 within 10.0 ms." */
function searchSentence(runs, run) {
    const found = member(run.json, 'find_max');

    return !found ? null : element(
        'p', {}, runs.length > 1 ? `${run.name}: ` : null,
        element('b', {}, textCount(found.rate)),
        ' operations a second is the highest rate that kept ' +
        `p${general(100 * found.quantile)} within ${textTime(found.bound_us)}.`);
}

function searchKey() {
    const mark = (shape) => element('svg', {class: 'mark', viewBox: '0 0 12 12'}, shape);

    return element(
        'div', {class: 'key'},
        element('span', {}, mark(element('circle', {class: 'dot c0', cx: 6, cy: 6, r: 5})), 'kept'),
        element('span', {}, mark(element('path', {class: 'curve c0',
                                                  d: 'M1 1l10 10M1 11l10 -10'})), 'not kept'),
        element('span', {}, element('i', {class: 'inkdash'}), 'the bound'));
}

function searchFigure(runs) {
    return !runs.some((run) => tries(run).length) ? null : figure(
        'The search for the highest rate', 'Each mark is a try: its rate and the latency that is ' +
        'bounded. The other figures of this page are of the highest rate that kept the bound, ' +
        'in open loop.', runs.map((run) => searchSentence(runs, run)), searchKey(), key(runs),
        charts('Tries of the search', ...searchAxes(runs),
               (chart) => runs.forEach((run, i) => drawSearch(chart, run, i))));
}
