/* The function tables lent to plugins. */
#ifndef SERVER_HOST_H
#define SERVER_HOST_H

#include <shunt/plugin.h>

/* One of each for the whole process, constant. */
extern const struct shunt_host server_host;
extern const struct shunt_calls server_calls;

#endif
