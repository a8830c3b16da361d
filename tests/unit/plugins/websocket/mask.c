#include "mask.h"
#include "vector.h"

#include <criterion/criterion.h>
#include <string.h>

#define LENGTH_MAX    200
#define ALIGNMENT_MAX 33

static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};

static void fill(uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)(i * 167 + 13);
    }
}

static void equals_the_formula(void)
{
    _Alignas(64) uint8_t area[ALIGNMENT_MAX + LENGTH_MAX + 1];
    uint8_t want[sizeof area];

    for (size_t len = 0; len <= LENGTH_MAX; len++) {
        for (size_t at = 0; at < ALIGNMENT_MAX; at++) {
            for (uint64_t offset = 0; offset < 9; offset++) {
                fill(area, sizeof area);
                fill(want, sizeof want);
                for (size_t i = 0; i < len; i++) {
                    want[at + i] ^= mask[(offset + i) % 4];
                }
                websocket_unmask(area + at, len, mask, offset);
                if (memcmp(area, want, sizeof area) != 0) {
                    cr_assert_fail("length %zu at %zu, offset %d", len, at, (int)offset);
                }
            }
        }
    }
}

Test(websocket_mask, equals_the_formula_of_section_5_3_at_each_length_alignment_and_offset)
{
    size_t count;
    const struct websocket_vector *const *vectors = websocket_vectors(&count);

    for (size_t i = 0; i < count; i++) {
        websocket_vector_set(vectors[i]);
        equals_the_formula();
    }
}

Test(websocket_mask, a_payload_may_come_in_pieces)
{
    uint8_t whole[200], pieces[200];

    for (size_t cut = 0; cut <= sizeof whole; cut++) {
        fill(whole, sizeof whole);
        fill(pieces, sizeof pieces);
        websocket_unmask(whole, sizeof whole, mask, 0);
        websocket_unmask(pieces, cut, mask, 0);
        websocket_unmask(pieces + cut, sizeof pieces - cut, mask, cut);
        cr_assert_arr_eq(whole, pieces, sizeof whole, "cut at %zu", cut);
    }
}

Test(websocket_mask, offsets_beyond_32_bits_keep_the_phase)
{
    uint8_t bytes[1] = {0};

    websocket_unmask(bytes, 1, mask, (UINT64_C(1) << 40) + 3);
    cr_expect_eq(bytes[0], mask[3]);
}
