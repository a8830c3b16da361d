/* Files of a folder as the answers of a route. */
#ifndef SHUNT_FILES_H
#define SHUNT_FILES_H

#include <shunt/http.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Which folder, and how it is served. What it points to is copied. */
struct shunt_folder_options {
    uint32_t size;             /* sizeof *this where it was compiled (<shunt/abi.h>) */
    const char *path;          /* of the folder; looked up anew for each file that is opened */
    const char *const *index;  /* names that answer for a folder, the first one that is there; ends
                                 with NULL. NULL: "index.html" */
    const char *const *types;  /* extension, media type, extension, type ..., NULL; asked before the
                                 built-in ones. An extension is given as "html", its case does not
                                 count. May be NULL */
    const char *cache_control; /* value of a Cache-Control field; NULL: none */
    bool dot_files;            /* serve names that begin with a dot, too */
    bool symlinks;             /* follow symbolic links that stay beneath the folder */
    bool precompressed;        /* NAME.br, NAME.zst and NAME.gz stand for NAME where they are not
                                  older and Accept-Encoding allows them */
};
#define SHUNT_FOLDER_OPTIONS_BYTES_1_1 SHUNT_BYTES_WITH(struct shunt_folder_options, precompressed)

struct shunt_folder;

/*
 * SHUNT_OK; SHUNT_EINVAL: an option is no valid one; SHUNT_ENOTFOUND: `path` is no folder that can
 * be read; SHUNT_ENOTSUP: the kernel has no openat2(2) (5.6), or a sandbox forbids it; SHUNT_ENOMEM.
 * `error` (may be NULL where error_size is 0) gets a sentence.
 */
SHUNT_API enum shunt_status shunt_folder_create(const struct shunt_folder_options *options,
                                                struct shunt_folder **folder, char *error,
                                                size_t error_size) SHUNT_MUST_USE;
/* Not while a server runs that has it on a route. NULL is allowed. */
SHUNT_API void shunt_folder_destroy(struct shunt_folder *folder);

/*
 * A handler, whose `arg` is a struct shunt_folder. On a route that ends with {name...} what stood
 * there is the file's path beneath the folder, on another one the request's whole path is.
 *
 * The path is percent-decoded once. An encoded slash, an empty segment, "." and ".." are 404, a NUL
 * and a broken encoding 400. Nothing outside of the folder is opened whatever links there are, only
 * regular files are served, and nothing else is opened. A path of a folder without its slash is
 * redirected (301) to the one with it; a folder without an index file is 404, there are no listings.
 *
 * GET and HEAD with ETag and Last-Modified, If-Match, If-None-Match, If-Modified-Since,
 * If-Unmodified-Since, If-Range, and Range with one part or several (at most 32; with more, or with
 * a mistake, the whole file is the answer); 405 otherwise.
 *
 * A file stays open in its worker (limits.open_files_max), and for timeouts.open_file_ms it is not
 * asked for again: so long a file that was replaced or removed may still be served. An entity tag is
 * made of the time of the last change, the size and the inode: a file that is changed in place, to
 * the same size and within one tick of the kernel's clock (up to 10 ms), keeps it.
 */
SHUNT_API void shunt_folder_serve(void *folder, const struct shunt_request *request,
                                  struct shunt_response *response);

#ifdef __cplusplus
}
#endif

#endif
