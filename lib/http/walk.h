/*
 * A head that is whole and right, parsed by bit masks of 64 bytes: the inside of each vector
 * variant (variant.h). A file that is one includes a block header first, which has
 *
 *   http_block_load(at)                    64 bytes
 *   http_block_load_last(start, at, end)   those that are left, fewer than 64; no byte outside
 *                                          start..end is read, HTTP_BLOCK_LEAST or more are there
 *   http_block_tokens, _paths, _names, _digits
 *                                          bit i: byte i is of the class; 0 behind the input
 *   http_block_controls                    bit i: byte i may not stand in a field value; the same
 *   http_block_places(mask, base, out)     the numbers of the bits of `mask`, plus `base`, and how
 *                                          many; up to 64 entries of `out` are written
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

#define HTTP_WALK static inline __attribute__((always_inline)) /* a call spills what it holds */

enum {
    WALK_BYTES_MAX = 65472, /* places have 16 bits */
    WALK_PLACES_MAX = 2 * HTTP_FIELDS_MAX,
    WALK_LINE_LEAST = 19, /* bytes of a head behind its method: a target, a version, a field */
};

/* What the request line has, as offsets, and the block that its front was read with. */
struct walk_line {
    size_t method_len, query, target_end, fields;
    uint64_t tokens, controls, names, digits;
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

/* Behind the target: " HTTP/1.1" or 1.0, CRLF. */
HTTP_WALK bool walk_version(const char *at, struct walk_line *line)
{
    line->version_minor = memcmp(at, " HTTP/1.1", 9) == 0;
    return (line->version_minor || memcmp(at, " HTTP/1.0", 9) == 0) &&
           walk_load2(at + 9) == walk_load2("\r\n");
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
    return walk_version(in.at + at, line);
}

HTTP_WALK bool walk_request_line(struct shunt_span in, const struct http_limits *limits,
                                 struct walk_line *line)
{
    struct http_block first = walk_block(in, 0);
    uint64_t tokens = http_block_tokens(&first);
    size_t len = ~tokens ? (unsigned)__builtin_ctzll(~tokens) : 64;

    if (len == 0 || len > 62 || in.len < len + WALK_LINE_LEAST ||
        walk_load2(in.at + len) != walk_load2(" /") ||
        (len == 7 && memcmp(in.at, "CONNECT", 7) == 0)) {
        return false;
    }
    line->tokens = tokens;
    line->controls = http_block_controls(&first);
    line->names = http_block_names(&first);
    line->digits = http_block_digits(&first);
    line->method_len = len;
    return walk_target(in, &first, line) &&
           line->target_end - (len + 1) <= limits->target_bytes_max;
}

/* A block of the field section, and what the one before leaves to it. */
struct walk_masks {
    uint64_t tokens, controls;
    uint64_t behind_control, behind_end, in_name; /* bits 0, 0 and 1, 0 */
    uint64_t names, digits;                       /* of the first block only */
};

/* The first of each line end, and the byte behind each name. */
struct walk_marks {
    uint64_t ends, names, thirds, no_names;
    bool in_name;
};

HTTP_WALK struct walk_marks walk_mark(const struct walk_masks *masks)
{
    uint64_t tokens = masks->tokens, controls = masks->controls;
    uint64_t seconds = controls << 1 | masks->behind_control; /* and what is behind a line end */
    uint64_t starts = seconds & ~controls;
    struct walk_marks marks = {.ends = controls & ~seconds, .no_names = starts & ~tokens};
    unsigned long long sum;

    marks.thirds = controls & (marks.ends << 2 | masks->behind_end);
    marks.in_name = __builtin_uaddll_overflow(tokens, starts | masks->in_name, &sum);
    marks.names = sum & ~tokens;
    return marks;
}

/*
 * The places of the field section, counted from `base`: of each line the byte behind the name, then
 * the first of the line end, two of each. `masks` has the block at `base`. Returns how many, 0 when
 * there is anything wrong; *used is what is behind the head.
 */
HTTP_WALK size_t walk_places(struct shunt_span in, size_t base, struct walk_masks *masks,
                             size_t places_max, uint16_t *places, size_t *used)
{
    const char *at = in.at + base, *const end = in.at + in.len;
    uint16_t *out = places, *const limit = places + places_max;
    struct walk_marks marks = walk_mark(masks);
    unsigned front = 0; /* the block's first place */
    uint64_t no_names = 0, inside;

    for (; marks.thirds == 0; marks = walk_mark(masks)) {
        struct http_block block;

        out += http_block_places(marks.names | marks.ends, front, out);
        no_names |= marks.no_names;
        at += 64;
        front += 64;
        if (out > limit || at >= end) {
            return 0;
        }
        masks->in_name = marks.in_name;
        masks->behind_control = masks->controls >> 63;
        masks->behind_end = marks.ends >> 62;
        block = end - at >= 64 ? http_block_load(at) : http_block_load_last(in.at, at, end);
        masks->tokens = http_block_tokens(&block);
        masks->controls = http_block_controls(&block);
    }
    inside = (marks.thirds & -marks.thirds) - 1; /* the head, in this block */
    out += http_block_places((marks.names | marks.ends) & inside, front, out);
    no_names |= marks.no_names & inside;
    at += (unsigned)__builtin_ctzll(marks.thirds);
    if (no_names != 0 || out > limit || (out - places) % 2 != 0 || end - at < 2 ||
        walk_load2(at) != walk_load2("\r\n")) {
        return 0;
    }
    *used = (size_t)(at - in.at) + 2;
    return (size_t)(out - places);
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

/*
 * 1*NAME [":" port of at most 4 digits] inside the first block, where most heads have their Host;
 * what else may be an authority the others judge. `at` is where the value begins in the block.
 */
HTTP_WALK bool walk_is_usual_host(const struct walk_masks *masks, size_t at,
                                  struct shunt_span value)
{
    uint64_t behind, no_digits;
    size_t len;

    if (at + value.len > 63) {
        return false;
    }
    behind = ~(masks->names >> at); /* not 0, because at is not */
    len = (unsigned)__builtin_ctzll(behind);
    if (value.len <= len) {
        return true;
    }
    if (len == 0 || value.at[len] != ':' || value.len - len > 5) {
        return false;
    }
    no_digits = ~masks->digits >> (at + len + 1);
    return (no_digits & ((1u << (value.len - len - 1)) - 1)) == 0;
}

/* The names that http_note_field() looks for by length and first four letters; others are 0. */
HTTP_WALK bool walk_matters(const char *name, size_t len)
{
    static const char words[32][4] = {
        [4] = "host", [6] = "expe", [7] = "upgr", [10] = "conn", [14] = "cont", [17] = "tran"};

    return len < 32 && (walk_load4(name) | 0x20202020u) == walk_load4(words[len]);
}

HTTP_WALK bool walk_note(const struct walk_masks *masks, const char *base, struct http_parse *parse,
                         const struct shunt_field *field, struct shunt_span value)
{
    if (field->name.len == 4 && !(parse->seen & HTTP_SEEN_HOST) &&
        walk_is_usual_host(masks, (size_t)(value.at - base), value)) {
        parse->seen |= HTTP_SEEN_HOST;
        parse->host_field.at = value.at;
        parse->host_field.len = value.len;
        return true;
    }
    return http_note_field(parse, field) == HTTP_GO;
}

/* The lines, the first of which is at `line`, by their places, counted from `base`. */
HTTP_WALK bool walk_lines(const struct walk_masks *masks, const char *base, const char *line,
                          const uint16_t *places, size_t count, struct http_parse *parse,
                          struct shunt_field *field)
{
    for (size_t i = 0; i < count; i += 2, field++) {
        const char *colon = base + places[i], *end = base + places[i + 1];
        struct shunt_span value = {colon + 2, (size_t)(end - colon - 2)};

        if (walk_load2(end) != walk_load2("\r\n")) {
            return false;
        }
        if (walk_load2(colon) != walk_load2(": ") || (unsigned char)colon[2] <= ' ' ||
            (unsigned char)end[-1] <= ' ') {
            if (*colon != ':') {
                return false;
            }
            value = walk_value(colon + 1, end);
        }
        field->name.at = line;
        field->name.len = (size_t)(colon - line);
        field->value.at = value.at;
        field->value.len = value.len;
        if (walk_matters(line, (size_t)(colon - line)) &&
            !walk_note(masks, base, parse, field, value)) {
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

/* The field section, of which `line` has the first byte; the number of fields, or 0. */
HTTP_WALK size_t walk_fields(struct shunt_span in, const struct walk_line *line, size_t fields_max,
                             struct http_parse *parse, struct shunt_field *fields, size_t *used)
{
    uint16_t places[WALK_PLACES_MAX + 64];
    struct walk_masks masks = {.tokens = line->tokens,
                               .controls = line->controls,
                               .names = line->names,
                               .digits = line->digits};
    size_t base = line->fields < 64 ? 0 : line->fields, count;
    unsigned from = (unsigned)(line->fields - base);

    if (base > 0) {
        struct http_block block = walk_block(in, base);

        masks.tokens = http_block_tokens(&block);
        masks.controls = http_block_controls(&block);
        masks.names = http_block_names(&block);
        masks.digits = http_block_digits(&block);
    }
    if (!(masks.tokens >> from & 1)) {
        return 0;
    }
    masks.tokens = walk_from(masks.tokens, from);
    masks.controls = walk_from(masks.controls, from);
    masks.behind_control = 1ull << from;
    count = walk_places(in, base, &masks, 2 * fields_max, places, used);
    if (!walk_lines(&masks, in.at + base, in.at + line->fields, places, count, parse, fields)) {
        return 0;
    }
    return count / 2;
}

/* As http_variant's accept. */
HTTP_WALK bool http_walk(struct shunt_span in, const struct http_limits *limits,
                         struct shunt_field *fields, struct http_head *head, size_t *used)
{
    struct http_parse parse;
    struct walk_line line;
    size_t count, end;

    if (in.len < HTTP_BLOCK_LEAST) {
        return false;
    }
    in.len = in.len < WALK_BYTES_MAX ? in.len : WALK_BYTES_MAX;
    if (!walk_request_line(in, limits, &line)) {
        return false;
    }
    parse.seen = 0;
    parse.host_field = (struct shunt_span){NULL, 0};
    parse.head.content_length = 0;
    count = walk_fields(in, &line, limits->fields_max, &parse, fields, &end);
    if (count == 0 || http_judge_fields(parse.seen, line.version_minor) != HTTP_GO) {
        return false;
    }
    walk_conclude(in, &line, &parse, head);
    head->fields = fields;
    head->field_count = (uint32_t)count;
    *used = end;
    return true;
}

#endif
#endif
