/* Who a request comes from, with and without proxies in front. */
#include "conformance/server_fixture.h"

#include <unistd.h>

static void answer_client(void *arg, const struct shunt_request *request,
                          struct shunt_response *response)
{
    char text[46] = "?", small[4];

    (void)arg;
    if (shunt_request_client(request, text, sizeof text) == SHUNT_OK) {
        cr_expect_eq(shunt_request_client(request, small, sizeof small), SHUNT_ETOOBIG);
    }
    cr_expect_eq(shunt_response_body(response, "text/plain", text, strlen(text)), SHUNT_OK);
}

static void clients_open(struct server *s, enum io_backend backend, const char *proxy,
                         enum shunt_forwarded field)
{
    static const struct shunt_route route = {
        .size = sizeof route, .path = "/client", .handler = answer_client};
    const char *const proxies[] = {proxy, "192.0.2.0/24", NULL};

    server_create(s, backend);
    cr_assert_eq(shunt_server_route(s->server, &route), SHUNT_OK);
    if (proxy) {
        cr_assert_eq(shunt_server_trust(s->server, proxies, field), SHUNT_OK);
    }
    server_start(s);
}

static void expect_client(const struct server *s, const char *fields, const char *want)
{
    char request[512] = "GET /client HTTP/1.1\r\nHost: a\r\n";
    struct answer answer;
    int fd = client_open(s);

    strcat(strcat(request, fields), "\r\n");
    client_send(fd, request);
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, want, "%s: %s", fields, answer.body);
    close(fd);
}

CLOSING_SERVER(without_trust_the_peer_is_the_client)
{
    clients_open(s, backend, NULL, SHUNT_FORWARDED);
    expect_client(s, "X-Forwarded-For: 198.51.100.1\r\nForwarded: for=198.51.100.2\r\n",
                  "127.0.0.1");
}

CLOSING_SERVER(a_peer_that_is_not_trusted_is_the_client)
{
    clients_open(s, backend, "10.0.0.0/8", SHUNT_X_FORWARDED_FOR);
    expect_client(s, "X-Forwarded-For: 198.51.100.1\r\n", "127.0.0.1");
}

CLOSING_SERVER(a_trusted_peer_names_the_client_in_its_field)
{
    clients_open(s, backend, "127.0.0.0/8", SHUNT_X_FORWARDED_FOR);
    expect_client(s, "X-Forwarded-For: 198.51.100.1\r\nForwarded: for=198.51.100.2\r\n",
                  "198.51.100.1");
    expect_client(s, "X-Forwarded-For: 1.2.3.4, 198.51.100.1, 192.0.2.7\r\n", "198.51.100.1");
    expect_client(s, "X-Forwarded-For: 2001:DB8::1\r\n", "2001:db8::1");
    expect_client(s, "X-Forwarded-For: me\r\n", "?");
    expect_client(s, "", "127.0.0.1");
}

CLOSING_SERVER(the_field_may_be_forwarded)
{
    clients_open(s, backend, "127.0.0.1", SHUNT_FORWARDED);
    expect_client(s, "X-Forwarded-For: 198.51.100.1\r\nForwarded: for=\"[2001:db8::2]:80\"\r\n",
                  "2001:db8::2");
    expect_client(s, "Forwarded: for=_hidden\r\n", "?");
}

SERVER_TEST(what_is_no_prefix_is_refused_at_the_call)
{
    const char *const wrong[] = {"::1", "127.0.0.1/8", NULL};
    struct server s;

    server_create(&s, backend);
    cr_expect_eq(shunt_server_trust(s.server, wrong, SHUNT_FORWARDED), SHUNT_EINVAL);
    cr_expect(strstr(shunt_server_error(s.server), "trusted[1]: expected an address, a prefix"),
              "%s", shunt_server_error(s.server));
    shunt_server_destroy(s.server);
}
