/*
 * Any bytes as the value of Range, of a representation of as many bytes as the first byte of the
 * input has (times 97, so that cuts and gaps matter). The oracle is a set of bytes: what is asked
 * for, read by a plain parser of its own, is what is sent, but for the gaps that one part bridges;
 * no byte is sent twice, and parts that come out lie further apart than a part costs.
 */
#include <shunt/fields.h>
#include <stdlib.h>

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define ROOM             16
#define SIZE_MAX_BYTES   (255 * 97)
#define GAP              80

/* Mark what `text` asks for. 1 if it is a range, 0 if it is none. */
static int mark(struct shunt_span text, size_t size, char *wanted)
{
    size_t dash = 0, numbers[2] = {0, 0}, digits[2] = {0, 0};
    int side = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '-') {
            side = 1;
            dash++;
        } else if (text.at[i] < '0' || text.at[i] > '9') {
            return 0;
        } else {
            if (__builtin_mul_overflow(numbers[side], 10, &numbers[side]) ||
                __builtin_add_overflow(numbers[side], text.at[i] - '0', &numbers[side])) {
                numbers[side] = SIZE_MAX; /* and stays there */
            }
            digits[side]++;
        }
    }
    if (dash != 1 || digits[0] + digits[1] == 0) {
        return 0;
    }
    if (digits[0] == 0) {
        numbers[0] = numbers[1] < size ? size - numbers[1] : 0;
        numbers[1] = size;
    } else if (digits[1] == 0) {
        numbers[1] = size;
    } else if (numbers[1] < numbers[0]) {
        return 0;
    }
    for (size_t i = numbers[0]; i <= numbers[1] && i < size; i++) {
        wanted[i] = 1;
    }
    return 1;
}

/* How many ranges the value has, and in `wanted` which bytes; -1 when it is to be ignored. */
static int read_plainly(struct shunt_span value, size_t size, char *wanted)
{
    int count = 0;

    if (value.len < 6 || strncasecmp(value.at, "bytes=", 6) != 0) {
        return -1;
    }
    for (size_t from = 6, to; from <= value.len; from = to + 1) {
        size_t first = from, last;

        for (to = from; to < value.len && value.at[to] != ','; to++) {
        }
        for (; first < to && strchr(" \t", value.at[first]) && value.at[first]; first++) {
        }
        for (last = to; last > first && strchr(" \t", value.at[last - 1]) && value.at[last - 1];
             last--) {
        }
        if (first == last) {
            continue;
        }
        if (count++ == ROOM ||
            !mark((struct shunt_span){value.at + first, last - first}, size, wanted)) {
            return -1;
        }
    }
    return count > 0 && size > 0 ? count : -1;
}

static void check_parts(const struct shunt_range *ranges, size_t count, size_t size, char *wanted)
{
    for (size_t i = 0; i < count; i++) {
        CHECK(ranges[i].len > 0 && ranges[i].first < size && ranges[i].len <= size);
        CHECK(ranges[i].len <= size - ranges[i].first);
        CHECK(wanted[ranges[i].first] == 1 && wanted[ranges[i].first + ranges[i].len - 1] == 1);
        for (size_t j = 0; j < i; j++) {
            CHECK(ranges[i].first + ranges[i].len + GAP < ranges[j].first ||
                  ranges[j].first + ranges[j].len + GAP < ranges[i].first);
        }
        for (uint64_t at = ranges[i].first, gap = 0; at < ranges[i].first + ranges[i].len; at++) {
            gap = wanted[at] ? 0 : gap + 1;
            CHECK(gap <= GAP);
            wanted[at] = 0;
        }
    }
    for (size_t i = 0; i < size; i++) {
        CHECK(!wanted[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char wanted[SIZE_MAX_BYTES + 1];
    struct shunt_field field = {{"Range", 5}, {(const char *)data + 1, size - 1}};
    const struct shunt_request request = {.method = {"GET", 3}, .fields = &field, .field_count = 1};
    struct shunt_range ranges[ROOM];
    enum shunt_range_answer answer;
    size_t count = 0, bytes;
    int asked;

    if (size == 0) {
        return 0;
    }
    bytes = data[0] * 97u;
    memset(wanted, 0, sizeof wanted);
    asked = read_plainly(field.value, bytes, wanted);
    answer = shunt_ranges(&request, bytes, ranges, ROOM, &count);
    CHECK((asked < 0) == (answer == SHUNT_RANGE_WHOLE));
    if (asked < 0) {
        return 0;
    }
    CHECK((answer == SHUNT_RANGE_PARTIAL) == (memchr(wanted, 1, sizeof wanted) != NULL));
    CHECK(answer == SHUNT_RANGE_PARTIAL ? count > 0 : count == 0);
    check_parts(ranges, count, bytes, wanted);
    return 0;
}
