/* The heads that the parser is measured with. */
#include "parse_measure.h"
#include "support/files.h"

#include <criterion/criterion.h>

Test(bench_parse, has_heads_of_known_sizes_that_every_variant_accepts)
{
    static const struct {
        const char *name;
        size_t bytes;
    } want[] = {{"least", 40}, {"chrome-upgrade", 489}, {"browser-get", 703}};
    size_t count, found = 0;
    const struct http_variant *const *variants = http_variants(&count);

    for (size_t i = 0; i < parse_head_count; i++) {
        for (size_t j = 0; j < count; j++) {
            static struct parse_timing timing;

            timing.variant = variants[j];
            cr_expect(parse_measure(&parse_heads[i], 0, &timing, 1), "%s, %s", parse_heads[i].name,
                      variants[j]->name);
            cr_expect_gt(timing.completed, 0);
        }
        for (size_t j = 0; j < sizeof want / sizeof *want; j++) {
            found += strcmp(parse_heads[i].name, want[j].name) == 0 &&
                     parse_heads[i].bytes.len == want[j].bytes;
        }
    }
    cr_expect_eq(found, sizeof want / sizeof *want);
    cr_expect_eq(http_variant(), variants[count - 1], "the fastest is in use again");
}

Test(bench_parse, reads_the_head_at_the_front_of_a_file, .init = files_make, .fini = files_remove)
{
    struct parse_head head;
    const char *file = files_write_text("right", "GET / HTTP/1.1\r\nHost: a\r\n\r\nbody");

    cr_assert_null(parse_head_read(file, &head));
    cr_expect_str_eq(head.name, file);
    cr_expect_eq(head.bytes.len, 27, "not the body");
    cr_expect_not_null(parse_head_read(files_path("missing"), &head));
    cr_expect_not_null(parse_head_read(files_write_text("wrong", "GET /\r\n\r\n"), &head));
    cr_expect_not_null(parse_head_read(files_write_text("cut", "GET / HTTP/1.1\r\n"), &head));
    cr_expect_not_null(parse_head_read(files_write_text("empty", ""), &head));
}
