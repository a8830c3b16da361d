/* What is wrong with a configuration: one sentence a line, all of them in one run. */
#ifndef SERVER_CONFIG_REPORT_H
#define SERVER_CONFIG_REPORT_H

#include <shunt/status.h>
#include <stdarg.h>
#include <stddef.h>

#define CONFIG_REPORT_BYTES 16384 /* room for a whole report, unless names are very long */
#define CONFIG_MISTAKES_MAX 20    /* sentences of one report; what is more is counted */

/* Where the sentences go, and the file that they name. */
struct config_report {
    const char *file; /* NULL: no file */
    char *error;
    size_t error_size;
    unsigned mistakes; /* 0 at first */
    struct {
        unsigned line;
        size_t start; /* in `error` */
    } sentences[CONFIG_MISTAKES_MAX];
};

/*
 * Add "FILE:LINE: TEXT" as far as file and line (0: none) are known, behind the sentences of lines
 * up to this one; the first call replaces what `error` held. What does not fit is cut off. Always
 * SHUNT_EINVAL.
 */
enum shunt_status config_refuse(struct config_report *report, unsigned line, const char *format,
                                ...) __attribute__((format(printf, 3, 4)));

#endif
