#include "server/config_place.h"

#include <stdio.h>

struct config_place config_place_below(const struct config_place *place, const char *key,
                                       unsigned line)
{
    struct config_place deeper = {.line = line};

    snprintf(deeper.text, sizeof deeper.text, "%.100s%s%.50s", place->text, *place->text ? "." : "",
             key);
    return deeper;
}

struct config_place config_place_entry(const struct config_place *place, ptrdiff_t number,
                                       unsigned line)
{
    struct config_place entry = {.line = line};

    snprintf(entry.text, sizeof entry.text, "%.100s[%td]", place->text, number);
    return entry;
}
