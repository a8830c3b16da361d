// A plugin in C++11: the protocol `hello` once more, which greets with the path and sends every byte
// back in upper case; and of the same name a handler for plain requests, and a filter.
#include <shunt/fields.h>
#include <shunt/plugin.h>

#include <cctype>
#include <memory>
#include <new>
#include <string>

namespace {

const shunt_host *host;

std::string text_of(shunt_span span)
{
    return std::string(span.at ? span.at : "", span.len);
}

std::string upper(std::string text)
{
    for (char &byte : text) {
        byte = static_cast<char>(std::toupper(static_cast<unsigned char>(byte)));
    }
    return text;
}

// ---- the protocol ----

class Hello {
public:
    static void open(void *, shunt_stream *stream) noexcept
    {
        new (host->state(stream)) Hello;
        write(stream, "hello, " + text_of(host->request(stream)->path) + "\n");
    }

    static void data(shunt_stream *stream, std::uint8_t *bytes, std::size_t len) noexcept
    {
        write(stream, upper(std::string(reinterpret_cast<const char *>(bytes), len)));
        static_cast<Hello *>(host->state(stream))->bytes += len;
    }

    static void drained(shunt_stream *stream) noexcept { host->resume(stream); }

    static void close(shunt_stream *stream, shunt_close_reason reason) noexcept
    {
        auto *self = static_cast<Hello *>(host->state(stream));

        host->log(SHUNT_LOG_DEBUG, "hello: %zu bytes, reason %d", self->bytes,
                  static_cast<int>(reason));
        self->~Hello();
    }

    static shunt_protocol protocol()
    {
        auto made = shunt_protocol(); // all zero, whatever later minors append

        made.size = sizeof made;
        made.token = "hello";
        made.open = open;
        made.data = data;
        made.drained = drained;
        made.close = close;
        return made;
    }

private:
    static void write(shunt_stream *stream, const std::string &text)
    {
        if (host->write(stream, text.data(), text.size()) == SHUNT_AGAIN) {
            host->pause(stream);
        }
    }

    std::size_t bytes = 0;
};

static_assert(sizeof(Hello) <= SHUNT_STREAM_STATE_BYTES, "must fit the slot");

// ---- the handler ----

class Greeter {
public:
    // What a route is to be greeted with; freed by destroy().
    static shunt_status create(void *, const shunt_settings *settings, void **state, char *,
                               std::size_t) noexcept
    {
        const char *greeting = host->setting(settings, "greeting");

        *state = new (std::nothrow) Greeter(greeting ? greeting : "hello");
        return *state ? SHUNT_OK : SHUNT_ENOMEM;
    }

    static void destroy(void *state) noexcept { delete static_cast<Greeter *>(state); }

    static void answer(void *state, const shunt_request *request, shunt_response *response) noexcept
    {
        const auto *self = static_cast<const Greeter *>(state);
        shunt_span query = request->query, name = shunt_span();
        char room[64];

        if (shunt_form_find(&query, "name", room, sizeof room, &name) == SHUNT_OK) {
            const std::string text = self->greeting + ", " + upper(text_of(name));

            if (shunt_response_body(response, "text/plain", text.data(), text.size()) == SHUNT_OK) {
                return;
            }
        }
        if (shunt_response_status(response, 400) != SHUNT_OK) {
            host->log(SHUNT_LOG_ERROR, "hello: 400 is no status");
        }
    }

    static shunt_http_handler handler()
    {
        auto made = shunt_http_handler();

        made.size = sizeof made;
        made.name = "hello";
        made.handler = answer;
        made.create = create;
        made.destroy = destroy;
        return made;
    }

private:
    explicit Greeter(const char *text) : greeting(text) {}

    std::string greeting;
};

// ---- the filter ----

shunt_filter filter()
{
    auto made = shunt_filter();

    made.size = sizeof made;
    made.name = "hello";
    made.after = [](void *, const shunt_request *, shunt_response *response) {
        const std::string status = std::to_string(shunt_response_status_get(response));

        if (shunt_response_field(response, "Was", status.c_str()) != SHUNT_OK) {
            host->log(SHUNT_LOG_ERROR, "hello: no room for a field");
        }
    };
    return made;
}

// ---- the plugin ----

const shunt_protocol hello = Hello::protocol();
const shunt_protocol *const protocols[] = {&hello, nullptr};
const shunt_http_handler greeter = Greeter::handler();
const shunt_http_handler *const handlers[] = {&greeter, nullptr};
const shunt_filter witness = filter();
const shunt_filter *const filters[] = {&witness, nullptr};

shunt_plugin plugin()
{
    auto made = shunt_plugin();

    made.size = sizeof made;
    made.abi_major = SHUNT_ABI_MAJOR;
    made.abi_minor = SHUNT_ABI_MINOR;
    made.name = "hello";
    made.version = "1.0";
    made.init = [](const shunt_host *given, const shunt_settings *, void **) {
        host = given;
        return SHUNT_HAS(host, calls) ? SHUNT_OK : SHUNT_ENOTSUP;
    };
    made.protocols = protocols;
    made.handlers = handlers;
    made.filters = filters;
    return made;
}

} // namespace

SHUNT_PLUGIN = plugin();
