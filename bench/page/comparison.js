/* What `shunt-bench compare` found: for each figure a dot a round, and a table. */
'use strict';

const ROW_HEIGHT = 40;
const LESS = 'Less is better.';
/* `text` is how a table has it, `label` how an axis has it. */
const METRICS = [
    {member: 'rate_per_second', title: 'Operations a second', caption: 'More is better.',
     text: textCount, label: labelCount},
    {member: 'p50_us', title: 'Latency, p50', caption: LESS, text: textTime, label: labelTime},
    {member: 'p99_us', title: 'Latency, p99', caption: LESS, text: textTime, label: labelTime},
    {member: 'server_cpu_us_per_op', title: 'Server CPU time an operation', caption: LESS,
     text: textTime, label: labelTime},
    {member: 'server_system_calls_per_op', title: 'System calls of the server an operation',
     caption: LESS, text: textFew, label: textFew},
    {member: 'server_rss_bytes', title: 'Server memory, resident', caption: LESS,
     text: labelBytes, label: labelBytes},
    {member: 'quota_used', title: 'Share of its quota that a server used',
     caption: 'Who used less was not held back by it: its rate is not its capacity.',
     text: labelShare, label: labelShare},
    {member: 'quota_throttled', title: 'Periods in which the kernel stopped a server',
     caption: 'Because its share of the period was used up. Evidence that the quota is enforced.',
     text: labelShare, label: labelShare},
];

/* A figure of a server, of all rounds: "median", "ratio" ... */
function found(server, metric, key) {
    return number(server, `metrics.${metric.member}.${key}`);
}

function metricRow(metric, server, i) {
    const cell = (value) => element('td', {}, Number.isFinite(value) ? metric.text(value) : '-');
    const ratio = found(server, metric, 'ratio'), low = found(server, metric, 'ratio_low');
    const against = i > 0 && Number.isFinite(ratio) ? [
        ratio.toFixed(3),
        Number.isFinite(low)
            ? `${low.toFixed(3)} to ${found(server, metric, 'ratio_high').toFixed(3)}` : '',
        string(server, `metrics.${metric.member}.verdict`),
    ] : ['', '', ''];

    return element('tr', {}, element('td', {}, element('i', {class: colour(i)}), server.name),
                   cell(found(server, metric, 'median')),
                   against.map((text) => element('td', {}, text)),
                   cell(found(server, metric, 'min')), cell(found(server, metric, 'max')));
}

function metricTable(metric, servers) {
    const heads = ['', 'median', 'ratio', '95 % interval', '', 'least', 'most'];

    return element('div', {class: 'scroll'}, element(
        'table', {}, element('tr', {}, heads.map((head) => element('th', {}, head))),
        servers.map((server, i) => metricRow(metric, server, i))));
}

function dotsAxis(svg, metric, scale, steps, bottom) {
    scaleTicks(scale, steps).forEach((tick, i) => {
        const at = scaleAt(scale, tick);
        const anchor = i === 0 ? 'start' : at > scale.to - 4 ? 'end' : 'middle';

        svg.append(element('path', {class: 'grid', d: `M${place(at)} 4V${place(bottom)}`}),
                   svgText('tick', at, bottom + 16, anchor, metric.label(tick)));
    });
}

function dotsRow(svg, metric, scale, server, i) {
    const y = i * ROW_HEIGHT, median = found(server, metric, 'median');

    svg.append(element('text', {class: 'axis', x: 4, y: place(y + 15)}, server.name));
    for (const round of list(server, 'rounds')) {
        const value = number(round, metric.member);

        if (Number.isFinite(value)) {
            svg.append(element('circle', {class: `dot ${colour(i)}`,
                                          cx: place(scaleAt(scale, value)), cy: place(y + 27),
                                          r: 4}));
        }
    }
    if (Number.isFinite(median)) {
        svg.append(
            element('path', {class: 'over',
                             d: `M${place(scaleAt(scale, median))} ${place(y + 18)}v18`}),
            element('rect', {class: 'tip', x: 0, y: place(y), width: place(scale.to),
                             height: ROW_HEIGHT},
                    element('title', {}, `${server.name}\nmedian ${metric.label(median)}`)));
    }
}

/* A dot a round and a bar at the median, from 0 on; a share is of all of it. */
function dots(metric, servers) {
    const bottom = servers.length * ROW_HEIGHT + 4;
    const most = Math.max(0, ...servers.map((server) => found(server, metric, 'max') || 0));

    return [['wide', 960, 10], ['narrow', 360, 4]].map(([name, width, steps]) => {
        const scale = {low: 0, high: metric.label === labelShare && most < 1 ? 1 : most || 1,
                       from: 4, to: width - 6};
        const svg = element('svg', {class: name, viewBox: `0 0 ${width} ${bottom + 22}`,
                                    role: 'img', 'aria-label': metric.title});

        scaleRound(scale, steps);
        dotsAxis(svg, metric, scale, steps, bottom);
        servers.forEach((server, i) => dotsRow(svg, metric, scale, server, i));
        return svg;
    });
}

function method(comparison) {
    return element(
        'section', {}, element('h2', {}, 'The comparison'),
        element('p', {}, `${comparison.rounds} interleaved rounds, each server started anew in ` +
                         'each. Ratios are to ', element('b', {}, comparison.servers[0].name),
                ': the median over rounds of what two servers did in the same round, with its ' +
                '95 % interval by bootstrap. Curves below are of all rounds of a server together.'),
        list(comparison, 'notes').map((note) => element('p', {class: 'soft'}, note)));
}

function comparisonFigures(comparison) {
    const servers = comparison.servers;

    return [
        servers.map((server) => list(server, 'warnings').map(
            (sentence) => warning(`${server.name}: ${sentence}`))),
        method(comparison),
        METRICS.filter((metric) => servers.some(
            (server) => Number.isFinite(found(server, metric, 'median')))).map(
            (metric) => figure(metric.title, `${metric.caption} A dot is a round, the bar the ` +
                                             'median.',
                               dots(metric, servers), metricTable(metric, servers))),
    ];
}
