/* libwebsockets: an echo with a ring of messages, as its own example has, one thread, its default
 * event loop. PORT is argument 1. */
#include <libwebsockets.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define READ_BYTES   32768 /* a message of 16 KB comes in one read */
#define MESSAGE_MAX  (16u << 20)
#define WAITING_MAX  64 /* messages to echo, a connection */
#define WAITING_HIGH 60 /* from here on nothing more is read */

struct message {
    unsigned char *bytes; /* LWS_PRE of room, then the payload */
    size_t len;
    int binary;
};

struct session {
    struct lws_ring *waiting;
    uint32_t tail;
    struct message partial; /* what has come of the next one, */
    size_t room;            /* and how much it can hold */
    int paused;
};

static volatile int stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static void destroy_message(void *message)
{
    free(((struct message *)message)->bytes);
}

/* Take up a piece of a message; 0, or -1 when it cannot be kept. */
static int receive(struct lws *wsi, struct session *session, const void *in, size_t len)
{
    struct message *partial = &session->partial;
    size_t whole = partial->len + len + lws_remaining_packet_payload(wsi);

    if (!partial->bytes || whole > session->room) {
        unsigned char *bytes =
            whole > MESSAGE_MAX ? NULL : realloc(partial->bytes, LWS_PRE + whole);

        if (!bytes) {
            return -1;
        }
        partial->bytes = bytes;
        session->room = whole;
    }
    memcpy(partial->bytes + LWS_PRE + partial->len, in, len);
    partial->len += len;
    if (!lws_is_final_fragment(wsi)) {
        return 0;
    }
    partial->binary = lws_frame_is_binary(wsi);
    if (lws_ring_insert(session->waiting, partial, 1) != 1) {
        return -1;
    }
    memset(partial, 0, sizeof *partial);
    if (!session->paused &&
        lws_ring_get_count_waiting_elements(session->waiting, &session->tail) >= WAITING_HIGH) {
        session->paused = 1;
        lws_rx_flow_control(wsi, 0);
    }
    lws_callback_on_writable(wsi);
    return 0;
}

/* Send what waits, as long as the socket takes it. */
static int send_waiting(struct lws *wsi, struct session *session)
{
    const struct message *message;

    while ((message = lws_ring_get_element(session->waiting, &session->tail)) != NULL) {
        if (lws_send_pipe_choked(wsi)) {
            lws_callback_on_writable(wsi);
            return 0;
        }
        if (lws_write(wsi, message->bytes + LWS_PRE, message->len,
                      message->binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT) < (int)message->len) {
            return -1;
        }
        lws_ring_consume_single_tail(session->waiting, &session->tail, 1);
    }
    if (session->paused) {
        session->paused = 0;
        lws_rx_flow_control(wsi, 1);
    }
    return 0;
}

static int echo(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
    struct session *session = user;

    switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
        session->waiting = lws_ring_create(sizeof(struct message), WAITING_MAX, destroy_message);
        return session->waiting ? 0 : -1;
    case LWS_CALLBACK_CLOSED:
        if (session->waiting) { /* a client that left before its 101 has none */
            lws_ring_destroy(session->waiting);
            free(session->partial.bytes);
        }
        return 0;
    case LWS_CALLBACK_RECEIVE:
        return receive(wsi, session, in, len);
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return send_waiting(wsi, session);
    default:
        return 0;
    }
}

/* GET / with the helper that libwebsockets has for answers out of memory. */
static int http(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
    static const char text[] = "Hello, World!";
    unsigned char buffer[LWS_PRE + 512], *start = buffer + LWS_PRE, *at = start,
                                         *end = buffer + sizeof buffer - 1;

    switch (reason) {
    case LWS_CALLBACK_HTTP:
        if (lws_add_http_common_headers(wsi, HTTP_STATUS_OK, "text/plain", sizeof text - 1, &at,
                                        end) ||
            lws_finalize_write_http_header(wsi, start, &at, end)) {
            return 1;
        }
        lws_callback_on_writable(wsi);
        return 0;
    case LWS_CALLBACK_HTTP_WRITEABLE:
        memcpy(start, text, sizeof text - 1);
        if (lws_write(wsi, start, sizeof text - 1, LWS_WRITE_HTTP_FINAL) != sizeof text - 1 ||
            lws_http_transaction_completed(wsi)) {
            return -1;
        }
        return 0;
    default:
        return lws_callback_http_dummy(wsi, reason, user, in, len);
    }
}

int main(int argc, char **argv)
{
    static const struct lws_protocols protocols[] = {
        {"http", http, 0, 0, 0, NULL, 0},
        {"echo", echo, sizeof(struct session), READ_BYTES, 0, NULL, 0},
        {NULL, NULL, 0, 0, 0, NULL, 0},
    };
    /* Without a subprotocol in the request, websockets of this vhost go to "echo". */
    static const struct lws_protocol_vhost_options on = {NULL, NULL, "default", "1"};
    static const struct lws_protocol_vhost_options pvo = {NULL, &on, "echo", ""};
    struct lws_context_creation_info info = {
        .port = argc > 1 ? atoi(argv[1]) : 0,
        .iface = "127.0.0.1",
        .protocols = protocols,
        .pvo = &pvo,
        .options = LWS_SERVER_OPTION_DISABLE_IPV6,
        .pt_serv_buf_size = READ_BYTES,
        .vhost_name = "localhost",
    };

    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    lws_set_log_level(LLL_ERR, NULL);
    struct lws_context *context = lws_create_context(&info);

    if (!context) {
        return 1;
    }
    while (!stop && lws_service(context, 0) >= 0) {
    }
    lws_context_destroy(context);
    return 0;
}
