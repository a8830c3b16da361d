#include "base/cpus.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct file {
    const char *path, *text;
};

static void write_file(const char *root, const struct file *file)
{
    char path[512];

    snprintf(path, sizeof path, "%s/%s", root, file->path);
    for (char *slash = strchr(path + strlen(root) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    FILE *out = fopen(path, "w");

    cr_assert_not_null(out, "%s", path);
    fputs(file->text, out);
    fclose(out);
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)info, (void)type, (void)ftw;
    return remove(path);
}

Test(base_cpus, reads_the_tightest_quota_of_cgroup_versions_1_and_2)
{
    static const struct {
        const char *why, *membership;
        struct file files[3];
        unsigned want;
    } rows[] = {
        {"version 2, rounded up", "0::/a/b\n", {{"a/b/cpu.max", "150000 100000\n"}}, 2},
        {"version 2, no limit", "0::/a\n", {{"a/cpu.max", "max 100000\n"}}, 0},
        {"version 2, a fraction is one CPU", "0::/\n", {{"cpu.max", "30000 100000\n"}}, 1},
        {"version 2, an ancestor is tighter",
         "0::/a/b\n",
         {{"a/b/cpu.max", "800000 100000\n"}, {"a/cpu.max", "200000 100000\n"}},
         2},
        {"version 2, a host path that is not mounted here",
         "0::/host/path\n",
         {{"cpu.max", "300000 100000\n"}},
         3},
        {"version 1, mounted at cpu",
         "4:memory:/x\n1:cpu:/x\n0::/\n",
         {{"cpu/x/cpu.cfs_quota_us", "250000\n"}, {"cpu/x/cpu.cfs_period_us", "100000\n"}},
         3},
        {"version 1, mounted under both names",
         "3:cpu,cpuacct:/\n",
         {{"cpu,cpuacct/cpu.cfs_quota_us", "50000\n"},
          {"cpu,cpuacct/cpu.cfs_period_us", "50000\n"}},
         1},
        {"version 1, no limit",
         "1:cpu:/\n",
         {{"cpu/cpu.cfs_quota_us", "-1\n"}, {"cpu/cpu.cfs_period_us", "100000\n"}},
         0},
        {"cpuset is not cpu",
         "1:cpuset:/\n",
         {{"cpu/cpu.cfs_quota_us", "100000\n"}, {"cpu/cpu.cfs_period_us", "100000\n"}},
         0},
        {"nonsense", "nonsense\n::\n", {{"cpu.max", "many\n"}}, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char root[] = "/tmp/base_cpus_XXXXXX", membership[64];

        cr_assert_not_null(mkdtemp(root));
        write_file(root, &(struct file){"membership", rows[i].membership});
        for (size_t f = 0; f < 3 && rows[i].files[f].path; f++) {
            write_file(root, &rows[i].files[f]);
        }
        snprintf(membership, sizeof membership, "%s/membership", root);
        cr_expect_eq(cpus_quota(membership, root), rows[i].want, "%s: got %u", rows[i].why,
                     cpus_quota(membership, root));
        nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    }
}

Test(base_cpus, no_membership_file_is_no_quota)
{
    cr_assert_eq(cpus_quota("/nonexistent", "/nonexistent"), 0);
}

Test(base_cpus, usable_is_at_least_one_and_at_most_what_is_allowed)
{
    cr_assert(cpus_usable() >= 1);
    cr_assert(cpus_usable() <= cpus_allowed());
}

Test(base_cpus, pins_to_the_nth_allowed_cpu)
{
    unsigned allowed = cpus_allowed();
    cpu_set_t all;

    cr_assert_eq(sched_getaffinity(0, sizeof all, &all), 0);
    for (unsigned n = 0; n < allowed + 1; n++) {
        int before = 0;

        cr_assert_eq(sched_setaffinity(0, sizeof all, &all), 0);
        cr_assert_eq(cpus_pin(n), SHUNT_OK);
        cr_assert_eq(cpus_allowed(), 1);
        for (int cpu = 0; cpu < sched_getcpu(); cpu++) {
            before += CPU_ISSET(cpu, &all) != 0;
        }
        cr_assert_eq((unsigned)before, n % allowed);
    }
}

Test(base_cpus, says_that_pinning_pays_only_where_threads_are_as_many_as_cpus_and_no_quota_is_set)
{
    cr_expect_eq(cpus_pin_pays(cpus_allowed()), cpus_quota_own() == 0);
    cr_expect_not(cpus_pin_pays(cpus_allowed() + 1));
    cr_expect_not(cpus_pin_pays(0));
}
