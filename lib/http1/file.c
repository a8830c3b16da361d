#include "http1/file.h"

#include "conn/output.h"

/* One send of so many bytes costs less than one of a head and one of a file, a copy included. */
enum { JOINED_BYTES_MAX = 16384 };

size_t http1_file_joined(const struct shunt_response *response)
{
    const struct exchange_file *file = &response->file;

    return file->file && file->parts == &file->only && file->len <= JOINED_BYTES_MAX
               ? (size_t)file->len
               : 0;
}

bool http1_file_read(const struct shunt_response *response, char *at, size_t len)
{
    return conn_file_read(response->file.file, response->file.only.offset, at, len);
}

static void write_text(struct conn *conn, struct shunt_span text)
{
    char *room = text.len > 0 ? conn_write_reserve(conn, text.len) : NULL;

    if (room) {
        memcpy(room, text.at, text.len);
        (void)conn_write_commit(conn, text.len);
    }
}

bool http1_file_write(struct conn *conn, struct shunt_response *response)
{
    const struct exchange_file *file = &response->file;

    for (size_t i = 0; i < file->count; i++) {
        const struct exchange_file_part *part = &file->parts[i];

        write_text(conn, part->before);
        (void)conn_write_file(conn, conn_file_take(file->file), part->offset, part->len);
    }
    write_text(conn, file->behind);
    return conn->state != CONN_CLOSING;
}
