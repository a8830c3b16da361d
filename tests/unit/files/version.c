/* What a file's answers say of its version. */
#include "files/version.h"

#include "support/files.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <shunt/fields.h>
#include <time.h>

/* The version of a file that was changed at `changed`, by its own clock. */
static void version_open(struct files_version *version, time_t changed)
{
    static const struct shunt_folder folder = {.path = NULL};
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct stat is;

    cr_assert_eq(fstat(fd, &is), 0);
    is.st_mtim = (struct timespec){.tv_sec = changed};
    cr_assert(files_version_open(version, &folder, fd, &is, NULL, false));
}

static int64_t last_modified(const struct files_version *version)
{
    const char *at = memmem(version->fields.at, version->fields.len, "Last-Modified: ", 15);
    int64_t date = 0;

    cr_assert_not_null(at);
    cr_assert_eq(shunt_date_parse((struct shunt_span){at + 15, 29}, time(NULL), &date), SHUNT_OK);
    return date;
}

/* RFC 9110 section 8.8.2.1. */
Test(files_version, that_seems_to_come_from_the_future_was_changed_now)
{
    struct files_version version;
    time_t now = time(NULL);

    version_open(&version, now + 100000);
    cr_expect_geq(last_modified(&version), now);
    cr_expect_leq(last_modified(&version), time(NULL));
    files_version_close(&version);
    version_open(&version, now - 100000);
    cr_expect_eq(last_modified(&version), now - 100000);
    files_version_close(&version);
}
