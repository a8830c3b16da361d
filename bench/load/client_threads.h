/* Threads whose workers are groups of clients. */
#ifndef BENCH_LOAD_CLIENT_THREADS_H
#define BENCH_LOAD_CLIENT_THREADS_H

#include "base/error.h"
#include "load/client_group.h"
#include "load/threads.h"

/* `plan` is borrowed; its rate is shared out. As threads_create(). */
enum shunt_status client_threads_create(const struct client_plan *plan, uint32_t connections,
                                        uint32_t count, struct threads **threads,
                                        struct error *error) SHUNT_MUST_USE;

/* The clients' back end, and why it is that one: maybe "". */
const char *client_threads_backend(const struct threads *threads, const char **why);

#endif
