/* An open file with what its answers say of it. */
#ifndef FILES_VERSION_H
#define FILES_VERSION_H

#include "conn/file.h"
#include "files/folder.h"

#include <sys/stat.h>

#define FILES_ETAG_BYTES 64

struct files_version {
    struct conn_file *file; /* NULL: there is none */
    struct stat is;
    int64_t
        date; /* of the last change, and no later than it was opened (RFC 9110 section 8.8.2.1) */
    char etag[FILES_ETAG_BYTES];
    struct shunt_span fields; /* field lines: all that its answers have in common */
};

/*
 * Consumes `fd`, whatever comes of it. `coding`: what Content-Encoding has, NULL: none; `varies`:
 * there are others of the same name, by Accept-Encoding. False: no memory.
 */
bool files_version_open(struct files_version *version, const struct shunt_folder *folder, int fd,
                        const struct stat *is, const char *coding, bool varies);
void files_version_close(struct files_version *version);

/* Is `is` the very file, unchanged? */
bool files_version_is(const struct files_version *version, const struct stat *is);

#endif
