/* What a header declares, as data: see rows.c. */
#ifndef ABI_1_0_ROWS_H
#define ABI_1_0_ROWS_H

#include <stddef.h>

struct abi_row {
    const char *what; /* NULL ends a table */
    size_t at;        /* a member's offset, or a value */
    size_t bytes;     /* a member's size */
};

extern const struct abi_row abi_rows_1_0[];
extern const struct abi_row abi_rows_today[];

#endif
