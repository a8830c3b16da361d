/* One line of the access log, of an exchange that is done. */
#ifndef EXCHANGE_LOG_LINE_H
#define EXCHANGE_LOG_LINE_H

#include "exchange/done.h"
#include "exchange/log_format.h"

/* A second as both formats have it, made anew when another has begun. All zero at first. */
struct exchange_log_second {
    uint64_t number;
    char iso[20];    /* "2026-01-31T12:34:56" */
    char common[21]; /* "31/Jan/2026:12:34:56" */
};

/* What a line has beside struct exchange_done. */
struct exchange_log_line {
    const struct exchange_done *done;
    struct shunt_span client, peer; /* addresses; empty: not known */
    unsigned peer_port;
    uint64_t wall_ns, duration_ns;
    unsigned worker;
    struct exchange_log_second *second;
};

/* Write the line with its line feed; how long it is. Values that are not known are "-", in JSON
 * empty. */
size_t exchange_log_line_write(const struct exchange_log_format *format,
                               const struct exchange_log_line *line,
                               char out[EXCHANGE_LOG_LINE_BYTES_MAX]);

#endif
