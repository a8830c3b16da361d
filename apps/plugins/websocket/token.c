#include "token.h"

bool websocket_token_byte(char c)
{
    static const char others[] = "!#$%&'*+-.^_`|~";

    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != '\0' && strchr(others, c));
}

bool websocket_token_valid(struct shunt_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!websocket_token_byte(text.at[i])) {
            return false;
        }
    }
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct shunt_span websocket_token_cut(struct shunt_span *list)
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
