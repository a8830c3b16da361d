#include "server/config_report.h"

#include <linux/limits.h>
#include <stdio.h>
#include <string.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Put as much of `text` as there is room for at `at`; what stands there moves back. */
static void insert(struct config_report *report, size_t at, const char *text)
{
    size_t held = strlen(report->error), room = report->error_size - 1;
    size_t len = least(strlen(text), room - at);
    size_t behind = least(held - at, room - at - len);

    memmove(report->error + at + len, report->error + at, behind);
    memcpy(report->error + at, text, len);
    report->error[at + len + behind] = '\0';
}

/* What sentences are sorted by. */
static unsigned rank(unsigned line)
{
    return line == CONFIG_LINE_WHOLE ? 0 : line == 0 ? UINT_MAX : line;
}

/* `sentence` has room for one byte behind its end. */
static void add(struct config_report *report, unsigned line, char *sentence)
{
    size_t room = report->error_size - 1, at = strlen(report->error), len = strlen(sentence) + 1;
    unsigned i = report->mistakes++, sorted = rank(line);

    if (i > 0 && report->sentences[i - 1].rank > sorted) {
        sentence[len - 1] = '\n';
        sentence[len] = '\0';
        for (; i > 0 && report->sentences[i - 1].rank > sorted; i--) {
            at = report->sentences[i - 1].start;
            report->sentences[i] = report->sentences[i - 1];
            report->sentences[i].start = least(at + len, room);
        }
    } else if (i > 0) {
        insert(report, at, "\n");
        at = strlen(report->error);
    }
    insert(report, at, sentence);
    report->sentences[i].rank = sorted;
    report->sentences[i].start = at;
}

enum shunt_status config_refuse(struct config_report *report, unsigned line, const char *format,
                                ...)
{
    char text[768], where[PATH_MAX + 16] = "", sentence[sizeof text + sizeof where];
    va_list args;

    if (report->mistakes == 0) {
        report->error[0] = '\0';
    }
    if (report->mistakes >= CONFIG_MISTAKES_MAX) {
        if (report->mistakes++ == CONFIG_MISTAKES_MAX) {
            snprintf(text, sizeof text, "\nand more mistakes than %u", CONFIG_MISTAKES_MAX);
            insert(report, strlen(report->error), text);
        }
        return SHUNT_EINVAL;
    }
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (report->file && line == CONFIG_LINE_WHOLE) {
        snprintf(where, sizeof where, "%s: ", report->file);
    } else if (report->file && line) {
        snprintf(where, sizeof where, "%s:%u: ", report->file, line);
    }
    snprintf(sentence, sizeof sentence - 1, "%s%s", where, text);
    add(report, line, sentence);
    return SHUNT_EINVAL;
}

void config_report_resume(struct config_report *report, const struct config_report *from,
                          char *error, size_t error_size)
{
    *report = *from;
    report->error = error;
    report->error_size = error_size;
    snprintf(error, error_size, "%s", from->mistakes ? from->error : "");
}
