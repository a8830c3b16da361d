/* A server in a program of yours: one route with a handler, and one protocol that is linked in. */
#include <shunt/server.h>
#include <signal.h>
#include <stdio.h>

static struct shunt_server *server;
static const struct shunt_host *host; /* what the protocol may call */

static void greet(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)request;
    if (shunt_response_body(response, "text/plain", arg, strlen(arg)) != SHUNT_OK) {
        (void)!shunt_response_status(response, 503);
    }
}

static enum shunt_status mirror_init(const struct shunt_host *given,
                                     const struct shunt_settings *settings, void **plugin)
{
    (void)settings, (void)plugin;
    host = given;
    return SHUNT_OK;
}

static void mirror_open(void *local, struct shunt_stream *stream)
{
    (void)local, (void)!host->write(stream, "mirror\n", 7);
}

static void mirror_data(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    if (host->write(stream, bytes, len) == SHUNT_AGAIN) {
        host->pause(stream); /* the peer does not read: go on when it does */
    }
}

static void mirror_drained(struct shunt_stream *stream)
{
    host->resume(stream);
}

static const struct shunt_protocol protocol = {.size = sizeof protocol,
                                               .token = "mirror",
                                               .open = mirror_open,
                                               .data = mirror_data,
                                               .drained = mirror_drained};
static const struct shunt_plugin mirror = {
    SHUNT_PLUGIN_HEAD, .name = "mirror", .version = "1.0", .init = mirror_init,
    .protocols = (const struct shunt_protocol *const[]){&protocol, NULL}};

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
    const struct shunt_route route = {.size = sizeof route,
                                      .path = "/",
                                      .handler = greet,
                                      .arg = "Hello from a program!\n",
                                      .upgrade = (const char *const[]){"mirror", NULL}};

    if (shunt_server_create(&server) != SHUNT_OK) {
        return 1;
    }
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
    if (shunt_server_plugin_add(server, &mirror, NULL) != SHUNT_OK ||
        shunt_server_route(server, &route) != SHUNT_OK ||
        shunt_server_listen(server, argc > 1 ? argv[1] : "127.0.0.1:8102") != SHUNT_OK ||
        shunt_server_run(server, ready, NULL) != SHUNT_OK) {
        fprintf(stderr, "%s\n", shunt_server_error(server));
        return 1;
    }
    shunt_server_destroy(server);
    return 0;
}
