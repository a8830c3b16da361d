#include "name.h"

#include <string.h>

/* At the slashes; false when there is nothing, too much, or a NUL. */
static bool cut(struct shunt_span text, struct topics_levels *levels)
{
    const char *at = text.at, *end = text.at + text.len;

    levels->count = 0;
    if (text.len == 0 || text.len > TOPICS_NAME_BYTES_MAX || memchr(at, '\0', text.len)) {
        return false;
    }
    for (;;) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        const char *stop = slash ? slash : end;

        if (levels->count == TOPICS_LEVELS_MAX) {
            return false;
        }
        levels->level[levels->count++] = (struct shunt_span){at, (size_t)(stop - at)};
        if (!slash) {
            return true;
        }
        at = slash + 1;
    }
}

static bool has_wildcard(struct shunt_span text)
{
    return memchr(text.at, '+', text.len) || memchr(text.at, '#', text.len);
}

bool topics_name_cut(struct shunt_span name, struct topics_levels *levels)
{
    return cut(name, levels) && !has_wildcard(name);
}

bool topics_filter_cut(struct shunt_span filter, struct topics_levels *levels, bool *below)
{
    struct shunt_span last;

    if (!cut(filter, levels)) {
        return false;
    }
    last = levels->level[levels->count - 1];
    *below = last.len == 1 && last.at[0] == '#';
    levels->count -= *below;
    for (unsigned i = 0; i < levels->count; i++) {
        if (!topics_level_is_plus(levels->level[i]) && has_wildcard(levels->level[i])) {
            return false;
        }
    }
    return true;
}

bool topics_filter_matches(struct shunt_span filter, struct shunt_span name)
{
    struct topics_levels want, have;
    bool below;

    if (!topics_filter_cut(filter, &want, &below) || !topics_name_cut(name, &have) ||
        (below ? have.count < want.count : have.count != want.count)) {
        return false;
    }
    for (unsigned i = 0; i < want.count; i++) {
        if (!topics_level_is_plus(want.level[i]) &&
            !shunt_span_equal(want.level[i], have.level[i])) {
            return false;
        }
    }
    return true;
}
