#include "requests.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define KEYS          1024u /* a power of two; enough that no server gains by remembering */
#define KEY_BYTES     16
#define KEY_TEXT      24
#define GUID          "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* RFC 6455 section 1.3 */
#define REQUEST_BYTES 4096

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

static int write_request(char *out, const struct url *url, const char *protocol, const char *key)
{
    int len = snprintf(out, REQUEST_BYTES,
                       "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: shunt-bench\r\n"
                       "Connection: Upgrade\r\nUpgrade: %s\r\n",
                       url->target, url->authority, protocol);

    if (key) {
        len += snprintf(out + len, REQUEST_BYTES - (size_t)len,
                        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n", key);
    }
    return len + snprintf(out + len, REQUEST_BYTES - (size_t)len, "\r\n");
}

/* A token, or a token with a version: "name/version" (RFC 9110 section 7.8). */
static bool is_protocol(const char *text)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    size_t name = strspn(text, token);

    if (name == 0 || strlen(text) > 256) {
        return false;
    }
    if (text[name] == '/') {
        size_t version = strspn(text + name + 1, token);

        return version > 0 && text[name + 1 + version] == '\0';
    }
    return text[name] == '\0';
}

enum shunt_status requests_init(struct requests *requests, const struct url *url,
                                const char *protocol)
{
    struct requests made = {.protocol = protocol, .count = 1};
    char request[REQUEST_BYTES], key[KEY_TEXT + 1] = "";
    bool websocket = strcasecmp(protocol, "websocket") == 0;

    if (!is_protocol(protocol)) {
        return SHUNT_EINVAL;
    }
    if (websocket) {
        made.count = KEYS;
        made.accepts = calloc(KEYS, sizeof *made.accepts);
    }
    memset(key, 'A', KEY_TEXT); /* every key has the same length */
    made.len = (size_t)write_request(request, url, protocol, websocket ? key : NULL);
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
        write_request(request, url, protocol, websocket ? key : NULL);
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

struct shunt_span requests_accept(const struct requests *requests, uint32_t index)
{
    if (!requests->accepts) {
        return (struct shunt_span){NULL, 0};
    }
    return (struct shunt_span){requests->accepts[index & (requests->count - 1)], 28};
}
