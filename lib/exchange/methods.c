#include "exchange/methods.h"

#include "http/list.h"
#include "http/parse.h"

static const char *const known[EXCHANGE_METHODS] = {"GET",    "HEAD",    "POST", "PUT",
                                                    "DELETE", "OPTIONS", "PATCH"};

/* CONNECT names no path, and TRACE hands back what it is sent, credentials included. */
const char *exchange_method_expected(const char *name)
{
    struct shunt_span span = shunt_span_of(name);

    if (!http_is_token(span) || span.len > HTTP_METHOD_BYTES_MAX) {
        return "a method such as GET";
    }
    return strcmp(name, "CONNECT") == 0 || strcmp(name, "TRACE") == 0
               ? "a method other than CONNECT and TRACE"
               : NULL;
}

void exchange_methods_init(struct exchange_methods *methods)
{
    methods->count = EXCHANGE_METHODS;
    memcpy(methods->names, known, sizeof known);
}

unsigned exchange_methods_find(const struct exchange_methods *methods, struct shunt_span name)
{
    for (unsigned i = 0; i < methods->count; i++) {
        if (shunt_span_equal(name, shunt_span_of(methods->names[i]))) {
            return i;
        }
    }
    return methods->count;
}

enum shunt_status exchange_methods_add(struct exchange_methods *methods, const char *name,
                                       uint64_t *set)
{
    unsigned number = exchange_methods_find(methods, shunt_span_of(name));

    if (number == EXCHANGE_METHODS_MAX) {
        return SHUNT_ETOOBIG;
    }
    if (number == methods->count) {
        methods->names[methods->count++] = name;
    }
    *set |= EXCHANGE_METHOD_SET(number);
    return SHUNT_OK;
}

uint64_t exchange_methods_all(const struct exchange_methods *methods)
{
    return UINT64_MAX >> (EXCHANGE_METHODS_MAX - methods->count);
}

void exchange_methods_write(const struct exchange_methods *methods, uint64_t set, char *text)
{
    char *at = text;

    for (unsigned i = 0; i < methods->count; i++) {
        if (set & EXCHANGE_METHOD_SET(i)) {
            at = stpcpy(at, at > text ? ", " : "");
            at = stpcpy(at, methods->names[i]);
        }
    }
    *at = '\0';
}
