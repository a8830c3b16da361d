/*
 * Any bytes as a request head, in any pieces. The first three bytes choose the limits and the
 * pieces, the rest is the input. What is looked for, beside what the sanitizers find: a result
 * that depends on the cut or on the variant of the parser, a span outside the input, a promise of
 * head.h that a head breaks.
 */
#include "http/head.h"
#include "http/list.h"
#include "http/variant.h"

#include <stdlib.h>

#define CHECK(condition) ((condition) ? (void)0 : abort())

struct outcome {
    enum shunt_status status;
    unsigned answer;
    size_t used;
    struct http_head head;
    struct shunt_field fields[HTTP_FIELDS_MAX];
};

static void parse(struct shunt_span in, size_t scanned, const struct http_limits *limits,
                  struct outcome *outcome)
{
    outcome->answer = 0;
    outcome->status = http_head_parse(in, scanned, limits, outcome->fields, &outcome->head,
                                      &outcome->used, &outcome->answer);
}

static void check_inside(struct shunt_span part, struct shunt_span whole)
{
    bool inside = part.at >= whole.at && part.at + part.len <= whole.at + whole.len;

    CHECK(inside || part.len == 0 || (part.len == 1 && *part.at == '/'));
}

static void check_taken(const struct outcome *outcome, struct shunt_span in,
                        const struct http_limits *limits)
{
    const struct http_head *head = &outcome->head;
    struct shunt_span bytes = {in.at, outcome->used};

    CHECK(outcome->used <= in.len && outcome->used <= limits->head_bytes_max);
    CHECK(memcmp(in.at + outcome->used - 4, "\r\n\r\n", 4) == 0);
    CHECK(head->target.len <= limits->target_bytes_max && head->path.len > 0);
    CHECK(head->field_count <= limits->fields_max && http_is_token(head->method));
    check_inside(head->method, bytes);
    check_inside(head->target, bytes);
    check_inside(head->path, bytes);
    check_inside(head->query, bytes);
    check_inside(head->host, bytes);
    for (uint32_t i = 0; i < head->field_count; i++) {
        struct http_list_cursor cursor = {0};
        struct shunt_span element;

        check_inside(head->fields[i].name, bytes);
        check_inside(head->fields[i].value, bytes);
        CHECK(http_is_token(head->fields[i].name) && http_is_field_value(head->fields[i].value));
        while (http_list_next(&head->fields[i], 1, "Upgrade", &cursor, &element)) {
            check_inside(element, head->fields[i].value);
        }
    }
}

static void check_same(const struct outcome *a, const struct outcome *b)
{
    CHECK(a->status == b->status && a->answer == b->answer);
    if (a->status != SHUNT_OK) {
        return;
    }
    CHECK(a->used == b->used && a->head.field_count == b->head.field_count);
    CHECK(a->head.framing == b->head.framing && a->head.upgrade == b->head.upgrade);
    CHECK(a->head.content_length == b->head.content_length);
    CHECK(a->head.host.len == b->head.host.len && a->head.path.len == b->head.path.len);
}

static bool same_span(struct shunt_span a, struct shunt_span b)
{
    return a.at == b.at && a.len == b.len;
}

/* Of the very same bytes: the spans lie where the other one's do. */
static void check_equal(const struct outcome *a, const struct outcome *b)
{
    const struct http_head *x = &a->head, *y = &b->head;

    check_same(a, b);
    if (a->status != SHUNT_OK) {
        return;
    }
    CHECK(same_span(x->method, y->method) && same_span(x->target, y->target));
    CHECK(same_span(x->path, y->path) || (x->path.len == 1 && y->path.len == 1));
    CHECK(same_span(x->query, y->query) && same_span(x->host, y->host));
    CHECK(x->version_minor == y->version_minor && x->keep_alive == y->keep_alive);
    CHECK(x->head_method == y->head_method && x->expect_continue == y->expect_continue);
    for (uint32_t i = 0; i < x->field_count; i++) {
        CHECK(same_span(x->fields[i].name, y->fields[i].name));
        CHECK(same_span(x->fields[i].value, y->fields[i].value));
    }
}

/* Every variant that this CPU has against the scalar one; the last is in use again afterwards. */
static void check_variants(struct shunt_span in, const struct http_limits *limits)
{
    static struct outcome scalar, other;
    size_t count;
    const struct http_variant *const *variants = http_variants(&count);

    http_variant_set(variants[0]);
    parse(in, 0, limits, &scalar);
    for (size_t i = 1; i < count; i++) {
        http_variant_set(variants[i]);
        parse(in, 0, limits, &other);
        check_equal(&scalar, &other);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct outcome whole, pieces;
    struct http_limits limits = {16384, 8192, 100};
    struct shunt_span in;
    size_t step, len = 0;

    if (size < 3) {
        return 0;
    }
    if (data[0] & 1) {
        limits = (struct http_limits){data[0], data[1] & 63u, data[1] >> 6};
    }
    step = data[2] % 32 + 1u;
    in = (struct shunt_span){(const char *)data + 3, size - 3};
    check_variants(in, &limits);
    parse(in, 0, &limits, &whole);
    if (whole.status == SHUNT_OK) {
        check_taken(&whole, in, &limits);
    }
    pieces.status = SHUNT_AGAIN;
    while (pieces.status == SHUNT_AGAIN && len < in.len) {
        size_t scanned = len;

        len = in.len - len < step ? in.len : len + step;
        parse((struct shunt_span){in.at, len}, scanned, &limits, &pieces);
    }
    if (pieces.status == SHUNT_AGAIN && memmem(in.at, in.len, "\r\n\r\n", 4) == NULL) {
        return 0; /* in pieces, a hopeless head without an end may be refused later */
    }
    check_same(&whole, &pieces);
    return 0;
}
