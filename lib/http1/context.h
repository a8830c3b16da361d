/* What the HTTP/1.1 connections of one worker share. */
#ifndef HTTP1_CONTEXT_H
#define HTTP1_CONTEXT_H

#include "exchange/context.h"
#include "http/chunked.h"

struct http1_context {
    struct exchange_context exchange; /* first */
    int64_t date_s;                   /* the time of `date` */
    char date[64];                    /* "Date: ...\r\n" */
    size_t date_len;
    struct http_head head; /* of the request in hand */
    struct shunt_field fields[HTTP_FIELDS_MAX];
    struct shunt_field trailers[HTTP_TRAILERS_MAX];
};

/* `routes` must outlive it. */
void http1_context_init(struct http1_context *context, const struct exchange_routes *routes,
                        const struct exchange_limits *limits);
void http1_context_fini(struct http1_context *context);

static inline struct http1_context *http1_context_of(const struct conn *conn)
{
    return conn_loop_of(conn)->http_context;
}

#endif
