/* Trailers of a request: given apart from its fields, whole however its bytes are cut. */
#include "unit/http1/fixture.h"

#include <shunt/http.h>

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* "body|name=value;" with the trailers, and what the fields have under the first one's name. */
static void lists_trailers(void *arg, const struct shunt_request *request,
                           struct shunt_response *response)
{
    char text[512];
    int len = snprintf(text, sizeof text, "%.*s|", (int)request->body.len, request->body.at);

    (void)arg;
    for (size_t i = 0; i < request->trailer_count; i++) {
        const struct shunt_field *field = &request->trailers[i];

        len += snprintf(text + len, sizeof text - (size_t)len, "%.*s=%.*s;", (int)field->name.len,
                        field->name.at, (int)field->value.len, field->value.at);
    }
    cr_expect_null(shunt_request_field(request, "X-Sum", NULL), "merged");
    cr_expect_eq(shunt_response_body(response, "text/plain", text, (size_t)len), SHUNT_OK);
}

#define HEAD "POST /handler HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

BACKEND_TEST(http1_trailers, are_given_apart_wherever_the_request_is_cut)
{
    static const char request[] =
        HEAD "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Sum: 12 \r\nx-other:z\r\n\r\n"
             "GET /text HTTP/1.1\r\nHost: a\r\n\r\n";
    size_t len = sizeof request - 1;
    struct http http;

    http_open(&http, backend, lists_trailers);
    for (size_t cut = 1; cut < len; cut++) {
        const char *answer;

        close(http.far);
        loop_turn(http.loop, 3);
        http.conn = loop_conn(http.loop, &http.far);
        cr_assert_eq(send(http.far, request, cut, MSG_NOSIGNAL), (ssize_t)cut);
        loop_turn(http.loop, 2);
        cr_assert_eq(send(http.far, request + cut, len - cut, MSG_NOSIGNAL), (ssize_t)(len - cut));
        answer = loop_read(http.loop, http.far, NULL);
        cr_expect(strstr(answer, "abcde|X-Sum=12;x-other=z;HTTP/1.1 200"), "cut at %zu: %s", cut,
                  answer);
    }
    http_close(&http);
}

BACKEND_TEST(http1_trailers, over_their_number_are_431)
{
    char request[4096];
    struct http http;

    http_open(&http, backend, lists_trailers);
    for (int count = HTTP_TRAILERS_MAX; count <= HTTP_TRAILERS_MAX + 1; count++) {
        int len = sprintf(request, HEAD "0\r\n");
        bool ended;

        for (int i = 0; i < count; i++) {
            len += sprintf(request + len, "T%d: v\r\n", i);
        }
        sprintf(request + len, "\r\n");
        cr_expect(strstr(http_ask_anew(&http, request, &ended),
                         count == HTTP_TRAILERS_MAX ? "HTTP/1.1 200" : "HTTP/1.1 431"),
                  "%d", count);
        cr_expect_eq(ended, count > HTTP_TRAILERS_MAX);
    }
    http_close(&http);
}
