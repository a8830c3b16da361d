#include "files/path.h"

#include <shunt/fields.h>
#include <string.h>

/* The segment's bytes go to `name` + *len, behind a slash unless it is the first. */
static enum files_path add_segment(struct shunt_span segment, bool dot_files, char *name,
                                   size_t room, size_t *len)
{
    struct shunt_span decoded;
    enum shunt_status status;

    if (*len > 0 && *len + 1 < room) {
        name[(*len)++] = '/';
    }
    status = shunt_percent_decode(segment, name + *len, room - *len, &decoded);
    if (status == SHUNT_EPROTO) {
        return FILES_PATH_MALFORMED;
    }
    if (status != SHUNT_OK || decoded.len == 0 || decoded.len >= room - *len) {
        return FILES_PATH_REFUSED;
    }
    if (memchr(decoded.at, '\0', decoded.len)) {
        return FILES_PATH_MALFORMED;
    }
    if (memchr(decoded.at, '/', decoded.len) ||
        (decoded.at[0] == '.' &&
         (!dot_files || decoded.len == 1 || (decoded.len == 2 && decoded.at[1] == '.')))) {
        return FILES_PATH_REFUSED;
    }
    memmove(name + *len, decoded.at, decoded.len);
    *len += decoded.len;
    return FILES_PATH_FILE;
}

enum files_path files_path_read(struct shunt_span text, bool dot_files, char *name, size_t room)
{
    enum files_path kind = FILES_PATH_FOLDER;
    size_t len = 0;

    while (text.len > 0) {
        const char *slash = memchr(text.at, '/', text.len);
        size_t here = slash ? (size_t)(slash - text.at) : text.len;

        kind = add_segment((struct shunt_span){text.at, here}, dot_files, name, room, &len);
        if (kind != FILES_PATH_FILE) {
            return kind;
        }
        if (slash) {
            here++;
            kind = FILES_PATH_FOLDER;
        }
        text.at += here;
        text.len -= here;
    }
    name[len] = '\0';
    return kind;
}
