#include "duration.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

bool duration_parse(const char *text, double *seconds)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"", 1}, {"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}};
    char *end;
    double value = strtod(text, &end);

    /* What strtod() also takes, but nobody means: white space, a sign, inf, nan, 0x10. */
    if (end == text || strspn(text, "0123456789.eE+-") < (size_t)(end - text) || *text == '+' ||
        !isfinite(value)) {
        return false;
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(end, units[i].name) == 0) {
            *seconds = value * units[i].seconds;
            return true;
        }
    }
    return false;
}
