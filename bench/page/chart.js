/* One drawing as SVG: a frame with axes, and curves or marks on it. Each is drawn twice, for wide
 * and for narrow windows, because text in an SVG shrinks with it; a media query shows one. */
'use strict';

const CHARACTER_WIDTH = 6.6; /* of a tick's label, about */
const COLOURS = 8;           /* later runs repeat them */
const SIZES = {
    wide: {name: 'wide', width: 960, height: 320, left: 74, right: 18, top: 12, bottom: 46,
           xSteps: 10, ySteps: 6},
    narrow: {name: 'narrow', width: 360, height: 260, left: 66, right: 10, top: 10, bottom: 44,
             xSteps: 5, ySteps: 5},
};

function colour(index) {
    return `c${index % COLOURS}`;
}

function place(value) {
    return value.toFixed(1);
}

/* Text at a place; `anchor` is start, middle or end. */
function svgText(kind, x, y, anchor, ...children) {
    return element('text', {class: kind, x: place(x), y: place(y), 'text-anchor': anchor},
                   ...children);
}

/* A path through points, which one that cannot be drawn breaks. What is closer than half a unit
 * to the last one cannot be seen; the last of all stays. */
function pathThrough(points) {
    let path = '', before = null;

    points.forEach((point, i) => {
        if (!point || !Number.isFinite(point.x) || !Number.isFinite(point.y)) {
            before = null;
        } else if (!before || i + 1 === points.length ||
                   Math.abs(point.x - before.x) + Math.abs(point.y - before.y) >= 0.5) {
            path += `${before ? 'L' : 'M'}${place(point.x)} ${place(point.y)}`;
            before = point;
        }
    });
    return path;
}

/* An axis is {scale, title (with the unit), label (of a tick), ticks (or none: round values)}.
 * `what` is for readers who cannot see the drawing. */
class Chart {
    constructor(size, what, x, y) {
        const shape = SIZES[size];

        this.shape = shape;
        this.left = shape.left;
        this.right = shape.width - shape.right;
        this.top = shape.top;
        this.bottom = shape.height - shape.bottom;
        this.x = {...x.scale, from: this.left, to: this.right};
        this.y = {...y.scale, from: this.bottom, to: this.top};
        if (!x.ticks) {
            scaleRound(this.x, shape.xSteps);
        }
        scaleRound(this.y, shape.ySteps);
        this.svg = element('svg', {class: shape.name, viewBox: `0 0 ${shape.width} ${shape.height}`,
                                   role: 'img', 'aria-label': what});
        this.drawAxisX(x);
        this.drawAxisY(y);
    }

    add(...nodes) {
        this.svg.append(...nodes);
    }

    /* A label that would run into the one before is left out; the last one ends with the frame. */
    drawAxisX(axis) {
        const ticks = axis.ticks
            ? axis.ticks.filter((tick) => tick >= this.x.low && tick <= this.x.high)
            : scaleTicks(this.x, this.shape.xSteps);
        let free = -Infinity;

        for (const tick of ticks) {
            const at = scaleAt(this.x, tick), text = axis.label(tick);
            const width = CHARACTER_WIDTH * text.length, last = at > this.right - width / 2;
            const from = at - (last ? width : width / 2);

            this.add(element('path', {class: 'grid',
                                      d: `M${place(at)} ${place(this.top)}V${place(this.bottom)}`}));
            if (from >= free) {
                free = from + width + CHARACTER_WIDTH;
                this.add(svgText('tick', at, this.bottom + 16, last ? 'end' : 'middle', text));
            }
        }
        this.add(svgText('axis', (this.left + this.right) / 2, this.shape.height - 8, 'middle',
                         axis.title));
    }

    drawAxisY(axis) {
        for (const tick of scaleTicks(this.y, this.shape.ySteps)) {
            const at = scaleAt(this.y, tick);

            this.add(element('path', {class: 'grid',
                                      d: `M${place(this.left)} ${place(at)}H${place(this.right)}`}),
                     svgText('tick', this.left - 6, at + 4, 'end', axis.label(tick)));
        }
        this.add(element('text', {
            class: 'axis',
            transform: `translate(10 ${place((this.top + this.bottom) / 2)}) rotate(-90)`,
            'text-anchor': 'middle',
        }, axis.title));
    }

    at(x, y) {
        return {x: scaleAt(this.x, x), y: scaleAt(this.y, y)};
    }

    /* A line through [x, y]; not a number breaks it, and few points are dots too. */
    curve(index, name, points) {
        const drawable = points.map(([x, y]) => (Number.isFinite(x) && Number.isFinite(y)
            ? this.at(x, y) : null));

        this.add(element('path', {class: `curve ${colour(index)}`, 'data-name': name,
                                  d: pathThrough(drawable)}));
        for (const point of points.length <= 30 ? drawable.filter(Boolean) : []) {
            this.add(element('circle', {class: `dot ${colour(index)}`, cx: place(point.x),
                                        cy: place(point.y), r: 3.5}));
        }
    }

    /* What is shown while the pointer is between two values of x. */
    tip(from, to, text) {
        const x = scaleAt(this.x, from);

        this.add(element('rect', {class: 'tip', x: place(x), y: place(this.top),
                                  width: place(scaleAt(this.x, to) - x),
                                  height: place(this.bottom - this.top)},
                         element('title', {}, text)));
    }

    /* The frame lies over what was drawn. */
    finish() {
        this.add(element('path', {
            class: 'frame',
            d: `M${place(this.left)} ${place(this.top)}V${place(this.bottom)}H${place(this.right)}`,
        }));
        return this.svg;
    }
}

/* Both drawings of a chart that `draw` fills. */
function charts(what, x, y, draw) {
    return Object.keys(SIZES).map((size) => {
        const chart = new Chart(size, what, x, y);

        draw(chart, size);
        return chart.finish();
    });
}
