/* The heads stand here as they go over the wire, but for what tells one visitor from another. */
#include "parse_heads.h"

#include "http/head.h"
#include <stdio.h>
#include <stdlib.h>

#define FILE_BYTES_MAX ((size_t)1 << 20)

#define HEAD(name, literal)                                                                        \
    {                                                                                              \
        name,                                                                                      \
        {                                                                                          \
            literal, sizeof(literal) - 1                                                           \
        }                                                                                          \
    }

const struct parse_head parse_heads[] = {
    HEAD("least", "GET / HTTP/1.1\r\nHost: 127.0.0.1:8101\r\n\r\n"),
    HEAD("bench-get", "GET /hello HTTP/1.1\r\nHost: 127.0.0.1:8101\r\n"
                      "User-Agent: shunt-bench\r\nAccept: */*\r\n\r\n"),
    HEAD("bench-upgrade",
         "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:8101\r\nUser-Agent: shunt-bench\r\n"
         "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"),
    HEAD("chrome-upgrade",
         "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:8101\r\nConnection: Upgrade\r\nPragma: no-cache\r\n"
         "Cache-Control: no-cache\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) "
         "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36\r\n"
         "Upgrade: websocket\r\nOrigin: http://127.0.0.1:8101\r\nSec-WebSocket-Version: 13\r\n"
         "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US,en;q=0.9\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
         "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"),
    HEAD("browser-get",
         "GET /departures/2026/11/platform-nine-and-the-way-there.webp HTTP/1.1\r\n"
         "Host: www.example.com\r\n"
         "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
         "Accept: image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5\r\n"
         "Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
         "Referer: https://www.example.com/departures/2026/11/\r\nConnection: keep-alive\r\n"
         "Cookie: session=7f3c9a51e0b84d26a1c5f08e93d7b642; theme=dark; lang=en; "
         "consent=necessary%2Cstatistics; first_visit=1795852800; _pk_id.1.0c2f=4be1d5a07c3f9826."
         "1795852800.3.1795939200.; _pk_ses.1.0c2f=1; recent=platform-nine,signal-box,"
         "turntable,water-tower,level-crossing; visits=27; tz=+60\r\n\r\n"),
};
const size_t parse_head_count = sizeof parse_heads / sizeof *parse_heads;

/* How many of `bytes` are a head that is right; 0: none. */
static size_t head_bytes(struct shunt_span bytes)
{
    static struct shunt_field fields[HTTP_FIELDS_MAX];
    const struct http_limits limits = {FILE_BYTES_MAX, FILE_BYTES_MAX, HTTP_FIELDS_MAX};
    struct http_head head;
    unsigned answer;
    size_t used;

    return http_head_parse(bytes, 0, &limits, fields, &head, &used, &answer) == SHUNT_OK ? used : 0;
}

const char *parse_head_read(const char *name, struct parse_head *head)
{
    FILE *file = fopen(name, "rb");
    char *bytes = file ? malloc(FILE_BYTES_MAX) : NULL;
    size_t len = bytes ? fread(bytes, 1, FILE_BYTES_MAX, file) : 0;
    const char *error = file == NULL || ferror(file) ? "it cannot be read" : NULL;

    if (file) {
        fclose(file);
    }
    if (!error) {
        *head = (struct parse_head){name, {bytes, head_bytes((struct shunt_span){bytes, len})}};
        error = head->bytes.len ? NULL : "no request head that is right is at its front";
    }
    if (error) {
        free(bytes);
    }
    return error;
}
