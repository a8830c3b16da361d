/* Bytes that end where memory ends: reading one too many is a fault, not luck. */
#ifndef SUPPORT_GUARD_H
#define SUPPORT_GUARD_H

#include <shunt/span.h>

/*
 * A copy of `len` bytes, the page behind which cannot be read or written; `bytes` may be NULL when
 * `len` is 0. The copy is writable in place. Ends the process when memory cannot be had. Give it
 * back with guard_page_free(), whole.
 */
struct shunt_span guard_page_copy(const void *bytes, size_t len);
void guard_page_free(struct shunt_span copy);

#endif
