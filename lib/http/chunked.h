/* The chunked transfer coding, received (RFC 9112 section 7.1). Strict, streaming, resumable. */
#ifndef HTTP_CHUNKED_H
#define HTTP_CHUNKED_H

#include <shunt/request.h>
#include <shunt/status.h>
#include <stdbool.h>
#include <stdint.h>

/* All zero at first. The members are the decoder's. */
struct http_chunked {
    uint64_t chunk_left;
    uint32_t line_bytes;      /* of the size line with its extensions, or of the trailers so far */
    uint32_t extension_bytes; /* of the whole body, less what its chunks have paid for */
    uint8_t state, digits;
};

#define HTTP_CHUNK_LINE_BYTES_MAX 1024 /* size, extensions, CRLF: more is SHUNT_ETOOBIG */
#define HTTP_TRAILER_BYTES_MAX    8192 /* the trailer section */
#define HTTP_TRAILERS_MAX         64   /* its fields; whoever reads them minds that: 431 too */
/*
 * Chunk extensions of one body: a client could send kilobytes of them for each byte of data. A
 * chunk of n bytes entitles to n / 32 bytes of them, and this much may come on top.
 */
#define HTTP_CHUNK_EXTENSION_BYTES_MAX 8192

/*
 * Decode from the front of `in`.
 *
 *   used  bytes of `in` that were consumed; written whatever the status
 *   data  the decoded bytes among them, one run, borrowed from `in`, maybe empty; written whatever
 *         the status. Call again with the rest while SHUNT_AGAIN and used > 0
 *
 * SHUNT_OK: the last chunk and the trailers are behind us, what follows `used` is the next request.
 * SHUNT_AGAIN: go on with more input (or the rest of it). SHUNT_EPROTO: answer 400, close.
 * SHUNT_ETOOBIG: a limit above (431 for trailers and size lines). A later call repeats the result.
 *
 * White space around the ";" and "=" of chunk extensions is parsed and dropped, leading zeros of a
 * size count for nothing. Refused although some accept it: white space elsewhere in a size line, a
 * bare LF, a chunk of 2^63 bytes or more, and a trailer field that is about framing, routing,
 * authentication or the reading of the content (RFC 9110 section 6.5.1).
 */
enum shunt_status http_chunked_decode(struct http_chunked *chunked, struct shunt_span in,
                                      size_t *used, struct shunt_span *data) SHUNT_MUST_USE;

/*
 * Do the bytes that come next belong to the trailer section? A call whose bytes come before it ends
 * where its first field begins, so what is used from there on are field lines, checked, and an empty
 * line. Where there are no fields, a part of that line may be all.
 */
bool http_chunked_in_trailers(const struct http_chunked *chunked);

/* The next field line of a trailer section, which moves `rest` behind it. False: there is none. */
bool http_chunked_trailer_next(struct shunt_span *rest, struct shunt_field *field);

/* May a sender put a field of this name into a trailer section (RFC 9110 section 6.5.1)? Not what is
 * refused there, nor what a recipient needs before the content. */
bool http_chunked_trailer_allowed(struct shunt_span name);

/* Bytes that the chunk in hand has announced and that have not come yet. */
uint64_t http_chunked_left(const struct http_chunked *chunked);

#endif
