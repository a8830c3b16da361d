/* Against folders that look like cgroup hierarchies; what the kernel makes by itself is there. */
#include "compare/quota.h"

#include "support/files.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folders are nested, which files_remove() does not expect. */
static void remove_tree(void)
{
    char command[600];

    snprintf(command, sizeof command, "rm -rf '%s'", files_folder());
    cr_expect_eq(system(command), 0);
}

TestSuite(bench_quota, .init = files_make, .fini = remove_tree);

static void make_folder(const char *name)
{
    cr_assert(mkdir(files_path(name), 0755) == 0, "%s", name);
}

static void make_proc(const char *mountinfo, const char *cgroup)
{
    make_folder("proc");
    make_folder("proc/self");
    files_write_text("proc/self/mountinfo", mountinfo);
    files_write_text("proc/self/cgroup", cgroup);
}

/* The group's folder below `parent` with the files of a cgroup. */
static void make_group(const char *parent, const char *const *files)
{
    char name[128];

    snprintf(name, sizeof name, "%s/shunt-bench-%d", parent, (int)getpid());
    make_folder(name);
    for (; *files; files++) {
        char file[256];

        snprintf(file, sizeof file, "%s/%s", name, *files);
        files_write_text(file, "");
    }
}

static void expect_content(const struct quota *quota, const char *file, const char *want)
{
    char path[600];
    size_t len;

    snprintf(path, sizeof path, "%s/%s", quota->folder, file);
    char *got = files_read(path, &len);

    cr_expect(len == strlen(want) && memcmp(got, want, len) == 0, "%s: %.*s", file, (int)len, got);
    free(got);
}

Test(bench_quota, version_1_gets_period_and_quota_below_its_own_group)
{
    static const char *const files[] = {"cpu.cfs_period_us", "cpu.cfs_quota_us", NULL};
    struct quota quota;
    char error[512];

    make_proc("30 1 0:1 / /cpuset rw - cgroup cgroup rw,cpuset\n"
              "31 1 0:2 / /unified rw - cgroup2 cgroup2 rw\n"
              "32 1 0:3 / /cpu rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct\n",
              "3:cpuset:/other\n2:cpu,cpuacct:/mine\n0::/user\n");
    make_folder("cpu");
    make_folder("cpu/mine");
    make_group("cpu/mine", files);
    cr_assert_eq(quota_create_below(files_folder(), 0.3, &quota, error, sizeof error), SHUNT_OK,
                 "%s", error);
    cr_expect_eq(quota.version, 1);
    expect_content(&quota, "cpu.cfs_period_us", "5000");
    expect_content(&quota, "cpu.cfs_quota_us", "1500");
}

Test(bench_quota, version_2_hands_the_controller_down_and_gets_cpu_max)
{
    static const char *const files[] = {"cpu.max", NULL};
    struct quota quota;
    char error[512];
    size_t len;

    make_proc("31 1 0:2 / /cg rw - cgroup2 cgroup2 rw,nsdelegate\n", "0::/gone\n");
    make_folder("cg");
    make_group("cg", files);
    const char *control = files_write_text("cg/cgroup.subtree_control", "");

    cr_assert_eq(quota_create_below(files_folder(), 0.05, &quota, error, sizeof error), SHUNT_OK,
                 "%s", error);
    cr_expect_eq(quota.version, 2);
    expect_content(&quota, "cpu.max", "1000 20000"); /* the kernel takes no less than 1 ms */
    char *handed = files_read(control, &len);

    cr_expect(len == 4 && memcmp(handed, "+cpu", 4) == 0);
    free(handed);
}

Test(bench_quota, version_2_goes_up_to_a_group_that_may_hand_the_controller_down)
{
    static const char *const files[] = {"cpu.max", NULL};
    struct quota quota;
    char error[512], left[128];

    make_proc("31 1 0:2 / /cg rw - cgroup2 cgroup2 rw\n", "0::/user.slice/session.scope\n");
    make_folder("cg");
    make_folder("cg/user.slice");
    make_folder("cg/user.slice/session.scope");
    make_group("cg/user.slice", files); /* in the session's own the kernel would make no cpu.max */
    cr_assert_eq(quota_create_below(files_folder(), 0.3, &quota, error, sizeof error), SHUNT_OK,
                 "%s", error);
    expect_content(&quota, "cpu.max", "1500 5000");
    cr_expect_not_null(strstr(quota.folder, "/cg/user.slice/shunt-bench-"), "%s", quota.folder);
    snprintf(left, sizeof left, "cg/user.slice/session.scope/shunt-bench-%d", (int)getpid());
    cr_expect_eq(access(files_path(left), F_OK), -1, "the first try is taken back");
}

Test(bench_quota, version_2_goes_no_further_than_what_is_mounted)
{
    struct quota quota;
    char error[512];

    make_proc("31 1 0:2 / /cg rw - cgroup2 cgroup2 rw\n", "0::/user.slice\n");
    make_folder("cg");
    make_folder("cg/user.slice");
    cr_expect_eq(quota_create_below(files_folder(), 0.3, &quota, error, sizeof error),
                 SHUNT_ENOTSUP);
    cr_expect_not_null(strstr(error, "/cg/user.slice/shunt-bench-"), "of the first try: %s", error);
    cr_expect_str_empty(quota.folder);
}

Test(bench_quota, says_why_it_is_not_permitted)
{
    static const char *const none[] = {NULL};
    struct quota quota;
    char error[512];

    make_proc("29 1 0:1 / / rw - ext4 /dev/vda rw\n", "");
    cr_expect_eq(quota_create_below(files_folder(), 0.3, &quota, error, sizeof error),
                 SHUNT_ENOTSUP);
    cr_expect_str_eq(error, "no cgroup hierarchy with the cpu controller is mounted");
    files_write_text("proc/self/mountinfo", "31 1 0:2 / /cg rw - cgroup2 cgroup2 rw\n");
    cr_expect_eq(quota_create_below(files_folder(), 0.3, &quota, error, sizeof error),
                 SHUNT_ENOTSUP, "the folder is not there");
    cr_expect_not_null(strstr(error, "No such file"), "%s", error);
    make_folder("cg");
    make_group("cg", none);
    cr_expect_eq(quota_create_below(files_folder(), 0.3, &quota, error, sizeof error),
                 SHUNT_ENOTSUP, "the group has no cpu.max");
    cr_expect_not_null(strstr(error, "does the parent group hand down the cpu controller?"), "%s",
                       error);
    cr_expect_str_empty(quota.folder);
}

Test(bench_quota, tells_what_the_kernel_did_in_either_version)
{
    static const struct {
        const char *why, *text;
        bool known;
    } rows[] = {
        {"version 1", "nr_periods 40\nnr_throttled 30\nthrottled_time 5000999\n", true},
        {"version 2",
         "usage_usec 9\nuser_usec 9\nnr_periods 40\nnr_throttled 30\nthrottled_usec 5000\n", true},
        {"version 2 without the controller", "usage_usec 9\nuser_usec 9\n", false},
    };
    struct quota quota = {.version = 2};
    struct quota_stat stat;

    cr_expect_not(quota_stat(&quota, &stat), "there is no group");
    snprintf(quota.folder, sizeof quota.folder, "%s", files_folder());
    cr_expect_not(quota_stat(&quota, &stat), "there is no cpu.stat");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        files_write_text("cpu.stat", rows[i].text);
        cr_expect_eq(quota_stat(&quota, &stat), rows[i].known, "%s", rows[i].why);
        if (rows[i].known) {
            cr_expect(stat.periods == 40 && stat.throttled == 30 && stat.throttled_us == 5000, "%s",
                      rows[i].why);
        }
    }
}
