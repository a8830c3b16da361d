/* Tables of request heads, each with what must become of it, whole and in pieces. */
#ifndef SUPPORT_HEAD_ROWS_H
#define SUPPORT_HEAD_ROWS_H

#include "http/head.h"

/* `want`: one of these, or the status that refuses the head. */
enum { HEAD_TAKEN = 0, HEAD_INCOMPLETE = 1 };

struct head_row {
    const char *why, *bytes;
    size_t len;
    unsigned want;
};
#define HEAD_ROW(why, literal, want)                                                               \
    {                                                                                              \
        why, literal, sizeof(literal) - 1, want                                                    \
    }

/* What one attempt came to: as `want`, and on HEAD_TAKEN the head. */
struct head_outcome {
    unsigned result;
    size_t used;
    struct http_head head;
    struct shunt_field fields[HTTP_FIELDS_MAX];
};

/* 16 KiB a head, 8 KiB a target, 100 fields. */
extern const struct http_limits head_limits;

/* http_head_parse(); a status that does not go with its answer fails the test. */
void head_attempt(struct shunt_span in, size_t scanned, const struct http_limits *limits,
                  struct head_outcome *outcome);

/* What differs between two outcomes of the same bytes, wherever these lie; NULL when nothing does. */
const char *head_difference(const struct head_outcome *one, const struct head_outcome *other);

/*
 * With each variant of the parser (http/variant.h): each row must come to what it wants when it
 * arrives whole, byte by byte, and in two pieces cut at each byte; its end is at a guard page. The
 * pieces, and all variants, must give the very same head, but that a hopeless head without an end
 * may be refused as late as when its length has doubled.
 */
void head_rows_check(const struct head_row *rows, size_t count, const struct http_limits *limits);

#define HEAD_ROWS_CHECK(rows) head_rows_check(rows, sizeof(rows) / sizeof *(rows), &head_limits)

#endif
