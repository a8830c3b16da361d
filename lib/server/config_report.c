#include "server/config_report.h"

#include <stdio.h>
#include <string.h>

/* Append as much as fits. */
static void append(struct config_report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void append(struct config_report *report, const char *format, ...)
{
    size_t len = strlen(report->error);
    va_list args;

    va_start(args, format);
    vsnprintf(report->error + len, report->error_size - len, format, args);
    va_end(args);
}

enum shunt_status config_refuse(struct config_report *report, unsigned line, const char *format,
                                ...)
{
    char text[768];
    va_list args;

    if (report->mistakes++ == 0) {
        report->error[0] = '\0';
    } else if (report->mistakes > CONFIG_MISTAKES_MAX + 1) {
        return SHUNT_EINVAL;
    } else {
        append(report, "\n");
    }
    if (report->mistakes > CONFIG_MISTAKES_MAX) {
        append(report, "and more mistakes than %u", CONFIG_MISTAKES_MAX);
        return SHUNT_EINVAL;
    }
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (report->file && line) {
        append(report, "%s:%u: %s", report->file, line, text);
    } else if (report->file) {
        append(report, "%s: %s", report->file, text);
    } else {
        append(report, "%s", text);
    }
    return SHUNT_EINVAL;
}
