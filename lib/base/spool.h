/*
 * Lines on their way from one thread that must not wait to one that may: a bounded ring of bytes,
 * one sender and one receiver. What does not fit is dropped, whole lines at a time, and counted.
 *
 * The sender's lines become visible when it publishes them, so that many cost what one does.
 */
#ifndef BASE_SPOOL_H
#define BASE_SPOOL_H

#include <shunt/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define SPOOL_BYTES_MIN ((size_t)4096)
#define SPOOL_BYTES_MAX ((size_t)1 << 30)

struct spool;

/* `bytes` is rounded up to a power of two; memory is touched as it is used. SHUNT_OK, SHUNT_EINVAL
 * or SHUNT_ENOMEM. */
enum shunt_status spool_create(size_t bytes, struct spool **spool) SHUNT_MUST_USE;
/* What was not taken is gone. Neither thread may be at work any more. NULL is allowed. */
void spool_destroy(struct spool *spool);

/* ---- the sender ---- */

/* A copy of a line, with its line feed. False: it does not fit, and is counted. */
bool spool_put(struct spool *spool, const char *line, size_t len);
/* Let the receiver see what was put. True: there was anything. This and spool_peek() are
 * sequentially consistent: a receiver that sets a flag and then sees nothing has set it in time for a
 * sender that publishes and then looks at it. */
bool spool_publish(struct spool *spool);
/* Is so much in it that the receiver had better hurry? */
bool spool_half_full(struct spool *spool);

/* ---- the receiver ---- */

/* What is published and not taken yet: in one piece, two, or none. How many pieces. */
unsigned spool_peek(const struct spool *spool, struct iovec pieces[2]);
/* The first `len` bytes of that are done with. */
void spool_take(struct spool *spool, size_t len);

/* ---- any thread ---- */

/* Lines that were put, and those that did not fit. */
uint64_t spool_lines(const struct spool *spool);
uint64_t spool_dropped(const struct spool *spool);

#endif
