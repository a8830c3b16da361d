/*
 * A back end of io that is a script: what is added completes in the next turn of the loop, and what
 * conn asks io for is appended to loop_trace, among the notifications of the owner. Descriptors are
 * numbers below IO_SCRIPT_FDS_MAX, and none of them is open. One script at a time.
 */
#ifndef UNIT_CONN_IO_SCRIPT_H
#define UNIT_CONN_IO_SCRIPT_H

#include "io/io.h"

enum { IO_SCRIPT_FDS_MAX = 2000 };

enum io_script_kind { IO_SCRIPT_RECEIVED, IO_SCRIPT_READY, IO_SCRIPT_SENT };

struct io_script_event {
    enum io_script_kind kind;
    int fd, result;
    bool more;         /* of a receive: it goes on */
    const char *bytes; /* of a receive, borrowed until the turn; NULL: none */
};

/* As io_options.create. */
enum shunt_status io_script_create(const struct io_options *options,
                                   const struct io_handler *handler, void *context, struct io **io,
                                   struct error *why);

/* In the next turn of the loop. */
void io_script_add(struct io_script_event event);

/* In the next turn of the loop every send in flight is cancelled. */
void io_script_cancel_sends(void);

/* Append to loop_trace. */
void io_script_trace(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
