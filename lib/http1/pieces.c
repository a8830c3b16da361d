/* A piece is a chunk: what is written in one turn goes out in one send all the same. */
#include "http1/pieces.h"

#include "conn/close.h"
#include "conn/loop.h"
#include "conn/output.h"
#include "conn/timer.h"
#include "http/response.h"
#include "http1/body.h"
#include "http1/output.h"
#include "http1/serve.h"
#include "http1/session.h"

enum { CHUNK_BYTES = 24 /* a size line, and the end of the chunk before or behind the data */ };

/* Time counts from the last piece. */
static void time_renew(struct shunt_exchange *exchange)
{
    struct http1_session *session = exchange->conn->user;

    if (session && session->exchange == exchange) {
        session->answer_until_ms = conn_after_ms(exchange->conn, http1_body_ms(exchange));
    }
}

void http1_pieces_begin(struct shunt_exchange *exchange)
{
    struct shunt_response *response = &exchange->response;
    bool unknown;

    time_renew(exchange);
    http1_serve_prepare(exchange);
    unknown = response->length == SHUNT_LENGTH_UNKNOWN;
    response->bodiless |= http1_output_contentless(response->status);
    response->chunked = unknown && exchange->request.version_minor > 0;
    if (unknown && !response->chunked && !response->bodiless) {
        response->close = true;
        response->keep_alive_10 = false;
    }
    http1_output_head(exchange->conn, response);
}

/* A chunk's size line (RFC 9112 section 7.1). */
static void write_size(struct http_writer *out, size_t len)
{
    char digits[2 * sizeof len];
    size_t at = sizeof digits;

    for (; len > 0; len >>= 4) {
        digits[--at] = "0123456789abcdef"[len & 15];
    }
    http_write_bytes(out, (struct shunt_span){digits + at, sizeof digits - at});
    http_write_end(out);
}

static enum shunt_status write_chunk(struct conn *conn, const void *bytes, size_t len)
{
    struct http_writer out = {.room = CHUNK_BYTES + len};

    out.at = conn_write_reserve(conn, out.room);
    if (!out.at) {
        return SHUNT_ENOMEM;
    }
    write_size(&out, len);
    http_write_bytes(&out, (struct shunt_span){bytes, len});
    http_write_end(&out);
    return conn_write_commit(conn, out.len);
}

/* With the trailers. The queue may be full, and this still goes out. */
static void write_last_chunk(struct conn *conn, struct shunt_response *response)
{
    const struct shunt_span last = {"0\r\n", 3};
    struct shunt_span trailers = {response->fields.at + response->trailers_at,
                                  response->fields.len - response->trailers_at};
    struct http_writer out = {.room = last.len + trailers.len + 2};

    out.at = conn_write_reserve(conn, out.room);
    if (out.at) {
        http_write_bytes(&out, last);
        http_write_bytes(&out, trailers);
        http_write_end(&out);
        (void)conn_write_commit(conn, out.len);
    }
    response->fields.len = response->trailers_at;
}

enum shunt_status http1_pieces_write(struct shunt_exchange *exchange, const void *bytes, size_t len)
{
    struct conn *conn = exchange->conn;
    uint64_t most = conn_loop_of(conn)->limits.queue_bytes_max;
    enum shunt_status status;

    if (conn->state != CONN_HTTP) {
        return SHUNT_ESTATE;
    }
    time_renew(exchange);
    if (exchange->response.bodiless) {
        return SHUNT_OK;
    }
    if (conn_queued(conn) > most || len > most - conn_queued(conn)) {
        return SHUNT_EFULL;
    }
    status =
        exchange->response.chunked ? write_chunk(conn, bytes, len) : conn_write(conn, bytes, len);
    if (status == SHUNT_OK || status == SHUNT_AGAIN) {
        exchange->response.body_sent += len;
    }
    return status;
}

void http1_pieces_end(struct shunt_exchange *exchange)
{
    struct conn *conn = exchange->conn;

    if (exchange->response.chunked && !exchange->response.bodiless) {
        write_last_chunk(conn, &exchange->response);
    }
    http1_output_end(conn, &exchange->response);
}

/* A client takes what ends before its length, or before the last chunk, for incomplete; what it
 * reads up to the end of the connection only where that is a reset. */
void http1_pieces_abort(struct shunt_exchange *exchange)
{
    conn_close(exchange->conn, SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_PROTOCOL);
}
