#include "exchange/log_line.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPAN(text) ((struct shunt_span){text, sizeof(text) - 1})

static const struct shunt_field fields[] = {
    {{"Host", 4}, {"example.org", 11}}, {{"referer", 7}, {"http://a/\"b", 11}},
    {{"X-Two", 5}, {"1", 1}},           {{"X-Two", 5}, {"2", 1}},
    {{"X-Empty", 7}, {"", 0}},
};
static const char head[] = "GET /a?b=c HTTP/1.1";
static struct shunt_request request;
static struct shunt_response response;
static struct exchange_done done;
static struct exchange_log_second second;
static struct exchange_log_line line;

static void set_up(void)
{
    static char set[] = "X-Id: 7\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n";

    request = (struct shunt_request){
        .version_minor = 1,
        .method = {head, 3},
        .target = {head + 4, 6},
        .path = {head + 4, 2},
        .query = {head + 7, 3},
        .host = SPAN("example.org"),
        .pattern = SPAN("/{x}"),
        .fields = fields,
        .field_count = sizeof fields / sizeof *fields,
    };
    response.content_type = "text/plain";
    response.fields.at = set;
    response.fields.len = sizeof set - 1;
    done = (struct exchange_done){
        .end = EXCHANGE_ANSWERED,
        .request = &request,
        .response = &response,
        .status = 200,
        .body_bytes = 1234,
        .connection = 5,
        .number = 2,
    };
    second = (struct exchange_log_second){.number = 0};
    line = (struct exchange_log_line){
        .done = &done,
        .client = SPAN("192.0.2.1"),
        .peer = SPAN("10.0.0.1"),
        .peer_port = 4711,
        .wall_ns = UINT64_C(1769862896007000000),
        .duration_ns = 1234567890,
        .worker = 3,
        .second = &second,
    };
}

TestSuite(exchange_log_line, .init = set_up);

/* Static; without its line feed. */
static const char *written(const char *text)
{
    static char out[EXCHANGE_LOG_LINE_BYTES_MAX + 1];
    struct exchange_log_format *format;
    char error[256];
    size_t len;

    cr_assert_eq(exchange_log_format_create(text, &format, error, sizeof error), SHUNT_OK, "%s",
                 error);
    len = exchange_log_line_write(format, &line, out);
    exchange_log_format_destroy(format);
    cr_assert_eq(out[len - 1], '\n');
    out[len - 1] = '\0';
    cr_assert_eq(strlen(out), len - 1);
    return out;
}

Test(exchange_log_line, has_each_value)
{
    static const struct {
        const char *format, *want;
    } rows[] = {
        {"${client} ${peer}", "192.0.2.1 10.0.0.1"},
        {"${peer.port}", "4711"},
        {"${time}", "2026-01-31T12:34:56.007Z"},
        {"${time.common}", "31/Jan/2026:12:34:56 +0000"},
        {"${time.s}", "1769862896.007"},
        {"${request}", "GET /a?b=c HTTP/1.1"},
        {"${method} ${target} ${path} ${query} ${version}", "GET /a?b=c /a b=c HTTP/1.1"},
        {"${host}", "example.org"},
        {"${status} ${bytes}", "200 1234"},
        {"${duration} ${duration.us}", "1.234567 1234567"},
        {"${request.Referer}", "http://a/\\x22b"},
        {"${request.X-Two} ${request.x-empty} ${request.none}", "1, 2 - -"},
        {"${response.X-Id} ${response.x-id} ${response.X-I}", "7 7 -"},
        {"${response.Set-Cookie} ${response.Content-Type}", "a=1, b=2 text/plain"},
        {"${route} ${protocol} ${end}", "/{x} - answered"},
        {"${worker} ${connection} ${number} ${deferred}", "3 5 2 0"},
        {"$$${status}$$", "$200$"},
        {"common", "192.0.2.1 - - [31/Jan/2026:12:34:56 +0000] \"GET /a?b=c HTTP/1.1\" 200 1234"},
        {"combined", "192.0.2.1 - - [31/Jan/2026:12:34:56 +0000] \"GET /a?b=c HTTP/1.1\" 200 1234 "
                     "\"http://a/\\x22b\" \"-\""},
        {"json",
         "{\"time\":\"2026-01-31T12:34:56.007Z\",\"client\":\"192.0.2.1\",\"peer\":\"10.0.0.1\","
         "\"method\":\"GET\","
         "\"target\":\"/a?b=c\",\"version\":\"HTTP/1.1\",\"host\":\"example.org\",\"status\":200,"
         "\"bytes\":1234,\"duration\":1.234567,\"referer\":\"http://a/\\\"b\",\"user_agent\":\"\","
         "\"route\":\"/{x}\",\"protocol\":\"\",\"end\":\"answered\",\"worker\":3,"
         "\"connection\":5,\"number\":2}"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_str_eq(written(rows[i].format), rows[i].want, "%s", rows[i].format);
    }
}

Test(exchange_log_line, has_what_came_of_a_request_that_was_none)
{
    static const struct {
        const char *why;
        struct shunt_span bytes;
        const char *want;
    } rows[] = {
        {"nothing", {"", 0}, "400 - - -"},
        {"half a line", {"GET /a", 6}, "400 GET /a - -"},
        {"a whole line", {"GET /a HTTP/1.1\r\nHo", 19}, "400 GET /a HTTP/1.1 - -"},
        {"no text", {"\x16\x03\x01\"\n", 5}, "400 \\x16\\x03\\x01\\x22 - -"},
    };

    done = (struct exchange_done){.end = EXCHANGE_REFUSED, .status = 400};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        done.bytes = rows[i].bytes;
        cr_expect_str_eq(written("${status} ${request} ${path} ${request.Host}"), rows[i].want,
                         "%s", rows[i].why);
    }
}

Test(exchange_log_line, has_a_status_where_there_was_no_answer)
{
    done.status = 0;
    done.response = NULL;
    done.end = EXCHANGE_LEFT;
    cr_expect_str_eq(written("${status} ${end} ${response.X-Id}"), "499 left -");
    done.end = EXCHANGE_DROPPED;
    cr_expect_str_eq(written("${status} ${end}"), "444 dropped");
}

/* A value that is too long is cut, and what follows it is still there. */
Test(exchange_log_line, is_bounded_and_stays_whole)
{
    static char text[20000], format[EXCHANGE_LOG_FORMAT_BYTES_MAX];
    const char *out;

    memset(text, '\x01', sizeof text);
    request.path = (struct shunt_span){text, sizeof text};
    out = written("{\"a\":\"${path}\",\"b\":${status}}");
    cr_expect_leq(strlen(out), EXCHANGE_LOG_VALUE_BYTES_MAX + 30);
    cr_expect_not_null(strstr(out, "\\u0001...\",\"b\":200}"));
    *format = '\0';
    for (unsigned i = 0; i < 100; i++) {
        strcat(format, "${path}|");
    }
    strcat(format, "${status}");
    out = written(format);
    cr_expect_lt(strlen(out), EXCHANGE_LOG_LINE_BYTES_MAX);
    cr_expect_str_eq(out + strlen(out) - 4, "|200");
}

Test(exchange_log_line, a_second_is_made_anew_when_another_has_begun)
{
    cr_expect_str_eq(written("${time}"), "2026-01-31T12:34:56.007Z");
    line.wall_ns += UINT64_C(4000000000);
    cr_expect_str_eq(written("${time}"), "2026-01-31T12:35:00.007Z");
    cr_expect_str_eq(written("${time.common}"), "31/Jan/2026:12:35:00 +0000");
}
