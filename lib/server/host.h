/* The function table lent to plugins. */
#ifndef SERVER_HOST_H
#define SERVER_HOST_H

#include <shunt/plugin.h>

/* One for the whole process, constant. */
extern const struct shunt_host server_host;

#endif
