/*
 * A head that is whole and right, parsed by bit masks of 64 bytes: the inside of each vector
 * variant (variant.h). A file that is one includes a block header first, which has
 *
 *   http_block_load(at)                    64 bytes
 *   http_block_load_last(start, at, end)   those that are left, fewer than 64; no byte outside
 *                                          start..end is read, HTTP_BLOCK_LEAST or more are there
 *   http_block_tokens, _paths, _names      bit i: byte i is of the class; 0 behind the input
 *   http_block_controls                    bit i: byte i may not stand in a field value; the same
 *   http_block_places(mask, base, out)     the numbers of the bits of `mask`, plus `base`, and how
 *                                          many; up to 64 entries of `out` are written. More bits
 *                                          than 32 are as good as WALK_PLACES_MAX: no head that is
 *                                          right has them, for a line has two in 4 bytes or more
 *
 * What is wrong or unusual is left to the scalar parser, which has every other verdict.
 *
 * The field section is read twice. First masks are made of it: where a line begins, the token that
 * is its name is added to, and the carry runs to the byte behind the name; that and the first byte
 * of each line end are all the places there are. Then each line is checked and stored: a colon
 * behind the name, CRLF at the end, no white space to trim but the usual space.
 */
#ifndef HTTP_WALK_H
#define HTTP_WALK_H

#ifdef HTTP_BLOCK_LEAST

#include "http/authority.h"
#include "http/framing.h"
#include "http/scan.h"

#define HTTP_WALK static inline __attribute__((always_inline))

enum {
    WALK_BYTES_MAX = 65472, /* places have 16 bits */
    WALK_PLACES_MAX = 2 * HTTP_FIELDS_MAX,
    WALK_LINE_LEAST = 19, /* bytes of a head behind its method: a target, a version, a field */
};

/* What the request line has, as offsets. */
struct walk_line {
    size_t method_len, query, target_end, fields;
    uint8_t version_minor;
};

/* Two and four bytes as the number that two and four characters are. */
HTTP_WALK uint16_t walk_load2(const char *at)
{
    uint16_t word;

    memcpy(&word, at, sizeof word);
    return word;
}

HTTP_WALK uint32_t walk_load4(const char *at)
{
    uint32_t word;

    memcpy(&word, at, sizeof word);
    return word;
}

HTTP_WALK struct http_block walk_block(struct shunt_span in, size_t at)
{
    const char *end = in.at + in.len;

    return in.len - at >= 64 ? http_block_load(in.at + at)
                             : http_block_load_last(in.at, in.at + at, end);
}

/* The bits of `mask` from number `from` on. */
HTTP_WALK uint64_t walk_from(uint64_t mask, unsigned from)
{
    return mask & ~0ull << from;
}

/* The target and the version behind it. Only what starts with "/" is read here. */
HTTP_WALK bool walk_target(struct shunt_span in, const struct http_block *first,
                           struct walk_line *line)
{
    uint64_t stops = walk_from(~http_block_paths(first), (unsigned)line->method_len + 1);
    size_t base = 0, at;

    line->query = 0;
    for (;; stops &= stops - 1) {
        while (stops == 0) {
            struct http_block block;

            base += 64;
            if (base >= in.len) {
                return false;
            }
            block = walk_block(in, base);
            stops = ~http_block_paths(&block);
        }
        at = base + (unsigned)__builtin_ctzll(stops);
        if (at + WALK_LINE_LEAST - 2 > in.len) {
            return false;
        }
        if (in.at[at] == ' ') {
            break;
        }
        if (in.at[at] == '?') {
            line->query = line->query ? line->query : at;
        } else if (in.at[at] != '%' || !http_byte_is(in.at[at + 1], HTTP_BYTE_HEX) ||
                   !http_byte_is(in.at[at + 2], HTTP_BYTE_HEX)) {
            return false;
        }
    }
    line->target_end = at;
    line->fields = at + 11;
    line->version_minor = in.at[at + 8] == '1';
    return memcmp(in.at + at + 1, "HTTP/1.", 7) == 0 && (in.at[at + 8] & ~1) == '0' &&
           memcmp(in.at + at + 9, "\r\n", 2) == 0;
}

HTTP_WALK bool walk_request_line(struct shunt_span in, const struct http_limits *limits,
                                 const struct http_block *first, struct walk_line *line)
{
    uint64_t behind = ~http_block_tokens(first);
    size_t len = behind ? (unsigned)__builtin_ctzll(behind) : 64;

    if (len == 0 || len > 62 || in.len < len + WALK_LINE_LEAST || in.at[len] != ' ' ||
        in.at[len + 1] != '/' || (len == 7 && memcmp(in.at, "CONNECT", 7) == 0)) {
        return false;
    }
    line->method_len = len;
    return walk_target(in, first, line) && line->target_end - (len + 1) <= limits->target_bytes_max;
}

/*
 * The places of the field section, from `base` on: of each line the byte behind the name, then the
 * first of the line end, two of each. `first` has what is at `base`, and the fields begin at its
 * bit `from`. Returns how many, 0 when there is anything wrong; *used is what is behind the head.
 */
HTTP_WALK size_t walk_places(struct shunt_span in, size_t base, unsigned from,
                             const struct http_block *first, size_t places_max, uint16_t *places,
                             size_t *used)
{
    uint64_t tokens = walk_from(http_block_tokens(first), from);
    uint64_t controls = walk_from(http_block_controls(first), from);
    uint64_t behind_control = 1ull << from, behind_end = 0;
    unsigned long long in_name = 0;
    size_t count = 0;

    if (!(tokens >> from & 1)) {
        return 0;
    }
    for (size_t at = base;;) {
        uint64_t seconds = controls << 1 | behind_control; /* and what is behind a line end */
        uint64_t ends = controls & ~seconds, starts = seconds & ~controls;
        uint64_t thirds = controls & (ends << 2 | behind_end);
        uint64_t inside = thirds ? (thirds & -thirds) - 1 : ~0ull; /* the head, in this block */
        unsigned long long sum, more;
        bool over = __builtin_uaddll_overflow(tokens, starts, &sum);
        struct http_block block;

        over |= __builtin_uaddll_overflow(sum, in_name, &more);
        if (starts & ~tokens & inside) {
            return 0;
        }
        count += http_block_places(((more & ~tokens) | ends) & inside, (unsigned)(at - base),
                                   places + count);
        if (count > places_max) {
            return 0;
        }
        if (thirds) {
            *used = at + (unsigned)__builtin_ctzll(thirds) + 2;
            return *used <= in.len && walk_load2(in.at + *used - 2) == walk_load2("\r\n") &&
                           count % 2 == 0
                       ? count
                       : 0;
        }
        at += 64;
        if (at >= in.len) {
            return 0;
        }
        in_name = over;
        behind_control = controls >> 63;
        behind_end = ends >> 62;
        block = walk_block(in, at);
        tokens = http_block_tokens(&block);
        controls = http_block_controls(&block);
    }
}

/* The value without white space around, from behind the colon. */
HTTP_WALK struct shunt_span walk_value(const char *at, const char *end)
{
    while (at < end && http_is_blank(*at)) {
        at++;
    }
    while (end > at && http_is_blank(end[-1])) {
        end--;
    }
    return (struct shunt_span){at, (size_t)(end - at)};
}

/* 1*NAME [":" port of at most 4 digits]; what else may be an authority the others judge. */
HTTP_WALK bool walk_is_usual_host(struct shunt_span in, struct shunt_span value)
{
    struct http_block block = walk_block(in, (size_t)(value.at - in.at));
    uint64_t behind = ~http_block_names(&block);
    size_t len = behind ? (unsigned)__builtin_ctzll(behind) : 64;

    if (value.len <= len) {
        return value.len < 64;
    }
    if (len == 0 || value.at[len] != ':' || value.len - len > 5) {
        return false;
    }
    while (++len < value.len) {
        if (!http_byte_is(value.at[len], HTTP_BYTE_DIGIT)) {
            return false;
        }
    }
    return true;
}

/* The names that http_note_field() looks for by length and first four letters; others are 0. */
HTTP_WALK bool walk_matters(const struct shunt_field *field)
{
    static const char words[32][4] = {
        [4] = "host", [6] = "expe", [7] = "upgr", [10] = "conn", [14] = "cont", [17] = "tran"};

    return field->name.len < 32 &&
           (walk_load4(field->name.at) | 0x20202020u) == walk_load4(words[field->name.len]);
}

HTTP_WALK bool walk_note(struct shunt_span in, struct http_parse *parse,
                         const struct shunt_field *field)
{
    if (field->name.len == 4 && !(parse->seen & HTTP_SEEN_HOST) &&
        walk_is_usual_host(in, field->value)) {
        parse->seen |= HTTP_SEEN_HOST;
        parse->host_field = field->value;
        return true;
    }
    return http_note_field(parse, field) == HTTP_GO;
}

/* The lines, from `line` on, by their places counted from `base`. */
HTTP_WALK bool walk_lines(struct shunt_span in, const char *base, const char *line,
                          const uint16_t *places, size_t count, struct http_parse *parse,
                          struct shunt_field *field)
{
    for (size_t i = 0; i < count; i += 2, field++) {
        const char *colon = base + places[i], *end = base + places[i + 1];

        if (walk_load2(end) != walk_load2("\r\n")) {
            return false;
        }
        field->name = (struct shunt_span){line, (size_t)(colon - line)};
        if (walk_load2(colon) == walk_load2(": ") && (unsigned char)colon[2] > ' ' &&
            (unsigned char)end[-1] > ' ') {
            field->value = (struct shunt_span){colon + 2, (size_t)(end - colon - 2)};
        } else if (*colon == ':') {
            field->value = walk_value(colon + 1, end);
        } else {
            return false;
        }
        if (walk_matters(field) && !walk_note(in, parse, field)) {
            return false;
        }
        line = end + 2;
    }
    return true;
}

/* The target of `line` starts with "/", so the path does, and nothing but Host names the host. */
HTTP_WALK void walk_conclude(struct shunt_span in, const struct walk_line *line,
                             const struct http_parse *parse, struct http_head *head)
{
    const char *target = in.at + line->method_len + 1, *end = in.at + line->target_end;
    const char *path_end = line->query ? in.at + line->query : end;

    head->method = (struct shunt_span){in.at, line->method_len};
    head->target = (struct shunt_span){target, (size_t)(end - target)};
    head->path = (struct shunt_span){target, (size_t)(path_end - target)};
    head->query.at = line->query ? path_end + 1 : end;
    head->query.len = (size_t)(end - head->query.at);
    head->host = parse->host_field;
    head->version_minor = line->version_minor;
    head->content_length = parse->head.content_length;
    http_conclude(head, parse->seen);
}

/* As http_variant's accept. */
HTTP_WALK bool http_walk(struct shunt_span in, const struct http_limits *limits,
                         struct shunt_field *fields, struct http_head *head, size_t *used)
{
    uint16_t places[WALK_PLACES_MAX + 64];
    struct http_parse parse;
    struct http_block block;
    struct walk_line line;
    size_t base = 0, from, count, end;

    if (in.len < HTTP_BLOCK_LEAST) {
        return false;
    }
    in.len = in.len < WALK_BYTES_MAX ? in.len : WALK_BYTES_MAX;
    block = walk_block(in, 0);
    if (!walk_request_line(in, limits, &block, &line)) {
        return false;
    }
    from = line.fields;
    if (from >= 64) {
        base = from;
        from = 0;
        block = walk_block(in, base);
    }
    count =
        walk_places(in, base, (unsigned)from, &block, 2 * (size_t)limits->fields_max, places, &end);
    if (count == 0) {
        return false;
    }
    parse.seen = 0;
    parse.host_field = (struct shunt_span){NULL, 0};
    parse.head.content_length = 0;
    if (!walk_lines(in, in.at + base, in.at + line.fields, places, count, &parse, fields) ||
        http_judge_fields(parse.seen, line.version_minor) != HTTP_GO) {
        return false;
    }
    walk_conclude(in, &line, &parse, head);
    head->fields = fields;
    head->field_count = (uint32_t)(count / 2);
    *used = end;
    return true;
}

#endif
#endif
