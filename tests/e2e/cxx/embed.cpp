// A server in a C++11 program: a route with a handler, a plugin that is linked in, RAII. Linked with
// plugin.cpp, compiled with -DSHUNT_PLUGIN_STATIC=hello_plugin.
#include <shunt/fields.h>
#include <shunt/server.h>
#include <shunt/timers.h>
#include <shunt/websocket.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <string>

extern const shunt_plugin hello_plugin;

namespace {

const shunt_host *host;
shunt_server *running;

shunt_protocol mirror_make()
{
    auto protocol = shunt_protocol();

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
}

const shunt_protocol mirror = mirror_make();
const shunt_protocol *const protocols[] = {&mirror, nullptr};

// A WebSocket service, as far as the compiler sees one.
shunt_websocket_service echo_make()
{
    auto table = shunt_websocket_service();

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
}

const shunt_websocket_service echo = echo_make();

shunt_service service_make()
{
    auto given = shunt_service();

    given.size = sizeof given;
    given.version = SHUNT_WEBSOCKET_VERSION;
    given.interface = SHUNT_WEBSOCKET_INTERFACE;
    given.name = "echo";
    given.table = &echo;
    return given;
}

const shunt_service service = service_make();
const shunt_service *const services[] = {&service, nullptr};

shunt_plugin plugin_make()
{
    auto made = shunt_plugin();

    made.size = sizeof made;
    made.abi_major = SHUNT_ABI_MAJOR;
    made.abi_minor = SHUNT_ABI_MINOR;
    made.name = "mirror";
    made.version = "1.0";
    made.init = [](const shunt_host *given, const shunt_settings *, void **) {
        host = given;
        return SHUNT_OK;
    };
    made.protocols = protocols;
    made.services = services;
    return made;
}

#if __cplusplus >= 202002L
// As C has it, where each member that there is today is named.
constexpr shunt_http_handler designated = {
    .size = sizeof designated,
    .flags = 0,
    .name = "designated",
    .handler = [](void *, const shunt_request *, shunt_response *) {},
    .create = nullptr,
    .destroy = nullptr,
};
static_assert(designated.size == sizeof designated, "its own");
#endif

void greet(void *arg, const shunt_request *request, shunt_response *response)
{
    const auto &greeting = *static_cast<const std::string *>(arg);
    const shunt_field *host_field = shunt_request_field(request, "Host", nullptr);
    std::string text = greeting;
    shunt_span query = request->query, name = shunt_span();
    char room[64];

    if (host_field && shunt_span_equal_nocase(host_field->value, shunt_span_of("cxx"))) {
        text += " for " + std::string(host_field->value.at, host_field->value.len);
    }
    if (shunt_form_find(&query, "name", room, sizeof room, &name) == SHUNT_OK) {
        text += " and " + std::string(name.at, name.len);
    }
    if (const auto status = shunt_response_body(response, "text/plain", text.data(), text.size())) {
        std::fprintf(stderr, "%s\n", shunt_status_name(status));
    }
}

shunt_status routes_add(shunt_server *server, const std::string &greeting)
{
    const char *const upgrade[] = {"mirror", "hello", nullptr};
    auto route = shunt_route(), plugins = shunt_route();

    route.size = plugins.size = sizeof route;
    route.path = "/";
    route.handler = greet;
    route.arg = const_cast<std::string *>(&greeting);
    route.upgrade = upgrade;
    plugins.path = "/hello";
    plugins.handler_name = "hello";
    if (const auto status = shunt_server_route(server, &route)) {
        return status;
    }
    return shunt_server_route(server, &plugins);
}

int serve(const char *address)
{
    struct Destroy {
        void operator()(shunt_server *server) const { shunt_server_destroy(server); }
    };
    const std::string greeting = "Hello from C++";
    const shunt_plugin plugin = plugin_make();
    shunt_server *made = nullptr;

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
        shunt_server_plugin_add(made, &hello_plugin, nullptr) != SHUNT_OK ||
        routes_add(made, greeting) != SHUNT_OK ||
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
