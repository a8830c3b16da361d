#include "server/config_address.h"

#include "io/sockets.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_localhost(const char *host, size_t len)
{
    return len == 9 && strncasecmp(host, "localhost", len) == 0;
}

/* The address in its longer form. False: longer than any address is. */
static bool whole_write(char text[SOCKETS_TEXT_SIZE], const char *address)
{
    const char *colon = strrchr(address, ':');
    const char *host = "", *rest = address;

    if (!colon) {
        host = ":";
    } else if (is_localhost(address, (size_t)(colon - address))) {
        host = "127.0.0.1";
        rest = colon;
    }
    return snprintf(text, SOCKETS_TEXT_SIZE, "%s%s", host, rest) < SOCKETS_TEXT_SIZE;
}

char *config_address_copy(const char *address)
{
    char whole[SOCKETS_TEXT_SIZE];

    return whole_write(whole, address) ? strdup(whole) : NULL;
}

bool config_address_valid(const char *address)
{
    struct sockets_address parsed;
    char whole[SOCKETS_TEXT_SIZE];

    return whole_write(whole, address) && sockets_address_parse(whole, &parsed, NULL) == SHUNT_OK &&
           (strncmp(address, "unix:", 5) != 0 || (address[5] == '/' && address[6]));
}
