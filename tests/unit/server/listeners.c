/* server/listeners.h: what a failed start leaves behind, and what a child process inherits. */
#include "server/listeners.h"

#include "support/files.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { WORKERS = 3 };

static struct config config;
static struct worker workers[WORKERS];
static unsigned ports[4];
static char words[256];
static struct error error = {.text = words, .size = sizeof words};

static void set_up(void)
{
    files_make();
    config_init(&config);
}

static void tear_down(void)
{
    server_listeners_close(workers, WORKERS);
    server_listeners_unlink(&config);
    config_fini(&config);
    files_remove();
}

TestSuite(server_listeners, .init = set_up, .fini = tear_down);

static void unix_add(const char *path)
{
    char address[512];

    snprintf(address, sizeof address, "unix:%s", path);
    cr_assert_eq(config_add_listener(&config, address), SHUNT_OK);
}

static enum shunt_status listeners_open(void)
{
    return server_listeners_open(&config, workers, WORKERS, ports, &error);
}

Test(server_listeners, give_each_worker_one_that_no_child_process_inherits)
{
    unix_add(files_path("a.sock"));
    cr_assert_eq(config_add_listener(&config, "127.0.0.1:0"), SHUNT_OK);
    cr_assert_eq(listeners_open(), SHUNT_OK, "%s", words);
    for (unsigned i = 0; i < WORKERS; i++) {
        cr_assert_eq(workers[i].listener_count, 2);
        for (unsigned j = 0; j < 2; j++) {
            cr_expect_eq(fcntl(workers[i].listeners[j].fd, F_GETFD), FD_CLOEXEC, "worker %u, %u", i,
                         j);
        }
    }
}

Test(server_listeners, leave_no_file_when_a_later_one_fails)
{
    char *first = strdup(files_path("first.sock")), *second = strdup(files_path("second.sock"));

    unix_add(first);
    unix_add(second);
    unix_add(files_path("no/such/folder.sock"));
    cr_expect_eq(listeners_open(), SHUNT_ESYS);
    cr_expect_neq(access(first, F_OK), 0);
    cr_expect_neq(access(second, F_OK), 0);
    free(first);
    free(second);
}

Test(server_listeners, leave_the_file_of_another_server_alone)
{
    const char *path = files_path("other.sock");
    struct config other = config;
    struct worker one = {0};
    char text[256];

    unix_add(path);
    config_init(&other);
    snprintf(text, sizeof text, "unix:%s", path);
    cr_assert_eq(config_add_listener(&other, text), SHUNT_OK);
    cr_assert_eq(server_listeners_open(&other, &one, 1, ports, &error), SHUNT_OK);
    cr_expect_eq(listeners_open(), SHUNT_ESYS);
    cr_expect_eq(access(path, F_OK), 0);
    server_listeners_close(&one, 1);
    config_fini(&other);
}
