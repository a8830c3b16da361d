#include "file_bytes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 65536u

/* Up to the end, or past `most`. NULL with errno. */
static char *read_all(FILE *in, size_t most, size_t *len)
{
    size_t room = FIRST_ROOM, got;
    char *bytes = malloc(room);

    *len = 0;
    while (bytes && *len <= most && (got = fread(bytes + *len, 1, room - 1 - *len, in)) > 0) {
        *len += got;
        if (*len == room - 1) {
            char *grown = realloc(bytes, room *= 2);

            if (!grown) {
                free(bytes);
            }
            bytes = grown;
        }
    }
    if (bytes && ferror(in)) {
        free(bytes);
        bytes = NULL;
    }
    return bytes;
}

enum shunt_status file_bytes_read(const char *file, size_t most, char **bytes, size_t *len,
                                  struct error *error)
{
    FILE *in = fopen(file, "re");
    char *made = in ? read_all(in, most, len) : NULL;
    int why = errno;

    if (in) {
        fclose(in);
    }
    if (!made) {
        return error_set(error, SHUNT_EINVAL, "%s: %s", file, strerror(why));
    }
    if (*len > most) {
        free(made);
        return error_set(error, SHUNT_EINVAL, "%s: more than %zu bytes", file, most);
    }
    made[*len] = '\0';
    *bytes = made;
    return SHUNT_OK;
}
