#include "wire/list.h"

#include "http/list.h"

bool list_has(struct shunt_span list, struct shunt_span element)
{
    struct shunt_span found;

    while (http_element_next(&list, ',', &found)) {
        if (shunt_span_equal(found, element)) {
            return true;
        }
    }
    return false;
}
