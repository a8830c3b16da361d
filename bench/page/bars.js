/* One drawing as an SVG file that stands alone, which a README shows: its colours for light and
 * dark are in it, it fetches nothing and runs nothing. The page shows it, and nothing else, where
 * its address ends in #svg or #svg=CHART. */
'use strict';

const WIDTH = 960;
const MARGIN = 24;
const HEAD_HEIGHT = 82;
const LINE_HEIGHT = 20;
const KEY_HEIGHT = 26;
const NAME_CHARACTER = 8;  /* the width of one, about */
const NAME_WIDTH_MAX = 260;
const FIGURE_WIDTH = 150;  /* value and ratio behind the longest bar */
const BAR_ROW = 36;
const BAR_HEIGHT = 20;
const OPERATIONS = {
    handshake: ['a handshake', 'Handshakes'],
    http: ['a request', 'Requests'],
    echo: ['a message', 'Messages'],
    churn: ['an arrival', 'Arrivals'],
};
/* `title` has an operation and several. A capacity means little of a server that was not the
 * limit. */
const BARS = {
    cpu: {member: 'server_cpu_us_per_op', title: (one) => `Server CPU time ${one}`, text: textTime},
    rate: {member: 'rate_per_second', title: (_, many) => `${many} a second`, more: true,
           capacity: true, text: textCount},
    p50: {member: 'p50_us', title: (one) => `Latency of ${one}, median`, text: textTime},
    p99: {member: 'p99_us', title: (one) => `Latency of ${one}, 99 % take no longer`,
          text: textTime},
    memory: {member: 'server_rss_bytes', title: () => 'Server memory, resident', text: labelBytes},
};

/* --- bars, one a server --- */

/* Where few rounds give no interval, their range stands for it. */
function whiskers(chart, server) {
    const interval = Number.isFinite(found(server, chart, 'median_low'));

    return {interval, low: found(server, chart, interval ? 'median_low' : 'min'),
            high: found(server, chart, interval ? 'median_high' : 'max')};
}

function barsCaption(chart, {servers, rounds}) {
    const interval = servers.some((server) => whiskers(chart, server).interval);
    const ratios = servers.length > 1 ? ` Ratios within rounds, to ${servers[0].name}.` : '';

    return `${chart.more ? 'More' : 'Less'} is better. Median of ` +
           `${plural(rounds, 'interleaved round')}; whiskers: ` +
           `${interval ? 'its 95 % interval' : 'least and most'}.${ratios}`;
}

/* A server that did not use what it was given. */
function marked(chart, server) {
    return Boolean(chart.capacity) && server.quota_reached === false;
}

/* From 0 to the longest bar or whisker, between names and figures. */
function barsScale(chart, servers) {
    const reach = servers.flatMap((server) => [found(server, chart, 'median'),
                                               whiskers(chart, server).high]);
    const names = servers.map((server) => server.name.length * NAME_CHARACTER + 14);

    return {low: 0, high: Math.max(0, ...reach.filter(Number.isFinite)) || 1,
            from: MARGIN + Math.min(NAME_WIDTH_MAX, Math.max(...names)),
            to: WIDTH - MARGIN - FIGURE_WIDTH};
}

/* Value and ratio stand behind whatever reaches farther. */
function barRow(chart, server, first, scale, middle) {
    const median = found(server, chart, 'median'), ratio = found(server, chart, 'ratio');
    const {low, high} = whiskers(chart, server);
    const text = (kind, x, ...what) => element('text', {class: kind, x: place(x),
                                                        y: place(middle + 5)}, ...what);
    const nodes = [text('name', MARGIN, server.name)];

    if (!Number.isFinite(median)) {
        return [nodes, text('note', scale.from + 6, 'no result')];
    }
    let end = scaleAt(scale, median);

    nodes.push(element('rect', {class: 'bar', x: place(scale.from), y: place(middle - BAR_HEIGHT / 2),
                                width: place(end - scale.from), height: BAR_HEIGHT, rx: 2}));
    if (Number.isFinite(low) && Number.isFinite(high)) {
        const from = scaleAt(scale, low), to = scaleAt(scale, high);

        nodes.push(element('path', {
            class: 'over',
            d: `M${place(from)} ${place(middle - 5)}v10m0 -5H${place(to)}m0 -5v10`,
        }));
        end = Math.max(end, to);
    }
    nodes.push(text('value', end + 10, chart.text(median) + (marked(chart, server) ? ' *' : ''),
                    !first && Number.isFinite(ratio)
                        ? element('tspan', {class: 'ratio', dx: 8}, `${ratio.toFixed(2)} x`)
                        : null));
    return nodes;
}

function barsDrawing(chart, {servers}) {
    const scale = barsScale(chart, servers), height = servers.length * BAR_ROW;

    return {
        height,
        nodes: [servers.map((server, i) => barRow(chart, server, i === 0, scale,
                                                  HEAD_HEIGHT + (i + 0.5) * BAR_ROW)),
                element('path', {class: 'frame', d: `M${place(scale.from)} ${place(HEAD_HEIGHT)}` +
                                                    `V${place(HEAD_HEIGHT + height)}`})],
        footnote: servers.some((server) => marked(chart, server))
            ? '* It did not use its quota: something else was the limit, and this is not its ' +
              'capacity.' : '',
    };
}

/* --- curves --- */

/* Names beside their colours, one after the other. */
function keyLine(runs, y) {
    let x = MARGIN;

    return runs.map((run, i) => {
        const nodes = [
            element('path', {class: `curve ${colour(i)}`, d: `M${place(x)} ${place(y - 4)}h18`}),
            element('text', {class: 'note', x: place(x + 24), y: place(y)}, run.name),
        ];

        x += 24 + NAME_CHARACTER * run.name.length + 20;
        return nodes;
    });
}

function curvesDrawing(runs) {
    const several = runs.length > 1, height = SIZES.wide.height;
    const [most, x, y] = percentileAxes(runs);
    const chart = new Chart('wide', 'Latency by percentile', x, y);

    drawPercentiles(chart, runs, most);
    return {
        height: height + (several ? KEY_HEIGHT : 0),
        nodes: [several ? keyLine(runs, HEAD_HEIGHT + 6) : null,
                element('svg', {x: MARGIN / 2, y: HEAD_HEIGHT + (several ? KEY_HEIGHT : 0),
                                width: WIDTH - MARGIN, height}, chart.finish())],
        footnote: '',
    };
}

/* --- the frame: title, how to read it, how it was measured --- */

/* "handshake, 64 connections, closed loop, rounds of 2 s; each server held to 30 % of a CPU" */
function loadLine({runs, comparison}) {
    const json = runs[0].json, share = number(comparison, 'quota.share');

    return `shunt-bench ${string(json, 'scenario')}, ${number(json, 'connections')} connections, ` +
           `${string(json, 'loop')} loop, ${comparison ? 'rounds of ' : ''}` +
           `${general(number(json, 'duration_s'), 3)} s` +
           (Number.isFinite(share) ? `; each server held to ${general(100 * share)} % of a CPU`
                                   : '');
}

/* "AMD EPYC, 2 CPUs, Linux 6.18.44, 2026-11-22" */
function machineLine(json) {
    const cpus = number(json, 'environment.cpus');

    return string(json, 'host.cpu') + (Number.isFinite(cpus) ? `, ${plural(cpus, 'CPU')}` : '') +
           `, Linux ${string(json, 'host.kernel')}, ${string(json, 'started_at').slice(0, 10)}`;
}

/* Why it cannot be drawn, or "". */
function svgRefusal(parts, name, chart) {
    const [{runs, comparison}] = parts;

    if (parts.length !== 1) {
        return `--svg draws one comparison, or runs: found ${parts.length} parts`;
    }
    if (chart && !comparison) {
        return `--chart ${name} is of a comparison: found runs`;
    }
    if (chart && !comparison.servers.some(
        (server) => Number.isFinite(found(server, chart, 'median')))) {
        return '--svg: no server of this comparison has what --chart asks for';
    }
    return chart || haveLatency(runs) ? '' : '--svg: there are no latencies to draw';
}

/* The drawing of that name, or where it is "" the usual one: cpu of a comparison, latency of runs.
 * A sentence in its place where there is none. */
function svgAlone(parts, name, style) {
    const chart = BARS[name || (parts[0].comparison ? 'cpu' : 'latency')];
    const refusal = svgRefusal(parts, name, chart), [{runs, comparison}] = parts;

    if (refusal) {
        return refusal;
    }
    const scenario = string(runs[0].json, 'scenario');
    const title = chart ? chart.title(...OPERATIONS[scenario] ?? ['an operation', 'Operations'])
                        : `Latency by percentile: ${scenario}`;
    const caption = chart ? barsCaption(chart, comparison)
                          : 'What share of the operations took no longer.';
    const drawing = chart ? barsDrawing(chart, comparison) : curvesDrawing(runs);
    const lines = [drawing.footnote, loadLine(parts[0]), machineLine(runs[0].json)].filter(Boolean);
    const below = HEAD_HEIGHT + drawing.height + 28;
    const height = below + LINE_HEIGHT * (lines.length - 1) + MARGIN - 8;
    const line = (kind, y, text) => element('text', {class: kind, x: MARGIN, y: place(y)}, text);

    return element(
        'svg', {width: WIDTH, height, viewBox: `0 0 ${WIDTH} ${height}`, role: 'img'},
        element('title', {}, title), element('style', {}, style),
        element('rect', {class: 'card', x: '.5', y: '.5', width: WIDTH - 1, height: height - 1,
                         rx: 8}),
        line('title', 38, title), line('note', 61, caption), drawing.nodes,
        lines.map((text, i) => line('note', below + i * LINE_HEIGHT, text)));
}
