#include "files/folder.h"

#include "base/words.h"
#include "files/open.h"
#include "http/list.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum shunt_status refuse(char *error, size_t size, enum shunt_status status,
                                const char *format, ...) __attribute__((format(printf, 4, 5)));

static enum shunt_status refuse(char *error, size_t size, enum shunt_status status,
                                const char *format, ...)
{
    va_list args;

    if (size > 0) {
        va_start(args, format);
        vsnprintf(error, size, format, args);
        va_end(args);
    }
    return status;
}

static enum shunt_status check_texts(const struct shunt_folder_options *options, char *error,
                                     size_t size)
{
    if (!options->path || !*options->path) {
        return refuse(error, size, SHUNT_EINVAL, "path: expected a folder, found none");
    }
    for (const char *const *name = options->index; name && *name; name++) {
        if (!**name || strchr(*name, '/')) {
            return refuse(error, size, SHUNT_EINVAL,
                          "index: expected names without a slash, found \"%s\"", *name);
        }
    }
    for (const char *const *type = options->types; type && *type; type += 2) {
        if (!type[1] || !http_is_field_value(shunt_span_of(type[1])) || !*type[1]) {
            return refuse(error, size, SHUNT_EINVAL,
                          "types: expected a media type for \"%s\", found \"%s\"", *type,
                          type[1] ? type[1] : "");
        }
    }
    if (options->cache_control && !http_is_field_value(shunt_span_of(options->cache_control))) {
        return refuse(error, size, SHUNT_EINVAL,
                      "cache_control: expected the value of a field, found \"%s\"",
                      options->cache_control);
    }
    return SHUNT_OK;
}

/* A folder may be there for others than this process. */
static enum shunt_status check_folder(const struct shunt_folder *folder, char *error, size_t size)
{
    struct stat is;
    int rc = files_open(folder, "", &is, NULL);

    if (rc == -ENOSYS || rc == -EPERM) {
        return refuse(error, size, SHUNT_ENOTSUP,
                      "path: openat2(2) is needed (Linux 5.6), and is not there or forbidden here");
    }
    if (rc == -EISDIR && access(folder->path, R_OK | X_OK) != 0) {
        rc = -errno;
    }
    return rc == -EISDIR ? SHUNT_OK
                         : refuse(error, size, SHUNT_ENOTFOUND,
                                  "path: expected a folder that can be read, found \"%s\": %s",
                                  folder->path, strerror(-rc));
}

enum shunt_status shunt_folder_create(const struct shunt_folder_options *options,
                                      struct shunt_folder **out, char *error, size_t error_size)
{
    static const char *const index[] = {"index.html", NULL};
    enum shunt_status status = check_texts(options, error, error_size);
    struct shunt_folder *folder;

    if (status != SHUNT_OK) {
        return status;
    }
    folder = calloc(1, sizeof *folder);
    if (!folder) {
        return SHUNT_ENOMEM;
    }
    folder->path = strdup(options->path);
    folder->index = words_copy(options->index ? options->index : index);
    folder->types = options->types ? words_copy(options->types) : NULL;
    folder->cache_control = options->cache_control ? strdup(options->cache_control) : NULL;
    folder->dot_files = options->dot_files;
    folder->symlinks = options->symlinks;
    folder->precompressed = options->precompressed;
    status = !folder->path || !folder->index || (options->types && !folder->types) ||
                     (options->cache_control && !folder->cache_control)
                 ? refuse(error, error_size, SHUNT_ENOMEM, "no memory")
                 : check_folder(folder, error, error_size);
    if (status != SHUNT_OK) {
        shunt_folder_destroy(folder);
        return status;
    }
    *out = folder;
    return SHUNT_OK;
}

void shunt_folder_destroy(struct shunt_folder *folder)
{
    if (folder) {
        free(folder->path);
        words_free(folder->index);
        words_free(folder->types);
        free(folder->cache_control);
        free(folder);
    }
}
