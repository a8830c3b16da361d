#include "server/config_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

static bool port_valid(const char *text)
{
    char *end;
    unsigned long port;

    if (*text < '0' || *text > '9') {
        return false;
    }
    port = strtoul(text, &end, 10);
    return !*end && end - text <= 5 && port <= 65535;
}

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
    char host[INET6_ADDRSTRLEN];
    struct in6_addr room;
    const char *colon = strrchr(address, ':');
    size_t len;

    if (strncmp(address, "unix:", 5) == 0) {
        len = strlen(address + 5);
        return address[5] == '/' && len > 1 && len < sizeof((struct sockaddr_un *)0)->sun_path;
    }
    if (!colon) {
        return port_valid(address);
    }
    if (!port_valid(colon + 1)) {
        return false;
    }
    len = (size_t)(colon - address);
    if (len == 0 || is_localhost(address, len)) {
        return true;
    }
    if (address[0] == '[' && len >= 2 && address[len - 1] == ']' && len - 2 < sizeof host) {
        memcpy(host, address + 1, len - 2);
        host[len - 2] = '\0';
        return inet_pton(AF_INET6, host, &room) == 1;
    }
    if (len >= sizeof host) {
        return false;
    }
    memcpy(host, address, len);
    host[len] = '\0';
    return inet_pton(AF_INET, host, &room) == 1;
}
