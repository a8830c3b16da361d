/* The function table lent to plugins. */
#ifndef PLUGIN_HOST_H
#define PLUGIN_HOST_H

#include <shunt/plugin.h>

/* One for the whole process, constant. */
extern const struct shunt_host plugin_host;

#endif
