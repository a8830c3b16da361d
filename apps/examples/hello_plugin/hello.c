/*
 * A protocol in one file: `hello` greets with the path that was asked for, sends every byte back
 * in upper case, and reports how many lines there were when the peer has ended. Copy it and go on.
 *
 *   GET /raw HTTP/1.1        ->   HTTP/1.1 101 Switching Protocols
 *   Connection: upgrade           Connection: upgrade
 *   Upgrade: hello                Upgrade: hello
 *
 *                                 hello, /raw
 *   one line                 ->   ONE LINE
 */
#include <shunt/plugin.h>
#include <stdio.h>

/* All that a plugin calls is in this table; init() is handed it. */
static const struct shunt_host *host;

/* Settings of the plugin, read once. They live as long as the plugin. */
static const char *greeting = "hello";

/* What one stream keeps. It lies in the connection's slot: no malloc, no free. */
struct hello {
    uint64_t lines;
};
_Static_assert(sizeof(struct hello) <= SHUNT_STREAM_STATE_BYTES, "must fit the slot");

/* Once a process. Refuse an impossible setting here: `shuntd --check` then finds it. */
static enum shunt_status hello_init(const struct shunt_host *given,
                                    const struct shunt_settings *settings, void **plugin)
{
    const char *text;

    (void)plugin; /* a pointer of our own, had we more than one file-wide setting */
    host = given;
    text = host->setting(settings, "greeting");
    if (text && !*text) {
        host->log(SHUNT_LOG_ERROR, "hello: the setting 'greeting' is empty");
        return SHUNT_EINVAL;
    }
    greeting = text ? text : greeting;
    return SHUNT_OK;
}

/* Queue bytes. A peer that does not read must not make us hold more and more: when the queue is
 * full, stop reading until drained(). Errors need no answer: close() follows. */
static void reply(struct shunt_stream *stream, const void *bytes, size_t len)
{
    if (host->write(stream, bytes, len) == SHUNT_AGAIN) {
        host->pause(stream);
    }
}

/* The 101 is on its way: the stream is ours. The request can be read here and not later. */
static void hello_open(void *local, struct shunt_stream *stream)
{
    const struct shunt_request *request = host->request(stream);

    (void)local; /* what worker_start() set, had we one: state of a worker needs no lock */
    reply(stream, greeting, strlen(greeting));
    reply(stream, ", ", 2);
    reply(stream, request->path.at, request->path.len); /* a span: never NUL-terminated */
    reply(stream, "\n", 1);
}

/* Bytes as they come, cut anywhere. They are ours to change during the call. */
static void hello_data(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    struct hello *hello = host->state(stream); /* all zero at first */

    for (size_t i = 0; i < len; i++) {
        hello->lines += bytes[i] == '\n';
        if (bytes[i] >= 'a' && bytes[i] <= 'z') {
            bytes[i] = (uint8_t)(bytes[i] - 'a' + 'A');
        }
    }
    reply(stream, bytes, len);
}

static void hello_drained(struct shunt_stream *stream)
{
    host->resume(stream);
}

/* The peer will send no more, and can still read. */
static void hello_end(struct shunt_stream *stream)
{
    const struct hello *hello = host->state(stream);
    char text[64];
    int len = snprintf(text, sizeof text, "lines: %llu\n", (unsigned long long)hello->lines);

    reply(stream, text, (size_t)len);
    host->close(stream, SHUNT_CLOSE_GRACEFUL); /* once all of it is sent */
}

static const struct shunt_protocol protocol = {
    .size = sizeof protocol,
    .token = "hello", /* what a client offers in Upgrade, and a route allows */
    .open = hello_open,
    .data = hello_data,
    .drained = hello_drained,
    .end = hello_end,
};

SHUNT_PLUGIN = {
    SHUNT_PLUGIN_HEAD,
    .name = "hello",
    .version = "1.0",
    .init = hello_init,
    .protocols = (const struct shunt_protocol *const[]){&protocol, NULL},
};
