/* Bytes kept in order, whatever is put where while some is lent. */
#include "conn/held.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void put(struct conn_held *held, const char *text, bool front)
{
    cr_assert_eq(conn_held_put(held, (const uint8_t *)text, strlen(text), front), SHUNT_OK);
}

static void expect(const struct conn_held *held, const char *text)
{
    cr_expect_eq(conn_held_len(held), strlen(text));
    cr_expect_eq(memcmp(conn_held_bytes(held), text, strlen(text)), 0, "%.*s instead of %s",
                 (int)conn_held_len(held), (const char *)conn_held_bytes(held), text);
}

Test(conn_held, what_is_put_in_front_comes_first_and_what_is_put_behind_last)
{
    struct conn_held held = {0};

    put(&held, "two", false);
    put(&held, "three", false);
    put(&held, "one", true);
    expect(&held, "onetwothree");
    conn_held_drop(&held);
    cr_expect_null(held.bytes);
}

Test(conn_held, a_piece_stays_while_it_is_lent_whatever_is_put)
{
    struct conn_held held = {0};
    uint8_t *piece;
    size_t len;

    put(&held, "abcdefgh", false);
    piece = conn_held_lend(&held, 4, &len);
    cr_assert_eq(len, 4);
    put(&held, "a long text that needs another block, before what is left", true);
    put(&held, " and another one behind, which is long too: 0123456789 0123456789", false);
    cr_expect_eq(memcmp(piece, "abcd", 4), 0);
    conn_held_return(&held);
    expect(&held, "a long text that needs another block, before what is left"
                  "efgh and another one behind, which is long too: 0123456789 0123456789");
    conn_held_drop(&held);
}

Test(conn_held, the_rest_of_a_piece_goes_back_where_it_was)
{
    struct conn_held held = {0};
    uint8_t *block, *piece;
    size_t len;

    put(&held, "abcdefgh", false);
    block = held.bytes;
    piece = conn_held_lend(&held, 6, &len);
    cr_assert_eq(conn_held_put(&held, piece + 2, 4, true), SHUNT_OK);
    conn_held_return(&held);
    cr_expect_eq(held.bytes, block, "without a copy elsewhere");
    expect(&held, "cdefgh");
    (void)conn_held_lend(&held, 100, &len);
    cr_expect_eq(len, 6);
    conn_held_return(&held);
    cr_expect_null(held.bytes, "an empty one holds no memory");
}

/* A model beside it: one long text, cut and joined by the plainest means. */
Test(conn_held, any_order_of_puts_and_pieces_is_that_of_a_plain_string)
{
    static char model[1 << 20], piece_text[600];
    struct conn_held held = {0};
    size_t model_len = 0;

    srandom(5);
    for (int i = 0; i < 20000; i++) {
        size_t len = (size_t)random() % 100, piece_len;

        for (size_t j = 0; j < len; j++) {
            piece_text[j] = (char)('a' + random() % 26);
        }
        piece_text[len] = '\0';
        if (random() % 3 == 0) {
            memmove(model + len, model, model_len);
            memcpy(model, piece_text, len);
            put(&held, piece_text, true);
            model_len += len;
        } else if (random() % 2 == 0) {
            memcpy(model + model_len, piece_text, len);
            put(&held, piece_text, false);
            model_len += len;
        }
        if (conn_held_len(&held) > 0 && random() % 2 == 0) {
            uint8_t *piece = conn_held_lend(&held, 1 + (size_t)random() % 300, &piece_len);
            size_t back = (size_t)random() % (piece_len + 1);

            cr_assert_eq(memcmp(piece, model, piece_len), 0);
            cr_assert_eq(conn_held_put(&held, piece + piece_len - back, back, true), SHUNT_OK);
            conn_held_return(&held);
            model_len -= piece_len - back;
            memmove(model, model + piece_len - back, model_len);
        }
        cr_assert_eq(conn_held_len(&held), model_len);
        cr_assert_eq(model_len ? memcmp(conn_held_bytes(&held), model, model_len) : 0, 0);
    }
    conn_held_drop(&held);
}
