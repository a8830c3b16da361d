/* Most values have nothing to escape: plain bytes are looked for eight at a time, and copied whole. */
#include "exchange/log_escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

static size_t hex(char out[8], const char *before, unsigned char byte)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t len = 0;

    while (*before) {
        out[len++] = *before++;
    }
    out[len++] = digits[byte >> 4];
    out[len++] = digits[byte & 15];
    return len;
}

/* The length of the UTF-8 sequence at the front, 0: none. RFC 3629 section 4: no overlong forms, no
 * surrogates, nothing above U+10FFFF. */
static size_t sequence(const unsigned char *at, size_t len)
{
    unsigned char lead = at[0], low = 0x80, high = 0xbf;
    size_t need = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;

    if (lead < 0xc2 || lead > 0xf4 || len < need) {
        return 0;
    }
    low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : low;
    high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : high;
    if (at[1] < low || at[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < need; i++) {
        if (at[i] < 0x80 || at[i] > 0xbf) {
            return 0;
        }
    }
    return need;
}

/* One byte, or for JSON one sequence, that is not plain: what stands for it in `out`, and in *used
 * how much of the value that is. */
static size_t unit(enum exchange_log_escape how, const unsigned char *at, size_t len, char out[8],
                   size_t *used)
{
    *used = 1;
    if (how == EXCHANGE_LOG_TEXT) {
        return hex(out, "\\x", *at);
    }
    if (*at == '"' || *at == '\\') {
        out[0] = '\\';
        out[1] = (char)*at;
        return 2;
    }
    if (*at <= 0x7f) {
        return hex(out, "\\u00", *at);
    }
    *used = sequence(at, len);
    if (*used > 0) {
        memcpy(out, at, *used);
        return *used;
    }
    *used = 1;
    return hex(out, "\\\\x", *at);
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Eight at once: the high bit of a byte that is 0, and maybe of those above it. */
static uint64_t zeros(uint64_t bytes)
{
    return (bytes - EACH(1)) & ~bytes & EACH(0x80);
}

static bool are_plain(uint64_t bytes)
{
    uint64_t below = (bytes - EACH(0x20)) & ~bytes;
    uint64_t others =
        zeros(bytes ^ EACH('"')) | zeros(bytes ^ EACH('\\')) | zeros(bytes ^ EACH(0x7f));

    return (((below | bytes) & EACH(0x80)) | others) == 0;
}

/* How many plain bytes are at the front. */
static size_t plain_run(const unsigned char *at, size_t len)
{
    size_t run = 0;
    uint64_t bytes;

    for (; run + sizeof bytes <= len; run += sizeof bytes) {
        memcpy(&bytes, at + run, sizeof bytes);
        if (!are_plain(bytes)) {
            break;
        }
    }
    if (len >= sizeof bytes && run + sizeof bytes > len) {
        memcpy(&bytes, at + len - sizeof bytes, sizeof bytes); /* some of them once more */
        run = are_plain(bytes) ? len : run;
    }
    while (run < len && is_plain(at[run])) {
        run++;
    }
    return run;
}

size_t exchange_log_escape(enum exchange_log_escape how, struct shunt_span value, char *out,
                           size_t room, bool *cut)
{
    const unsigned char *at = (const unsigned char *)value.at, *end = at + value.len;
    size_t written = 0;

    *cut = false;
    while (at < end) {
        size_t run = plain_run(at, (size_t)(end - at)), used, len;
        char text[8];

        if (run > room - written) {
            run = room - written;
            *cut = true;
        }
        memcpy(out + written, at, run);
        written += run;
        at += run;
        if (*cut || at == end) {
            break;
        }
        len = unit(how, at, (size_t)(end - at), text, &used);
        *cut = len > room - written;
        if (*cut) {
            break;
        }
        memcpy(out + written, text, len);
        written += len;
        at += used;
    }
    return written;
}
