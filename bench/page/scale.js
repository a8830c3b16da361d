/* From values to places, and the round values that an axis names. */
'use strict';

const TICKS_MAX = 16;

function clamp(value, low, high) {
    return value < low ? low : value > high ? high : value;
}

/* What lies outside is put on the nearer end. */
function scaleAt(scale, value) {
    const map = scale.logarithmic ? Math.log : (x) => x;
    const low = map(scale.low), high = map(scale.high);
    const at = map(clamp(value, scale.low, scale.high));

    return scale.from + (at - low) / (high - low) * (scale.to - scale.from);
}

/* The step of 1, 2 or 5 times a power of ten that gives about so many. */
function roundStep(range, steps) {
    const rough = range / steps, power = 10 ** Math.floor(Math.log10(rough)), part = rough / power;

    return power * (part < 1.5 ? 1 : part < 3.5 ? 2 : part < 7.5 ? 5 : 10);
}

/* 1, 2 or 5 times a power of ten: the last one not above, or the first one not below. The sum of
 * 1e-9 is for values that are round but for the error of the power. */
function roundLog(value, up) {
    const power = 10 ** Math.floor(Math.log10(value) + 1e-9), part = value / power;
    const step = up ? [1, 2, 5, 10].find((one) => one >= part * (1 - 1e-9))
                    : [10, 5, 2, 1].find((one) => one <= part * (1 + 1e-9));

    return step ? power * step : value; /* nothing is below 0 */
}

/* Make the ends round, `low` and `high` staying inside: by 1, 2 and 5 at about `steps` steps, or
 * on a logarithmic scale the same within each power of ten. */
function scaleRound(scale, steps) {
    if (scale.logarithmic) {
        scale.low = roundLog(scale.low, false);
        scale.high = roundLog(scale.high, true);
        if (scale.high <= scale.low) {
            scale.high = scale.low * 10;
        }
        return;
    }
    if (scale.high <= scale.low) {
        scale.high = scale.low + 1;
    }
    const step = roundStep(scale.high - scale.low, steps);

    scale.low = Math.floor(scale.low / step + 1e-9) * step;
    scale.high = Math.ceil(scale.high / step - 1e-9) * step;
}

function logTicks(scale, steps) {
    const decades = Math.log10(scale.high / scale.low);
    const parts = decades * 2 <= steps ? [1, 2, 5] : [1];
    const every = decades > steps ? Math.ceil(decades / steps) : 1;
    const ticks = [];

    for (let power = Math.floor(Math.log10(scale.low) + 1e-9);; power += every) {
        for (const part of parts) {
            const tick = 10 ** power * part;

            if (tick > scale.high * (1 + 1e-9) || ticks.length === TICKS_MAX) {
                return ticks;
            }
            if (tick >= scale.low * (1 - 1e-9)) {
                ticks.push(tick);
            }
        }
    }
}

/* The ticks of a rounded scale, about `steps`, at most TICKS_MAX. */
function scaleTicks(scale, steps) {
    if (scale.logarithmic) {
        return logTicks(scale, steps);
    }
    const step = roundStep(scale.high - scale.low, steps), ticks = [];

    for (let i = Math.ceil(scale.low / step - 1e-9);
         i * step <= scale.high + step * 1e-9 && ticks.length < TICKS_MAX; i++) {
        ticks.push(i * step);
    }
    return ticks;
}

/* How many nines a share has: 0.9 is 1, 0.99 is 2; 1 is as far as `most`. */
function scaleNines(share, most) {
    return share >= 1 ? most : clamp(-Math.log10(1 - share), 0, most);
}

/* Widen the range of positive values by one; a value that is not known changes nothing. */
function widen(scale, value) {
    if (Number.isFinite(value) && value > 0) {
        scale.low = scale.low > 0 && scale.low < value ? scale.low : value;
        scale.high = scale.high > value ? scale.high : value;
    }
}
