#include "files/version.h"

#include "http/response.h"

#include <inttypes.h>
#include <shunt/fields.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { FIELDS_BYTES_MAX = 512 /* Cache-Control excepted */ };

static void field(struct http_writer *out, const char *name, const char *value)
{
    if (value) {
        http_write_field(out, shunt_span_of(name), shunt_span_of(value));
    }
}

static bool fields_write(struct files_version *version, const struct shunt_folder *folder,
                         const char *coding, bool varies)
{
    struct http_writer out = {.room = FIELDS_BYTES_MAX};
    char date[SHUNT_DATE_BYTES];

    out.room += folder->cache_control ? strlen(folder->cache_control) : 0;
    out.at = malloc(out.room);
    if (!out.at) {
        return false;
    }
    shunt_date_format(version->date, date);
    field(&out, "ETag", version->etag);
    field(&out, "Last-Modified", date);
    field(&out, "Accept-Ranges", "bytes");
    field(&out, "Cache-Control", folder->cache_control);
    field(&out, "Content-Encoding", coding);
    field(&out, "Vary", varies ? "Accept-Encoding" : NULL);
    version->fields = (struct shunt_span){out.at, out.len};
    return true;
}

bool files_version_open(struct files_version *version, const struct shunt_folder *folder, int fd,
                        const struct stat *is, const char *coding, bool varies)
{
    uint64_t changed_ns =
        (uint64_t)is->st_mtim.tv_sec * 1000000000u + (uint64_t)is->st_mtim.tv_nsec;
    int64_t now = time(NULL);

    *version = (struct files_version){.is = *is, .file = conn_file_create(fd)};
    if (!version->file) {
        close(fd);
        return false;
    }
    version->date = is->st_mtim.tv_sec < now ? is->st_mtim.tv_sec : now;
    snprintf(version->etag, sizeof version->etag, "\"%" PRIx64 "-%" PRIx64 "-%" PRIx64 "\"",
             changed_ns, (uint64_t)is->st_size, (uint64_t)is->st_ino);
    if (!fields_write(version, folder, coding, varies)) {
        files_version_close(version);
        return false;
    }
    return true;
}

void files_version_close(struct files_version *version)
{
    if (version->file) {
        conn_file_put(version->file);
        free((char *)(uintptr_t)version->fields.at);
        *version = (struct files_version){.file = NULL};
    }
}

bool files_version_is(const struct files_version *version, const struct stat *is)
{
    const struct stat *was = &version->is;

    return version->file && was->st_dev == is->st_dev && was->st_ino == is->st_ino &&
           was->st_size == is->st_size && was->st_mtim.tv_sec == is->st_mtim.tv_sec &&
           was->st_mtim.tv_nsec == is->st_mtim.tv_nsec &&
           was->st_ctim.tv_sec == is->st_ctim.tv_sec && was->st_ctim.tv_nsec == is->st_ctim.tv_nsec;
}
