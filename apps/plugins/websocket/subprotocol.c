#include "subprotocol.h"

static bool is_token_byte(char c)
{
    static const char others[] = "!#$%&'*+-.^_`|~"; /* RFC 9110 section 5.6.2 */

    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != '\0' && strchr(others, c));
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_token(struct shunt_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_token_byte(text.at[i])) {
            return false;
        }
    }
    return true;
}

/* Cut the next member off the front of a list, without the blanks around it. */
static struct shunt_span cut_member(struct shunt_span *list)
{
    const char *comma = memchr(list->at, ',', list->len);
    struct shunt_span member = {list->at, comma ? (size_t)(comma - list->at) : list->len};
    size_t used = member.len + (comma != NULL);

    list->at += used;
    list->len -= used;
    while (member.len > 0 && is_blank(member.at[0])) {
        member.at++;
        member.len--;
    }
    while (member.len > 0 && is_blank(member.at[member.len - 1])) {
        member.len--;
    }
    return member;
}

static bool is_among(struct shunt_span token, const struct shunt_span *tokens, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (shunt_span_equal(token, tokens[i])) {
            return true;
        }
    }
    return false;
}

bool websocket_subprotocols_valid(const struct shunt_request *request)
{
    struct shunt_span tokens[WEBSOCKET_SUBPROTOCOLS_MAX];
    const struct shunt_field *field = NULL;
    size_t count = 0;

    while ((field = shunt_request_field(request, "Sec-WebSocket-Protocol", field))) {
        struct shunt_span list = field->value;

        while (list.len > 0) {
            struct shunt_span token = cut_member(&list);

            if (token.len == 0) {
                continue; /* an empty member counts for nothing (RFC 9110 section 5.6.1.2) */
            }
            if (count == WEBSOCKET_SUBPROTOCOLS_MAX || !is_token(token) ||
                is_among(token, tokens, count)) {
                return false;
            }
            tokens[count++] = token;
        }
    }
    return count > 0;
}
