/* The classes of bytes that a variant with tables of nibbles looks for: behind its http_block_in(). */
#ifndef HTTP_BLOCK_CLASSES_H
#define HTTP_BLOCK_CLASSES_H

#ifdef HTTP_BLOCK_LEAST /* of the variant */

static inline __attribute__((always_inline)) uint64_t http_block_tokens(
    const struct http_block *block)
{
    return http_block_in(block, http_token_nibbles);
}

static inline __attribute__((always_inline)) uint64_t http_block_controls(
    const struct http_block *block)
{
    return http_block_in(block, http_control_nibbles);
}

static inline __attribute__((always_inline)) uint64_t http_block_paths(
    const struct http_block *block)
{
    return http_block_in(block, http_path_nibbles);
}

static inline __attribute__((always_inline)) uint64_t http_block_names(
    const struct http_block *block)
{
    return http_block_in(block, http_name_nibbles);
}

static inline __attribute__((always_inline)) uint64_t http_block_digits(
    const struct http_block *block)
{
    return http_block_in(block, http_digit_nibbles);
}

#endif
#endif
