/* Refusals: which request gets which, whatever its method and however its bytes are cut. */
#include "unit/http1/fixture.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* Small, so that rows that pass them stay short. */
static void open_small(struct http *http, enum io_backend backend)
{
    http_open(http, backend, NULL);
    http->context.exchange.limits.http.target_bytes_max = 32;
    http->context.exchange.limits.http.head_bytes_max = 128;
    http->context.exchange.limits.http.fields_max = 4;
    http->context.exchange.limits.body_bytes_max = 16;
}

/* The answer to `request`, sent on a connection of its own in two pieces. */
static const char *ask_cut(struct http *http, const char *request, size_t cut)
{
    close(http->far);
    loop_turn(http->loop, 3);
    http->conn = loop_conn(http->loop, &http->far);
    cr_assert_eq(send(http->far, request, cut, MSG_NOSIGNAL), (ssize_t)cut);
    loop_turn(http->loop, 2);
    (void)!send(http->far, request + cut, strlen(request + cut), MSG_NOSIGNAL);
    return loop_read(http->loop, http->far, NULL);
}

#define TEN      "xxxxxxxxxx"
#define HUNDRED  TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define THOUSAND HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED

BACKEND_TEST(http1_refuse, an_answer_to_head_has_no_content_whatever_is_wrong)
{
    static const struct {
        const char *why, *status, *rest; /* behind the method */
    } rows[] = {
        {"a bad field line", "400", " /text HTTP/1.1\r\nHost : a\r\n\r\n"},
        {"no Host", "400", " /text HTTP/1.1\r\n\r\n"},
        {"a bad chunk", "400",
         " /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"},
        {"a body that is too long", "413",
         " /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 17\r\n\r\n"},
        {"a chunk that is too long", "413",
         " /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n11\r\n"},
        {"a target that is too long", "414",
         " /0123456789012345678901234567890123456789 HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"an expectation", "417", " /text HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n"},
        {"too many fields", "431",
         " /text HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n"},
        {"a chunk extension that is too long", "431",
         " /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;" THOUSAND HUNDRED},
        {"a coding", "501", " /text HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n"},
        {"a version", "505", " /text HTTP/2.0\r\nHost: a\r\n\r\n"},
    };
    struct http http;

    open_small(&http, backend);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char head[2048], post[2048], status[32];
        const char *length, *answer;

        snprintf(head, sizeof head, "HEAD%s", rows[i].rest);
        snprintf(post, sizeof post, "POST%s", rows[i].rest);
        snprintf(status, sizeof status, "HTTP/1.1 %s ", rows[i].status);
        answer = ask_cut(&http, post, 0);
        cr_assert_eq(strncmp(answer, status, strlen(status)), 0, "%s: %s", rows[i].why, answer);
        length = strstr(answer, "Content-Length: ");
        cr_expect(length && length[16] != '0', "%s: others have content: %s", rows[i].why, answer);
        for (size_t cut = 0; cut < strlen(head) && cut < 150; cut++) {
            const char *end;

            answer = ask_cut(&http, head, cut);
            cr_assert_eq(strncmp(answer, status, strlen(status)), 0, "%s, cut at %zu: %s",
                         rows[i].why, cut, answer);
            end = strstr(answer, "\r\n\r\n");
            cr_assert(end && end[4] == '\0', "%s, cut at %zu: %s", rows[i].why, cut, answer);
            length = strstr(answer, "Content-Length: ");
            cr_expect(length && length[16] != '0', "%s: the length GET would have: %s", rows[i].why,
                      answer);
        }
    }
    http_close(&http);
}

BACKEND_TEST(http1_refuse, a_chunk_beyond_the_limit_is_413_when_its_size_is_known)
{
    static const struct {
        const char *why, *chunks, *status; /* NULL: it is waited for more */
    } rows[] = {
        {"all that is allowed", "10\r\n", NULL},
        {"a byte more", "11\r\n", "413"},
        {"the rest of what is allowed", "5\r\nhello\r\nb\r\n", NULL},
        {"a byte more than that", "5\r\nhello\r\nc\r\n", "413"},
        {"the largest chunk", "7fffffffffffffff\r\n", "413"},
        {"one that is no number", "8000000000000000\r\n", "400"},
        {"a size that is not known yet", "7fffffffffffffff", NULL},
    };
    struct http http;

    open_small(&http, backend);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char request[512], status[32];
        size_t len = (size_t)snprintf(request, sizeof request,
                                      "POST /echo HTTP/1.1\r\nHost: a\r\n"
                                      "Transfer-Encoding: chunked\r\n\r\n%s",
                                      rows[i].chunks);

        snprintf(status, sizeof status, "HTTP/1.1 %s ", rows[i].status ? rows[i].status : "");
        for (size_t cut = len - strlen(rows[i].chunks); cut <= len; cut++) {
            const char *answer = ask_cut(&http, request, cut);

            cr_assert(rows[i].status ? strncmp(answer, status, strlen(status)) == 0
                                     : *answer == '\0',
                      "%s, cut at %zu: %s", rows[i].why, cut, answer);
        }
    }
    http_close(&http);
}

/* The worker's clock is the test's: nobody waits. */
static uint64_t time_ms;

static uint64_t clock_ms(void)
{
    return time_ms;
}

BACKEND_TEST(http1_refuse, a_head_request_that_takes_too_long_gets_408_without_content)
{
    static const struct {
        const char *why, *sent;
        bool content;
    } rows[] = {
        {"an incomplete head", "HEAD /text HTTP/1.1\r\nHo", false},
        {"a body that stops", "HEAD /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab",
         false},
        {"an empty line first", "\r\nHEAD /text", false},
        {"a method that is not known yet", "HEAD", true},
        {"another method", "HEADS /text HTTP/1.1\r\n", true},
    };
    struct http http;

    open_small(&http, backend);
    time_ms = http.loop->now_ms + 1;
    http.loop->clock_ms = clock_ms;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *answer = ask_cut(&http, rows[i].sent, 0), *end;

        cr_assert_str_eq(answer, "", "%s", rows[i].why);
        time_ms += 20000;
        answer = loop_read(http.loop, http.far, NULL);
        cr_assert_eq(strncmp(answer, "HTTP/1.1 408 ", 13), 0, "%s: %s", rows[i].why, answer);
        end = strstr(answer, "\r\n\r\n");
        cr_assert_not_null(end);
        cr_expect_eq(end[4] != '\0', rows[i].content, "%s: %s", rows[i].why, answer);
    }
    http_close(&http);
}
