/* The fast scans against the plain definition. */
#include "http/scan.h"
#include "support/guard.h"

#include <criterion/criterion.h>

static const char *plain_scan(struct shunt_span in, unsigned class)
{
    const char *at = in.at;

    while (at < in.at + in.len && http_byte_is(*at, class)) {
        at++;
    }
    return at;
}

/* Two odd bytes at every distance, so that a borrow or carry from one would show in the other. */
Test(http_scan, finds_the_first_byte_that_does_not_belong)
{
    static const char odd[] = "\0\t\n\r\x1f !\",-:;@AZ[`az{~\x7f\x80\xff/09";

    for (size_t len = 1; len < 28; len++) {
        for (size_t first = 0; first < sizeof odd - 1; first++) {
            for (size_t second = 0; second < sizeof odd - 1; second++) {
                char text[32];
                struct shunt_span in;

                memset(text, second % 2 ? 'x' : '-', len);
                text[len * 7 % 11 % len] = odd[first];
                text[len / 2] = odd[second];
                in = guard_page_copy(text, len);
                cr_assert_eq(http_scan_value(in.at, in.at + len), plain_scan(in, HTTP_BYTE_VALUE),
                             "value: %zu bytes, %zu, %zu", len, first, second);
                cr_assert_eq(http_scan_token(in.at, in.at + len), plain_scan(in, HTTP_BYTE_TOKEN),
                             "token: %zu bytes, %zu, %zu", len, first, second);
                guard_page_free(in);
            }
        }
    }
}

Test(http_scan, judges_each_byte_alone_in_each_place_of_a_word)
{
    for (size_t place = 0; place < 16; place++) {
        for (int c = 0; c < 256; c++) {
            char text[16];
            struct shunt_span in;

            memset(text, 'a', sizeof text);
            text[place] = (char)c;
            in = guard_page_copy(text, sizeof text);
            cr_assert_eq(http_scan_value(in.at, in.at + 16), plain_scan(in, HTTP_BYTE_VALUE));
            cr_assert_eq(http_scan_token(in.at, in.at + 16), plain_scan(in, HTTP_BYTE_TOKEN));
            guard_page_free(in);
        }
    }
}
