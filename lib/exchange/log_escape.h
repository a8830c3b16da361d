/*
 * What a peer has sent, as part of a line that nobody can forge: no byte of it ends the line, a
 * quoted value or a JSON string, and a terminal takes no byte of it for a command.
 */
#ifndef EXCHANGE_LOG_ESCAPE_H
#define EXCHANGE_LOG_ESCAPE_H

#include <shunt/span.h>
#include <stdbool.h>
#include <stddef.h>

enum exchange_log_escape {
    /* Printable ASCII but '"' and '\' as it is, any other byte as \xHH. */
    EXCHANGE_LOG_TEXT,
    /* The inside of a JSON string (RFC 8259 section 7), valid UTF-8 whatever the bytes: one that is
     * part of no UTF-8 sequence (RFC 3629) becomes \\xHH, which reads as \xHH. */
    EXCHANGE_LOG_JSON,
};

/* Write `value` to out[0..room), up to the last unit that fits. How many bytes that is; *cut: there
 * was more. */
size_t exchange_log_escape(enum exchange_log_escape how, struct shunt_span value, char *out,
                           size_t room, bool *cut);

#endif
