/*
 * Any bytes as lines of Upgrade and Connection: what is offered, and which protocol is chosen. Of
 * the first byte bits 0 to 2 are how many offers count, bits 3 and 4 the route, bit 5 HTTP/1.0; of
 * the second two bits each the verdicts of four protocols; the fifth's is always the same. Each line behind them begins with 'u' or
 * 'U' for Upgrade, 'c' for Connection, anything else for another field. The oracle reads the same
 * lines once more, slowly: it splits, trims and compares one element after the other (RFC 9110
 * sections 5.6.1, 7.6.1 and 7.8). What is looked for: an upgrade that one sees and the other does
 * not, another order of questions to the protocols, another choice, another count.
 */
#include "exchange/negotiation.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#define CHECK(condition) ((condition) ? (void)0 : abort())

enum { LINES_MAX = 16, ELEMENTS_MAX = 1024, BYTES_MAX = 2048, PROTOCOLS = 5 };

/* ---- a server with some protocols ---- */

static const char *const tokens[PROTOCOLS] = {"websocket", "echo", "h2c", "chat", "hidden"};
static const char *const all[] = {"chat", "H2C", "Echo", "websocket", "unloaded", NULL};
static const char *const some[] = {"websocket", "chat", NULL};
static const char *const one[] = {"echo", NULL};
static const struct exchange_route table[4] = {
    {.upgrade = all}, {.upgrade = some}, {.upgrade = one}, {.upgrade = NULL}};

static struct registry registry;
static void *locals[PROTOCOLS];
static struct shunt_worker loop = {
    .registry = &registry, .locals = locals, .limits.memory_bytes_max = 1 << 20};
static struct exchange_context context = {.loop = &loop, .limits.pending_upgrades_max = 1};
static struct conn conn;

/* What the protocols were asked, as text: "websocket/13 chat ". */
struct trace {
    size_t len;
    char text[4 * BYTES_MAX];
};

static struct trace asked;
static unsigned verdicts; /* two bits a protocol */

static enum shunt_verdict verdict_of(size_t protocol)
{
    return protocol < 4 ? (enum shunt_verdict)(verdicts >> (2 * protocol) & 3) : SHUNT_ACCEPT;
}

static void note(struct trace *trace, struct shunt_span offer)
{
    CHECK(trace->len + offer.len < sizeof trace->text);
    memcpy(trace->text + trace->len, offer.at, offer.len);
    trace->text[trace->len + offer.len] = ' ';
    trace->len += offer.len + 1;
}

static enum shunt_verdict negotiate(void *local, const struct shunt_request *request,
                                    struct shunt_upgrade *upgrade)
{
    (void)request;
    note(&asked, exchange_upgrade_offer(upgrade));
    CHECK(upgrade->user == NULL);
    exchange_upgrade_set_user(upgrade, upgrade);
    return verdict_of((size_t)((void **)local - locals));
}

static void prepare(void)
{
    for (unsigned i = 0; i < PROTOCOLS; i++) {
        registry.protocols[i].plugin = i;
        registry.protocols[i].protocol =
            (struct shunt_protocol){.token = tokens[i], .negotiate = negotiate};
        locals[i] = &locals[i];
    }
    registry.protocol_count = PROTOCOLS;
}

/* ---- the lines ---- */

struct line {
    const char *name, *value; /* the value is trimmed, and holds no NUL */
};

struct input {
    struct line lines[LINES_MAX];
    size_t count;
    char bytes[BYTES_MAX + 1];
};

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* Text up to a NUL without blanks at both ends; writes behind its end. */
static char *trim(char *text)
{
    size_t len;

    while (is_blank(*text)) {
        text++;
    }
    len = strlen(text);
    while (len > 0 && is_blank(text[len - 1])) {
        text[--len] = '\0';
    }
    return text;
}

static void input_read(struct input *input, const uint8_t *data, size_t size)
{
    char *at = input->bytes;

    memcpy(input->bytes, data, size);
    input->bytes[size] = '\0';
    input->count = 0;
    while (*at && input->count < LINES_MAX) {
        struct line *line = &input->lines[input->count];
        char *end = at + strcspn(at, "\n"), kind = *at;
        bool last = !*end;

        *end = '\0';
        line->name = kind == 'u'   ? "Upgrade"
                     : kind == 'U' ? "uPGRADE"
                     : kind == 'c' ? "Connection"
                                   : "X-Upgrade";
        line->value = trim(at < end ? at + 1 : at);
        input->count++;
        at = last ? end : end + 1;
    }
}

static bool values_valid(const struct input *input)
{
    for (size_t i = 0; i < input->count; i++) {
        for (const char *at = input->lines[i].value; *at; at++) {
            if ((unsigned char)*at < ' ' ? *at != '\t' : *at == '\x7f') {
                return false;
            }
        }
    }
    return true;
}

/* ---- the oracle ---- */

struct elements {
    struct shunt_span items[ELEMENTS_MAX];
    size_t count;
    char bytes[BYTES_MAX];
};

/* Those of all lines whose name is `name`, in order. */
static void elements_read(struct elements *elements, const struct input *input, const char *name)
{
    char *room = elements->bytes;

    elements->count = 0;
    for (size_t i = 0; i < input->count; i++) {
        const char *at = input->lines[i].value;

        while (strcasecmp(input->lines[i].name, name) == 0 && *at) {
            size_t len = strcspn(at, ",");
            char *text = memcpy(room, at, len);

            text[len] = '\0';
            room += len + 1;
            at += len + (at[len] == ',');
            text = trim(text);
            if (*text) {
                CHECK(elements->count < ELEMENTS_MAX);
                elements->items[elements->count++] = shunt_span_of(text);
            }
        }
    }
}

static bool has(const struct elements *elements, const char *option)
{
    for (size_t i = 0; i < elements->count; i++) {
        if (strcasecmp(elements->items[i].at, option) == 0) {
            return true;
        }
    }
    return false;
}

/* The length of the token at the front. */
static size_t token_len(const char *text)
{
    size_t len = 0;

    while (isalnum((unsigned char)text[len]) ||
           (text[len] && strchr("!#$%&'*+-.^_`|~", text[len]))) {
        len++;
    }
    return len;
}

static bool is_offer(const char *text)
{
    size_t name = token_len(text), version;

    if (name == 0 || text[name] != '/') {
        return name > 0 && !text[name];
    }
    version = token_len(text + name + 1);
    return version > 0 && !text[name + 1 + version];
}

static bool all_offers(const struct elements *offers)
{
    for (size_t i = 0; i < offers->count; i++) {
        if (!is_offer(offers->items[i].at)) {
            return false;
        }
    }
    return offers->count > 0;
}

/* The protocol that an element names, where it is loaded and the route allows it; or -1. */
static int protocol_of(const struct exchange_route *route, const char *offer)
{
    size_t len = strcspn(offer, "/");
    bool allows = false;

    for (const char *const *token = route->upgrade; token && *token; token++) {
        allows |= strlen(*token) == len && strncasecmp(*token, offer, len) == 0;
    }
    for (int i = 0; i < PROTOCOLS && allows; i++) {
        if (strlen(tokens[i]) == len && strncasecmp(tokens[i], offer, len) == 0) {
            return i;
        }
    }
    return -1;
}

static bool is_repeated(const struct elements *offers, size_t number)
{
    for (size_t i = 0; i < number; i++) {
        if (strcasecmp(offers->items[i].at, offers->items[number].at) == 0) {
            return true;
        }
    }
    return false;
}

/* What the server should come to: the verdict, the protocol chosen, and what was asked on the way. */
struct choice {
    enum shunt_verdict verdict;
    int protocol;
    bool overflow;
    struct trace asked;
};

static void choose(struct choice *choice, const struct exchange_route *route,
                   const struct elements *offers)
{
    *choice = (struct choice){.verdict = SHUNT_DECLINE, .protocol = -1};
    for (size_t i = 0; i < offers->count; i++) {
        int protocol = protocol_of(route, offers->items[i].at);

        if (i == context.limits.offers_max) {
            choice->overflow = true;
            return;
        }
        if (protocol < 0 || is_repeated(offers, i)) {
            continue;
        }
        note(&choice->asked, offers->items[i]);
        if (verdict_of((size_t)protocol) != SHUNT_DECLINE) {
            choice->verdict = verdict_of((size_t)protocol);
            choice->protocol = protocol;
            return;
        }
    }
}

/* ---- one run ---- */

static char head_bytes[2 * BYTES_MAX + 512];
static struct shunt_field fields[LINES_MAX + 1];

static struct shunt_span head_write(const struct input *input, bool http10)
{
    char *at = stpcpy(head_bytes,
                      http10 ? "GET / HTTP/1.0\r\nHost: a\r\n" : "GET / HTTP/1.1\r\nHost: a\r\n");

    for (size_t i = 0; i < input->count; i++) {
        at = stpcpy(stpcpy(at, input->lines[i].name), ": ");
        at = stpcpy(stpcpy(at, input->lines[i].value), "\r\n");
    }
    at = stpcpy(at, "\r\n");
    return (struct shunt_span){head_bytes, (size_t)(at - head_bytes)};
}

static void check_choice(const struct http_head *head, const struct exchange_route *route,
                         const struct elements *offers)
{
    static struct choice wanted;
    struct shunt_exchange *exchange = exchange_take(&context, &conn);
    uint64_t overflows = context.counters.offers_overflow;
    enum shunt_verdict verdict;

    CHECK(exchange != NULL);
    exchange->route = route;
    exchange->request = (struct shunt_request){
        .method = head->method, .fields = head->fields, .field_count = head->field_count};
    exchange_upgrade_begin(exchange);
    asked.len = 0;
    verdict = exchange_negotiation_ask(exchange);
    choose(&wanted, route, offers);
    CHECK(verdict == wanted.verdict);
    CHECK(verdict == SHUNT_DECLINE ||
          exchange->upgrade.offers.protocol == (unsigned)wanted.protocol);
    CHECK(asked.len == wanted.asked.len && memcmp(asked.text, wanted.asked.text, asked.len) == 0);
    CHECK(context.counters.offers_overflow - overflows == wanted.overflow);
    exchange_put(exchange);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct http_limits limits = {16384, 8192, LINES_MAX + 1};
    static struct input input;
    static struct elements options, offers;
    struct http_head head;
    size_t used;
    unsigned answer;
    struct shunt_span bytes;
    bool http10;

    if (registry.protocol_count == 0) {
        prepare();
    }
    if (size < 2 || size - 2 > BYTES_MAX || memchr(data + 2, '\0', size - 2)) {
        return 0;
    }
    context.limits.offers_max = (data[0] & 7u) + 1;
    http10 = data[0] >> 5 & 1;
    verdicts = data[1];
    input_read(&input, data + 2, size - 2);
    bytes = head_write(&input, http10);
    if (!values_valid(&input)) {
        CHECK(http_head_parse(bytes, 0, &limits, fields, &head, &used, &answer) == SHUNT_EPROTO);
        return 0;
    }
    CHECK(http_head_parse(bytes, 0, &limits, fields, &head, &used, &answer) == SHUNT_OK);
    elements_read(&options, &input, "Connection");
    elements_read(&offers, &input, "Upgrade");
    CHECK(head.upgrade ==
          (!http10 && has(&options, "upgrade") && !has(&options, "close") && all_offers(&offers)));
    if (head.upgrade) {
        check_choice(&head, &table[data[0] >> 3 & 3], &offers);
    }
    return 0;
}
