#include "wire/reply.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What a head had. */
struct head {
    unsigned status;
    bool has_length, chunked, close;
    uint64_t length;
};

static struct shunt_span value_of(const char *from, const char *to)
{
    while (from < to && (*from == ' ' || *from == '\t')) {
        from++;
    }
    while (to > from && (to[-1] == ' ' || to[-1] == '\t')) {
        to--;
    }
    return (struct shunt_span){from, (size_t)(to - from)};
}

static bool parse_length(struct shunt_span text, struct head *head)
{
    uint64_t length = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9' || i >= 18) {
            return false;
        }
        length = length * 10 + (uint64_t)(text.at[i] - '0');
    }
    if (text.len == 0 || (head->has_length && head->length != length)) {
        return false;
    }
    head->has_length = true;
    head->length = length;
    return true;
}

/* One field line without its CRLF. Lengths first: they rule out nearly all. */
static bool parse_field(const char *line, size_t len, struct head *head)
{
    const char *colon = memchr(line, ':', len);
    size_t name = colon ? (size_t)(colon - line) : 0;

    if (name == 14 && strncasecmp(line, "content-length", 14) == 0) {
        return parse_length(value_of(colon + 1, line + len), head);
    }
    if (name == 17 && strncasecmp(line, "transfer-encoding", 17) == 0) {
        struct shunt_span value = value_of(colon + 1, line + len);

        head->chunked = shunt_span_equal_nocase(value, shunt_span_of("chunked"));
        return head->chunked;
    }
    if (name == 10 && strncasecmp(line, "connection", 10) == 0) {
        struct shunt_span value = value_of(colon + 1, line + len);

        head->close |= shunt_span_equal_nocase(value, shunt_span_of("close"));
    }
    return name > 0;
}

/* A whole head, its empty line included. */
static bool parse_head(struct shunt_span text, struct head *head)
{
    const char *at = text.at, *end = text.at + text.len - 2;
    const char *line_end = memchr(at, '\r', text.len);

    *head = (struct head){.status = 0};
    if (line_end - at < 12 || memcmp(at, "HTTP/1.", 7) != 0 || at[8] != ' ') {
        return false;
    }
    for (int i = 9; i < 12; i++) {
        if (at[i] < '0' || at[i] > '9') {
            return false;
        }
        head->status = head->status * 10 + (unsigned)(at[i] - '0');
    }
    head->close = at[7] == '0';
    for (at = line_end + 2; at < end; at = line_end + 2) {
        line_end = memmem(at, (size_t)(end + 2 - at), "\r\n", 2);
        if (!line_end || !parse_field(at, (size_t)(line_end - at), head)) {
            return false;
        }
    }
    return head->status >= 100;
}

static void begin_body(struct reply *reply, const struct head *head)
{
    reply->last = head->close;
    reply->left = 0;
    if (reply->bodiless || head->status == 204 || head->status == 304) {
        reply->at = REPLY_LENGTH;
    } else if (head->chunked) {
        reply->at = REPLY_CHUNKED;
        reply->chunked = (struct http_chunked){.chunk_left = 0};
    } else if (head->has_length) {
        reply->at = REPLY_LENGTH;
        reply->left = head->length;
    } else {
        reply->at = REPLY_TO_END;
        reply->last = true;
    }
}

/* The head is not whole: keep what there is. */
static bool keep(struct reply *reply, struct shunt_span *in)
{
    if (!reply->kept && !(reply->kept = malloc(REPLY_HEAD_BYTES_MAX))) {
        return false;
    }
    if (in->len > REPLY_HEAD_BYTES_MAX - reply->kept_len) {
        return false;
    }
    memcpy(reply->kept + reply->kept_len, in->at, in->len);
    reply->kept_len += in->len;
    in->at += in->len;
    in->len = 0;
    return true;
}

/* Find the head's end, over what was kept and `in`. REPLY_DONE: `head` is whole. */
static enum reply_event take_head(struct reply *reply, struct shunt_span *in, struct head *head)
{
    struct shunt_span before = *in, text = *in;
    size_t kept = reply->kept_len;

    if (kept) {
        if (!keep(reply, in)) {
            return REPLY_BAD;
        }
        text = (struct shunt_span){reply->kept, reply->kept_len};
    }
    const char *end = memmem(text.at, text.len, "\r\n\r\n", 4);

    if (!end) {
        return kept || keep(reply, in) ? REPLY_MORE : REPLY_BAD;
    }
    text.len = (size_t)(end + 4 - text.at);
    *in = (struct shunt_span){before.at + (text.len - kept), before.len - (text.len - kept)};
    reply->kept_len = 0;
    return parse_head(text, head) ? REPLY_DONE : REPLY_BAD;
}

static enum reply_event take_body(struct reply *reply, struct shunt_span *in)
{
    if (reply->at == REPLY_CHUNKED) {
        for (;;) {
            struct shunt_span data;
            size_t used;
            enum shunt_status status = http_chunked_decode(&reply->chunked, *in, &used, &data);

            in->at += used;
            in->len -= used;
            if (status != SHUNT_AGAIN || used == 0) {
                return status == SHUNT_OK      ? REPLY_DONE
                       : status == SHUNT_AGAIN ? REPLY_MORE
                                               : REPLY_BAD;
            }
        }
    }
    size_t len = reply->at == REPLY_TO_END || in->len < reply->left ? in->len : (size_t)reply->left;

    in->at += len;
    in->len -= len;
    reply->left -= reply->at == REPLY_LENGTH ? len : 0;
    return reply->at == REPLY_LENGTH && reply->left == 0 ? REPLY_DONE : REPLY_MORE;
}

enum reply_event reply_next(struct reply *reply, struct shunt_span *in, enum failure *failure)
{
    struct head head;

    *failure = FAILURE_BAD_RESPONSE;
    while (reply->at == REPLY_HEAD) {
        if (in->len == 0) {
            return REPLY_MORE;
        }
        enum reply_event event = take_head(reply, in, &head);

        if (event != REPLY_DONE) {
            return event;
        }
        if (reply->statuses && (head.status >= 200 || head.status == 101)) {
            reply->statuses[head.status]++;
        }
        if (head.status >= 400 || head.status == 101) {
            *failure = FAILURE_WRONG_STATUS;
            return REPLY_BAD;
        }
        if (head.status >= 200) {
            begin_body(reply, &head);
        }
    }
    enum reply_event event = take_body(reply, in);

    if (event == REPLY_DONE) {
        reply->at = REPLY_HEAD;
    }
    return event;
}

bool reply_ends_here(const struct reply *reply)
{
    return reply->at == REPLY_TO_END;
}

bool reply_begun(const struct reply *reply)
{
    return reply->at != REPLY_HEAD || reply->kept_len > 0;
}

void reply_reset(struct reply *reply)
{
    *reply = (struct reply){
        .bodiless = reply->bodiless, .statuses = reply->statuses, .kept = reply->kept};
}

void reply_fini(struct reply *reply)
{
    free(reply->kept);
    *reply = (struct reply){.kept = NULL};
}
