/* HTTP/1.1's way to write what exchange/ has decided. */
#include "http1/output.h"

#include "base/assert.h"
#include "conn/close.h"
#include "conn/output.h"
#include "conn/timer.h"
#include "http/date.h"
#include "http1/file.h"
#include "http1/slot.h"

#include <time.h>

#define LITERAL(text) ((struct shunt_span){text, sizeof(text) - 1})

enum {
    HEAD_BYTES = 256,           /* all that the server itself writes into a head, offers excepted */
    SWITCHING_HEAD_BYTES = 256, /* the 101 without its offer and fields */
    JOINED_BYTES_MAX =
        7168, /* up to this size head and body share a segment, mostly a pooled one */
    OFFER_BYTES_MAX = 1024
};

/* The Date field, made anew once a second. */
static struct shunt_span date_line(struct http1_context *context)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (now.tv_sec != context->date_s) {
        struct http_writer out = {.at = context->date, .room = sizeof context->date};
        char date[HTTP_DATE_BYTES];

        http_date_format(now.tv_sec, date);
        http_write_field(&out, LITERAL("Date"), (struct shunt_span){date, sizeof date});
        context->date_s = now.tv_sec;
        context->date_len = out.len;
    }
    return (struct shunt_span){context->date, context->date_len};
}

/* Upgrade and Connection of a 426 (RFC 9110 sections 7.8 and 15.5.22). */
static void write_offer(struct http_writer *out, const char *const *offer)
{
    char list[OFFER_BYTES_MAX];
    struct http_writer names = {.at = list, .room = sizeof list};

    for (; *offer; offer++) {
        if (names.len > 0) {
            http_write_bytes(&names, LITERAL(", "));
        }
        http_write_bytes(&names, shunt_span_of(*offer));
    }
    http_write_field(out, LITERAL("Upgrade"), (struct shunt_span){list, names.len});
}

static void write_connection(struct http_writer *out, const struct shunt_response *response)
{
    bool upgrade = response->status == 426 && response->offer;

    if (upgrade) {
        write_offer(out, response->offer);
    }
    if (response->close) {
        http_write_field(out, LITERAL("Connection"),
                         upgrade ? LITERAL("Upgrade, close") : LITERAL("close"));
    } else if (upgrade) {
        http_write_field(out, LITERAL("Connection"), LITERAL("Upgrade"));
    } else if (response->keep_alive_10) {
        http_write_field(out, LITERAL("Connection"), LITERAL("keep-alive"));
    }
}

bool http1_output_contentless(unsigned status)
{
    return status == 204 || status == 205 || status == 304;
}

/* How long the body is; neither for HTTP/1.0 where only the connection's end shows it. Of those that
 * have none by their status 205 alone has a length (RFC 9110 sections 8.6 and 15.3.6). */
static void write_length(struct http_writer *out, const struct shunt_response *response)
{
    if (http1_output_contentless(response->status)) {
        if (response->status == 205) {
            http_write_field_number(out, LITERAL("Content-Length"), 0);
        }
    } else if (response->chunked) {
        http_write_field(out, LITERAL("Transfer-Encoding"), LITERAL("chunked"));
    } else if (!response->in_pieces) {
        http_write_field_number(out, LITERAL("Content-Length"),
                                response->body.len + response->file.len);
    } else if (response->length != SHUNT_LENGTH_UNKNOWN) {
        http_write_field_number(out, LITERAL("Content-Length"), response->length);
    }
}

static void write_head(struct http_writer *out, struct http1_context *context,
                       const struct shunt_response *response)
{
    http_write_status(out, response->status);
    http_write_bytes(out, date_line(context));
    if (response->content_type) {
        http_write_field(out, LITERAL("Content-Type"), shunt_span_of(response->content_type));
    }
    write_length(out, response);
    write_connection(out, response);
    http_write_bytes(out, (struct shunt_span){response->fields.at, response->fields.len});
    http_write_end(out);
}

static void count(struct exchange_counters *counters, unsigned status)
{
    counters->responses_4xx += status / 100 == 4;
    counters->responses_5xx += status / 100 == 5;
}

/* The head, with the body in the same piece of memory where `joined`, or as many bytes of its file.
 * False: closing already. */
static bool write_first(struct conn *conn, struct shunt_response *response,
                        struct shunt_span joined, size_t from_file)
{
    struct http_writer out = {0};

    out.room = HEAD_BYTES + response->fields.len + (response->offer ? OFFER_BYTES_MAX : 0) +
               (response->content_type ? strlen(response->content_type) : 0) + joined.len +
               from_file;
    out.at = conn_write_reserve(conn, out.room);
    if (!out.at) {
        return false;
    }
    write_head(&out, http1_context_of(conn), response);
    http_write_bytes(&out, joined);
    ASSERT(!out.full);
    response->body_sent = joined.len;
    if (from_file > 0 && http1_file_read(response, out.at + out.len, from_file)) {
        out.len += from_file;
        response->body_sent = from_file;
    }
    (void)conn_write_commit(conn, out.len);
    response->status_sent = response->status;
    return true;
}

/* A long body is not copied again: what stays is sent from where it lies, and a handler's copy goes
 * with its last byte. False: closing already, or for lack of memory. */
static bool write_body(struct conn *conn, struct shunt_response *response)
{
    struct shunt_span body = response->body;

    if (response->file.file) {
        return http1_file_write(conn, response);
    }
    if (response->owned) {
        struct exchange_body *owned = response->owned;

        response->owned = NULL;
        (void)conn_write_whole(conn, body.at, body.len, exchange_response_body_free, owned);
    } else if (response->body_stays) {
        (void)conn_write_whole(conn, body.at, body.len, NULL, NULL);
    } else {
        char *room = conn_write_reserve(conn, body.len);

        if (room) {
            memcpy(room, body.at, body.len);
            (void)conn_write_commit(conn, body.len);
        }
    }
    return conn->state != CONN_CLOSING;
}

void http1_output_respond(struct conn *conn, struct shunt_response *response,
                          struct shunt_span path)
{
    struct exchange_context *context = exchange_context_of(conn);
    struct shunt_span joined = {0};
    size_t from_file = 0;
    uint64_t len;
    bool bodiless;

    if (response->refused) {
        exchange_response_replace(context, response, path);
    }
    bodiless = response->bodiless || http1_output_contentless(response->status);
    len = bodiless ? 0 : response->body.len + response->file.len;
    if (!bodiless && response->file.file) {
        from_file = http1_file_joined(response);
    } else if (len <= JOINED_BYTES_MAX && !bodiless) {
        joined = response->body;
    }
    if (!write_first(conn, response, joined, from_file)) {
        return;
    }
    if (response->body_sent < len && write_body(conn, response)) {
        response->body_sent = len;
    }
    count(&context->counters, response->status);
    http1_output_end(conn, response);
}

void http1_output_head(struct conn *conn, struct shunt_response *response)
{
    if (write_first(conn, response, (struct shunt_span){0}, 0)) {
        count(&exchange_context_of(conn)->counters, response->status);
    }
}

void http1_output_end(struct conn *conn, const struct shunt_response *response)
{
    http1_slot_of(conn)->idle_until_ms =
        conn_after_ms(conn, exchange_context_of(conn)->limits.keep_alive_ms);
    if (response->close) {
        conn_close(conn, SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_PROTOCOL);
    }
}

void http1_output_continue(struct conn *conn)
{
    struct shunt_span line = LITERAL("HTTP/1.1 100 Continue\r\n\r\n");

    (void)conn_write(conn, line.at, line.len);
}

/* A client that speaks HTTP/1.0 would read it as the answer (RFC 9110 section 15.2). */
enum shunt_status http1_output_hints(struct shunt_exchange *exchange, struct shunt_span fields)
{
    struct http_writer out = {.room = SWITCHING_HEAD_BYTES + fields.len};

    if (exchange->request.version_minor == 0) {
        return SHUNT_ENOTSUP;
    }
    out.at = conn_write_reserve(exchange->conn, out.room);
    if (!out.at) {
        return SHUNT_ENOMEM;
    }
    http_write_status(&out, 103);
    http_write_bytes(&out, fields);
    http_write_end(&out);
    (void)conn_write_commit(exchange->conn, out.len);
    return SHUNT_OK;
}

void http1_output_switching(struct shunt_exchange *exchange)
{
    const struct http_writer *fields = &exchange->response.fields;
    struct shunt_span offer = exchange->upgrade.offers.offer;
    struct http_writer out = {.room = SWITCHING_HEAD_BYTES + offer.len + fields->len};

    out.at = conn_write_reserve(exchange->conn, out.room);
    if (!out.at) {
        return;
    }
    if (exchange->upgrade.continue_owed) {
        http_write_bytes(&out, LITERAL("HTTP/1.1 100 Continue\r\n\r\n"));
    }
    http_write_bytes(&out, LITERAL("HTTP/1.1 101 Switching Protocols\r\nUpgrade: "));
    http_write_bytes(&out, offer);
    http_write_bytes(&out, LITERAL("\r\nConnection: Upgrade\r\n"));
    http_write_bytes(&out, (struct shunt_span){fields->at, fields->len});
    http_write_end(&out);
    ASSERT(!out.full);
    (void)conn_write_commit(exchange->conn, out.len);
    exchange->response.status_sent = 101;
}

bool http1_output_last(struct conn *conn, bool keep_alive)
{
    const struct http1_slot *slot = http1_slot_of(conn);
    uint32_t most = exchange_context_of(conn)->limits.requests_max;

    return !keep_alive || slot->draining || conn_loop_of(conn)->draining ||
           (most > 0 && slot->requests >= most);
}
