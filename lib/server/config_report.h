/* What is wrong with a configuration: one sentence a line, all of them in one run. */
#ifndef SERVER_CONFIG_REPORT_H
#define SERVER_CONFIG_REPORT_H

#include <limits.h>
#include <shunt/status.h>
#include <stdarg.h>
#include <stddef.h>

#define CONFIG_REPORT_BYTES 16384    /* room for a whole report, unless names are very long */
#define CONFIG_MISTAKES_MAX 20       /* sentences of one report; what is more is counted */
#define CONFIG_LINE_WHOLE   UINT_MAX /* of what a file as a whole has or lacks */

/* Where the sentences go, and the file that they name. */
struct config_report {
    const char *file; /* NULL: no file */
    char *error;
    size_t error_size;
    unsigned mistakes; /* 0 at first */
    struct {
        unsigned rank; /* by its line */
        size_t start;  /* in `error` */
    } sentences[CONFIG_MISTAKES_MAX];
};

/*
 * Add "FILE:LINE: TEXT" behind the sentences of lines up to this one; "FILE: TEXT" in front of all
 * for CONFIG_LINE_WHOLE, TEXT alone and last for line 0, which is of what came by a call or on the
 * command line. The first call replaces what `error` held. What does not fit is cut off. Always
 * SHUNT_EINVAL.
 */
enum shunt_status config_refuse(struct config_report *report, unsigned line, const char *format,
                                ...) __attribute__((format(printf, 3, 4)));

/* Go on with `from`, whose sentences are copied, in a buffer of another. */
void config_report_resume(struct config_report *report, const struct config_report *from,
                          char *error, size_t error_size);

#endif
