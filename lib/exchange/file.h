/* Bodies that lie in a file: one part of it, or several with bytes before each. */
#ifndef EXCHANGE_FILE_H
#define EXCHANGE_FILE_H

#include "conn/file.h"

#include <shunt/span.h>

struct shunt_response;

struct exchange_file_part {
    struct shunt_span before; /* sent first; maybe empty */
    uint64_t offset, len;     /* len 0 is allowed */
};

/* Borrows all but the file. */
struct exchange_file {
    struct conn_file *file; /* one reference; NULL: the body lies in no file */
    const struct exchange_file_part *parts;
    size_t count;
    struct shunt_span behind; /* sent last */
    uint64_t len;             /* of all that */
    struct exchange_file_part only;
};

/* Make the body `len` bytes of `file` from `offset` on. Consumes a reference. */
void exchange_response_file(struct shunt_response *response, struct conn_file *file,
                            uint64_t offset, uint64_t len);
/* The same with parts and what stands between and behind them, which all stay until the answer has
 * been written, as memory of shunt_request_alloc() does. */
void exchange_response_parts(struct shunt_response *response, struct conn_file *file,
                             const struct exchange_file_part *parts, size_t count,
                             struct shunt_span behind);
/* The body lies in a file no longer. */
static inline void exchange_file_drop(struct exchange_file *file)
{
    conn_file_put(file->file);
    file->file = NULL;
    file->len = 0;
}

#endif
