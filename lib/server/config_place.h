/* A place in a document, for messages: "routes[2].upgrade". Long names are cut. */
#ifndef SERVER_CONFIG_PLACE_H
#define SERVER_CONFIG_PLACE_H

#include <stddef.h>

struct config_place {
    char text[160];
    unsigned line;
};

/* "PLACE.KEY"; KEY alone where the place is the document. */
struct config_place config_place_below(const struct config_place *place, const char *key,
                                       unsigned line);
/* "PLACE[NUMBER]" */
struct config_place config_place_entry(const struct config_place *place, ptrdiff_t number,
                                       unsigned line);

#endif
