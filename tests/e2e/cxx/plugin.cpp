// The protocol `hello` once more: greets with the path, sends every byte back in upper case.
#include <shunt/plugin.h>

#include <cctype>
#include <new>
#include <string>
#include <string_view>

namespace {

class Hello {
public:
    static shunt_status init(const shunt_host *given, const shunt_settings *, void **) noexcept
    {
        host = given;
        return SHUNT_HAS(host, post_upgrade) ? SHUNT_OK : SHUNT_ENOTSUP;
    }

    static void open(void *, shunt_stream *stream) noexcept
    {
        const shunt_request *request = host->request(stream);
        const std::string_view path{request->path.at, request->path.len};

        new (host->state(stream)) Hello;
        write(stream, "hello, " + std::string{path} + "\n");
    }

    static void data(shunt_stream *stream, std::uint8_t *bytes, std::size_t len) noexcept
    {
        std::string text;

        for (std::uint8_t byte : std::basic_string_view{bytes, len}) {
            text += static_cast<char>(std::toupper(byte));
        }
        write(stream, text);
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

private:
    static void write(shunt_stream *stream, std::string_view text)
    {
        if (host->write(stream, text.data(), text.size()) == SHUNT_AGAIN) {
            host->pause(stream);
        }
    }

    inline static const shunt_host *host;
    std::size_t bytes = 0;
};

static_assert(sizeof(Hello) <= SHUNT_STREAM_STATE_BYTES, "must fit the slot");

// Members are set one by one, so that a minor which appends one brings no warning.
constexpr shunt_protocol hello = [] {
    shunt_protocol protocol{};

    protocol.size = sizeof protocol;
    protocol.token = "hello";
    protocol.open = Hello::open;
    protocol.data = Hello::data;
    protocol.drained = Hello::drained;
    protocol.close = Hello::close;
    return protocol;
}();
constexpr const shunt_protocol *protocols[] = {&hello, nullptr};

} // namespace

SHUNT_PLUGIN = {
    SHUNT_PLUGIN_HEAD,
    .name = "hello",
    .version = "1.0",
    .init = Hello::init,
    .worker_start = nullptr,
    .worker_stop = nullptr,
    .fini = nullptr,
    .protocols = protocols,
    .services = nullptr,
};
