/* How values are written beside axes: short, no zeros behind. */
#include "page/chart.h"

#include <math.h>
#include <string.h>

struct unit {
    double size;
    const char *name;
};

/* The largest unit that the value reaches, or the last one. */
static void with_unit(char out[TEXT_BYTES], double value, const struct unit *units, size_t count)
{
    size_t at = 0;

    while (at + 1 < count && fabs(value) < units[at].size * 0.9995) {
        at++;
    }
    snprintf(out, TEXT_BYTES, "%.4g%s", value / units[at].size, units[at].name);
}

void chart_label_time(char out[TEXT_BYTES], double us)
{
    static const struct unit units[] = {{1e6, " s"}, {1e3, " ms"}, {1, " us"}};

    with_unit(out, us, units, sizeof units / sizeof *units);
}

void chart_label_seconds(char out[TEXT_BYTES], double seconds)
{
    snprintf(out, TEXT_BYTES, "%g s", seconds);
}

void chart_label_count(char out[TEXT_BYTES], double number)
{
    static const struct unit units[] = {{1e6, " M"}, {1e3, " k"}, {1, ""}};

    with_unit(out, number, units, sizeof units / sizeof *units);
}

void chart_label_percent(char out[TEXT_BYTES], double percent)
{
    snprintf(out, TEXT_BYTES, "%g %%", percent);
}

void chart_label_bytes(char out[TEXT_BYTES], double bytes)
{
    static const struct unit units[] = {{1e9, " GB"}, {1e6, " MB"}, {1e3, " kB"}, {1, " B"}};

    with_unit(out, bytes, units, sizeof units / sizeof *units);
}

void chart_label_nines(char out[TEXT_BYTES], double nines)
{
    /* As many places as tell it from the next one. */
    int places = nines > 2 ? (int)ceil(nines - 2 - 1e-9) : 0;

    snprintf(out, TEXT_BYTES, "%.*f %%", places, 100 - 100 * pow(10, -nines));
}
