/* libwebsockets: an echo in its own idiom, one thread, its default event loop. PORT is argument 1.
 */
#include <libwebsockets.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX 65536

struct session {
    size_t len;
    int binary;
    unsigned char bytes[LWS_PRE + MESSAGE_MAX];
};

static volatile int stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static int echo(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
    struct session *session = user;

    switch (reason) {
    case LWS_CALLBACK_RECEIVE:
        if (session->len + len > MESSAGE_MAX) {
            return -1;
        }
        memcpy(session->bytes + LWS_PRE + session->len, in, len);
        session->len += len;
        if (lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0) {
            session->binary = lws_frame_is_binary(wsi);
            lws_callback_on_writable(wsi);
        }
        break;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        if (session->len > 0) {
            int sent = lws_write(wsi, session->bytes + LWS_PRE, session->len,
                                 session->binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT);

            if (sent < (int)session->len) {
                return -1;
            }
            session->len = 0;
        }
        break;
    default:
        break;
    }
    return 0;
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
        {"echo", echo, sizeof(struct session), 16384, 0, NULL, 0},
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
        .pt_serv_buf_size = 16384,
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
