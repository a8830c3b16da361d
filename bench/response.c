/* The checks of RFC 6455 section 4.1 and RFC 9110 section 7.8 that a client must make. */
#include "response.h"

#include <stdint.h>
#include <string.h>

/* What the fields of one head said. */
struct seen {
    bool upgrade_names_it, connection_upgrade, accept_right, accept_wrong;
};

static struct shunt_span trim(struct shunt_span text)
{
    while (text.len && (*text.at == ' ' || *text.at == '\t')) {
        text.at++;
        text.len--;
    }
    while (text.len && (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\t')) {
        text.len--;
    }
    return text;
}

/* Does the comma-separated list hold `element`? */
static bool lists(struct shunt_span list, struct shunt_span element)
{
    while (list.len) {
        const char *comma = memchr(list.at, ',', list.len);
        size_t len = comma ? (size_t)(comma - list.at) : list.len;

        if (shunt_span_equal_nocase(trim((struct shunt_span){list.at, len}), element)) {
            return true;
        }
        len += comma != NULL;
        list.at += len;
        list.len -= len;
    }
    return false;
}

static bool look_at_field(struct shunt_span line, struct shunt_span protocol,
                          struct shunt_span accept, struct seen *seen)
{
    const char *colon = memchr(line.at, ':', line.len);

    if (!colon || colon == line.at) {
        return false;
    }
    struct shunt_span name = {line.at, (size_t)(colon - line.at)};
    struct shunt_span value = trim((struct shunt_span){colon + 1, line.len - name.len - 1});

    if (name.len == 7 && shunt_span_equal_nocase(name, shunt_span_of("upgrade"))) {
        seen->upgrade_names_it |= lists(value, protocol);
    } else if (name.len == 10 && shunt_span_equal_nocase(name, shunt_span_of("connection"))) {
        seen->connection_upgrade |= lists(value, shunt_span_of("upgrade"));
    } else if (name.len == 20 &&
               shunt_span_equal_nocase(name, shunt_span_of("sec-websocket-accept"))) {
        bool *which = shunt_span_equal(value, accept) ? &seen->accept_right : &seen->accept_wrong;

        *which = true;
    }
    return true;
}

/* "HTTP/1.1 101" and then a space or the end of the line. */
static bool status_of(struct shunt_span line, unsigned *status)
{
    static const char version[] = "HTTP/1.1 ";
    const size_t at = sizeof version - 1;

    if (line.len < at + 3 || memcmp(line.at, version, at) != 0 ||
        (line.len > at + 3 && line.at[at + 3] != ' ')) {
        return false;
    }
    *status = 0;
    for (size_t i = at; i < at + 3; i++) {
        if (line.at[i] < '0' || line.at[i] > '9') {
            return false;
        }
        *status = *status * 10 + (unsigned)(line.at[i] - '0');
    }
    return *status >= 100;
}

/* The fields of a whole head whose lines all end in CRLF, the empty one included. */
static bool look_at_fields(struct shunt_span fields, struct shunt_span protocol,
                           struct shunt_span accept, struct seen *seen)
{
    while (fields.len > 2) {
        const char *end = memmem(fields.at, fields.len, "\r\n", 2);
        size_t len = end ? (size_t)(end - fields.at) : 0;

        if (!look_at_field((struct shunt_span){fields.at, len}, protocol, accept, seen)) {
            return false;
        }
        fields.at += len + 2;
        fields.len -= len + 2;
    }
    return true;
}

static enum shunt_status check_fields(struct shunt_span fields, struct shunt_span protocol,
                                      struct shunt_span accept, enum failure *failure)
{
    struct seen seen = {.upgrade_names_it = false};

    if (!look_at_fields(fields, protocol, accept, &seen) || !seen.upgrade_names_it ||
        !seen.connection_upgrade) {
        *failure = FAILURE_BAD_RESPONSE;
        return SHUNT_EPROTO;
    }
    if (accept.len && (!seen.accept_right || seen.accept_wrong)) {
        *failure = FAILURE_WRONG_ACCEPT;
        return SHUNT_EPROTO;
    }
    return SHUNT_OK;
}

static enum shunt_status refuse(enum failure *failure)
{
    *failure = FAILURE_BAD_RESPONSE;
    return SHUNT_EPROTO;
}

enum shunt_status response_check(struct shunt_span in, struct shunt_span protocol,
                                 struct shunt_span accept, size_t *used, enum failure *failure)
{
    const char *start = in.at, *stop = in.at + in.len;

    for (;;) {
        if (start == stop) {
            return SHUNT_AGAIN;
        }
        size_t left = (size_t)(stop - start), known = left < 9 ? left : 9;
        const char *end = memmem(start, left, "\r\n\r\n", 4);
        const char *line_end = memmem(start, left, "\r\n", 2);
        unsigned status;

        if (memcmp(start, "HTTP/1.1 ", known) != 0) {
            return refuse(failure); /* not HTTP: no use in waiting for its end */
        }
        if (!end || !line_end) {
            return in.len > RESPONSE_HEAD_BYTES_MAX ? refuse(failure) : SHUNT_AGAIN;
        }
        if (!status_of((struct shunt_span){start, (size_t)(line_end - start)}, &status)) {
            return refuse(failure);
        }
        if (status == 101) {
            *used = (size_t)(end + 4 - in.at);
            const char *fields = line_end + 2;

            return check_fields((struct shunt_span){fields, (size_t)(end + 4 - fields)}, protocol,
                                accept, failure);
        }
        if (status >= 200) {
            *failure = FAILURE_WRONG_STATUS;
            return SHUNT_EPROTO;
        }
        start = end + 4;
    }
}
