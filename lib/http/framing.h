/*
 * The fields that decide about the message and the connection: Host, Content-Length,
 * Transfer-Encoding, Connection, Upgrade, Expect. Each line is judged as it comes; what needs all
 * of them is judged after the last one.
 */
#ifndef HTTP_FRAMING_H
#define HTTP_FRAMING_H

#include "http/parse.h"

/* Take note of a field that decides about the message itself. */
unsigned http_note_field(struct http_parse *parse, const struct shunt_field *field);

/* RFC 9112 section 6.3. Both lengths at once, or a coding on HTTP/1.0, is how requests hide. */
static inline unsigned http_judge_framing(unsigned seen, unsigned version_minor)
{
    if (!(seen & HTTP_SEEN_CODING)) {
        return HTTP_GO;
    }
    if (seen & HTTP_SEEN_LENGTH || version_minor == 0) {
        return 400;
    }
    if (seen & HTTP_CODING_UNKNOWN) {
        return 501;
    }
    return seen & HTTP_CODING_CHUNKED ? HTTP_GO : 400;
}

/* After the last field: may all of `seen` stand together in one head? */
static inline unsigned http_judge_fields(unsigned seen, unsigned version_minor)
{
    unsigned verdict;

    if (version_minor >= 1 && !(seen & HTTP_SEEN_HOST)) {
        return 400;
    }
    verdict = http_judge_framing(seen, version_minor);
    if (verdict != HTTP_GO) {
        return verdict;
    }
    return version_minor >= 1 && seen & HTTP_EXPECT_OTHER ? 417 : HTTP_GO;
}

/*
 * What `seen` means for body and connection: the rest of a head whose method and version are set.
 * HTTP/1.0 has neither Upgrade nor Expect (RFC 9110 sections 7.8 and 10.1.1).
 */
static inline void http_conclude(struct http_head *head, unsigned seen)
{
    const unsigned offer = HTTP_CONNECTION_UPGRADE | HTTP_UPGRADE_OFFERED;
    const unsigned no_offer = HTTP_CONNECTION_CLOSE | HTTP_UPGRADE_MALFORMED;
    bool modern = head->version_minor >= 1;

    head->framing = seen & HTTP_SEEN_CODING   ? HTTP_BODY_CHUNKED
                    : seen & HTTP_SEEN_LENGTH ? HTTP_BODY_LENGTH
                                              : HTTP_BODY_NONE;
    head->keep_alive =
        !(seen & HTTP_CONNECTION_CLOSE) && (modern || (seen & HTTP_CONNECTION_KEEP_ALIVE) != 0);
    head->expect_continue = modern && (seen & HTTP_EXPECT_CONTINUE) != 0;
    head->upgrade = modern && (seen & (offer | no_offer)) == offer;
    head->head_method = shunt_span_equal(head->method, (struct shunt_span){"HEAD", 4});
}

#endif
