/* One flat folder below TMPDIR for each test process. */
#include "support/files.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[PATH_MAX];

void files_make(void)
{
    const char *base = getenv("TMPDIR");

    snprintf(folder, sizeof folder, "%s/shunt-test-XXXXXX", base ? base : "/tmp");
    cr_assert(mkdtemp(folder));
}

void files_remove(void)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) {
            const char *path = files_path(entry->d_name);

            if (unlink(path)) {
                rmdir(path);
            }
        }
    }
    if (dir) {
        closedir(dir);
    }
    rmdir(folder);
}

const char *files_folder(void)
{
    return folder;
}

const char *files_path(const char *name)
{
    static char paths[8][PATH_MAX + 256];
    static unsigned next;
    char *path = paths[next++ % 8];

    snprintf(path, sizeof paths[0], "%s/%.250s", folder, name);
    return path;
}

const char *files_write(const char *name, const void *bytes, size_t len)
{
    const char *path = files_path(name);
    FILE *file = fopen(path, "we");

    cr_assert(file);
    cr_assert_eq(fwrite(bytes, 1, len, file), len);
    cr_assert_eq(fclose(file), 0);
    return path;
}

const char *files_write_text(const char *name, const char *text)
{
    return files_write(name, text, strlen(text));
}

char *files_read(const char *name, size_t *len)
{
    FILE *file = fopen(name, "re");
    char *bytes;
    long size;

    cr_assert(file, "%s", name);
    fseek(file, 0, SEEK_END);
    size = ftell(file);
    rewind(file);
    bytes = malloc((size_t)size + 1);
    cr_assert(bytes);
    cr_assert_eq(fread(bytes, 1, (size_t)size, file), (size_t)size);
    bytes[size] = '\0';
    fclose(file);
    *len = (size_t)size;
    return bytes;
}
