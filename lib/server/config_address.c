#include "server/config_address.h"

#include "io/sockets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_localhost(const char *host, size_t len)
{
    return len == 9 && strncasecmp(host, "localhost", len) == 0;
}

char *config_address_copy(const char *address)
{
    const char *colon = strrchr(address, ':');
    char *copy = NULL;
    int len = 0;

    if (!colon) {
        len = asprintf(&copy, ":%s", address);
    } else if (is_localhost(address, (size_t)(colon - address))) {
        len = asprintf(&copy, "127.0.0.1%s", colon);
    } else {
        return strdup(address);
    }
    return len < 0 ? NULL : copy;
}

bool config_address_valid(const char *address)
{
    struct sockets_address parsed;
    char *whole = config_address_copy(address);
    bool valid = whole && sockets_address_parse(whole, &parsed, NULL) == SHUNT_OK;

    free(whole);
    return valid && (strncmp(address, "unix:", 5) != 0 || (address[5] == '/' && address[6]));
}
