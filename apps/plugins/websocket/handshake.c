/*
 * What the server has already checked: HTTP/1.1, Connection: upgrade, one valid Host, the offer's
 * token. Refusals name the rule, because the reader is writing a client.
 *
 * The server's own answer needs no extension or subprotocol: an offer of either may be ignored
 * (sections 9.1 and 4.2.2 item 5). Malformed extensions are ignored too where compression is off;
 * malformed subprotocols are refused, because a service reads that field and may trust it.
 */
#define OPENSSL_SUPPRESS_DEPRECATED /* for SHA1_Init() and what belongs to it: see below */

#include "handshake.h"

#include "counts.h"
#include "origin.h"
#include "stream.h"
#include "subprotocol.h"

#include <openssl/sha.h>
#include <string.h>

#define GUID        "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define KEY         "Sec-WebSocket-Key"
#define VERSION     "Sec-WebSocket-Version"
#define SUBPROTOCOL "Sec-WebSocket-Protocol"
#define ORIGIN      "Origin"
#define EXTENSIONS  "Sec-WebSocket-Extensions"

static enum shunt_verdict refuse(struct shunt_upgrade *upgrade, unsigned status, const char *text)
{
    enum shunt_status set =
        websocket_host->upgrade_refuse(upgrade, status, "text/plain", shunt_span_of(text));

    (void)set; /* without room for the answer the server's own refusal is sent */
    return SHUNT_REFUSE;
}

static enum shunt_verdict refuse_version(struct shunt_upgrade *upgrade, unsigned status,
                                         const char *text)
{
    enum shunt_status added = websocket_host->upgrade_field(
        upgrade, shunt_span_of("Sec-WebSocket-Version"), shunt_span_of("13"));

    (void)added;
    return refuse(upgrade, status, text);
}

/* The fields of a handshake, each the first of its name; `repeated` where one must not be. */
struct offer {
    const struct shunt_field *key, *version, *origin;
    bool key_repeated, version_repeated, origin_repeated, subprotocols, extensions;
};

/* A field that is as long as `name`. */
static bool is_named(const struct shunt_field *field, const char *name)
{
    return shunt_span_equal_nocase(field->name, (struct shunt_span){name, field->name.len});
}

static void note(const struct shunt_field *field, const char *name,
                 const struct shunt_field **first, bool *repeated)
{
    if (is_named(field, name)) {
        *repeated = *first != NULL;
        *first = *first ? *first : field;
    }
}

static struct offer offer_read(const struct shunt_request *request)
{
    struct offer offer = {0};

    for (size_t i = 0; i < request->field_count; i++) {
        const struct shunt_field *field = &request->fields[i];

        switch (field->name.len) { /* most fields are of another length than all of these */
        case sizeof KEY - 1:
            note(field, KEY, &offer.key, &offer.key_repeated);
            break;
        case sizeof VERSION - 1:
            note(field, VERSION, &offer.version, &offer.version_repeated);
            break;
        case sizeof ORIGIN - 1:
            note(field, ORIGIN, &offer.origin, &offer.origin_repeated);
            break;
        case sizeof SUBPROTOCOL - 1:
            offer.subprotocols |= is_named(field, SUBPROTOCOL);
            break;
        case sizeof EXTENSIONS - 1:
            offer.extensions |= is_named(field, EXTENSIONS);
            break;
        default:
            break;
        }
    }
    return offer;
}

/* SHUNT_ACCEPT when the handshake is a valid one, with `key`, which borrows from the request. */
static enum shunt_verdict check(const struct shunt_request *request, struct shunt_upgrade *upgrade,
                                const struct offer *offer, struct shunt_span *key)
{
    if (!shunt_span_equal(request->method, shunt_span_of("GET"))) {
        return refuse(upgrade, 400, "A WebSocket handshake is a GET request.\n");
    }
    if (request->body.len > 0) {
        return refuse(upgrade, 400, "A WebSocket handshake has no body.\n");
    }
    if (offer->version_repeated) {
        return refuse_version(upgrade, 400, "Sec-WebSocket-Version is repeated.\n");
    }
    if (!offer->version || !shunt_span_equal(offer->version->value, shunt_span_of("13"))) {
        return refuse_version(upgrade, 426, "This server speaks WebSocket version 13.\n");
    }
    if (!offer->key || offer->key_repeated || !websocket_key_valid(offer->key->value)) {
        return refuse(upgrade, 400, "Sec-WebSocket-Key must be one base64 value of 16 bytes.\n");
    }
    if (offer->origin_repeated) {
        return refuse(upgrade, 400, "Origin is repeated.\n");
    }
    if (offer->subprotocols && !websocket_subprotocols_valid(request)) {
        return refuse(upgrade, 400, "Sec-WebSocket-Protocol must list tokens, none twice.\n");
    }
    *key = offer->key->value;
    return SHUNT_ACCEPT;
}

static bool add_field(struct shunt_upgrade *upgrade, const char *name, struct shunt_span value)
{
    return websocket_host->upgrade_field(upgrade, shunt_span_of(name), value) == SHUNT_OK;
}

/* What the 101 has beyond the server's own fields. */
static bool add_answer(struct shunt_upgrade *upgrade, struct shunt_span key, const char *extension,
                       struct shunt_span subprotocol)
{
    char value[WEBSOCKET_ACCEPT_BYTES + 1];

    return websocket_accept_value(key, value) &&
           add_field(upgrade, "Sec-WebSocket-Accept",
                     (struct shunt_span){value, WEBSOCKET_ACCEPT_BYTES}) &&
           (!*extension || add_field(upgrade, EXTENSIONS, shunt_span_of(extension))) &&
           (subprotocol.len == 0 || add_field(upgrade, SUBPROTOCOL, subprotocol));
}

/* A program that is no browser has no Origin, and could send any. */
static bool origin_allowed(const struct websocket_settings *settings, const struct offer *offer)
{
    return offer->origin ? settings->origins.count == 0 ||
                               websocket_origin_allowed(&settings->origins, offer->origin->value)
                         : !settings->origin_required;
}

static bool has_room(const struct websocket_service *plain)
{
    return atomic_load_explicit(&plain->worker->counts->context_bytes, memory_order_relaxed) <
           plain->settings->compression_context_bytes_max;
}

/* Where the contexts of a worker's streams have come to their limit, further streams have none. */
static struct websocket_wishes wishes_of(const struct websocket_service *plain)
{
    const struct websocket_settings *settings = plain->settings;

    return (struct websocket_wishes){
        .fresh = settings->compression != WEBSOCKET_COMPRESSION_DEDICATED || !has_room(plain),
        .server_bits = (uint8_t)settings->server_window_bits,
        .client_bits = (uint8_t)settings->client_window_bits,
    };
}

/* What is agreed on a route: the service in the upgrade's state, and the extension's answer. */
static enum shunt_verdict agree(struct websocket_service *plain,
                                const struct shunt_request *request, struct shunt_upgrade *upgrade,
                                const struct offer *offer,
                                char extension[WEBSOCKET_EXTENSION_BYTES])
{
    const struct websocket_settings *settings = plain->settings;
    struct websocket_stream *state = websocket_host->upgrade_state(upgrade);
    struct websocket_terms terms = {.compressed = false}, none = terms;
    struct websocket_wishes wishes = wishes_of(plain);
    struct shunt_span subprotocol = {NULL, 0};

    extension[0] = '\0';
    if (!origin_allowed(settings, offer)) {
        websocket_metrics_add(plain->worker, WEBSOCKET_ORIGINS_REFUSED, 1);
        return refuse(upgrade, 403, "This Origin may not connect here.\n");
    }
    if (offer->subprotocols && settings->subprotocols.count > 0) {
        subprotocol =
            websocket_subprotocol_choose(request, settings->subprotocols.at,
                                         settings->subprotocols.count, settings->client_order);
    }
    if (offer->extensions && settings->compression != WEBSOCKET_COMPRESSION_OFF &&
        websocket_extension_choose(request, &wishes, &terms, extension) != SHUNT_OK) {
        return refuse(upgrade, 400, "Sec-WebSocket-Extensions is malformed.\n");
    }
    if (terms.compressed && settings->compression == WEBSOCKET_COMPRESSION_DEDICATED &&
        wishes.fresh) {
        websocket_metrics_add(plain->worker, WEBSOCKET_CONTEXTS_REFUSED, 1);
    }
    state->service = websocket_worker_agreed(plain, &terms, subprotocol);
    if (!state->service && terms.compressed) { /* nobody has to compress */
        extension[0] = '\0';
        state->service = websocket_worker_agreed(plain, &none, subprotocol);
    }
    return state->service ? SHUNT_ACCEPT : refuse(upgrade, 503, "The server is short of memory.\n");
}

enum shunt_verdict websocket_negotiate(void *local, const struct shunt_request *request,
                                       struct shunt_upgrade *upgrade)
{
    struct shunt_span offered = websocket_host->upgrade_offer(upgrade);
    char extension[WEBSOCKET_EXTENSION_BYTES];
    const struct websocket_service *service;
    struct websocket_service *plain;
    enum shunt_verdict verdict;
    struct shunt_span key = {NULL, 0};
    struct offer offer;

    if (memchr(offered.at, '/', offered.len)) {
        return SHUNT_DECLINE; /* RFC 6455 gives the token no version */
    }
    offer = offer_read(request);
    verdict = check(request, upgrade, &offer, &key);
    if (verdict != SHUNT_ACCEPT) {
        return verdict;
    }
    plain = websocket_worker_service(local, websocket_host->upgrade_settings(upgrade));
    if (!plain) {
        return refuse(upgrade, 500, "The WebSocket service of this route is not there.\n");
    }
    verdict = agree(plain, request, upgrade, &offer, extension);
    if (verdict != SHUNT_ACCEPT) {
        return verdict;
    }
    service = ((struct websocket_stream *)websocket_host->upgrade_state(upgrade))->service;
    if (service->table.negotiate) {
        verdict = service->table.negotiate(service->local, request, upgrade);
    }
    /* The service alone answers a deferred handshake, so the fields of the protocol are
     * added now. If it is then refused, the refusal carries a field that its client has no use for. */
    if ((verdict == SHUNT_ACCEPT || verdict == SHUNT_DEFER) &&
        !add_answer(upgrade, key, extension, service->subprotocol)) {
        if (verdict == SHUNT_DEFER && service->table.cancel) {
            service->table.cancel(service->local, upgrade);
        }
        return refuse(upgrade, 500, "The WebSocket handshake could not be answered.\n");
    }
    return verdict;
}

void websocket_cancel(void *local, struct shunt_upgrade *upgrade)
{
    const struct websocket_stream *state = websocket_host->upgrade_state(upgrade);

    (void)local;
    if (state->service->table.cancel) {
        state->service->table.cancel(state->service->local, upgrade);
    }
}

/* 1 + the value of a base64 digit (RFC 4648 section 4), 0 for any other byte. */
static const uint8_t base64_digits[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};

bool websocket_key_valid(struct shunt_span key)
{
    uint8_t digit = 0;

    if (key.len != WEBSOCKET_KEY_BYTES || key.at[22] != '=' || key.at[23] != '=') {
        return false;
    }
    for (size_t i = 0; i < 22; i++) {
        digit = base64_digits[(unsigned char)key.at[i]];
        if (digit == 0) {
            return false;
        }
    }
    return ((digit - 1) & 0x0f) == 0; /* 22 digits are 132 bits, the key has 128 */
}

/*
 * What SHA-1 hashes is always 60 bytes, the key and the GUID, and so two blocks of which only the
 * key differs (FIPS 180-4 section 5.1.1): they are padded here, and OpenSSL does nothing but the two
 * blocks. EVP_DigestInit_ex2() of OpenSSL 3.0 (Debian 12) allocates at each call, whatever is kept
 * between calls (3.1 does not any more); these functions, deprecated since but there in every 3.x,
 * work in the caller's memory.
 */
enum { HASHED_BYTES = WEBSOCKET_KEY_BYTES + sizeof GUID - 1 };

static bool sha1_of_key(struct shunt_span key, uint32_t hash[5])
{
    unsigned char blocks[2][SHA_CBLOCK] = {{0}};
    SHA_CTX sha1;

    _Static_assert(HASHED_BYTES < SHA_CBLOCK, "the padding begins in the first block");
    memcpy(blocks[0], key.at, WEBSOCKET_KEY_BYTES);
    memcpy(blocks[0] + WEBSOCKET_KEY_BYTES, GUID, sizeof GUID - 1);
    blocks[0][HASHED_BYTES] = 0x80;
    blocks[1][SHA_CBLOCK - 2] = (HASHED_BYTES * 8) >> 8;
    blocks[1][SHA_CBLOCK - 1] = (HASHED_BYTES * 8) & 0xff;
    if (SHA1_Init(&sha1) != 1) {
        return false;
    }
    SHA1_Transform(&sha1, blocks[0]);
    SHA1_Transform(&sha1, blocks[1]);
    hash[0] = sha1.h0;
    hash[1] = sha1.h1;
    hash[2] = sha1.h2;
    hash[3] = sha1.h3;
    hash[4] = sha1.h4;
    return true;
}

/* Three bytes as four digits (RFC 4648 section 4). */
static void base64_group(uint32_t bytes, char digits[4])
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    digits[0] = alphabet[bytes >> 18];
    digits[1] = alphabet[(bytes >> 12) & 0x3f];
    digits[2] = alphabet[(bytes >> 6) & 0x3f];
    digits[3] = alphabet[bytes & 0x3f];
}

bool websocket_accept_value(struct shunt_span key, char value[WEBSOCKET_ACCEPT_BYTES + 1])
{
    uint32_t h[5];

    if (key.len != WEBSOCKET_KEY_BYTES || !sha1_of_key(key, h)) {
        return false;
    }
    base64_group(h[0] >> 8, value);
    base64_group((h[0] & 0xff) << 16 | h[1] >> 16, value + 4);
    base64_group((h[1] & 0xffff) << 8 | h[2] >> 24, value + 8);
    base64_group(h[2] & 0xffffff, value + 12);
    base64_group(h[3] >> 8, value + 16);
    base64_group((h[3] & 0xff) << 16 | h[4] >> 16, value + 20);
    base64_group((h[4] & 0xffff) << 8, value + 24);
    value[WEBSOCKET_ACCEPT_BYTES - 1] = '='; /* 20 bytes leave one place of the last group */
    value[WEBSOCKET_ACCEPT_BYTES] = '\0';
    return true;
}
