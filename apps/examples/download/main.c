/* A download of any length in a few kilobytes of memory: it is made as the client takes it. */
#include <shunt/server.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { PIECE_BYTES = 16384 };

static struct shunt_server *server;

/* In memory of the exchange, which goes with it. */
struct download {
    uint64_t at, length;
};

/* The bytes at a place of the stream: a line of 16 for each 16 of them. */
static size_t make(uint64_t at, uint64_t length, char piece[PIECE_BYTES])
{
    size_t len = 0;

    while (len < PIECE_BYTES && at + len < length) {
        char line[17];
        uint64_t place = at + len;
        size_t skip = place % 16, some = 16 - skip;

        snprintf(line, sizeof line, "%015" PRIx64 "\n", place / 16);
        some = some < PIECE_BYTES - len ? some : PIECE_BYTES - len;
        some = some < length - place ? some : (size_t)(length - place);
        memcpy(piece + len, line + skip, some);
        len += some;
    }
    return len;
}

/* Until the client does not keep up: then this runs again once it has taken what waits. */
static void go_on(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    struct download *download = arg;
    char piece[PIECE_BYTES];

    (void)request;
    while (download->at < download->length) {
        size_t len = make(download->at, download->length, piece);
        enum shunt_status status = shunt_response_write(response, piece, len);

        if (status != SHUNT_OK && status != SHUNT_AGAIN) {
            shunt_response_abort(response);
            return;
        }
        download->at += len;
        if (status == SHUNT_AGAIN) {
            return;
        }
    }
    (void)!shunt_response_end(response);
}

/* "/stream/BYTES" */
static void begin(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    struct shunt_span bytes = shunt_request_parameter(request, "bytes");
    struct download *download = shunt_request_alloc(request, sizeof *download);
    shunt_id id;

    (void)arg;
    if (download) {
        *download = (struct download){0};
        for (size_t i = 0; i < bytes.len && i < 16; i++) {
            if (bytes.at[i] < '0' || bytes.at[i] > '9') {
                (void)!shunt_response_status(response, 404);
                return;
            }
            download->length = download->length * 10 + (uint64_t)(bytes.at[i] - '0');
        }
    }
    if (!download ||
        shunt_response_field(response, "Content-Disposition",
                             "attachment; filename=\"stream.txt\"") != SHUNT_OK ||
        shunt_response_begin(response, "text/plain", download->length, go_on, NULL, download,
                             &id) != SHUNT_OK) {
        (void)!shunt_response_status(response, 503);
        return;
    }
    go_on(download, request, response);
}

static void stop(int signal)
{
    (void)signal, shunt_server_stop(server);
}

static void ready(void *arg)
{
    (void)arg, printf("port %u\n", shunt_server_port(server, 0)), fflush(stdout);
}

int main(int argc, char **argv)
{
    const struct shunt_route stream = {
        .size = sizeof stream, .path = "/stream/{bytes}", .methods = "GET", .handler = begin};
    int result = 1;

    if (shunt_server_create(&server) != SHUNT_OK) {
        return 1;
    }
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
    if (shunt_server_route(server, &stream) == SHUNT_OK &&
        shunt_server_listen(server, argc > 1 ? argv[1] : "127.0.0.1:8105") == SHUNT_OK &&
        shunt_server_run(server, ready, NULL) == SHUNT_OK) {
        result = 0;
    } else {
        fprintf(stderr, "%s\n", shunt_server_error(server));
    }
    shunt_server_destroy(server);
    return result;
}
