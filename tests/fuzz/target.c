/*
 * Any bytes as a request target, beside a Host field, and the route that they lead to. The first
 * byte chooses the method, the second one the routes; then the target up to a line feed, and the
 * value of Host behind it. The oracle: regular expressions that spell the grammar of RFC 3986 and
 * 9112, the C library's reader of IPv6 addresses, and a plain search of the routes. What is looked
 * for: a target that one reads and the other refuses, or reads in other parts; another route; an
 * absolute form that leads elsewhere than the same in origin form.
 */
#include "http/head.h"
#include "http/variant.h"
#include "support/routes_oracle.h"

#include <arpa/inet.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition) ((condition) ? (void)0 : abort())

enum { TEXT_MAX = 2000, FIELDS_MAX = 4, ROUTES = 32, SETS = 16 };

static const struct http_limits limits = {8192, 4096, FIELDS_MAX};

/* ---- the grammar ---- */

#define ESCAPE    "%[0-9A-Fa-f][0-9A-Fa-f]"
#define NAME      "A-Za-z0-9._~!$&'()*+,;="
#define PATH      "(/([" NAME ":@/-]|" ESCAPE ")*)"
#define QUERY     "([?](([" NAME ":@/?-]|" ESCAPE ")*))"
#define IP_FUTURE "[vV][0-9A-Fa-f]+[.][" NAME ":-]+"
#define HOST      "(([[]([0-9A-Fa-f:.]+|" IP_FUTURE ")[]])|([" NAME "-]|" ESCAPE ")*)"
#define AUTHORITY HOST "(:([0-9]*))?"

enum form { ORIGIN, ABSOLUTE, ALONE, FORMS };

/* Where the parts are among the parentheses of a form; 0: it has none. */
static const struct {
    const char *text;
    size_t path, query, authority, host, address, port;
} forms[FORMS] = {
    [ORIGIN] = {"^" PATH QUERY "?$", 1, 4, 0, 0, 0, 0},
    [ABSOLUTE] = {"^[hH][tT][tT][pP][sS]?://(" AUTHORITY ")" PATH "?" QUERY "?$", 8, 11, 1, 2, 4,
                  7},
    [ALONE] = {"^(" AUTHORITY ")$", 0, 0, 1, 2, 4, 7},
};

/* What a text is by a form. */
struct parts {
    struct shunt_span path, query, authority, host, address, port;
};

static regex_t compiled[FORMS];

static struct shunt_span part(struct shunt_span text, const regmatch_t *found, size_t number)
{
    const regmatch_t *one = &found[number];

    if (number == 0 || one->rm_so < 0) {
        return (struct shunt_span){"", 0};
    }
    return (struct shunt_span){text.at + one->rm_so, (size_t)(one->rm_eo - one->rm_so)};
}

/* In brackets: an address of version 6, or of one to come. */
static bool address_valid(struct shunt_span address)
{
    char text[64];
    struct in6_addr parsed;

    if (address.len == 0 || (*address.at | 0x20) == 'v') {
        return true;
    }
    if (address.len >= sizeof text) {
        return false;
    }
    memcpy(text, address.at, address.len);
    text[address.len] = '\0';
    return inet_pton(AF_INET6, text, &parsed) == 1;
}

static bool port_valid(struct shunt_span port)
{
    unsigned long value = 0;

    for (size_t i = 0; i < port.len && value <= 65535; i++) {
        value = value * 10 + (unsigned long)(port.at[i] - '0');
    }
    return value <= 65535;
}

static bool parse_by(enum form form, struct shunt_span text, struct parts *parts)
{
    regmatch_t found[16] = {{.rm_so = 0, .rm_eo = (regoff_t)text.len}};

    if (regexec(&compiled[form], text.at, 16, found, REG_STARTEND) != 0) {
        return false;
    }
    parts->path = part(text, found, forms[form].path);
    parts->query = part(text, found, forms[form].query);
    parts->authority = part(text, found, forms[form].authority);
    parts->host = part(text, found, forms[form].host);
    parts->address = part(text, found, forms[form].address);
    parts->port = part(text, found, forms[form].port);
    if (parts->path.len == 0) {
        parts->path = shunt_span_of("/");
    }
    return address_valid(parts->address) && port_valid(parts->port);
}

static bool is(struct shunt_span text, const char *word)
{
    return shunt_span_equal(text, shunt_span_of(word));
}

/* By RFC 9112 section 3.2: is `target` one of a request for `method`, whose Host is `host`? */
static bool parse_target(struct shunt_span method, struct shunt_span target, struct shunt_span host,
                         struct parts *parts)
{
    struct parts field;

    if (!parse_by(ALONE, host, &field) || (host.len > 0 && field.host.len == 0)) {
        return false;
    }
    if (is(method, "CONNECT")) {
        return parse_by(ALONE, target, parts) && parts->host.len > 0 && parts->port.len > 0;
    }
    if (is(method, "OPTIONS") && is(target, "*")) {
        *parts = (struct parts){.path = {"/", 1}, .query = {"", 0}, .authority = host};
        return true;
    }
    if (parse_by(ORIGIN, target, parts)) {
        parts->authority = host;
        return true;
    }
    return parse_by(ABSOLUTE, target, parts) && parts->host.len > 0;
}

/* ---- the server's parser ---- */

/* A request; its head borrows from `bytes`. */
struct request {
    char bytes[2 * TEXT_MAX + 128];
    struct shunt_field fields[FIELDS_MAX];
    struct http_head head;
    enum shunt_status status;
};

static void request_parse(struct request *request, struct shunt_span method, const char *scheme,
                          struct shunt_span target, struct shunt_span host)
{
    unsigned answer = 0;
    size_t used = 0, len;

    /* Not by a format, for a target may hold NUL. */
    char *at = request->bytes;

    at = mempcpy(at, method.at, method.len);
    at = stpcpy(at, " ");
    if (*scheme) {
        at = mempcpy(stpcpy(at, scheme), host.at, host.len);
    }
    at = mempcpy(at, target.at, target.len);
    at = stpcpy(at, " HTTP/1.1\r\nHost: ");
    at = mempcpy(at, host.at, host.len);
    at = stpcpy(at, "\r\n\r\n");
    len = (size_t)(at - request->bytes);
    request->status = http_head_parse((struct shunt_span){request->bytes, len}, 0, &limits,
                                      request->fields, &request->head, &used, &answer);
    CHECK(request->status == SHUNT_OK || (request->status == SHUNT_EPROTO && answer == 400));
    CHECK(request->status != SHUNT_OK || used == len);
}

static void check_parts(const struct http_head *head, const struct parts *parts)
{
    CHECK(shunt_span_equal(head->path, parts->path));
    CHECK(shunt_span_equal(head->query, parts->query));
    CHECK(shunt_span_equal(head->host, parts->authority));
}

/* ---- routes ---- */

static struct exchange_route items[SETS][ROUTES];
static struct exchange_routes routes[SETS];
static size_t counts[SETS];

/* A draw writes over what the one before it has borrowed. */
static void keep(struct shunt_span *text)
{
    if (text->len > 0) {
        char *copy = malloc(text->len);

        CHECK(copy != NULL);
        text->at = memcpy(copy, text->at, text->len);
    }
}

static void prepare(void)
{
    for (size_t i = 0; i < FORMS; i++) {
        CHECK(regcomp(&compiled[i], forms[i].text, REG_EXTENDED) == 0);
    }
    for (uint64_t set = 0; set < SETS; set++) {
        uint64_t seed = set + 1;

        counts[set] = oracle_routes(&seed, set % 2, items[set], ROUTES);
        for (size_t i = 0; i < counts[set]; i++) {
            keep(&items[set][i].path);
            keep(&items[set][i].host);
        }
        CHECK(exchange_routes_init(&routes[set], items[set], counts[set]) == SHUNT_OK);
    }
}

static const struct exchange_route *check_route(const struct http_head *head, size_t set)
{
    const struct shunt_request request = {.method = head->method,
                                          .target = head->target,
                                          .path = head->path,
                                          .query = head->query,
                                          .host = head->host};
    const struct exchange_route *found = exchange_routes_find(&routes[set], &request);
    struct oracle_found wanted;

    oracle_find(items[set], counts[set], &request, &wanted);
    CHECK(oracle_agrees(&routes[set], found, items[set], &wanted));
    return found;
}

/* ---- one run ---- */

static struct shunt_span copy_of(const uint8_t *bytes, size_t len, char *room)
{
    memcpy(room, bytes, len);
    return (struct shunt_span){room, len};
}

/* Such bytes are for the field parser: the value is another one without them, or none. */
static bool is_field_value(struct shunt_span text)
{
    return !memchr(text.at, '\r', text.len) && !memchr(text.at, '\n', text.len) &&
           (text.len == 0 || (!strchr(" \t", *text.at) && !strchr(" \t", text.at[text.len - 1])));
}

static void check_request(struct shunt_span method, struct shunt_span target,
                          struct shunt_span host, size_t set)
{
    static struct request request, absolute;
    struct parts parts;
    bool valid = parse_target(method, target, host, &parts);
    const struct exchange_route *found;

    request_parse(&request, method, "", target, host);
    CHECK(valid == (request.status == SHUNT_OK));
    if (!valid) {
        return;
    }
    check_parts(&request.head, &parts);
    found = check_route(&request.head, set);
    if (*target.at == '/' && host.len > 0) {
        request_parse(&absolute, method, "http://", target, host);
        CHECK(absolute.status == SHUNT_OK);
        check_parts(&absolute.head, &parts);
        CHECK(check_route(&absolute.head, set) == found);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const methods[] = {"GET",  "OPTIONS", "CONNECT", "POST",
                                          "HEAD", "UNLOCK",  "BREW",    "PUT"};
    static char target_room[TEXT_MAX], host_room[TEXT_MAX];
    const uint8_t *line;
    struct shunt_span target, host;
    size_t variant_count, len;
    const struct http_variant *const *variants = http_variants(&variant_count);

    if (!counts[0]) {
        prepare();
    }
    if (size < 3 || size > TEXT_MAX) {
        return 0;
    }
    line = memchr(data + 2, '\n', size - 2);
    len = line ? (size_t)(line - data) - 2 : size - 2;
    target = copy_of(data + 2, len, target_room);
    host = line ? copy_of(line + 1, size - len - 3, host_room) : (struct shunt_span){"", 0};
    if (len == 0 || memchr(target.at, '\r', len) || !is_field_value(host)) {
        return 0;
    }
    for (size_t i = 0; i < variant_count; i++) {
        http_variant_set(variants[i]);
        check_request(shunt_span_of(methods[data[0] % 8]), target, host, data[1] % SETS);
    }
    return 0;
}
