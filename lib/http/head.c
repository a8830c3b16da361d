/*
 * The request head as a whole: when to parse, and what the verdict means to the caller. The parse
 * itself is one pass over the bytes: request_line.c, fields.c.
 *
 * While a head is incomplete nothing is kept between calls but the caller's `scanned`. A call that
 * only adds bytes looks at those for the end of a part, for a byte that cannot be right, and at
 * each line that they end for whether it could be a field; the parser runs when it finds one, and
 * whenever the length reaches a power of two, so that the cost of a head in n pieces stays linear
 * and a hopeless one is refused before its end.
 */
#include "http/head.h"

#include "base/assert.h"
#include "http/fields.h"
#include "http/framing.h"
#include "http/request_line.h"
#include "http/scan.h"
#include "http/variant.h"

/* Is there a line end in front of `at`, not counting an empty first line? */
static bool has_line(struct shunt_span in, const char *at)
{
    const char *start = in.at + 2;

    return at > start && memchr(start, '\n', (size_t)(at - start)) != NULL;
}

/* Is the line that ends in the CR at `at` no field line? It may have begun in an earlier piece. */
static bool line_errs(struct shunt_span in, const char *at)
{
    const char *before = memrchr(in.at, '\n', (size_t)(at - in.at));

    return http_field_line_errs(before ? before + 1 : in.at, at + 2);
}

/* Do the bytes from `at` on end the request line or the head, or hold what no head may hold? */
static bool ends_or_errs(struct shunt_span in, const char *at)
{
    const char *end = in.at + in.len;

    for (;;) {
        at = http_scan_value(at, end);
        if (at == end) {
            return false;
        }
        if (*at != '\r') {
            return true;
        }
        if (end - at == 1) {
            return false;
        }
        if (at[1] != '\n' || !has_line(in, at) || line_errs(in, at)) {
            return true;
        }
        at += 2;
        if (end - at >= 2 && *at == '\r') {
            return true;
        }
        if (end - at == 1 && *at == '\r') {
            return false;
        }
    }
}

static bool crosses(size_t from, size_t to, size_t mark)
{
    return from <= mark && to > mark;
}

/* Can the result for `in` be another one than for its first `scanned` bytes, of which there are? */
static __attribute__((noinline)) bool worth_parsing(struct shunt_span in, size_t scanned,
                                                    const struct http_limits *limits)
{
    size_t request_line = 2 + HTTP_METHOD_BYTES_MAX + 1 + (size_t)limits->target_bytes_max;
    size_t from = scanned > 3 ? scanned - 3 : 0; /* all but the last byte of CRLF CRLF */

    if (in.len >= limits->head_bytes_max || (in.len ^ scanned) > scanned ||
        crosses(scanned, in.len, request_line)) { /* ^: another power of two is reached */
        return true;
    }
    if (from > 0 && in.at[from] == '\n' && in.at[from - 1] == '\r') {
        from++;
    }
    return ends_or_errs(in, in.at + from);
}

/* One empty line is forgiven (RFC 9112 section 2.2); a second one is no method. */
static unsigned skip_empty_line(struct http_parse *parse)
{
    if (parse->at == parse->end) {
        return HTTP_MORE;
    }
    if (*parse->at != '\r') {
        return HTTP_GO;
    }
    if (parse->end - parse->at == 1) {
        return HTTP_MORE;
    }
    if (parse->at[1] != '\n') {
        return 400;
    }
    parse->at += 2;
    return HTTP_GO;
}

/* Member by member, because the request line sets the rest and a short head feels the memset. */
static void start(struct http_parse *parse, struct shunt_span in, const struct http_limits *limits,
                  struct shunt_field *fields)
{
    parse->at = in.at;
    parse->end = in.at + in.len;
    parse->limits = limits;
    parse->host_field = (struct shunt_span){NULL, 0};
    parse->seen = 0;
    parse->head.host = (struct shunt_span){NULL, 0};
    parse->head.fields = fields;
    parse->head.version_minor = 0;
    parse->head.content_length = 0;
}

static unsigned parse_head(struct http_parse *parse)
{
    unsigned verdict = skip_empty_line(parse);

    if (verdict == HTTP_GO) {
        verdict = http_parse_request_line(parse);
    }
    if (verdict == HTTP_GO) {
        verdict = http_parse_fields(parse);
    }
    if (verdict == HTTP_GO) {
        verdict = http_judge_fields(parse->seen, parse->head.version_minor);
    }
    if (verdict == HTTP_GO) {
        if (parse->head.host.at == NULL) {
            parse->head.host = parse->host_field;
        }
        http_conclude(&parse->head, parse->seen);
    }
    return verdict;
}

/* `in` is cut to limits->head_bytes_max. */
static __attribute__((noinline)) enum shunt_status parse_scalar(struct shunt_span in,
                                                                const struct http_limits *limits,
                                                                struct shunt_field *fields,
                                                                struct http_head *head,
                                                                size_t *used, unsigned *answer)
{
    struct http_parse parse;
    unsigned verdict;

    start(&parse, in, limits, fields);
    verdict = parse_head(&parse);
    if (verdict == HTTP_GO) {
        *head = parse.head;
        *used = (size_t)(parse.at - in.at);
        return SHUNT_OK;
    }
    if (verdict == HTTP_MORE && in.len < limits->head_bytes_max) {
        return SHUNT_AGAIN;
    }
    *answer = verdict == HTTP_MORE ? 431 : verdict;
    return *answer == 414 || *answer == 431 ? SHUNT_ETOOBIG : SHUNT_EPROTO;
}

enum shunt_status http_head_parse(struct shunt_span in, size_t scanned,
                                  const struct http_limits *limits, struct shunt_field *fields,
                                  struct http_head *head, size_t *used, unsigned *answer)
{
    const struct http_variant *variant = http_variant();

    ASSERT(limits->fields_max <= HTTP_FIELDS_MAX && scanned <= in.len);
    if (in.len == 0 || (scanned > 0 && !worth_parsing(in, scanned, limits))) {
        return SHUNT_AGAIN;
    }
    /* What lies behind the limit is not looked at, so it cannot change the verdict. */
    in.len = in.len < limits->head_bytes_max ? in.len : limits->head_bytes_max;
    if (variant->accept && variant->accept(in, limits, fields, head, used)) {
        return SHUNT_OK;
    }
    return parse_scalar(in, limits, fields, head, used, answer);
}

bool http_asks_for_head(struct shunt_span in)
{
    size_t at = in.len >= 2 && in.at[0] == '\r' && in.at[1] == '\n' ? 2 : 0;

    return in.len - at >= 5 && memcmp(in.at + at, "HEAD ", 5) == 0;
}
