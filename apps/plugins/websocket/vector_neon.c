/* Nothing where the CPU is another one. */
#include "mask.h"
#include "utf8_table.h"
#include "vector.h"

#if defined(__aarch64__) && defined(__ARM_NEON)

#include <arm_neon.h>

#define UTF8_TARGET
#define UTF8_BYTES 16

typedef uint8x16_t utf8_vector;

#define UTF8_UNIT static inline __attribute__((always_inline))

UTF8_UNIT utf8_vector utf8_load(const uint8_t *at)
{
    return vld1q_u8(at);
}

UTF8_UNIT utf8_vector utf8_or(utf8_vector a, utf8_vector b)
{
    return vorrq_u8(a, b);
}

UTF8_UNIT int utf8_ascii(utf8_vector bytes)
{
    return vmaxvq_u8(bytes) < 0x80;
}

UTF8_UNIT int utf8_any(utf8_vector wrong)
{
    return vmaxvq_u8(wrong) != 0;
}

UTF8_UNIT utf8_vector utf8_wrong(utf8_vector now, utf8_vector one, utf8_vector two,
                                 utf8_vector three)
{
    utf8_vector by_high = vqtbl1q_u8(vld1q_u8(utf8_first_high), vshrq_n_u8(one, 4));
    utf8_vector by_low = vqtbl1q_u8(vld1q_u8(utf8_first_low), vandq_u8(one, vdupq_n_u8(15)));
    utf8_vector by_second = vqtbl1q_u8(vld1q_u8(utf8_second_high), vshrq_n_u8(now, 4));
    utf8_vector third = vqsubq_u8(two, vdupq_n_u8(0xe0 - 0x80));
    utf8_vector fourth = vqsubq_u8(three, vdupq_n_u8(0xf0 - 0x80));
    utf8_vector pairs = vandq_u8(vorrq_u8(third, fourth), vdupq_n_u8(UTF8_PAIR));

    return veorq_u8(vandq_u8(vandq_u8(by_high, by_low), by_second), pairs);
}

#include "utf8_walk.h"

static size_t utf8(const uint8_t *bytes, size_t len)
{
    return utf8_walk(bytes, len);
}

/* NEON is of the architecture, so the plain way has it. */
const struct websocket_vector websocket_vector_neon = {"neon", websocket_unmask_plain, utf8};

#endif
