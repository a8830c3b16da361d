#include "wire/requests.h"

#include "http/head.h"
#include "http/list.h"
#include "wire/list.h"
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define KEYS             1024u /* a power of two; enough that no server gains by remembering */
#define KEY_BYTES        16
#define KEY_TEXT         24
#define ACCEPT_TEXT      28
#define PROTOCOL_FIELD   "Sec-WebSocket-Protocol"
#define EXTENSIONS_FIELD "Sec-WebSocket-Extensions"
#define GUID             "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* RFC 6455 section 1.3 */

static enum shunt_status make_key(char key[KEY_TEXT + 1], char accept[29])
{
    unsigned char random[KEY_BYTES], digest[SHA_DIGEST_LENGTH];
    char salted[KEY_TEXT + sizeof GUID];

    if (RAND_bytes(random, sizeof random) != 1) {
        return SHUNT_ESYS;
    }
    EVP_EncodeBlock((unsigned char *)key, random, sizeof random);
    int len = snprintf(salted, sizeof salted, "%s" GUID, key);

    SHA1((const unsigned char *)salted, (size_t)len, digest);
    EVP_EncodeBlock((unsigned char *)accept, digest, sizeof digest);
    return SHUNT_OK;
}

static int write_request(char *out, const struct url *url, const char *protocol, const char *key,
                         const struct requests_extra *extra)
{
    const int room = REQUESTS_BYTES_MAX;
    int len = snprintf(out, (size_t)room,
                       "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: shunt-bench\r\n"
                       "Connection: Upgrade\r\nUpgrade: %s\r\n",
                       url->target, url->authority, protocol);

    if (key) {
        len += snprintf(out + len, (size_t)(room - len),
                        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n", key);
    }
    return len +
           snprintf(out + len, (size_t)(room - len), "%.*s\r\n", (int)extra->len, extra->text);
}

/* The option that makes a field, "" where the request has it anyway or it would change where the
 * request ends; NULL: it is none of these. */
static const char *maker_of(const char *name, size_t len)
{
    static const struct {
        const char *name, *maker;
    } ours[] = {
        {"Host", ""},
        {"User-Agent", ""},
        {"Connection", ""},
        {"Upgrade", ""},
        {"Sec-WebSocket-Version", ""},
        {"Sec-WebSocket-Key", ""},
        {"Content-Length", ""},
        {"Transfer-Encoding", ""},
        {PROTOCOL_FIELD, "given by --subprotocol"},
        {EXTENSIONS_FIELD, "given by --compression"},
    };

    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        if (strlen(ours[i].name) == len && strncasecmp(ours[i].name, name, len) == 0) {
            return ours[i].maker;
        }
    }
    return NULL;
}

static enum shunt_status append(struct requests_extra *extra, const char *name, size_t name_len,
                                const char *text, struct error *error)
{
    size_t len = name_len + 2 + strlen(text) + 2;

    if (len >= sizeof extra->text - extra->len) {
        return error_set(error, SHUNT_EINVAL, "more than %d bytes of fields", REQUESTS_EXTRA_BYTES);
    }
    extra->len += (size_t)snprintf(extra->text + extra->len, sizeof extra->text - extra->len,
                                   "%.*s: %s\r\n", (int)name_len, name, text);
    return SHUNT_OK;
}

enum shunt_status requests_extra_add(struct requests_extra *extra, const char *name,
                                     const char *value, struct error *error)
{
    const char *field = name ? name : value;
    size_t name_len = name ? strlen(name) : strcspn(value, ":");

    if (!http_is_token((struct shunt_span){field, name_len}) || (!name && value[name_len] != ':')) {
        return error_set(error, SHUNT_EINVAL, "expected 'Name: value', found '%s'", value);
    }
    const char *maker = maker_of(field, name_len);

    if (maker) {
        return error_set(error, SHUNT_EINVAL, "%.*s is %s", (int)name_len, field,
                         *maker ? maker : "the request's own");
    }
    const char *text = name ? value : value + name_len + 1;

    text += strspn(text, " \t");
    for (const char *at = text; *at; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f) {
            return error_set(error, SHUNT_EINVAL, "a control byte in '%.*s'", (int)name_len, field);
        }
    }
    return append(extra, field, name_len, text, error);
}

bool requests_extra_has(const struct requests_extra *extra, const char *name)
{
    size_t len = strlen(name);

    for (const char *line = extra->text, *end; (end = strstr(line, "\r\n")); line = end + 2) {
        if (strncasecmp(line, name, len) == 0 && line[len] == ':') {
            return true;
        }
    }
    return false;
}

enum shunt_status requests_extra_subprotocols(struct requests_extra *extra, const char *names,
                                              struct error *error)
{
    struct shunt_span rest = shunt_span_of(names), name;
    size_t len = strlen(extra->subprotocols);

    while (http_element_next(&rest, ',', &name)) {
        if (!http_is_token(name)) {
            return error_set(error, SHUNT_EINVAL, "expected NAME[, NAME...], found '%s'", names);
        }
        if (list_has(shunt_span_of(extra->subprotocols), name)) {
            return error_set(error, SHUNT_EINVAL, "'%.*s' is there twice", (int)name.len, name.at);
        }
        size_t room = sizeof extra->subprotocols - len;

        len += (size_t)snprintf(extra->subprotocols + len, room, "%s%.*s", len ? ", " : "",
                                (int)name.len, name.at);
        if (len >= sizeof extra->subprotocols) {
            return error_set(error, SHUNT_EINVAL, "more than %d bytes of names",
                             REQUESTS_EXTRA_BYTES);
        }
    }
    return append(extra, PROTOCOL_FIELD, sizeof PROTOCOL_FIELD - 1, names, error);
}

enum shunt_status requests_extra_compression(struct requests_extra *extra, const char *parameters,
                                             struct error *error)
{
    if (extra->offer.text[0]) {
        return error_set(error, SHUNT_EINVAL, "one offer is enough");
    }
    enum shunt_status status = extension_offer_init(&extra->offer, parameters, error);

    return status == SHUNT_OK ? append(extra, EXTENSIONS_FIELD, sizeof EXTENSIONS_FIELD - 1,
                                       extra->offer.text, error)
                              : status;
}

/* A token, or a token with a version: "name/version" (RFC 9110 section 7.8). */
static bool is_protocol(const char *text)
{
    size_t name = strcspn(text, "/");

    return strlen(text) <= 256 && http_is_token((struct shunt_span){text, name}) &&
           (text[name] == '\0' || http_is_token(shunt_span_of(text + name + 1)));
}

enum shunt_status requests_init(struct requests *requests, const struct url *url,
                                const char *protocol, const struct requests_extra *extra)
{
    struct requests made = {.protocol = protocol,
                            .subprotocols = extra->subprotocols,
                            .offer = extra->offer.text[0] ? &extra->offer : NULL,
                            .count = 1};
    char request[REQUESTS_BYTES_MAX], key[KEY_TEXT + 1] = "";
    bool websocket = strcasecmp(protocol, "websocket") == 0;

    if (!is_protocol(protocol)) {
        return SHUNT_EINVAL;
    }
    if (websocket) {
        made.count = KEYS;
        made.accepts = calloc(KEYS, sizeof *made.accepts);
    }
    memset(key, 'A', KEY_TEXT); /* every key has the same length */
    made.len = (size_t)write_request(request, url, protocol, websocket ? key : NULL, extra);
    made.bytes = malloc(made.len * made.count);
    if (!made.bytes || (websocket && !made.accepts)) {
        requests_fini(&made);
        return SHUNT_ENOMEM;
    }
    for (uint32_t i = 0; i < made.count; i++) {
        if (websocket && make_key(key, made.accepts[i]) != SHUNT_OK) {
            requests_fini(&made);
            return SHUNT_ESYS;
        }
        write_request(request, url, protocol, websocket ? key : NULL, extra);
        memcpy(made.bytes + i * made.len, request, made.len);
    }
    *requests = made;
    return SHUNT_OK;
}

void requests_fini(struct requests *requests)
{
    free(requests->bytes);
    free(requests->accepts);
    *requests = (struct requests){.bytes = NULL};
}

struct shunt_span requests_bytes(const struct requests *requests, uint32_t index)
{
    size_t at = index & (requests->count - 1);

    return (struct shunt_span){requests->bytes + at * requests->len, requests->len};
}

struct response_want requests_want(const struct requests *requests, uint32_t index)
{
    struct response_want want = {.protocol = shunt_span_of(requests->protocol),
                                 .accept = {NULL, 0},
                                 .subprotocols = shunt_span_of(requests->subprotocols),
                                 .offer = requests->offer};

    if (requests->accepts) {
        want.accept =
            (struct shunt_span){requests->accepts[index & (requests->count - 1)], ACCEPT_TEXT};
    }
    return want;
}
