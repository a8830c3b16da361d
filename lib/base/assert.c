/* The end of the process. No allocation and no stdio: either may be what is broken. */
#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void base_assert_fail(const char *file, int line, const char *function, const char *condition)
{
    char text[512];
    int len = snprintf(text, sizeof text, "assertion failed: %s in %s at %s:%d\n", condition,
                       function, file, line);

    if (len >= (int)sizeof text) {
        len = sizeof text - 1;
        text[len - 1] = '\n';
    }
    if (len > 0 && write(STDERR_FILENO, text, (size_t)len) < 0) {
        abort(); /* nobody listens; the core has the rest */
    }
    abort();
}
