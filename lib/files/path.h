/* From a path as it was sent to the name of a file beneath a folder. */
#ifndef FILES_PATH_H
#define FILES_PATH_H

#include <shunt/span.h>
#include <stdbool.h>

enum files_path {
    FILES_PATH_FILE,
    FILES_PATH_FOLDER,    /* it ends with a slash, or is empty */
    FILES_PATH_REFUSED,   /* 404 */
    FILES_PATH_MALFORMED, /* 400 */
};

/*
 * Decode `text`, which has no slash at its front, once, segment by segment, so that no encoded slash
 * becomes one. `name`, of `room` bytes, gets it with a NUL and without the slash at its end; written
 * only for a file or a folder. No segment is empty, "." or ".."; none begins with a dot unless
 * `dot_files`. What does not fit is refused.
 */
enum files_path files_path_read(struct shunt_span text, bool dot_files, char *name, size_t room);

#endif
