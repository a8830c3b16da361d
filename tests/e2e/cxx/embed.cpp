// A server in a C++20 program: a route with a handler, a protocol that is linked in, RAII.
#include <shunt/fields.h>
#include <shunt/server.h>
#include <shunt/websocket.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace {

const shunt_host *host;
shunt_server *running;

constexpr shunt_protocol mirror = [] {
    shunt_protocol protocol{};

    protocol.size = sizeof protocol;
    protocol.token = "mirror";
    protocol.open = [](void *, shunt_stream *stream) { (void)host->write(stream, "mirror\n", 7); };
    protocol.data = [](shunt_stream *stream, std::uint8_t *bytes, std::size_t len) {
        if (host->write(stream, bytes, len) == SHUNT_AGAIN) {
            host->pause(stream);
        }
    };
    protocol.drained = [](shunt_stream *stream) { host->resume(stream); };
    return protocol;
}();
constexpr const shunt_protocol *protocols[] = {&mirror, nullptr};

// A WebSocket service, as far as the compiler sees one.
constexpr shunt_websocket_service echo = [] {
    shunt_websocket_service table{};

    table.size = sizeof table;
    table.message = [](shunt_stream *stream, const shunt_websocket_api *api,
                       shunt_websocket_kind kind, std::uint8_t *bytes, std::size_t len) {
        if (api->send(stream, kind, bytes, len) == SHUNT_AGAIN) {
            api->pause(stream);
        }
    };
    table.drained = [](shunt_stream *stream, const shunt_websocket_api *api) {
        api->resume(stream);
    };
    return table;
}();
constexpr shunt_service service = [] {
    shunt_service given{};

    given.size = sizeof given;
    given.version = SHUNT_WEBSOCKET_VERSION;
    given.interface = SHUNT_WEBSOCKET_INTERFACE;
    given.name = "echo";
    given.table = &echo;
    return given;
}();
constexpr const shunt_service *services[] = {&service, nullptr};

const shunt_plugin plugin = {
    SHUNT_PLUGIN_HEAD,
    .name = "mirror",
    .version = "1.0",
    .init =
        [](const shunt_host *given, const shunt_settings *, void **) {
            host = given;
            return SHUNT_OK;
        },
    .worker_start = nullptr,
    .worker_stop = nullptr,
    .fini = nullptr,
    .protocols = protocols,
    .services = services,
};

void greet(void *arg, const shunt_request *request, shunt_response *response)
{
    const auto &greeting = *static_cast<const std::string *>(arg);
    const shunt_field *host_field = shunt_request_field(request, "Host", nullptr);
    std::string text = greeting;
    shunt_span query = request->query, name{};
    char room[64];

    if (host_field && shunt_span_equal_nocase(host_field->value, shunt_span_of("cxx"))) {
        text += " for " + std::string{host_field->value.at, host_field->value.len};
    }
    if (shunt_form_find(&query, "name", room, sizeof room, &name) == SHUNT_OK) {
        text += " and " + std::string{name.at, name.len};
    }
    if (const auto status = shunt_response_body(response, "text/plain", text.data(), text.size())) {
        std::fprintf(stderr, "%s\n", shunt_status_name(status));
    }
}

int serve(const char *address)
{
    struct Destroy {
        void operator()(shunt_server *server) const { shunt_server_destroy(server); }
    };
    const std::string greeting = "Hello from C++";
    const char *const upgrade[] = {"mirror", nullptr};
    shunt_route route{};
    shunt_server *made = nullptr;

    route.size = sizeof route;
    route.path = "/";
    route.handler = greet;
    route.arg = const_cast<std::string *>(&greeting);
    route.upgrade = upgrade;
    if (shunt_server_create(&made) != SHUNT_OK) {
        return 1;
    }
    const std::unique_ptr<shunt_server, Destroy> server{made};
    const auto ready = [](void *arg) {
        std::printf("port %u\n", shunt_server_port(static_cast<shunt_server *>(arg), 0));
        std::fflush(stdout);
    };

    running = made;
    std::signal(SIGTERM, [](int) { shunt_server_stop(running); });
    if (shunt_server_plugin_add(made, &plugin, nullptr) != SHUNT_OK ||
        shunt_server_route(made, &route) != SHUNT_OK ||
        shunt_server_listen(made, address) != SHUNT_OK ||
        shunt_server_run(made, ready, made) != SHUNT_OK) {
        std::fprintf(stderr, "%s\n", shunt_server_error(made));
        return 1;
    }
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    return serve(argc > 1 ? argv[1] : "127.0.0.1:0");
}
