/* Cutting heads to pieces and comparing what comes of them. */
#include "support/head_rows.h"
#include "http/variant.h"
#include "support/guard.h"

#include <criterion/criterion.h>

const struct http_limits head_limits = {16384, 8192, 100};

void head_attempt(struct shunt_span in, size_t scanned, const struct http_limits *limits,
                  struct head_outcome *outcome)
{
    unsigned answer = 0;
    enum shunt_status status = http_head_parse(in, scanned, limits, outcome->fields, &outcome->head,
                                               &outcome->used, &answer);

    switch (status) {
    case SHUNT_OK:
        cr_assert_eq(answer, 0);
        outcome->result = HEAD_TAKEN;
        return;
    case SHUNT_AGAIN:
        cr_assert_eq(answer, 0);
        outcome->result = HEAD_INCOMPLETE;
        return;
    case SHUNT_EPROTO:
        cr_assert(answer == 400 || answer == 417 || answer == 501 || answer == 505, "%u", answer);
        outcome->result = answer;
        return;
    default:
        cr_assert_eq(status, SHUNT_ETOOBIG, "%s", shunt_status_name(status));
        cr_assert(answer == 414 || answer == 431, "%u", answer);
        outcome->result = answer;
    }
}

static bool same_fields(const struct http_head *a, const struct http_head *b)
{
    bool same = a->field_count == b->field_count;

    for (uint32_t i = 0; same && i < a->field_count; i++) {
        same = shunt_span_equal(a->fields[i].name, b->fields[i].name) &&
               shunt_span_equal(a->fields[i].value, b->fields[i].value);
    }
    return same;
}

const char *head_difference(const struct head_outcome *one, const struct head_outcome *other)
{
    const struct http_head *a = &one->head, *b = &other->head;

    if (one->result != other->result) {
        return "result";
    }
    if (one->result != HEAD_TAKEN) {
        return NULL;
    }
    if (one->used != other->used) {
        return "used";
    }
    if (!shunt_span_equal(a->method, b->method) || !shunt_span_equal(a->target, b->target) ||
        !shunt_span_equal(a->path, b->path) || !shunt_span_equal(a->query, b->query) ||
        !shunt_span_equal(a->host, b->host)) {
        return "request line or host";
    }
    if (a->version_minor != b->version_minor || a->framing != b->framing ||
        a->content_length != b->content_length || a->keep_alive != b->keep_alive ||
        a->head_method != b->head_method || a->upgrade != b->upgrade ||
        a->expect_continue != b->expect_continue) {
        return "meaning";
    }
    return same_fields(a, b) ? NULL : "fields";
}

/*
 * Cut 0 is byte by byte; else the head comes in two pieces. Each piece ends at the guard page. The
 * copy of the last attempt is returned, for the outcome borrows from it.
 */
static struct shunt_span feed(struct shunt_span bytes, size_t cut, const struct http_limits *limits,
                              struct head_outcome *outcome)
{
    size_t scanned = 0, len = cut ? cut : 1;

    for (;;) {
        struct shunt_span in = guard_page_copy(bytes.at, len);

        head_attempt(in, scanned, limits, outcome);
        if (outcome->result != HEAD_INCOMPLETE || len == bytes.len) {
            return in;
        }
        guard_page_free(in);
        scanned = len;
        len = cut ? bytes.len : len + 1;
    }
}

/* A hopeless head that does not end is refused in pieces when its length has doubled. */
static void expect_refused_later(const struct head_row *row, const struct http_limits *limits,
                                 const struct head_outcome *whole)
{
    struct head_outcome later;
    char *doubled = malloc(row->len * 2);

    cr_assert_not_null(doubled);
    memcpy(doubled, row->bytes, row->len);
    memset(doubled + row->len, 'A', row->len);
    guard_page_free(feed((struct shunt_span){doubled, row->len * 2}, 0, limits, &later));
    cr_expect_eq(later.result, whole->result, "%s: later %u", row->why, later.result);
    free(doubled);
}

static void check_row(const struct head_row *row, const struct http_limits *limits)
{
    struct shunt_span in = guard_page_copy(row->bytes, row->len);
    struct head_outcome whole, pieces;

    head_attempt(in, 0, limits, &whole);
    cr_expect_eq(whole.result, row->want, "%s: got %u, want %u, by %s", row->why, whole.result,
                 row->want, http_variant()->name);
    for (size_t cut = 0; cut < row->len; cut++) {
        struct shunt_span last = feed(in, cut, limits, &pieces);

        if (pieces.result == HEAD_INCOMPLETE && whole.result > HEAD_INCOMPLETE) {
            expect_refused_later(row, limits, &whole);
        } else {
            const char *difference = head_difference(&whole, &pieces);

            cr_assert_null(difference, "%s: cut at %zu, another %s, by %s", row->why, cut,
                           difference, http_variant()->name);
        }
        guard_page_free(last);
    }
    guard_page_free(in);
}

/* Every variant against the scalar one. */
static void check_variants(const struct head_row *row, const struct http_limits *limits)
{
    struct shunt_span in = guard_page_copy(row->bytes, row->len);
    const struct http_variant *fastest = http_variant();
    struct head_outcome scalar, other;
    size_t count;
    const struct http_variant *const *variants = http_variants(&count);

    http_variant_set(variants[0]);
    head_attempt(in, 0, limits, &scalar);
    for (size_t i = 0; i < count; i++) {
        const char *difference;

        http_variant_set(variants[i]);
        head_attempt(in, 0, limits, &other);
        difference = head_difference(&scalar, &other);
        cr_expect_null(difference, "%s: another %s by %s", row->why, difference, variants[i]->name);
        check_row(row, limits);
    }
    http_variant_set(fastest);
    guard_page_free(in);
}

void head_rows_check(const struct head_row *rows, size_t count, const struct http_limits *limits)
{
    for (size_t i = 0; i < count; i++) {
        check_variants(&rows[i], limits);
    }
}
