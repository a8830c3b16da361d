/* Elements, and numbers as people read them. */
'use strict';

const SVG = 'http://www.w3.org/2000/svg';
const SVG_ELEMENTS = new Set(['svg', 'path', 'text', 'tspan', 'circle', 'rect', 'title', 'style']);

/* Children may be text or lists, and what is null is left out. */
function element(name, attributes, ...children) {
    const node = SVG_ELEMENTS.has(name) ? document.createElementNS(SVG, name)
                                        : document.createElement(name);

    for (const [key, value] of Object.entries(attributes ?? {})) {
        node.setAttribute(key, value);
    }
    node.append(...children.flat(Infinity).filter((child) => child !== null));
    return node;
}

/* Significant digits, no zeros behind. */
function general(value, digits = 6) {
    return String(Number(value.toPrecision(digits)));
}

/* The largest unit that the value reaches, or the last one. */
function unitOf(value, units) {
    return units.find(([size]) => Math.abs(value) >= size * 0.9995) ?? units[units.length - 1];
}

function threeDigits(value) {
    return value.toFixed(value >= 99.95 ? 0 : value < 9.995 ? 2 : 1);
}

/* --- in words and tables --- */

function textCount(number) {
    return (number >= 0 && number < 1e15 ? number : 0).toFixed(0).replace(/\B(?=(\d{3})+$)/g, ',');
}

function textTime(us) {
    const [size, name] = unitOf(us, [[1e6, 's'], [1e3, 'ms'], [1, 'us'], [1e-3, 'ns']]);
    const value = us / size;

    return `${name === 'ns' ? value.toFixed(0) : threeDigits(value)} ${name}`;
}

function textSeconds(seconds) {
    return textTime(seconds * 1e6);
}

function textBytes(bytes) {
    const [size, name] = unitOf(bytes, [[1e12, 'TB'], [1e9, 'GB'], [1e6, 'MB'], [1e3, 'kB']]);

    return bytes >= 9999.5 ? `${threeDigits(bytes / size)} ${name}` : `${textCount(bytes)} B`;
}

/* Bytes that memory grew by. */
function textGrowth(bytes) {
    return bytes < 0.5 ? 'no growth' : textBytes(bytes);
}

function textFew(number) {
    return general(number, 3);
}

/* --- beside axes: short --- */

function label(value, units) {
    const [size, name] = unitOf(value, units);

    return general(value / size, 4) + name;
}

function labelTime(us) {
    return label(us, [[1e6, ' s'], [1e3, ' ms'], [1, ' us']]);
}

function labelSeconds(seconds) {
    return `${general(seconds)} s`;
}

function labelCount(number) {
    return label(number, [[1e6, ' M'], [1e3, ' k'], [1, '']]);
}

function labelPercent(percent) {
    return `${general(percent)} %`;
}

function labelShare(share) {
    return labelPercent(Math.round(share * 100));
}

function labelBytes(bytes) {
    return label(bytes, [[1e9, ' GB'], [1e6, ' MB'], [1e3, ' kB'], [1, ' B']]);
}

/* Of nines: 2 is "99 %". As many places as distinguish it from the next one. */
function labelNines(nines) {
    const places = nines > 2 ? Math.ceil(nines - 2 - 1e-9) : 0;

    return `${(100 - 100 * 10 ** -nines).toFixed(places)} %`;
}
