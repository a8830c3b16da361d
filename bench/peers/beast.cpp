// Boost.Beast: an asynchronous echo as its own examples are built, one thread. PORT is argument 1.
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <cstdlib>
#include <memory>

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
namespace net = boost::asio;
using tcp = net::ip::tcp;

// Bound to the one loop there is, so that nothing asks at run time where a handler goes.
using executor = net::io_context::executor_type;
using stream = beast::basic_stream<tcp, executor>;
using client_socket = net::basic_stream_socket<tcp, executor>;
using acceptor = net::basic_socket_acceptor<tcp, executor>;

namespace
{

class websocket_session : public std::enable_shared_from_this<websocket_session>
{
  public:
    explicit websocket_session(stream &&lower) : ws_(std::move(lower))
    {
        ws_.auto_fragment(false); // a message is one frame and one write
    }

    void run(const http::request<http::empty_body> &request)
    {
        ws_.async_accept(request, [self = shared_from_this()](beast::error_code ec) {
            if (!ec) {
                self->read();
            }
        });
    }

  private:
    void read()
    {
        ws_.async_read(buffer_, [self = shared_from_this()](beast::error_code ec, std::size_t) {
            if (!ec) {
                self->write();
            }
        });
    }

    void write()
    {
        ws_.text(ws_.got_text());
        ws_.async_write(buffer_.data(),
                        [self = shared_from_this()](beast::error_code ec, std::size_t) {
                            self->buffer_.consume(self->buffer_.size());
                            if (!ec) {
                                self->read();
                            }
                        });
    }

    websocket::stream<stream> ws_;
    beast::flat_buffer buffer_;
};

class http_session : public std::enable_shared_from_this<http_session>
{
  public:
    explicit http_session(client_socket &&socket) : stream_(std::move(socket))
    {
    }

    void run()
    {
        request_ = {};
        http::async_read(stream_, buffer_, request_,
                         [self = shared_from_this()](beast::error_code ec, std::size_t) {
                             if (!ec) {
                                 self->handle();
                             }
                         });
    }

  private:
    void handle()
    {
        if (websocket::is_upgrade(request_)) {
            std::make_shared<websocket_session>(std::move(stream_))->run(request_);
            return;
        }
        response_ = {http::status::ok, request_.version()};
        response_.set(http::field::content_type, "text/plain");
        response_.keep_alive(request_.keep_alive());
        response_.body() = "Hello, World!";
        response_.prepare_payload();
        http::async_write(stream_, response_,
                          [self = shared_from_this()](beast::error_code ec, std::size_t) {
                              if (!ec && self->response_.keep_alive()) {
                                  self->run();
                              }
                          });
    }

    stream stream_;
    beast::flat_buffer buffer_;
    http::request<http::empty_body> request_;
    http::response<http::string_body> response_;
};

void accept(acceptor &listener)
{
    listener.async_accept([&listener](beast::error_code ec, client_socket client) {
        if (!ec) {
            client.set_option(tcp::no_delay(true), ec);
            std::make_shared<http_session>(std::move(client))->run();
        }
        accept(listener);
    });
}

} // namespace

int main(int argc, char **argv)
{
    const auto port = static_cast<unsigned short>(argc > 1 ? std::atoi(argv[1]) : 0);
    net::io_context context{1};
    acceptor listener{context, {net::ip::make_address("127.0.0.1"), port}};
    net::signal_set signals{context, SIGINT, SIGTERM};

    listener.listen(4096);
    signals.async_wait([&context](beast::error_code, int) { context.stop(); });
    accept(listener);
    context.run();
    return 0;
}
