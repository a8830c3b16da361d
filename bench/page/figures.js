/* The drawings of one run, or of several on the same axes. Each is a <figure>, or null where no
 * run knows what it shows. */
'use strict';

const NINES_MAX = 6;
const SPREAD_LOG = 20;  /* a range of values this large goes on a logarithmic axis */
const TIP_RUNS_MAX = 8;
const SECONDS_MIN = 3;  /* of a run whose course over time is drawn */
/* A shade is for shares of a column from here on; from the second one they double. */
const SHADES = [0, 0.001, 0.01, 0.03, 0.06, 0.12, 0.25, 0.5];

function figure(title, caption, ...children) {
    return element('figure', {}, element('h2', {}, title), element('figcaption', {}, caption),
                   ...children);
}

/* The names beside their colours; one name alone is not written. */
function key(runs) {
    return runs.length < 2 ? null : element('div', {class: 'key'}, runs.map(
        (run, i) => element('span', {}, element('i', {class: colour(i)}), run.name)));
}

function heading(runs, i) {
    return runs.length < 2 ? null
                           : element('h3', {}, element('i', {class: colour(i)}), runs[i].name);
}

/* A tip's lines; with one run alone its name adds nothing. */
function tipText(first, runs, value) {
    const lines = runs.slice(0, TIP_RUNS_MAX).map((run) => {
        const text = value(run);

        return text === null ? null : runs.length > 1 ? `${run.name}: ${text}` : text;
    });

    return [first, ...lines.filter((line) => line !== null)].join('\n');
}

/* --- by percentile --- */

function haveLatency(runs) {
    return runs.some((run) => run.buckets.length);
}

/* Beyond one operation in all there is nothing to know. */
function mostNines(runs) {
    const most = Math.max(...runs.map((run) => run.total));

    return most > 1 ? clamp(Math.ceil(Math.log10(most) - 0.3), 2, NINES_MAX) : 2;
}

function latencyScale(runs) {
    const buckets = runs.flatMap((run) => [...run.buckets.slice(0, 1), ...run.buckets.slice(-1)]);
    const low = Math.max(0.1, Math.min(...buckets.map((bucket) => bucket.low)));
    const high = Math.max(...buckets.map((bucket) => bucket.high));
    const logarithmic = high > low * SPREAD_LOG;

    return {low: logarithmic ? low : 0, high, logarithmic};
}

/* The slowest operation stands where one in all stands. */
function percentilePoints(run, most) {
    let sum = 0;

    return [[0, run.buckets[0].low], ...run.buckets.map((bucket) => {
        sum += bucket.count;
        return [scaleNines(1 - Math.max(1 - sum / run.total, 1 / run.total), most), bucket.high];
    })];
}

function percentileTips(chart, runs, most) {
    const step = 0.1;

    for (let column = 0; column * step < most - step / 2; column++) {
        const from = column * step, share = 1 - 10 ** -(from + step / 2);
        const percent = (share * 100).toFixed(from < 2 ? 1 : 4);

        chart.tip(from, from + step, tipText(`${percent} % took at most`, runs, (run) => (
            run.total ? textTime(quantileOf(run, share)) : null)));
    }
}

function drawPercentiles(chart, runs, most) {
    runs.forEach((run, i) => {
        if (run.buckets.length) {
            chart.curve(i, run.name, percentilePoints(run, most));
        }
    });
    percentileTips(chart, runs, most);
}

/* The axes of a drawing by percentile, and how far it reaches. */
function percentileAxes(runs) {
    const most = mostNines(runs);

    return [most, {scale: {low: 0, high: most}, title: 'percentile', label: labelNines,
                   ticks: [0, 0.30103, 1, 2, 3, 4, 5, 6]},
            {scale: latencyScale(runs), title: 'latency', label: labelTime}];
}

function percentileCharts(runs, what) {
    const [most, x, y] = percentileAxes(runs);

    return charts(what, x, y, (chart) => drawPercentiles(chart, runs, most));
}

function percentileFigure(runs, title) {
    return !haveLatency(runs) ? null : figure(
        title, 'What share of the operations took no longer. Every nine to the right leaves a ' +
        'tenth of the slowest.', key(runs), percentileCharts(runs, title));
}

function phasesFigure(runs) {
    const phases = runs.length !== 1 ? [] : [
        partOf(runs[0], 'phases.connect', 'connected'),
        partOf(runs[0], 'phases.first_byte', 'first byte of the answer'),
        partOf(runs[0], 'phases.complete', 'answer complete'),
        partOf(runs[0], 'phases.first_echo', 'first echo'),
    ].filter(Boolean);

    return phases.length < 2 ? null : figure(
        'Phases by percentile', 'When an operation had come so far, from its start. Where ' +
        'answers come in one piece, their first byte and their end are one curve.',
        key(phases), percentileCharts(phases, 'Phases by percentile'));
}

/* --- over time --- */

function haveTime(runs) {
    return runs.some((run) => run.seconds.length >= SECONDS_MIN);
}

/* What `value` is of a second; NaN: the run does not know. */
function known(second, value) {
    return second ? number(second, value) : NaN;
}

function timeTips(chart, runs, over, end) {
    const step = end > 120 ? end / 120 : 1;

    for (let column = 0; column * step < end - 0.01; column++) {
        const from = column * step, to = Math.min(from + step, end);

        chart.tip(from, to, tipText(`up to ${general(to, 4)} s`, runs, (run) => {
            const second = run.seconds.find((one) => one.t_s >= (from + to) / 2);
            const value = known(second, over.member);

            return Number.isFinite(value) ? over.label(value) : null;
        }));
    }
}

/* A second line of each run, of another member, dashed. */
function drawBeside(chart, run, beside) {
    const points = run.seconds.map((second) => [second.t_s, known(second, beside)])
        .filter(([, value]) => Number.isFinite(value)).map(([x, y]) => chart.at(x, y));

    if (points.length) {
        chart.add(element('path', {class: 'over dashed', 'data-name': beside,
                                   d: pathThrough(points)}));
    }
}

function dueKey() {
    return element('div', {class: 'key'},
                   element('span', {}, element('i', {class: 'inkdash'}), 'due by the schedule'));
}

function timeFigure(runs, over) {
    const seconds = runs.flatMap((run) => run.seconds)
        .filter((second) => Number.isFinite(known(second, over.member)));
    const time = {low: 0, high: Math.max(0, ...seconds.map((second) => second.t_s))};
    const beside = !over.beside ? []
        : seconds.map((second) => known(second, over.beside)).filter(Number.isFinite);
    const values = {low: 0, high: Math.max(0, ...beside,
                                           ...seconds.map((second) => second[over.member]))};

    if (!seconds.length) {
        return null;
    }
    if (over.nothing && values.high === 0) {
        return figure(over.title, over.nothing);
    }
    return figure(over.title, over.caption, [key(runs), beside.length ? dueKey() : null], charts(
        over.title, {scale: time, title: 'time', label: labelSeconds},
        {scale: values, title: over.axis, label: over.label}, (chart) => {
            runs.filter((run) => run.seconds.length).forEach((run) => chart.curve(
                runs.indexOf(run), run.name,
                run.seconds.map((second) => [second.t_s, known(second, over.member)])));
            runs.filter(() => over.beside).forEach((run) => drawBeside(chart, run, over.beside));
            timeTips(chart, runs, over, time.high);
        }));
}

const OVER_TIME = {
    rate: {member: 'rate', title: 'Rate over time', axis: 'operations a second',
           caption: 'Completed operations in each second.', label: labelCount, beside: 'due'},
    population: {member: 'open', title: 'Population over time', axis: 'connections',
                 caption: "Connections that are open at each second's end.", label: labelCount},
    errors: {member: 'errors', title: 'Errors over time', axis: 'errors a second',
             caption: 'Failures of any kind in each second.', label: labelCount,
             nothing: 'There were no errors in any second.'},
    cpu: {member: 'server_cpu_percent', title: 'Server CPU over time', axis: 'CPU',
          caption: "Of the server's process: 100 % is one core.", label: labelPercent},
    memory: {member: 'server_rss_bytes', title: 'Server memory over time', axis: 'resident',
             caption: "Resident memory of the server's process.", label: labelBytes},
};

/* --- latency as a heat map; where the seconds have no histograms, as two lines --- */

/* Seconds that are drawn as one column: {from, to, cells, total}. */
function heatColumns(run, merged) {
    const columns = [];

    for (let first = 0; first < run.seconds.length; first += merged) {
        const seconds = run.seconds.slice(first, first + merged), cells = new Map();

        for (const cell of seconds.flatMap((second) => second.cells)) {
            cells.set(cell.low, {...cell, count: cell.count + (cells.get(cell.low)?.count ?? 0)});
        }
        columns.push({
            from: first ? run.seconds[first - 1].t_s : 0,
            to: seconds[seconds.length - 1].t_s,
            cells: [...cells.values()],
            total: [...cells.values()].reduce((sum, cell) => sum + cell.count, 0),
        });
    }
    return columns;
}

/* All cells of one shade are one path: a tenth of the elements of a rectangle each. */
function drawShades(chart, columns) {
    const paths = SHADES.map(() => '');

    for (const column of columns) {
        const x = scaleAt(chart.x, column.from), width = scaleAt(chart.x, column.to) - x;

        for (const cell of column.cells) {
            const top = scaleAt(chart.y, cell.high), bottom = scaleAt(chart.y, cell.low);
            const shade = SHADES.findLastIndex((from) => cell.count / column.total >= from);

            paths[shade] += `M${place(x)} ${place(top)}h${place(width)}v${place(bottom - top)}` +
                            `h-${place(width)}z`;
        }
    }
    chart.add(...paths.map((d, shade) => element('path', {class: `h${shade + 1}`, d})));
}

/* The line of a quantile, through the middles of the seconds that completed anything. */
function drawQuantile(chart, run, name, style) {
    let path = '', drawing = false, before = 0;

    for (const second of run.seconds) {
        const value = number(second, `${name}_us`);
        const point = chart.at((before + second.t_s) / 2, value);

        if (Number.isFinite(value) && second.rate > 0) {
            path += `${drawing ? 'L' : 'M'}${place(point.x)} ${place(point.y)}`;
            drawing = true;
        } else {
            drawing = false;
        }
        before = second.t_s;
    }
    chart.add(element('path', {class: style, 'data-name': name, d: path}));
}

function heatTips(chart, run, merged) {
    for (let i = 0; i < run.seconds.length; i += merged) {
        const second = run.seconds[i];

        if (Number.isFinite(known(second, 'p50_us')) && Number.isFinite(known(second, 'p99_us'))) {
            chart.tip(i ? run.seconds[i - 1].t_s : 0, second.t_s,
                      `up to ${general(second.t_s, 4)} s\np50 ${textTime(second.p50_us)}\n` +
                      `p99 ${textTime(second.p99_us)}`);
        }
    }
}

/* All runs share both axes, so that shapes can be compared by eye. */
function heatAxes(runs) {
    const latency = {low: 0, high: 0, logarithmic: true};
    const seconds = runs.flatMap((run) => run.seconds);

    for (const second of seconds) {
        widen(latency, number(second, 'p50_us'));
        widen(latency, number(second, 'p99_us'));
        widen(latency, second.cells[0]?.low);
        widen(latency, second.cells[second.cells.length - 1]?.high);
    }
    latency.low = Math.max(latency.low, 0.1);
    return [{scale: {low: 0, high: Math.max(...seconds.map((second) => second.t_s))},
             title: 'time', label: labelSeconds},
            {scale: latency, title: 'latency', label: labelTime}];
}

function drawHeat(chart, run, size) {
    const merged = Math.ceil(run.seconds.length / (size === 'wide' ? 180 : 75));

    if (run.seconds.some((second) => second.cells.length)) {
        drawShades(chart, heatColumns(run, merged));
    }
    drawQuantile(chart, run, 'p50', 'over');
    drawQuantile(chart, run, 'p99', 'over dashed');
    heatTips(chart, run, merged);
}

function heatKey(shades) {
    return element(
        'div', {class: 'key'},
        element('span', {}, element('i', {class: 'ink'}), 'p50'),
        element('span', {}, element('i', {class: 'inkdash'}), 'p99'),
        shades ? element('span', {}, 'under 0.1 % ',
                         SHADES.map((_, i) => element('i', {class: `shade h${i + 1}`})),
                         " over 50 % of a second's operations") : null);
}

function heatFigure(runs) {
    const title = 'Latency over time';
    const shades = runs.some((run) => run.seconds.some((second) => second.cells.length));

    if (!runs.some((run) => run.seconds.length)) {
        return null;
    }
    return figure(
        title, shades ? 'Each column is a second: the stronger the colour, the more of its ' +
                        'operations took so long.'
                      : 'Of what completed in each second.',
        heatKey(shades), runs.map((run, i) => [
            heading(runs, i),
            run.seconds.length ? charts(title, ...heatAxes(runs),
                                        (chart, size) => drawHeat(chart, run, size)) : null,
        ]));
}
