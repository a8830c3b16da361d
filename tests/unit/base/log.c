#include "base/log.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <regex.h>
#include <stdlib.h>
#include <unistd.h>

static int saved_stderr, read_end;

/* Standard error into a pipe for the length of a test. */
static void capture(void)
{
    int ends[2];

    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
    saved_stderr = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    read_end = ends[0];
}

static size_t captured(char *text, size_t room)
{
    size_t len = 0;
    ssize_t got;

    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    while (len < room - 1 && (got = read(read_end, text + len, room - 1 - len)) > 0) {
        len += (size_t)got;
    }
    close(read_end);
    text[len] = '\0';
    return len;
}

static void expect_match(const char *text, const char *pattern)
{
    regex_t regex;

    cr_assert_eq(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    cr_expect_eq(regexec(&regex, text, 0, NULL, 0), 0, "'%s' does not match '%s'", text, pattern);
    regfree(&regex);
}

Test(base_log, a_line_is_time_level_and_text)
{
    char text[4096];

    capture();
    log_warning("port %d is taken", 80);
    captured(text, sizeof text);
    expect_match(text, "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z warning port 80 is "
                       "taken\n$");
}

Test(base_log, drops_what_is_above_the_level)
{
    char text[4096];

    cr_assert_eq(log_level(), SHUNT_LOG_INFO);
    capture();
    log_debug("not seen");
    log_level_set(SHUNT_LOG_ERROR);
    log_warning("not seen either");
    log_error("seen");
    captured(text, sizeof text);
    expect_match(text, "^[^\n]* error +seen\n$");
}

Test(base_log, knows_the_words_of_the_levels)
{
    static const struct {
        const char *word;
        enum shunt_status status;
        enum shunt_log_level level;
    } rows[] = {
        {"error", SHUNT_OK, SHUNT_LOG_ERROR},     {"warning", SHUNT_OK, SHUNT_LOG_WARNING},
        {"info", SHUNT_OK, SHUNT_LOG_INFO},       {"debug", SHUNT_OK, SHUNT_LOG_DEBUG},
        {"Debug", SHUNT_EINVAL, SHUNT_LOG_ERROR}, {"", SHUNT_EINVAL, SHUNT_LOG_ERROR},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum shunt_log_level level = SHUNT_LOG_ERROR;

        cr_expect_eq(log_level_parse(rows[i].word, &level), rows[i].status, "%s", rows[i].word);
        cr_expect_eq(level, rows[i].level, "%s", rows[i].word);
    }
}

Test(base_log, text_of_a_peer_cannot_forge_a_second_line)
{
    char text[4096];

    capture();
    log_info("target '%s'", "/a\r\n2026 error forged\x1b[31m");
    captured(text, sizeof text);
    expect_match(text, "^[^\n]*'/a\\?\\?2026 error forged\\?\\[31m'\n$");
}

Test(base_log, a_line_that_is_too_long_is_cut_and_says_so)
{
    static char text[8192], big[5000];

    memset(big, 'x', sizeof big - 1);
    capture();
    log_info("%s", big);
    size_t len = captured(text, sizeof text);

    cr_assert_eq(len, 1024);
    expect_match(text, "^[^\n]*xxx\\.\\.\\.\n$");
}

Test(base_log, leaves_errno_alone)
{
    char text[4096];

    capture();
    errno = ENOENT;
    log_info("open");
    int after = errno;

    captured(text, sizeof text);
    cr_assert_eq(after, ENOENT);
    expect_match(text, "open\n$");
}

static void *log_many(void *arg)
{
    for (int i = 0; i < 500; i++) {
        log_info("%s", (const char *)arg);
    }
    return NULL;
}

Test(base_log, lines_of_several_threads_never_mix)
{
    static char text[1 << 20], letters[3][201];
    pthread_t threads[3];

    capture();
    for (int i = 0; i < 3; i++) {
        memset(letters[i], 'a' + i, 200);
        cr_assert_eq(pthread_create(&threads[i], NULL, log_many, letters[i]), 0);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    captured(text, sizeof text);
    int lines = 0;

    for (char *rest = text, *line; (line = strsep(&rest, "\n")) && *line; lines++) {
        cr_assert_eq(strlen(line), 24 + 1 + 8 + 200);
        char *body = line + 33;

        cr_assert_eq(strspn(body, (char[]){*body, '\0'}), 200);
    }
    cr_assert_eq(lines, 1500);
}

static void keep_error(void *arg, const char *text)
{
    cr_expect_str_eq(text, "an error of 2 words");
    ++*(unsigned *)arg;
}

Test(base_log, hands_errors_of_a_thread_to_whoever_wants_them)
{
    unsigned errors = 0;

    log_errors_divert(keep_error, &errors);
    log_error("an error of %d words", 2);
    log_warning("no error");
    cr_expect_eq(errors, 1);
    log_errors_divert(NULL, NULL);
    log_error("an error of %d words", 3);
    cr_expect_eq(errors, 1);
}
