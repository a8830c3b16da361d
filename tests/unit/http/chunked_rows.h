/* Bodies in the chunked coding as tables of rows, each tried whole, cut at each byte and in equal
 * pieces. */
#ifndef UNIT_HTTP_CHUNKED_ROWS_H
#define UNIT_HTTP_CHUNKED_ROWS_H

#include "http/chunked.h"

/* What came of decoding. */
struct chunked_body {
    enum shunt_status status;
    size_t used, len;
    char bytes[4096];
};

/* Decode in pieces of `first` and then `step` bytes, each at a guard page. */
struct chunked_body chunked_decode(const char *bytes, size_t len, size_t first, size_t step);

struct chunked_row {
    const char *why, *bytes;
    size_t len;
    enum shunt_status want;
    const char *data; /* NULL when it does not matter */
};
#define ROW(why, literal, want, data)                                                              \
    {                                                                                              \
        why, literal, sizeof(literal) - 1, want, data                                              \
    }

void chunked_rows_check(const struct chunked_row *rows, size_t count);
#define CHECK(rows) chunked_rows_check(rows, sizeof(rows) / sizeof *(rows))

#endif
