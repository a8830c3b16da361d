#include "page/drawing.h"

#include "tool.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

bool drawing_known(const char *chart)
{
    static const char *const known[] = {"latency", "cpu", "rate", "p50", "p99", "memory"};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(chart, known[i]) == 0) {
            return true;
        }
    }
    return false;
}

int drawing_write(const struct page *page, const char *chart, const char *file, struct error *error)
{
    int input = memfd_create("page", MFD_CLOEXEC);
    FILE *out = input >= 0 ? fdopen(dup(input), "w") : NULL;
    int status = -1;

    if (!out) {
        error_set(error, SHUNT_EINVAL, "--svg %s: %s", file, strerror(errno));
    } else {
        const char *words[] = {chart ? chart : "", file, NULL};

        page_write(page, out);
        status = fclose(out) == 0 && lseek(input, 0, SEEK_SET) == 0
                     ? tool_run("drawing", words, input, error)
                     : -1;
    }
    if (input >= 0) {
        close(input);
    }
    return status;
}
