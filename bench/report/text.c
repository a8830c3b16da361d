#include "report/text.h"

#include <stdio.h>
#include <string.h>

void text_count(char out[TEXT_BYTES], double number)
{
    char digits[TEXT_BYTES];
    size_t len, at = 0;

    if (!(number >= 0 && number < 1e15)) {
        number = 0;
    }
    len = (size_t)snprintf(digits, sizeof digits, "%.0f", number);
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) {
            out[at++] = ',';
        }
        out[at++] = digits[i];
    }
    out[at] = '\0';
}

void text_time(char out[TEXT_BYTES], double ns)
{
    static const struct {
        double ns;
        const char *name;
    } units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}};
    size_t unit = 0;

    while (unit < 3 && ns < units[unit].ns * 0.9995) {
        unit++;
    }
    double value = ns / units[unit].ns;

    int decimals = unit == 3 || value >= 99.95 ? 0 : value < 9.995 ? 2 : 1;

    snprintf(out, TEXT_BYTES, "%.*f %s", decimals, value, units[unit].name);
}

void text_bytes(char out[TEXT_BYTES], double bytes)
{
    static const struct {
        double bytes;
        const char *name;
    } units[] = {{1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}};
    size_t unit = 0;

    if (!(bytes >= 9999.5)) {
        char count[TEXT_BYTES];

        text_count(count, bytes);
        snprintf(out, TEXT_BYTES, "%.*s B", TEXT_BYTES - 3, count);
        return;
    }
    while (unit < 3 && bytes < units[unit].bytes * 0.9995) {
        unit++;
    }
    double value = bytes / units[unit].bytes;

    snprintf(out, TEXT_BYTES, "%.*f %s",
             value >= 99.95  ? 0
             : value < 9.995 ? 2
                             : 1,
             value, units[unit].name);
}
