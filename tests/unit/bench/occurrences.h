/* How often something is on a page. */
#ifndef UNIT_BENCH_OCCURRENCES_H
#define UNIT_BENCH_OCCURRENCES_H

#include <stddef.h>
#include <string.h>

static inline size_t occurrences(const char *text, const char *part)
{
    size_t count = 0;

    for (; (text = strstr(text, part)) != NULL; text += strlen(part)) {
        count++;
    }
    return count;
}

#endif
