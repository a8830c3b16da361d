/* How the address of a listener is written. */
#ifndef SERVER_CONFIG_ADDRESS_H
#define SERVER_CONFIG_ADDRESS_H

#include <stdbool.h>

/* "HOST:PORT", "[HOST]:PORT", "localhost:PORT" (127.0.0.1), ":PORT" or "PORT" (any address), or
 * "unix:/path"; HOST is a numeric address. CONFIG_ADDRESS_FORMS is that for messages. */
#define CONFIG_ADDRESS_FORMS "IPV4:PORT, [IPV6]:PORT, localhost:PORT, :PORT, PORT or unix:/PATH"
bool config_address_valid(const char *address);
/* A valid address with localhost and a bare port in their longer forms; malloc'ed, NULL: no memory.
 */
char *config_address_copy(const char *address);

#endif
