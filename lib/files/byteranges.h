/* The body of several ranges: multipart/byteranges (RFC 9110 section 14.6). */
#ifndef FILES_BYTERANGES_H
#define FILES_BYTERANGES_H

#include "exchange/exchange.h"

#include <shunt/fields.h>

/*
 * Make the response's body the `count` ranges of `file`, a representation of `size` bytes of media
 * type `type`, and its Content-Type what that is then. Consumes a reference to `file`. False: no
 * memory, and nothing is set.
 */
bool files_byteranges_set(struct shunt_exchange *exchange, struct conn_file *file, uint64_t size,
                          const char *type, const struct shunt_range *ranges, size_t count);

#endif
