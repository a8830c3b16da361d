/* Byte ranges: which parts of a representation a request asks for (RFC 9110 sections 14.1, 14.2). */
#include "http/bytes.h"
#include "http/list.h"
#include "http/response.h"

#include <shunt/fields.h>

/* A part that costs more to frame than to send belongs to its neighbour (section 15.3.7.2). */
#define GAP_BYTES_MAX 80

/* What a digit string comes to, and UINT64_MAX beyond that. False when it is none. */
static bool read_number(struct shunt_span digits, uint64_t *number)
{
    uint64_t value = 0;

    for (size_t i = 0; i < digits.len; i++) {
        unsigned digit = (unsigned)(digits.at[i] - '0');

        if (!http_byte_is(digits.at[i], HTTP_BYTE_DIGIT)) {
            return false;
        }
        value = value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : value * 10 + digit;
    }
    *number = value;
    return digits.len > 0;
}

/*
 * int-range or suffix-range, cut to `size` bytes; a range of no bytes is not satisfiable. False: it
 * is neither, or ends before it begins.
 */
static bool read_range(struct shunt_span text, uint64_t size, struct shunt_range *range)
{
    const char *dash = memchr(text.at, '-', text.len);
    struct shunt_span front, behind;
    uint64_t first, last = UINT64_MAX;

    if (!dash) {
        return false;
    }
    front = (struct shunt_span){text.at, (size_t)(dash - text.at)};
    behind = (struct shunt_span){dash + 1, text.len - front.len - 1};
    if (front.len == 0) {
        if (!read_number(behind, &last)) {
            return false;
        }
        range->len = last < size ? last : size;
        range->first = size - range->len;
        return true;
    }
    if (!read_number(front, &first) || (behind.len > 0 && !read_number(behind, &last)) ||
        last < first) {
        return false;
    }
    range->first = first;
    range->len = first >= size ? 0 : last >= size - 1 ? size - first : last - first + 1;
    return true;
}

/* Do the two overlap, touch, or have less between them than a part costs? */
static bool belong_together(const struct shunt_range *a, const struct shunt_range *b)
{
    const struct shunt_range *low = a->first <= b->first ? a : b, *high = low == a ? b : a;
    uint64_t end = low->first + low->len;

    return high->first <= end || high->first - end <= GAP_BYTES_MAX;
}

static void widen(struct shunt_range *range, const struct shunt_range *by)
{
    uint64_t end = range->first + range->len, other = by->first + by->len;

    range->first = range->first <= by->first ? range->first : by->first;
    range->len = (end >= other ? end : other) - range->first;
}

/* Add `added` where the first range stands that it belongs to; behind all when there is none. A
 * range that has grown may meet others, so it is removed and added anew until it meets none. */
static size_t add(struct shunt_range *ranges, size_t count, struct shunt_range added)
{
    size_t place = count;

    for (size_t i = 0; i < count;) {
        if (!belong_together(&ranges[i], &added)) {
            i++;
            continue;
        }
        widen(&added, &ranges[i]);
        place = i < place ? i : place;
        count--;
        memmove(&ranges[i], &ranges[i + 1], (count - i) * sizeof *ranges);
        i = 0;
    }
    memmove(&ranges[place + 1], &ranges[place], (count - place) * sizeof *ranges);
    ranges[place] = added;
    return count + 1;
}

/* The range-set behind "bytes=" (the unit is compared without case). False: another unit, or none. */
static bool range_set(const struct shunt_request *request, struct shunt_span *set)
{
    static const struct shunt_span unit = {"bytes=", 6};
    const struct shunt_field *field = shunt_request_field(request, "Range", NULL);

    if (!field || shunt_request_field(request, "Range", field) || field->value.len < unit.len ||
        !shunt_span_equal_nocase((struct shunt_span){field->value.at, unit.len}, unit)) {
        return false;
    }
    *set = (struct shunt_span){field->value.at + unit.len, field->value.len - unit.len};
    return true;
}

enum shunt_range_answer shunt_ranges(const struct shunt_request *request, uint64_t size,
                                     struct shunt_range *ranges, size_t room, size_t *count)
{
    struct shunt_span rest, element;
    size_t asked = 0, kept = 0;

    if (!shunt_span_equal(request->method, shunt_span_of("GET")) || !range_set(request, &rest)) {
        return SHUNT_RANGE_WHOLE;
    }
    while (http_element_next(&rest, ',', &element)) {
        struct shunt_range range;

        if (element.len == 0) {
            continue;
        }
        if (asked++ == room || !read_range(element, size, &range)) {
            return SHUNT_RANGE_WHOLE;
        }
        if (range.len > 0) {
            kept = add(ranges, kept, range);
        }
    }
    /* Of nothing there is no range, and the whole is as short as an error. */
    if (asked == 0 || size == 0) {
        return SHUNT_RANGE_WHOLE;
    }
    *count = kept;
    return kept > 0 ? SHUNT_RANGE_PARTIAL : SHUNT_RANGE_UNSATISFIABLE;
}

size_t shunt_content_range(const struct shunt_range *range, uint64_t size,
                           char out[SHUNT_CONTENT_RANGE_BYTES])
{
    struct http_writer writer = {.at = out, .room = SHUNT_CONTENT_RANGE_BYTES};

    http_write_bytes(&writer, shunt_span_of("bytes "));
    if (range) {
        http_write_number(&writer, range->first);
        http_write_bytes(&writer, shunt_span_of("-"));
        http_write_number(&writer, range->first + range->len - 1);
    } else {
        http_write_bytes(&writer, shunt_span_of("*"));
    }
    http_write_bytes(&writer, shunt_span_of("/"));
    http_write_number(&writer, size);
    http_write_bytes(&writer, (struct shunt_span){"", 1});
    return writer.len - 1;
}
