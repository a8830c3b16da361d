#include "exchange/host.h"

#include "exchange/tree.h"
#include "http/authority.h"

static const char expected[] = "a host such as example.org, or *.example.org, without a port";

static bool is_wild(struct shunt_span host)
{
    return host.len > 1 && host.at[0] == '*' && host.at[1] == '.';
}

const char *exchange_host_expected(const char *host)
{
    struct shunt_span span = shunt_span_of(host), name;
    bool wild = is_wild(span);
    unsigned labels = 1;

    name = wild ? (struct shunt_span){host + 2, span.len - 2} : span;
    if (name.len == 0 || span.len > EXCHANGE_HOST_BYTES_MAX || *name.at == '.' ||
        name.at[name.len - 1] == '.' || memchr(name.at, '*', name.len) ||
        !http_is_authority(name) || http_authority_port(name).len > 0 ||
        name.at[name.len - 1] == ':' || *name.at == ':' || (wild && *name.at == '[')) {
        return expected;
    }
    for (size_t i = 0; i < name.len; i++) {
        labels += name.at[i] == '.';
    }
    return wild && labels > EXCHANGE_HOST_LABELS_MAX ? "at most 32 labels behind *" : NULL;
}

/* From its end, in lower case. */
static void spell(struct shunt_span host, char *to)
{
    for (size_t i = host.len; i-- > 0; to++) {
        *to = host.at[i];
        if (*to >= 'A' && *to <= 'Z') {
            *to |= 0x20;
        }
    }
}

size_t exchange_host_key(struct shunt_span host, char *key)
{
    spell(host, key);
    if (is_wild(host)) {
        key[host.len - 1] = EXCHANGE_TREE_REST;
    }
    return host.len;
}

/* A name may end with the dot of the root, and a port may be empty. */
size_t exchange_host_text(struct shunt_span authority, char *text)
{
    struct shunt_span port = http_authority_port(authority), host = authority;

    host.len -= port.len > 0 ? port.len + 1 : 0;
    host.len -= port.len == 0 && host.len > 0 && host.at[host.len - 1] == ':';
    host.len -= host.len > 0 && host.at[host.len - 1] == '.';
    if (host.len == 0 || host.len > EXCHANGE_HOST_BYTES_MAX || *host.at == '.') {
        return 0;
    }
    spell(host, text);
    return host.len;
}

size_t exchange_host_wider(struct shunt_span key)
{
    size_t len = key.len;

    if (len > 0 && key.at[len - 1] == EXCHANGE_TREE_REST) {
        len -= 2; /* its own dot too */
    }
    while (len > 0 && key.at[len - 1] != '.') {
        len--;
    }
    return len;
}
