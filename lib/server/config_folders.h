/* Where plugins are looked for. */
#ifndef SERVER_CONFIG_FOLDERS_H
#define SERVER_CONFIG_FOLDERS_H

#include "server/config.h"

/*
 * Folders, ends with NULL: plugin_path, then PREFIX/lib/shunt/plugins where the running program is
 * PREFIX/bin/NAME, then the folder that the build was configured with, if any. NULL: no memory. For
 * plugin_open().
 */
char **config_folders_list(const struct config *config);
void config_folders_free(char **folders);

#endif
