#include "wire/list.h"

struct shunt_span list_trim(struct shunt_span text)
{
    while (text.len && (*text.at == ' ' || *text.at == '\t')) {
        text.at++;
        text.len--;
    }
    while (text.len && (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\t')) {
        text.len--;
    }
    return text;
}

bool list_next(struct shunt_span *rest, char separator, struct shunt_span *element)
{
    if (!rest->at) {
        return false;
    }
    const char *end = rest->len ? memchr(rest->at, separator, rest->len) : NULL;
    size_t len = end ? (size_t)(end - rest->at) : rest->len;

    *element = list_trim((struct shunt_span){rest->at, len});
    *rest = end ? (struct shunt_span){end + 1, rest->len - len - 1} : (struct shunt_span){NULL, 0};
    return true;
}

bool list_has(struct shunt_span list, struct shunt_span element)
{
    struct shunt_span found;

    while (list_next(&list, ',', &found)) {
        if (shunt_span_equal(found, element)) {
            return true;
        }
    }
    return false;
}
