/* The checks of RFC 6455 section 4.1 and RFC 9110 section 7.8 that a client must make. */
#include "wire/response.h"

#include "http/list.h"
#include "wire/list.h"
#include <stdint.h>
#include <string.h>

/* What the fields of one head had. */
struct seen {
    bool upgrade_names_it, connection_upgrade, accept_right, accept_wrong;
    bool extension_wrong, subprotocol_right, subprotocol_wrong;
    struct extension_answer answer;
};

/* Does the comma-separated list hold `element`? */
static bool lists(struct shunt_span list, struct shunt_span element)
{
    struct shunt_span found;

    while (http_element_next(&list, ',', &found)) {
        if (shunt_span_equal_nocase(found, element)) {
            return true;
        }
    }
    return false;
}

/* A field that only the answer to a websocket request has. */
static void look_at_websocket(struct shunt_span name, struct shunt_span value,
                              const struct response_want *want, struct seen *seen)
{
    if (shunt_span_equal_nocase(name, shunt_span_of("sec-websocket-accept"))) {
        bool right = shunt_span_equal(value, want->accept);

        seen->accept_right |= right;
        seen->accept_wrong |= !right;
    } else if (shunt_span_equal_nocase(name, shunt_span_of("sec-websocket-extensions"))) {
        seen->extension_wrong |= !extension_receive(want->offer, value, &seen->answer);
    } else if (shunt_span_equal_nocase(name, shunt_span_of("sec-websocket-protocol"))) {
        bool right = !seen->subprotocol_right && value.len && list_has(want->subprotocols, value);

        seen->subprotocol_right |= right;
        seen->subprotocol_wrong |= !right;
    }
}

static bool look_at_field(struct shunt_span line, const struct response_want *want,
                          struct seen *seen)
{
    const char *colon = memchr(line.at, ':', line.len);

    if (!colon || colon == line.at) {
        return false;
    }
    struct shunt_span name = {line.at, (size_t)(colon - line.at)};
    struct shunt_span value = http_trim((struct shunt_span){colon + 1, line.len - name.len - 1});

    if (name.len == 7 && shunt_span_equal_nocase(name, shunt_span_of("upgrade"))) {
        seen->upgrade_names_it |= lists(value, want->protocol);
    } else if (name.len == 10 && shunt_span_equal_nocase(name, shunt_span_of("connection"))) {
        seen->connection_upgrade |= lists(value, shunt_span_of("upgrade"));
    } else if (name.len >= 20 && want->accept.len) {
        look_at_websocket(name, value, want, seen);
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
static bool look_at_fields(struct shunt_span fields, const struct response_want *want,
                           struct seen *seen)
{
    while (fields.len > 2) {
        const char *end = memmem(fields.at, fields.len, "\r\n", 2);
        size_t len = end ? (size_t)(end - fields.at) : 0;

        if (!look_at_field((struct shunt_span){fields.at, len}, want, seen)) {
            return false;
        }
        fields.at += len + 2;
        fields.len -= len + 2;
    }
    return true;
}

/* FAILURES: nothing is wrong. */
static enum failure judge(const struct response_want *want, const struct seen *seen)
{
    if (!seen->upgrade_names_it || !seen->connection_upgrade) {
        return FAILURE_BAD_RESPONSE;
    }
    if (want->accept.len && (!seen->accept_right || seen->accept_wrong)) {
        return FAILURE_WRONG_ACCEPT;
    }
    if (seen->extension_wrong) {
        return FAILURE_WRONG_EXTENSION;
    }
    bool subprotocol_wanted = want->accept.len && want->subprotocols.len;

    if (seen->subprotocol_wrong || (subprotocol_wanted && !seen->subprotocol_right)) {
        return FAILURE_WRONG_SUBPROTOCOL;
    }
    return FAILURES;
}

static enum shunt_status check_fields(struct shunt_span fields, const struct response_want *want,
                                      struct extension_answer *answer, enum failure *failure)
{
    struct seen seen = {.upgrade_names_it = false};
    enum failure found =
        look_at_fields(fields, want, &seen) ? judge(want, &seen) : FAILURE_BAD_RESPONSE;

    if (found != FAILURES) {
        *failure = found;
        return SHUNT_EPROTO;
    }
    *answer = seen.answer;
    return SHUNT_OK;
}

static enum shunt_status refuse(unsigned *final, enum failure *failure)
{
    *final = 0;
    *failure = FAILURE_BAD_RESPONSE;
    return SHUNT_EPROTO;
}

enum shunt_status response_check(struct shunt_span in, const struct response_want *want,
                                 size_t *used, unsigned *final, struct extension_answer *answer,
                                 enum failure *failure)
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
            return refuse(final, failure); /* not HTTP: no use in waiting for its end */
        }
        if (!end || !line_end) {
            return in.len > RESPONSE_HEAD_BYTES_MAX ? refuse(final, failure) : SHUNT_AGAIN;
        }
        if (!status_of((struct shunt_span){start, (size_t)(line_end - start)}, &status)) {
            return refuse(final, failure);
        }
        *final = status;
        if (status == 101) {
            *used = (size_t)(end + 4 - in.at);
            const char *fields = line_end + 2;

            return check_fields((struct shunt_span){fields, (size_t)(end + 4 - fields)}, want,
                                answer, failure);
        }
        if (status >= 200) {
            *failure = FAILURE_WRONG_STATUS;
            return SHUNT_EPROTO;
        }
        start = end + 4;
    }
}

struct shunt_span response_sample(struct shunt_span head, enum failure failure)
{
    static const char *const fields[FAILURES] = {
        [FAILURE_WRONG_ACCEPT] = "sec-websocket-accept:",
        [FAILURE_WRONG_EXTENSION] = "sec-websocket-extensions:",
        [FAILURE_WRONG_SUBPROTOCOL] = "sec-websocket-protocol:",
    };
    struct shunt_span field = shunt_span_of(fields[failure]), rest = head, first = head, line;

    http_element_next(&rest, '\r', &first);
    while (field.len && http_element_next(&rest, '\r', &line)) {
        if (line.len > field.len && /* a line feed is in front of it */
            shunt_span_equal_nocase((struct shunt_span){line.at + 1, field.len}, field)) {
            return (struct shunt_span){line.at + 1, line.len - 1};
        }
    }
    return first;
}
