#include "page/scale.h"

#include <math.h>

static double clamp(double value, double low, double high)
{
    return value < low ? low : value > high ? high : value;
}

double scale_at(const struct scale *scale, double value)
{
    double low = scale->low, high = scale->high;

    value = clamp(value, low, high);
    if (scale->logarithmic) {
        low = log(low);
        high = log(high);
        value = log(value);
    }
    return scale->from + (value - low) / (high - low) * (scale->to - scale->from);
}

/* The step of 1, 2 or 5 times a power of ten that gives about so many. */
static double round_step(double range, unsigned steps)
{
    double rough = range / steps, power = pow(10, floor(log10(rough))), part = rough / power;

    return power * (part < 1.5 ? 1 : part < 3.5 ? 2 : part < 7.5 ? 5 : 10);
}

/* 1, 2 or 5 times a power of ten: the last one not above, or the first one not below. The sum of
 * 1e-9 is for values that are round but for the error of pow(). */
static double round_log(double value, bool up)
{
    static const double parts[] = {1, 2, 5, 10};
    double power = pow(10, floor(log10(value) + 1e-9)), part = value / power;

    for (int i = 0; i < 4; i++) {
        int at = up ? i : 3 - i;

        if (up ? parts[at] >= part * (1 - 1e-9) : parts[at] <= part * (1 + 1e-9)) {
            return power * parts[at];
        }
    }
    return value;
}

void scale_round(struct scale *scale, unsigned steps)
{
    if (scale->logarithmic) {
        scale->low = round_log(scale->low, false);
        scale->high = round_log(scale->high, true);
        if (scale->high <= scale->low) {
            scale->high = scale->low * 10;
        }
        return;
    }
    if (scale->high <= scale->low) {
        scale->high = scale->low + 1;
    }
    double step = round_step(scale->high - scale->low, steps);

    scale->low = floor(scale->low / step + 1e-9) * step;
    scale->high = ceil(scale->high / step - 1e-9) * step;
}

static size_t log_ticks(const struct scale *scale, unsigned steps, double ticks[SCALE_TICKS_MAX])
{
    static const double parts[] = {1, 2, 5};
    double decades = log10(scale->high / scale->low);
    bool all = decades * 2 <= steps;
    unsigned every = decades > steps ? (unsigned)ceil(decades / steps) : 1;
    int first = (int)floor(log10(scale->low) + 1e-9);
    size_t count = 0;

    for (int power = first; count < SCALE_TICKS_MAX; power += all ? 1 : (int)every) {
        for (int i = 0; i < (all ? 3 : 1) && count < SCALE_TICKS_MAX; i++) {
            double tick = pow(10, power) * parts[i];

            if (tick > scale->high * (1 + 1e-9)) {
                return count;
            }
            if (tick >= scale->low * (1 - 1e-9)) {
                ticks[count++] = tick;
            }
        }
    }
    return count;
}

size_t scale_ticks(const struct scale *scale, unsigned steps, double ticks[SCALE_TICKS_MAX])
{
    if (scale->logarithmic) {
        return log_ticks(scale, steps, ticks);
    }
    double step = round_step(scale->high - scale->low, steps);
    double first = ceil(scale->low / step - 1e-9);
    size_t count = 0;

    while (count < SCALE_TICKS_MAX && (first + (double)count) * step <= scale->high + step * 1e-9) {
        ticks[count] = (first + (double)count) * step;
        count++;
    }
    return count;
}

double scale_nines(double share, double most)
{
    return share >= 1 ? most : clamp(-log10(1 - share), 0, most);
}
