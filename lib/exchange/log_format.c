#include "exchange/log_format.h"

#include "http/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Values of their own length, at most: the literal between them takes the rest of the line. */
enum { NUMBER_BYTES = 20, TIME_BYTES = 32, VERSION_BYTES = 9 };

struct name {
    const char *text;
    enum exchange_log_item_kind kind;
    unsigned bytes; /* 0: a value of a peer's, cut where it is long; in JSON within quotes */
    bool bare;      /* a number: in JSON it may stand without quotes */
};

#define NUMBER NUMBER_BYTES, true

static const struct name names[] = {
    {"client", EXCHANGE_LOG_CLIENT, 48, false},
    {"peer", EXCHANGE_LOG_PEER, 48, false},
    {"peer.port", EXCHANGE_LOG_PEER_PORT, NUMBER},
    {"time", EXCHANGE_LOG_TIME, TIME_BYTES, false},
    {"time.common", EXCHANGE_LOG_TIME_COMMON, TIME_BYTES, false},
    {"time.s", EXCHANGE_LOG_TIME_S, TIME_BYTES, true},
    {"request", EXCHANGE_LOG_REQUEST, VERSION_BYTES, false},
    {"method", EXCHANGE_LOG_METHOD, 0, false},
    {"target", EXCHANGE_LOG_TARGET, 0, false},
    {"path", EXCHANGE_LOG_PATH, 0, false},
    {"query", EXCHANGE_LOG_QUERY, 0, false},
    {"version", EXCHANGE_LOG_VERSION, 0, false},
    {"host", EXCHANGE_LOG_HOST, 0, false},
    {"status", EXCHANGE_LOG_STATUS, NUMBER},
    {"bytes", EXCHANGE_LOG_BYTES, NUMBER},
    {"duration", EXCHANGE_LOG_DURATION, TIME_BYTES, true},
    {"duration.us", EXCHANGE_LOG_DURATION_US, NUMBER},
    {"request.", EXCHANGE_LOG_REQUEST_FIELD, 0, false},
    {"response.", EXCHANGE_LOG_RESPONSE_FIELD, 0, false},
    {"route", EXCHANGE_LOG_ROUTE, 0, false},
    {"protocol", EXCHANGE_LOG_PROTOCOL, 0, false},
    {"end", EXCHANGE_LOG_END, NUMBER_BYTES, false},
    {"worker", EXCHANGE_LOG_WORKER, NUMBER},
    {"connection", EXCHANGE_LOG_CONNECTION, NUMBER},
    {"number", EXCHANGE_LOG_NUMBER, NUMBER},
    {"deferred", EXCHANGE_LOG_DEFERRED, NUMBER},
};

static const struct {
    const char *name, *text;
} ready_made[] = {
    {"common", "${client} - - [${time.common}] \"${request}\" ${status} ${bytes}"},
    {"combined", "${client} - - [${time.common}] \"${request}\" ${status} ${bytes} "
                 "\"${request.Referer}\" \"${request.User-Agent}\""},
    {"json",
     "{\"time\":\"${time}\",\"client\":\"${client}\",\"peer\":\"${peer}\",\"method\":\"${method}\","
     "\"target\":\"${target}\",\"version\":\"${version}\",\"host\":\"${host}\","
     "\"status\":${status},\"bytes\":${bytes},\"duration\":${duration},"
     "\"referer\":\"${request.Referer}\",\"user_agent\":\"${request.User-Agent}\","
     "\"route\":\"${route}\",\"protocol\":\"${protocol}\",\"end\":\"${end}\","
     "\"worker\":${worker},\"connection\":${connection},\"number\":${number}}"},
};

/* The text in hand and where in it. */
struct compiler {
    struct exchange_log_format *format;
    char *at;
    bool quoted; /* within a string of JSON */
    char *error;
    size_t error_size;
};

static enum shunt_status refuse(const struct compiler *in, const char *expected,
                                struct shunt_span found)
{
    snprintf(in->error, in->error_size, "expected %s, found \"%.*s\"", expected,
             (int)(found.len < 60 ? found.len : 60), found.at);
    return SHUNT_EINVAL;
}

static void add(struct compiler *in, enum exchange_log_item_kind kind, struct shunt_span text)
{
    in->format->items[in->format->count++] = (struct exchange_log_item){kind, text};
}

/* ---- literals ---- */

/* Keep track of strings, for what stands in them is escaped for one. */
static void quotes_follow(struct compiler *in, struct shunt_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (in->quoted && text.at[i] == '\\') {
            i++;
        } else if (text.at[i] == '"') {
            in->quoted = !in->quoted;
        }
    }
}

/* Up to the next '$', or "$$" as one of them. */
static enum shunt_status literal(struct compiler *in)
{
    struct shunt_span text = {in->at, strcspn(in->at, "$")};

    if (text.len == 0) {
        text.len = 1;
        in->at++;
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.at[i];

        if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
            return refuse(in, "a text without control characters", text);
        }
    }
    quotes_follow(in, text);
    in->at += text.at == in->at ? text.len : 1;
    in->format->fixed += text.len;
    add(in, EXCHANGE_LOG_LITERAL, text);
    return SHUNT_OK;
}

/* ---- names ---- */

/* A name that ends in '.' has that of a field behind it. */
static const struct name *name_find(struct shunt_span text, struct shunt_span *field)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t len = strlen(names[i].text);

        *field = (struct shunt_span){text.at + len, text.len - len};
        if (names[i].text[len - 1] != '.') {
            if (shunt_span_equal(text, shunt_span_of(names[i].text))) {
                return &names[i];
            }
        } else if (text.len > len && memcmp(text.at, names[i].text, len) == 0 &&
                   http_is_token(*field)) {
            return &names[i];
        }
    }
    return NULL;
}

/* "${name}" */
static enum shunt_status name(struct compiler *in)
{
    const char *close = strchr(in->at, '}');
    struct shunt_span whole = {in->at, close ? (size_t)(close + 1 - in->at) : strlen(in->at)};
    struct shunt_span field;
    const struct name *found;

    if (!close) {
        return refuse(in, "a } behind ${", whole);
    }
    found = name_find((struct shunt_span){whole.at + 2, whole.len - 3}, &field);
    if (!found) {
        return refuse(in, "a name such as ${status} or ${request.User-Agent}", whole);
    }
    if (in->format->escape == EXCHANGE_LOG_JSON && !in->quoted && !found->bare) {
        return refuse(in, "a value that is no number within quotes", whole);
    }
    in->format->fixed += found->bytes;
    in->format->clients |= found->kind == EXCHANGE_LOG_CLIENT;
    in->format->peers |= in->format->clients || found->kind == EXCHANGE_LOG_PEER ||
                         found->kind == EXCHANGE_LOG_PEER_PORT;
    in->at += whole.len;
    add(in, found->kind, field);
    return SHUNT_OK;
}

/* ---- the whole ---- */

static enum shunt_status compile(struct compiler *in)
{
    enum shunt_status status = SHUNT_OK;

    while (status == SHUNT_OK && *in->at) {
        if (in->at[0] != '$' || in->at[1] == '$') {
            status = literal(in);
        } else if (in->at[1] == '{') {
            status = name(in);
        } else {
            status = refuse(in, "${name}, or $$ for a $", shunt_span_of(in->at));
        }
    }
    if (status == SHUNT_OK && in->format->escape == EXCHANGE_LOG_JSON && in->quoted) {
        return refuse(in, "quotes in pairs", shunt_span_of(in->format->text));
    }
    if (status == SHUNT_OK && in->format->fixed > EXCHANGE_LOG_LINE_BYTES_MAX / 2) {
        return refuse(in, "fewer values", shunt_span_of(in->format->text));
    }
    return status;
}

static const char *text_of(const char *text)
{
    for (size_t i = 0; i < sizeof ready_made / sizeof *ready_made; i++) {
        if (strcmp(ready_made[i].name, text) == 0) {
            return ready_made[i].text;
        }
    }
    return text;
}

static enum shunt_status check(const struct compiler *in, const char *text)
{
    if (strlen(text) > EXCHANGE_LOG_FORMAT_BYTES_MAX) {
        snprintf(in->error, in->error_size, "expected at most %d bytes, found %zu",
                 EXCHANGE_LOG_FORMAT_BYTES_MAX, strlen(text));
        return SHUNT_EINVAL;
    }
    return strchr(text, '$')
               ? SHUNT_OK
               : refuse(in, "common, combined, json, or a text with ${names}", shunt_span_of(text));
}

enum shunt_status exchange_log_format_create(const char *text, struct exchange_log_format **format,
                                             char *error, size_t size)
{
    struct compiler in = {.error = error, .error_size = size};
    enum shunt_status status;

    text = text_of(text);
    status = check(&in, text);
    if (status != SHUNT_OK) {
        return status;
    }
    in.format = calloc(1, sizeof *in.format);
    if (!in.format) {
        return SHUNT_ENOMEM;
    }
    in.format->text = strdup(text);
    in.format->items = calloc(strlen(text), sizeof *in.format->items);
    in.format->escape = *text == '{' ? EXCHANGE_LOG_JSON : EXCHANGE_LOG_TEXT;
    in.at = in.format->text;
    status = in.format->text && in.format->items ? compile(&in) : SHUNT_ENOMEM;
    if (status != SHUNT_OK) {
        exchange_log_format_destroy(in.format);
        return status;
    }
    *format = in.format;
    return SHUNT_OK;
}

void exchange_log_format_destroy(struct exchange_log_format *format)
{
    if (format) {
        free(format->items);
        free(format->text);
        free(format);
    }
}
