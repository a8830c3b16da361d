/* Loading a block as four parts of 16 bytes: behind a variant's http_part_load(). */
#ifndef HTTP_BLOCK_PARTS_H
#define HTTP_BLOCK_PARTS_H

#ifdef HTTP_BLOCK_LEAST /* of the variant */

/* 16 to 64 bytes: the parts overlap where they are not 64. No loop, for gcc would leave it one. */
static inline __attribute__((always_inline)) struct http_block http_block_at(const char *at,
                                                                             unsigned len,
                                                                             unsigned drop)
{
    struct http_block block = {.drop = drop};

    http_part_load(&block, 0, at, len);
    http_part_load(&block, 1, at, len);
    http_part_load(&block, 2, at, len);
    http_part_load(&block, 3, at, len);
    return block;
}

static inline __attribute__((always_inline)) struct http_block http_block_load(const char *at)
{
    return http_block_at(at, 64, 0);
}

/* Loads that end at `end` and begin before `at`, but not before `start`. */
static inline __attribute__((always_inline)) struct http_block http_block_load_last(
    const char *start, const char *at, const char *end)
{
    const char *from = end - start >= 64 ? end - 64 : start;

    return http_block_at(from, (unsigned)(end - from), (unsigned)(at - from));
}

#endif
#endif
