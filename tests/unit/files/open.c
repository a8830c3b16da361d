/* What lies beneath a folder, and what does not. */
#include "files/open.h"

#include "support/files.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct shunt_folder *folder, *following;
static char root[200];

static void link_make(const char *to, const char *name)
{
    cr_assert_eq(symlink(to, files_path(name)), 0, "%s", name);
}

static void socket_make(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s", files_path(name));
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
}

static struct shunt_folder *folder_make(bool symlinks)
{
    struct shunt_folder_options options = {
        .size = sizeof options, .path = root, .symlinks = symlinks};
    struct shunt_folder *made;
    char why[200] = "";

    cr_assert_eq(shunt_folder_create(&options, &made, why, sizeof why), SHUNT_OK, "%s", why);
    return made;
}

/* FOLDER/secret is outside of FOLDER/root. */
static void make(void)
{
    files_make();
    snprintf(root, sizeof root, "%s", files_path("root"));
    files_write_text("secret", "secret");
    cr_assert_eq(mkdir(root, 0755), 0);
    cr_assert_eq(mkdir(files_path("root/down"), 0755), 0);
    files_write_text("root/a", "12345");
    files_write_text("root/down/b", "b");
    files_write_text("root/new\nline", "n");
    files_write_text("root/closed", "x");
    cr_assert_eq(chmod(files_path("root/closed"), 0), 0);
    link_make("a", "root/near");
    link_make("down", "root/folder_link");
    link_make("../secret", "root/far");
    link_make("/etc/passwd", "root/absolute");
    link_make("../root/a", "root/out_and_in");
    link_make("loop", "root/loop");
    link_make("/proc/self/root/etc/passwd", "root/magic");
    link_make("gone", "root/dangling");
    cr_assert_eq(mkfifo(files_path("root/fifo"), 0644), 0);
    socket_make("root/socket");
    folder = folder_make(false);
    following = folder_make(true);
}

static void drop(void)
{
    shunt_folder_destroy(folder);
    shunt_folder_destroy(following);
    cr_assert_eq(chmod(files_path("root/closed"), 0644), 0);
    files_remove();
}

TestSuite(files_open, .init = make, .fini = drop, .timeout = 10);

static const struct {
    const char *name;
    int strict, follows;
} rows[] = {
    {"a", 0, 0},
    {"down/b", 0, 0},
    {"new\nline", 0, 0},
    {"", -EISDIR, -EISDIR},
    {"down", -EISDIR, -EISDIR},
    {"none", -ENOENT, -ENOENT},
    {"a/b", -ENOTDIR, -ENOTDIR},
    {"near", -ELOOP, 0},
    {"folder_link/b", -ELOOP, 0},
    {"folder_link", -ELOOP, -EISDIR},
    {"far", -ELOOP, -EXDEV},
    {"absolute", -ELOOP, -EXDEV},
    {"out_and_in", -ELOOP, -EXDEV},
    {"loop", -ELOOP, -ELOOP},
    {"magic", -ELOOP, -EXDEV},
    {"dangling", -ELOOP, -ENOENT},
    {"..", -EXDEV, -EXDEV},
    {"../secret", -EXDEV, -EXDEV},
    {"down/../../secret", -EXDEV, -EXDEV},
    {"/etc/passwd", -EXDEV, -EXDEV},
    {"fifo", -ENXIO, -ENXIO},
    {"socket", -ENXIO, -ENXIO},
};

Test(files_open, finds_regular_files_beneath_the_folder_and_nothing_else)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct stat is;
        int fd;

        for (int follows = 0; follows < 2; follows++) {
            int want = follows ? rows[i].follows : rows[i].strict;
            int got = files_open(follows ? following : folder, rows[i].name, &is, &fd);

            cr_expect_eq(got, want, "%s: %d in place of %d", rows[i].name, got, want);
            if (got == 0) {
                cr_expect(fcntl(fd, F_GETFD) & FD_CLOEXEC);
                close(fd);
            }
        }
    }
}

/* A device is seen for what it is: opening some of them does something. */
Test(files_open, opens_no_device)
{
    struct shunt_folder_options options = {.size = sizeof options, .path = "/dev"};
    struct shunt_folder *devices;
    struct stat is;
    int fd;

    cr_assert_eq(shunt_folder_create(&options, &devices, NULL, 0), SHUNT_OK);
    cr_expect_eq(files_open(devices, "null", &is, &fd), -ENXIO);
    cr_expect_eq(files_open(devices, "zero", &is, NULL), -ENXIO);
    shunt_folder_destroy(devices);
}

Test(files_open, does_not_follow_the_links_of_proc)
{
    struct shunt_folder_options options = {
        .size = sizeof options, .path = "/proc/self", .symlinks = true};
    struct shunt_folder *own;
    char name[40];
    struct stat is;
    int fd, file = open(files_path("secret"), O_RDONLY);

    cr_assert_eq(shunt_folder_create(&options, &own, NULL, 0), SHUNT_OK);
    snprintf(name, sizeof name, "fd/%d", file);
    cr_expect_lt(files_open(own, name, &is, &fd), 0);
    cr_expect_lt(files_open(own, "root/etc/passwd", &is, &fd), 0);
    cr_expect_lt(files_open(own, "cwd/a", &is, &fd), 0);
    shunt_folder_destroy(own);
    close(file);
}

/* A deployment replaces the folder itself. */
Test(files_open, follows_a_folder_that_is_replaced)
{
    struct stat is;
    int fd;

    cr_assert_eq(rename(root, files_path("before")), 0);
    cr_expect_eq(files_open(folder, "a", &is, &fd), -ENOENT);
    cr_assert_eq(mkdir(root, 0755), 0);
    files_write_text("root/a", "longer text");
    cr_assert_eq(files_open(folder, "a", &is, &fd), 0);
    cr_expect_eq(is.st_size, 11);
    close(fd);
    unlink(files_path("root/a"));
    rmdir(root);
    cr_assert_eq(rename(files_path("before"), root), 0);
}

Test(files_open, what_may_not_be_read_is_refused)
{
    struct stat is;
    int fd;

    if (geteuid() == 0) {
        cr_skip_test("root may read everything");
    }
    cr_expect_eq(files_open(folder, "closed", &is, &fd), -EACCES);
}

Test(files_folder, that_cannot_be_served_is_refused_with_a_sentence)
{
    static const char *const slash[] = {"a/b", NULL}, *const no_type[] = {"md", "", NULL};
    const struct {
        struct shunt_folder_options options;
        enum shunt_status want;
        const char *why;
    } cases[] = {
        {{.path = "/nowhere"},
         SHUNT_ENOTFOUND,
         "path: expected a folder that can be read, found \"/nowhere\": No such file or directory"},
        {{.path = "/etc/passwd"},
         SHUNT_ENOTFOUND,
         "path: expected a folder that can be read, found \"/etc/passwd\": Not a directory"},
        {{.path = ""}, SHUNT_EINVAL, "path: expected a folder, found none"},
        {{.path = "/", .index = slash},
         SHUNT_EINVAL,
         "index: expected names without a slash, found \"a/b\""},
        {{.path = "/", .types = no_type},
         SHUNT_EINVAL,
         "types: expected a media type for \"md\", found \"\""},
        {{.path = "/", .cache_control = "a\r\nb"},
         SHUNT_EINVAL,
         "cache_control: expected the value of a field, found \"a\r\nb\""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct shunt_folder *made;
        char why[200] = "";

        cr_expect_eq(shunt_folder_create(&cases[i].options, &made, why, sizeof why), cases[i].want);
        cr_expect_str_eq(why, cases[i].why);
    }
}
