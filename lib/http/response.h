/* Writing response heads (RFC 9112 section 4) into memory of the caller. */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include <shunt/span.h>
#include <shunt/status.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * A head under construction: `room` bytes at `at`, of which `len` are written. What does not fit
 * sets `full`; nothing of that piece is written, nor of any later one.
 */
struct http_writer {
    char *at;
    size_t len, room;
    bool full;
};

/* Start with "HTTP/1.1 STATUS REASON\r\n"; 100 <= status <= 999. */
void http_write_status(struct http_writer *out, unsigned status);
/* "NAME: VALUE\r\n". The caller has checked both. */
void http_write_field(struct http_writer *out, struct shunt_span name, struct shunt_span value);
/* The same with a number. */
void http_write_field_number(struct http_writer *out, struct shunt_span name, uint64_t value);
/* The empty line. */
void http_write_end(struct http_writer *out);
/* A number in decimal. */
void http_write_number(struct http_writer *out, uint64_t value);
/* Bytes as they are. */
void http_write_bytes(struct http_writer *out, struct shunt_span bytes);

#endif
