#include "server/config_folders.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "PREFIX/lib/shunt/plugins" for a program in PREFIX/bin; so it is in a build and when installed.
 * NULL: no memory, or the program's own name cannot be read. */
static char *beside_program(void)
{
    char program[PATH_MAX], *slash, *folder;
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);

    if (len <= 0) {
        return NULL;
    }
    program[len] = '\0';
    for (int up = 0; up < 2; up++) {
        slash = strrchr(program, '/');
        if (!slash) {
            return NULL;
        }
        *slash = '\0';
    }
    return asprintf(&folder, "%s/lib/shunt/plugins", program) < 0 ? NULL : folder;
}

char **config_folders_list(const struct config *config)
{
    size_t count = 0;
    char **folders;

    while (config->plugin_path && config->plugin_path[count]) {
        count++;
    }
    folders = calloc(count + 3, sizeof *folders);
    if (!folders) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        folders[i] = strdup(config->plugin_path[i]);
        if (!folders[i]) {
            config_folders_free(folders);
            return NULL;
        }
    }
    folders[count] = beside_program();
    count += folders[count] != NULL;
#ifdef SHUNT_PLUGIN_DIR
    folders[count] = strdup(SHUNT_PLUGIN_DIR);
#endif
    return folders;
}

void config_folders_free(char **folders)
{
    for (char **folder = folders; folder && *folder; folder++) {
        free(*folder);
    }
    free(folders);
}
