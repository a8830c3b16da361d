/* What the access log is written to: files that are renamed, and whatever takes nothing. */
#include "conformance/server_fixture.h"
#include "support/files.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_BYTES = 65536, WAIT_MS = 10000 };

static void open_with(struct server *s, enum io_backend backend, const char *path, unsigned workers,
                      size_t buffer_bytes)
{
    const struct shunt_access_log log = {.size = sizeof log,
                                         .path = path,
                                         .format = "${status} ${target} ${request.X-Fill} end",
                                         .flush_ms = 1,
                                         .buffer_bytes = buffer_bytes};

    server_create(s, backend);
    server_log_keep(s);
    cr_assert_eq(shunt_server_workers(s->server, workers), SHUNT_OK);
    cr_assert_eq(shunt_server_access_log(s->server, &log), SHUNT_OK);
    server_start(s);
}

static void ask(int client, unsigned number, const char *fill)
{
    struct answer answer;
    char request[2000];

    snprintf(request, sizeof request, "GET /plain?%u HTTP/1.1\r\nHost: a\r\nX-Fill: %s\r\n\r\n",
             number, fill);
    client_send(client, request);
    client_answer(client, &answer);
    cr_assert_eq(answer.status, 200);
}

/* ---- renamed ---- */

enum { CLIENTS = 4, ROTATIONS = 20 };

static atomic_bool rotated;

struct asker {
    const struct server *s;
    unsigned number, asked;
};

static void *ask_on(void *arg)
{
    struct asker *asker = arg;
    int client = client_open(asker->s);

    while (!atomic_load(&rotated) || asker->asked < 100) {
        ask(client, asker->number * 1000000 + asker->asked++, "x");
    }
    close(client);
    return NULL;
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* As logrotate does it. */
static void rotate(const struct server *s, unsigned number)
{
    char name[32];

    snprintf(name, sizeof name, "access.log.%u", number);
    cr_assert_eq(rename(files_path("access.log"), files_path(name)), 0);
    shunt_server_reopen(s->server);
    for (unsigned i = 0; !exists(files_path("access.log")); i++) {
        cr_assert_lt(i, WAIT_MS);
        usleep(1000);
    }
}

/* Each line of a file is marked off; a second one of the same number fails. */
static unsigned mark_off(const char *path, char *seen[CLIENTS])
{
    size_t len;
    char *text = files_read(path, &len);
    unsigned count = 0;

    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
        unsigned number;
        char rest[16];

        cr_assert_eq(sscanf(line, "200 /plain?%u %15[^\n]", &number, rest), 2, "%.60s", line);
        cr_assert_str_eq(rest, "x end");
        cr_assert_eq(seen[number / 1000000][number % 1000000]++, 0, "%u is there twice", number);
        count++;
    }
    cr_assert(len == 0 || text[len - 1] == '\n', "%s ends in half a line", path);
    free(text);
    return count;
}

SERVER_TEST(no_line_is_lost_or_doubled_over_renames)
{
    struct server s;
    struct asker askers[CLIENTS];
    pthread_t threads[CLIENTS];
    char *seen[CLIENTS];
    unsigned logged = 0, asked = 0;

    files_make();
    open_with(&s, backend, files_path("access.log"), 2, 64 * BUFFER_BYTES);
    atomic_store(&rotated, false);
    for (unsigned i = 0; i < CLIENTS; i++) {
        askers[i] = (struct asker){.s = &s, .number = i};
        seen[i] = calloc(1000000, 1);
        cr_assert_eq(pthread_create(&threads[i], NULL, ask_on, &askers[i]), 0);
    }
    for (unsigned i = 0; i < ROTATIONS; i++) {
        usleep(2000);
        rotate(&s, i);
    }
    atomic_store(&rotated, true);
    for (unsigned i = 0; i < CLIENTS; i++) {
        pthread_join(threads[i], NULL);
        asked += askers[i].asked;
    }
    server_close(&s);
    logged = mark_off(files_path("access.log"), seen);
    for (unsigned i = 0; i < ROTATIONS; i++) {
        char name[32];

        snprintf(name, sizeof name, "access.log.%u", i);
        logged += mark_off(files_path(name), seen);
    }
    cr_expect_eq(logged, asked, "each request has its line");
    for (unsigned i = 0; i < CLIENTS; i++) {
        free(seen[i]);
    }
    files_remove();
}

SERVER_TEST(a_file_that_cannot_be_opened_anew_is_written_on)
{
    struct server s;
    char *text;
    size_t len;
    int client;

    files_make();
    cr_assert_eq(mkdir(files_path("logs"), 0700), 0);
    open_with(&s, backend, files_path("logs/access.log"), 1, BUFFER_BYTES);
    client = client_open(&s);
    ask(client, 1, "x");
    cr_assert_eq(rename(files_path("logs"), files_path("gone")), 0);
    shunt_server_reopen(s.server);
    server_log_wait(&s, "cannot be opened anew: No such file or directory");
    ask(client, 2, "x");
    close(client);
    server_close(&s);
    text = files_read(files_path("gone/access.log"), &len);
    cr_expect_str_eq(text, "200 /plain?1 x end\n200 /plain?2 x end\n");
    free(text);
    unlink(files_path("gone/access.log"));
    rmdir(files_path("gone"));
    files_remove();
}

/* ---- takes nothing ---- */

static const char fill[] = "0123456789012345678901234567890123456789012345678901234567890123456789"
                           "0123456789012345678901234567890123456789012345678901234567890123456789"
                           "0123456789012345678901234567890123456789012345678901234567890123456789"
                           "0123456789012345678901234567890123456789012345678901234567890123456789"
                           "0123456789012345678901234567890123456789012345678901234567890123456789";

/* More than any pipe and the buffer hold. */
enum { MANY = 2000 };

static void ask_many(const struct server *s)
{
    int client = client_open(s);

    for (unsigned i = 0; i < MANY; i++) {
        ask(client, i, fill);
    }
    close(client);
}

SERVER_TEST(a_fifo_that_nobody_reads_stops_nobody_and_holds_whole_lines)
{
    struct server s;
    static char text[1 << 20];
    size_t len = 0;
    unsigned lines = 0;
    int fifo;

    files_make();
    cr_assert_eq(mkfifo(files_path("fifo"), 0600), 0);
    open_with(&s, backend, files_path("fifo"), 1, BUFFER_BYTES);
    ask_many(&s);
    server_log_wait(&s, "lines were dropped: they came faster than they were written");
    fifo = open(files_path("fifo"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    cr_assert_geq(fifo, 0);
    server_close(&s); /* which writes nothing more once its time is over */
    for (ssize_t got; (got = read(fifo, text + len, sizeof text - 1 - len)) > 0;) {
        len += (size_t)got;
    }
    text[len] = '\0';
    for (char *line = text, *end; *line; line = end + 1, lines++) {
        end = strchr(line, '\n');
        cr_assert(end, "half a line: %s", line);
        cr_assert(end - line > 5 && memcmp(end - 4, " end", 4) == 0, "%.*s", (int)(end - line),
                  line);
    }
    cr_expect_gt(lines, 50);
    cr_expect_lt(lines, MANY);
    close(fifo);
    files_remove();
}

SERVER_TEST(a_fifo_gets_all_once_somebody_reads_it)
{
    struct server s;
    char bytes[4096];
    unsigned lines = 0;
    int fifo, client;

    files_make();
    cr_assert_eq(mkfifo(files_path("fifo"), 0600), 0);
    open_with(&s, backend, files_path("fifo"), 1, 4 * BUFFER_BYTES);
    client = client_open(&s);
    for (unsigned i = 0; i < 250; i++) { /* more than the pipe holds */
        ask(client, i, fill);
    }
    fifo = open(files_path("fifo"), O_RDONLY | O_CLOEXEC);
    while (lines < 250) {
        ssize_t got = read(fifo, bytes, sizeof bytes);

        cr_assert_gt(got, 0);
        for (ssize_t i = 0; i < got; i++) {
            lines += bytes[i] == '\n';
        }
    }
    close(client);
    server_close(&s);
    close(fifo);
    files_remove();
}

SERVER_TEST(a_full_disk_stops_nobody_and_is_reported)
{
    struct server s;

    open_with(&s, backend, "/dev/full", 1, BUFFER_BYTES);
    ask_many(&s);
    server_log_wait(&s, "access log /dev/full: cannot be written: No space left on device");
    server_log_wait(&s, "lines were dropped: they came faster than they were written");
    server_close(&s);
}

/* ---- wrong from the start ---- */

Test(server_access_log, what_is_wrong_is_named_at_the_call_or_at_the_start)
{
    static const struct {
        const char *why;
        struct shunt_access_log log;
        const char *want;
    } rows[] = {
        {"a format",
         {.size = sizeof rows[0].log, .path = "stderr", .format = "${x}"},
         "access log: format: expected a name such as ${status} or ${request.User-Agent}, found "
         "\"${x}\""},
        {"a buffer",
         {.size = sizeof rows[0].log, .path = "stderr", .buffer_bytes = 1},
         "access log: buffer_bytes: expected 0, or 65536 to 1073741824, found 1"},
        {"no size",
         {.size = 0},
         "access log: expected a structure of 40 bytes or more, found 0; set its `size`"},
    };
    const struct shunt_access_log no_folder = {.size = sizeof no_folder,
                                               .path = "/none/access.log"};
    struct shunt_server *server;

    cr_assert_eq(shunt_server_create(&server), SHUNT_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(shunt_server_access_log(server, &rows[i].log), SHUNT_EINVAL, "%s",
                     rows[i].why);
        cr_expect_str_eq(shunt_server_error(server), rows[i].want, "%s: %s", rows[i].why,
                         shunt_server_error(server));
    }
    cr_expect_eq(shunt_server_access_log(server, &no_folder), SHUNT_OK);
    cr_assert_eq(shunt_server_listen(server, "127.0.0.1:0"), SHUNT_OK);
    cr_expect_eq(shunt_server_run(server, NULL, NULL), SHUNT_ESYS);
    cr_expect_str_eq(shunt_server_error(server),
                     "access_log: expected a file that can be written, found "
                     "\"/none/access.log\": No such file or directory");
    shunt_server_destroy(server);
}
