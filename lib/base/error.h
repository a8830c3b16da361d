/*
 * Why something failed, in words: one sentence of a call, or one for each mistake of a file. Whoever
 * wants to know lends the memory, and passes the carrier down to where the failure is noticed.
 *
 *     char text[256];
 *     struct error error = {.text = text, .size = sizeof text};
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <limits.h>
#include <shunt/status.h>
#include <stddef.h>

#define ERROR_BYTES         16384    /* room for all sentences, unless names are very long */
#define ERROR_SENTENCES_MAX 20       /* what is more is counted */
#define ERROR_LINE_WHOLE    UINT_MAX /* of what a file as a whole has or lacks */

struct error {
    char *text;        /* sentences, each but the last with a '\n' behind it; borrowed */
    size_t size;       /* of it */
    const char *where; /* the file that sentences are about; NULL: none. Borrowed */
    unsigned count;    /* of sentences; 0 at first */
    struct {
        unsigned rank; /* by its line */
        size_t start;  /* in `text` */
    } sentences[ERROR_SENTENCES_MAX];
};

/* No sentence any more; NULL is allowed. */
void error_clear(struct error *error);

/*
 * "WHERE: TEXT" in place of all that is there, or nowhere for NULL. What does not fit is cut off.
 * Always `status`, for a return statement.
 */
enum shunt_status error_set(struct error *error, enum shunt_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Add "WHERE:LINE: TEXT" behind the sentences of lines up to this one; "WHERE: TEXT" in front of
 * all for ERROR_LINE_WHOLE; TEXT alone and last for line 0, which is of what did not come from the
 * file. The first call replaces what `text` held. Always SHUNT_EINVAL.
 */
enum shunt_status error_add(struct error *error, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Go on with the sentences of another, which is as it was. */
void error_resume(struct error *error, const struct error *from);

#endif
