#include "wire/reply.h"

#include "support/guard.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* What a stream cut at `cut` gives: a D for each whole response, L for a last one, ! and the kind
 * for a failure, + when the connection's end would end one. */
static void verdict_of(const char *text, size_t cut, char *out)
{
    struct reply reply = {.left = 0};
    size_t len = strlen(text), starts[2] = {0, cut}, ends[2] = {cut, len};
    enum failure failure;

    for (int i = 0; i < 2; i++) {
        struct shunt_span in = guard_page_copy(text + starts[i], ends[i] - starts[i]);

        while (in.len) {
            enum reply_event event = reply_next(&reply, &in, &failure);

            if (event == REPLY_BAD) {
                sprintf(out, "!%s", failure_name(failure));
                reply_fini(&reply);
                return;
            }
            if (event == REPLY_DONE) {
                *out++ = reply.last ? 'L' : 'D';
            }
        }
    }
    if (reply_ends_here(&reply)) {
        *out++ = '+';
    }
    *out = '\0';
    reply_fini(&reply);
}

Test(bench_reply, finds_the_end_of_each_response_however_it_is_cut)
{
    static const struct {
        const char *why, *text, *want;
    } rows[] = {
        {"a length", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "D"},
        {"another case and spaces", "HTTP/1.1 200 OK\r\ncontent-length:3  \r\n\r\nabc", "D"},
        {"two", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 204 No\r\n\r\n", "DD"},
        {"an empty body", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "D"},
        {"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
         "D"},
        {"an interim response", "HTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 204 N\r\n\r\n", "D"},
        {"304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "D"},
        {"the last one", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", "L"},
        {"up to the end", "HTTP/1.1 200 OK\r\n\r\nabc", "+"},
        {"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", "L"},
        {"404", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "!wrong_status"},
        {"101", "HTTP/1.1 101 Switching\r\n\r\n", "!wrong_status"},
        {"not HTTP", "220 mail ESMTP\r\n\r\n", "!bad_response"},
        {"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
         "!bad_response"},
        {"no number", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "!bad_response"},
        {"another coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "!bad_response"},
        {"a line without a colon", "HTTP/1.1 200 OK\r\nabc\r\n\r\n", "!bad_response"},
        {"a broken chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
         "!bad_response"},
    };
    char out[64];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t cut = 0; cut <= strlen(rows[i].text); cut++) {
            verdict_of(rows[i].text, cut, out);
            cr_expect_str_eq(out, rows[i].want, "%s, cut at %zu: %s", rows[i].why, cut, out);
        }
    }
}

Test(bench_reply, a_head_without_end_is_given_up)
{
    static char endless[REPLY_HEAD_BYTES_MAX + 100];
    struct reply reply = {.left = 0};
    enum failure failure = FAILURES;
    enum reply_event event = REPLY_MORE;

    memset(endless, 'x', sizeof endless);
    memcpy(endless, "HTTP/1.1 200 OK\r\nX: ", 20);
    for (size_t at = 0; at < sizeof endless && event == REPLY_MORE; at += 1000) {
        size_t left = sizeof endless - at;
        struct shunt_span in = {endless + at, left < 1000 ? left : 1000};

        event = reply_next(&reply, &in, &failure);
    }
    cr_expect_eq(event, REPLY_BAD);
    cr_expect_eq(failure, FAILURE_BAD_RESPONSE);
    reply_fini(&reply);
}

Test(bench_reply, knows_whether_a_response_has_begun)
{
    struct reply reply = {.left = 0};
    struct shunt_span in = guard_page_copy("HTT", 3);
    enum failure failure;

    cr_expect_not(reply_begun(&reply));
    cr_assert_eq(reply_next(&reply, &in, &failure), REPLY_MORE);
    cr_expect(reply_begun(&reply));
    reply_reset(&reply);
    cr_expect_not(reply_begun(&reply));
    reply_fini(&reply);
}

Test(bench_reply, final_statuses_are_counted_once_and_interim_ones_not)
{
    uint64_t statuses[1000] = {0}, sum = 0;
    struct reply reply = {.statuses = statuses};
    struct shunt_span in = shunt_span_of("HTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 204 N\r\n\r\n"
                                         "HTTP/1.1 204 N\r\n\r\nHTTP/1.1 999 X\r\n\r\n");
    enum failure failure;

    cr_expect_eq(reply_next(&reply, &in, &failure), REPLY_DONE);
    cr_expect_eq(reply_next(&reply, &in, &failure), REPLY_DONE);
    cr_expect_eq(reply_next(&reply, &in, &failure), REPLY_BAD);
    reply_reset(&reply);
    in = shunt_span_of("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na");
    cr_expect_eq(reply_next(&reply, &in, &failure), REPLY_DONE);
    reply_fini(&reply);
    for (int i = 0; i < 1000; i++) {
        sum += statuses[i];
    }
    cr_expect_eq(statuses[204], 2);
    cr_expect_eq(statuses[999], 1);
    cr_expect_eq(statuses[200], 1);
    cr_expect_eq(sum, 4);
}

Test(bench_reply, an_answer_to_head_ends_behind_its_fields_on_each_connection)
{
    struct reply reply = {.bodiless = true};
    enum failure failure;

    for (int i = 0; i < 2; i++) {
        struct shunt_span in = shunt_span_of("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
                                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                             "HTTP/1.1 200 OK\r\n\r\n");

        for (int j = 0; j < 3; j++) {
            cr_expect_eq(reply_next(&reply, &in, &failure), REPLY_DONE, "%d", j);
            cr_expect_not(reply.last, "%d", j);
        }
        cr_expect_eq(in.len, 0);
        reply_reset(&reply);
    }
    reply_fini(&reply);
}
