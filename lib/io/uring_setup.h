/* Creating and ending an io_uring. */
#ifndef IO_URING_SETUP_H
#define IO_URING_SETUP_H

#include "io/backend.h"

/* NULL, and why in *refusal. No size in `options` is 0 any longer. */
io_creator uring_create;

#endif
