/* A folder on a route: paths, conditions, ranges, codings, and how long an open file is believed. */
#include "conformance/server_fixture.h"
#include "support/files.h"

#include <fcntl.h>
#include <shunt/files.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BIG = 50000 };

static char big[BIG];
static struct shunt_folder *folder;

static void file_write(const char *name, const char *bytes, size_t len)
{
    char path[64];

    snprintf(path, sizeof path, "root/%s", name);
    files_write(path, bytes, len);
}

/* Its last change lies two seconds back, so that dates are strong (RFC 9110 section 8.8.2.2). */
static void file_age(const char *name)
{
    const struct timespec times[2] = {{.tv_sec = time(NULL) - 2}, {.tv_sec = time(NULL) - 2}};
    char path[64];

    snprintf(path, sizeof path, "root/%s", name);
    cr_assert_eq(utimensat(AT_FDCWD, files_path(path), times, 0), 0);
}

static void tree_make(void)
{
    files_make();
    for (size_t i = 0; i < BIG; i++) {
        big[i] = (char)('!' + i * 2654435761u % 90);
    }
    cr_assert_eq(mkdir(files_path("root"), 0755), 0);
    cr_assert_eq(mkdir(files_path("root/down"), 0755), 0);
    cr_assert_eq(mkdir(files_path("root/empty"), 0755), 0);
    files_write_text("secret", "secret");
    file_write("index.html", "the index", 9);
    file_write("down/index.html", "down", 4);
    file_write("a.txt", "0123456789", 10);
    file_write("big.bin", big, BIG);
    file_write("nothing.css", "", 0);
    file_write(".hidden", "x", 1);
    file_write("new\nline.txt", "n", 1);
    file_write("p.js", "plain", 5);
    file_write("p.js.br", "brotli", 6);
    file_write("p.js.gz", "gzipped", 7);
    file_write("old.js.gz", "stale", 5);
    file_age("old.js.gz");
    file_write("old.js", "newer", 5);
    cr_assert_eq(symlink("../secret", files_path("root/link.txt")), 0);
    cr_assert_eq(mkfifo(files_path("root/fifo.txt"), 0644), 0);
    file_age("a.txt");
}

static void folder_server_open(struct server *s, enum io_backend backend, uint32_t valid_ms,
                               uint32_t open_max)
{
    const struct shunt_folder_options options = {.size = sizeof options,
                                                 .path = files_path("root"),
                                                 .cache_control = "max-age=60",
                                                 .precompressed = true};
    struct shunt_route route = {
        .size = sizeof route, .path = "/s/{rest...}", .handler = shunt_folder_serve};

    cr_assert_eq(shunt_folder_create(&options, &folder, NULL, 0), SHUNT_OK);
    route.arg = folder;
    server_create(s, backend);
    cr_assert_eq(shunt_server_route(s->server, &route), SHUNT_OK);
    route.path = "/a.txt";
    cr_assert_eq(shunt_server_route(s->server, &route), SHUNT_OK);
    server_config(s->server)->timeouts.open_file_ms = valid_ms;
    server_config(s->server)->limits.open_files_max = open_max;
    server_log_keep(s);
    server_start(s);
}

static void folder_server_close(struct server *s)
{
    server_close(s);
    close(s->log);
    shunt_folder_destroy(folder);
    files_remove();
}

#define FOLDER_TEST(name, valid_ms, open_max)                                                      \
    static void folder_test_##name(struct server *s, int fd);                                      \
    SERVER_TEST(name)                                                                              \
    {                                                                                              \
        struct server server;                                                                      \
        int fd;                                                                                    \
        tree_make();                                                                               \
        folder_server_open(&server, backend, valid_ms, open_max);                                  \
        fd = client_open(&server);                                                                 \
        folder_test_##name(&server, fd);                                                           \
        close(fd);                                                                                 \
        folder_server_close(&server);                                                              \
    }                                                                                              \
    static void folder_test_##name(__attribute__((unused)) struct server *s,                       \
                                   __attribute__((unused)) int fd)

/* `more` are field lines, each with CRLF. */
static struct answer *ask(int fd, const char *method, const char *path, const char *more)
{
    static struct answer answer;
    char request[1024];

    snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: a\r\n%s\r\n", method, path, more);
    client_send(fd, request);
    answer.body_len = 0;
    answer.body[0] = '\0';
    if (strcmp(method, "HEAD") == 0) {
        client_head(fd, &answer);
    } else {
        client_answer(fd, &answer);
    }
    return &answer;
}

/* The value of a field in the last answer; static. */
static const char *value_of(const struct answer *answer, const char *name)
{
    static char value[200];
    char start[64];
    const char *at;

    snprintf(start, sizeof start, "\r\n%s: ", name);
    at = strstr(answer->head, start);
    cr_assert(at, "no %s in %s", name, answer->head);
    at += strlen(start);
    snprintf(value, sizeof value, "%.*s", (int)strcspn(at, "\r"), at);
    return value;
}

FOLDER_TEST(files_of_a_folder_are_served_by_their_paths, 1000, 512)
{
    static const struct {
        const char *path;
        unsigned status;
        const char *body, *field;
    } rows[] = {
        {"/s/a.txt", 200, "0123456789", "Content-Type: text/plain; charset=utf-8"},
        {"/s/a.txt?x=y", 200, "0123456789", "Accept-Ranges: bytes"},
        {"/s/%61.txt", 200, "0123456789", "Cache-Control: max-age=60"},
        {"/a.txt", 200, "0123456789", "Content-Length: 10"},
        {"/s/", 200, "the index", "Content-Type: text/html; charset=utf-8"},
        {"/s/down/", 200, "down", "Content-Length: 4"},
        {"/s/down", 301, "Moved Permanently\n", "Location: /s/down/"},
        {"/s/down?a=b", 301, "Moved Permanently\n", "Location: /s/down/?a=b"},
        {"/s/d%6fwn", 301, "Moved Permanently\n", "Location: /s/d%6fwn/"},
        {"/s/nothing.css", 200, "", "Content-Length: 0"},
        {"/s/new%0Aline.txt", 200, "n", "Content-Length: 1"},
        {"/s/empty/", 404, "Not Found\n", ""},
        {"/s/none", 404, "Not Found\n", ""},
        {"/s/a.txt/", 404, "Not Found\n", ""},
        {"/s/a.txt/b", 404, "Not Found\n", ""},
        {"/s/.hidden", 404, "Not Found\n", ""},
        {"/s/link.txt", 404, "Not Found\n", ""},
        {"/s/fifo.txt", 404, "Not Found\n", ""},
        {"/s/../secret", 404, "Not Found\n", ""},
        {"/s/%2e%2e/secret", 404, "Not Found\n", ""},
        {"/s/%2e%2e%2fsecret", 404, "Not Found\n", ""},
        {"/s/down/%2e%2e/%2e%2e/secret", 404, "Not Found\n", ""},
        {"/s//etc/passwd", 404, "Not Found\n", ""},
        {"/s/down%2findex.html", 404, "Not Found\n", ""},
        {"/s/a.txt%00.html", 400, "Bad Request\n", ""},
        {"/s/a%zz", 400, "Bad Request\n", ""},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct answer *answer = ask(fd, "GET", rows[i].path, "");

        cr_expect_eq(answer->status, rows[i].status, "%s: %u", rows[i].path, answer->status);
        cr_expect_str_eq(answer->body, rows[i].body, "%s", rows[i].path);
        cr_expect(!*rows[i].field || answer_has(answer, rows[i].field), "%s: %s", rows[i].path,
                  answer->head);
    }
    cr_expect_geq(server_counter(s, "session.file_refusals"), 9);
}

FOLDER_TEST(head_has_the_fields_of_get_and_other_methods_are_405, 1000, 512)
{
    struct answer *answer = ask(fd, "HEAD", "/s/big.bin", "Range: bytes=0-1\r\n");

    cr_expect_eq(answer->status, 200);
    cr_expect(answer_has(answer, "Content-Length: 50000"));
    cr_expect(answer_has(answer, "Accept-Ranges: bytes"));
    answer = ask(fd, "DELETE", "/s/a.txt", "");
    cr_expect_eq(answer->status, 405);
    cr_expect(answer_has(answer, "Allow: GET, HEAD"));
}

FOLDER_TEST(conditions_are_held_against_the_file, 1000, 512)
{
    static const struct {
        const char *field;
        bool date;
        const char *other; /* in place of the file's own */
        unsigned status;
    } rows[] = {
        {"If-None-Match", false, NULL, 304},
        {"If-None-Match", false, "\"a\"", 200},
        {"If-None-Match", false, "*", 304},
        {"If-Match", false, NULL, 200},
        {"If-Match", false, "\"a\"", 412},
        {"If-Modified-Since", true, NULL, 304},
        {"If-Modified-Since", true, "Sun, 06 Nov 1994 08:49:37 GMT", 200},
        {"If-Unmodified-Since", true, NULL, 200},
        {"If-Unmodified-Since", true, "Sun, 06 Nov 1994 08:49:37 GMT", 412},
    };
    char etag[100], date[100], more[300];

    snprintf(etag, sizeof etag, "%s", value_of(ask(fd, "GET", "/s/a.txt", ""), "ETag"));
    snprintf(date, sizeof date, "%s", value_of(ask(fd, "GET", "/s/a.txt", ""), "Last-Modified"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *value = rows[i].other ? rows[i].other : rows[i].date ? date : etag;
        struct answer *answer;

        snprintf(more, sizeof more, "%s: %s\r\n", rows[i].field, value);
        answer = ask(fd, rows[i].status == 304 ? "HEAD" : "GET", "/s/a.txt", more);
        cr_expect_eq(answer->status, rows[i].status, "%s%u", more, answer->status);
        cr_expect(rows[i].status != 304 || (strcmp(value_of(answer, "ETag"), etag) == 0 &&
                                            answer_has(answer, "Cache-Control: max-age=60")));
    }
}

FOLDER_TEST(one_range_is_a_206, 1000, 512)
{
    static const struct {
        const char *range;
        unsigned status;
        const char *content_range, *body;
    } rows[] = {
        {"bytes=0-3", 206, "bytes 0-3/10", "0123"},
        {"bytes=4-4", 206, "bytes 4-4/10", "4"},
        {"bytes=7-", 206, "bytes 7-9/10", "789"},
        {"bytes=-2", 206, "bytes 8-9/10", "89"},
        {"bytes=8-99", 206, "bytes 8-9/10", "89"},
        {"bytes=-99", 206, "bytes 0-9/10", "0123456789"},
        {"bytes=0-3,2-5", 206, "bytes 0-5/10", "012345"},
        {"bytes=10-", 416, "bytes */10", "Range Not Satisfiable\n"},
        {"bytes=-0", 416, "bytes */10", "Range Not Satisfiable\n"},
        {"bytes=5-4", 200, NULL, "0123456789"},
        {"lines=1-2", 200, NULL, "0123456789"},
        {"bytes=a", 200, NULL, "0123456789"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct answer *answer;
        char more[100];

        snprintf(more, sizeof more, "Range: %s\r\n", rows[i].range);
        answer = ask(fd, "GET", "/s/a.txt", more);
        cr_expect_eq(answer->status, rows[i].status, "%s: %u", rows[i].range, answer->status);
        cr_expect_str_eq(answer->body, rows[i].body, "%s", rows[i].range);
        cr_expect(!rows[i].content_range ||
                      strcmp(value_of(answer, "Content-Range"), rows[i].content_range) == 0,
                  "%s", answer->head);
    }
}

FOLDER_TEST(if_range_decides_whether_a_part_is_sent, 1000, 512)
{
    char etag[100], date[100], more[300];

    snprintf(etag, sizeof etag, "%s", value_of(ask(fd, "GET", "/s/a.txt", ""), "ETag"));
    snprintf(date, sizeof date, "%s", value_of(ask(fd, "GET", "/s/a.txt", ""), "Last-Modified"));
    snprintf(more, sizeof more, "Range: bytes=1-2\r\nIf-Range: %s\r\n", etag);
    cr_expect_str_eq(ask(fd, "GET", "/s/a.txt", more)->body, "12");
    snprintf(more, sizeof more, "Range: bytes=1-2\r\nIf-Range: %s\r\n", date);
    cr_expect_str_eq(ask(fd, "GET", "/s/a.txt", more)->body, "12");
    cr_expect_str_eq(
        ask(fd, "GET", "/s/a.txt", "Range: bytes=1-2\r\nIf-Range: \"other\"\r\n")->body,
        "0123456789");
}

/* ---- several ranges ---- */

/* The next part at `at`, whose range must be [first, last]; what follows it, or NULL. */
static const char *part_check(const char *at, const char *boundary, size_t first, size_t last)
{
    char want[300];
    size_t len = (size_t)snprintf(want, sizeof want,
                                  "\r\n--%s\r\nContent-Type: application/octet-stream\r\n"
                                  "Content-Range: bytes %zu-%zu/%u\r\n\r\n",
                                  boundary, first, last, (unsigned)BIG);

    if (strncmp(at, want, len) != 0 || memcmp(at + len, big + first, last - first + 1) != 0) {
        return NULL;
    }
    return at + len + last - first + 1;
}

FOLDER_TEST(several_ranges_are_parts_that_say_where_they_belong, 1000, 512)
{
    uint64_t rng = fixture_now_ms() | 1, seed = rng;

    for (unsigned round = 0; round < 30; round++) {
        size_t firsts[12], lasts[12], count = 2 + (rng >> 20) % 11, from = 0;
        char more[600] = "Range: bytes=", boundary[100], end[120];
        struct answer *answer;
        const char *at;

        for (size_t i = 0; i < count; i++) { /* apart by 81 bytes or more: each is a part */
            rng = rng * 6364136223846793005u + 1442695040888963407u;
            firsts[i] = from + (rng >> 33) % 2000;
            lasts[i] = firsts[i] + (rng >> 45) % 1500;
            from = lasts[i] + 82;
            snprintf(more + strlen(more), sizeof more - strlen(more), "%s%zu-%zu", i ? ", " : "",
                     firsts[i], lasts[i]);
        }
        strcat(more, "\r\n");
        answer = ask(fd, "GET", "/s/big.bin", more);
        cr_assert_eq(answer->status, 206, "seed %lu: %s", (unsigned long)seed, answer->head);
        cr_assert_eq(sscanf(value_of(answer, "Content-Type"), "multipart/byteranges; boundary=%99s",
                            boundary),
                     1);
        at = answer->body;
        for (size_t i = 0; i < count && at; i++) {
            at = part_check(at, boundary, firsts[i], lasts[i]);
        }
        snprintf(end, sizeof end, "\r\n--%s--\r\n", boundary);
        cr_expect(at && strcmp(at, end) == 0, "seed %lu", (unsigned long)seed);
    }
}

FOLDER_TEST(more_ranges_than_allowed_are_ignored, 1000, 512)
{
    char more[600] = "Range: bytes=0-0";

    for (unsigned i = 1; i < 33; i++) {
        snprintf(more + strlen(more), sizeof more - strlen(more), ",%u-%u", i * 100, i * 100);
    }
    strcat(more, "\r\n");
    cr_expect_eq(ask(fd, "GET", "/s/big.bin", more)->status, 200);
}

/* ---- codings ---- */

FOLDER_TEST(a_compressed_file_stands_for_the_plain_one, 1000, 512)
{
    static const struct {
        const char *path, *accept, *body, *coding;
        bool varies;
    } rows[] = {
        {"/s/p.js", "gzip, br", "brotli", "br", true},
        {"/s/p.js", "gzip", "gzipped", "gzip", true},
        {"/s/p.js", "br;q=0.5, gzip", "gzipped", "gzip", true},
        {"/s/p.js", "zstd", "plain", NULL, true},
        {"/s/p.js", "identity", "plain", NULL, true},
        {"/s/old.js", "gzip", "newer", NULL, false},
        {"/s/a.txt", "gzip", "0123456789", NULL, false},
    };
    char plain[100], more[100];

    snprintf(plain, sizeof plain, "%s", value_of(ask(fd, "GET", "/s/p.js", ""), "ETag"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct answer *answer;

        snprintf(more, sizeof more, "Accept-Encoding: %s\r\n", rows[i].accept);
        answer = ask(fd, "GET", rows[i].path, more);
        cr_expect_str_eq(answer->body, rows[i].body, "%s", rows[i].accept);
        cr_expect_eq(answer_has(answer, "Vary: Accept-Encoding"), rows[i].varies);
        cr_expect(!rows[i].coding ||
                  strcmp(value_of(answer, "Content-Encoding"), rows[i].coding) == 0);
        cr_expect(!rows[i].coding || strcmp(value_of(answer, "ETag"), plain) != 0);
        cr_expect(rows[i].coding || !strstr(answer->head, "Content-Encoding"));
        cr_expect(!rows[i].coding ||
                  answer_has(answer, "Content-Type: text/javascript; charset=utf-8"));
    }
    cr_expect_str_eq(ask(fd, "GET", "/s/p.js", "Accept-Encoding: br\r\nRange: bytes=1-2\r\n")->body,
                     "ro");
}

/* ---- open files ---- */

static void replace(const char *name, const char *text)
{
    char path[64];

    file_write("fresh", text, strlen(text));
    snprintf(path, sizeof path, "root/%s", name);
    cr_assert_eq(rename(files_path("root/fresh"), files_path(path)), 0);
}

FOLDER_TEST(a_file_that_is_asked_for_again_is_not_opened_again, 60000, 512)
{
    for (int i = 0; i < 10; i++) {
        cr_expect_str_eq(ask(fd, "GET", "/s/a.txt", "")->body, "0123456789");
    }
    cr_expect_eq(server_counter(s, "session.file_opens"), 1);
    cr_expect_eq(server_counter(s, "session.file_hits"), 9);
    replace("a.txt", "another");
    cr_expect_str_eq(ask(fd, "GET", "/s/a.txt", "")->body, "0123456789", "for so long");
}

FOLDER_TEST(after_its_time_a_file_is_looked_at_again, 1, 512)
{
    char etag[100];

    snprintf(etag, sizeof etag, "%s", value_of(ask(fd, "GET", "/s/a.txt", ""), "ETag"));
    for (int i = 0; i < 20;
         i++) { /* the same one is not opened again, however often it is looked at */
        cr_expect_str_eq(value_of(ask(fd, "GET", "/s/a.txt", ""), "ETag"), etag);
    }
    cr_expect_eq(server_counter(s, "session.file_opens"), 1);
    replace("a.txt", "another");
    while (strcmp(ask(fd, "GET", "/s/a.txt", "")->body, "another") != 0) { /* the clock's tick */
    }
    cr_expect_str_neq(value_of(ask(fd, "GET", "/s/a.txt", ""), "ETag"), etag);
    cr_assert_eq(unlink(files_path("root/a.txt")), 0);
    while (ask(fd, "GET", "/s/a.txt", "")->status != 404) {
    }
    file_write("a.txt", "back", 4);
    cr_expect_str_eq(ask(fd, "GET", "/s/a.txt", "")->body, "back", "what is not there is not kept");
    file_write("a.txt.gz", "packed", 6);
    while (strcmp(ask(fd, "GET", "/s/a.txt", "Accept-Encoding: gzip\r\n")->body, "packed") != 0) {
    }
}

FOLDER_TEST(no_more_files_stay_open_than_allowed, 60000, 3)
{
    unsigned descriptors;
    char name[20], path[30];

    for (int i = 0; i < 10; i++) {
        snprintf(name, sizeof name, "f%d.txt", i);
        file_write(name, name, strlen(name));
    }
    cr_expect_str_eq(ask(fd, "GET", "/s/a.txt", "")->body, "0123456789");
    descriptors = fixture_descriptors();
    for (int i = 0; i < 30; i++) {
        snprintf(name, sizeof name, "f%d.txt", i % 10);
        snprintf(path, sizeof path, "/s/%s", name);
        cr_expect_str_eq(ask(fd, "GET", path, "")->body, name);
    }
    cr_expect_leq(fixture_descriptors(), descriptors + 2);
    cr_expect_eq(server_counter(s, "session.file_opens"), 31);
    cr_expect_eq(server_counter(s, "session.file_evictions"), 28);
}
