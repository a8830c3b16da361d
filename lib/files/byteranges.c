/* What stands between the parts is made beforehand, in memory of the exchange. */
#include "files/byteranges.h"

#include "http/response.h"

#include <string.h>
#include <sys/random.h>

#define LITERAL(text) ((struct shunt_span){text, sizeof(text) - 1})

enum {
    BOUNDARY_BYTES = 32,
    /* Of a part's lines: all but the type and the boundary. */
    LINES_BYTES =
        sizeof "\r\n--\r\nContent-Type: \r\nContent-Range: \r\n\r\n" + SHUNT_CONTENT_RANGE_BYTES
};
#define TYPE "multipart/byteranges; boundary="

/* 128 bits that no client can foresee, so that nobody can have put the line into the file. */
static bool boundary_make(char out[BOUNDARY_BYTES])
{
    uint8_t random[BOUNDARY_BYTES / 2];

    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
        return false;
    }
    for (size_t i = 0; i < BOUNDARY_BYTES; i++) {
        out[i] = "0123456789abcdef"[random[i / 2] >> i % 2 * 4 & 15];
    }
    return true;
}

/* The lines before a part; a CRLF ends the part before them. */
static struct shunt_span write_before(struct http_writer *out, struct shunt_span boundary,
                                      struct shunt_span type, const struct shunt_range *range,
                                      uint64_t size)
{
    size_t begin = out->len;
    char value[SHUNT_CONTENT_RANGE_BYTES];
    size_t len = shunt_content_range(range, size, value);

    http_write_bytes(out, LITERAL("\r\n--"));
    http_write_bytes(out, boundary);
    http_write_bytes(out, LITERAL("\r\n"));
    http_write_field(out, LITERAL("Content-Type"), type);
    http_write_field(out, LITERAL("Content-Range"), (struct shunt_span){value, len});
    http_write_end(out);
    return (struct shunt_span){out->at + begin, out->len - begin};
}

static struct shunt_span write_behind(struct http_writer *out, struct shunt_span boundary)
{
    size_t begin = out->len;

    http_write_bytes(out, LITERAL("\r\n--"));
    http_write_bytes(out, boundary);
    http_write_bytes(out, LITERAL("--\r\n"));
    return (struct shunt_span){out->at + begin, out->len - begin};
}

bool files_byteranges_set(struct shunt_exchange *exchange, struct conn_file *file, uint64_t size,
                          const char *type, const struct shunt_range *ranges, size_t count)
{
    const struct shunt_request *request = &exchange->request;
    size_t part_bytes = LINES_BYTES + BOUNDARY_BYTES + strlen(type);
    size_t room = sizeof TYPE + BOUNDARY_BYTES + (count + 1) * part_bytes;
    struct exchange_file_part *parts = shunt_request_alloc(request, count * sizeof *parts);
    struct http_writer out = {.at = shunt_request_alloc(request, room), .room = room};
    char *content_type = out.at;
    struct shunt_span boundary = {content_type + sizeof TYPE - 1, BOUNDARY_BYTES};

    if (!parts || !out.at || !boundary_make(content_type + sizeof TYPE - 1)) {
        conn_file_put(file);
        return false;
    }
    memcpy(content_type, TYPE, sizeof TYPE - 1);
    content_type[sizeof TYPE - 1 + BOUNDARY_BYTES] = '\0';
    out.len = sizeof TYPE + BOUNDARY_BYTES;
    for (size_t i = 0; i < count; i++) {
        parts[i].before = write_before(&out, boundary, shunt_span_of(type), &ranges[i], size);
        parts[i].offset = ranges[i].first;
        parts[i].len = ranges[i].len;
    }
    exchange_response_parts(&exchange->response, file, parts, count, write_behind(&out, boundary));
    exchange->response.content_type = content_type;
    return true;
}
