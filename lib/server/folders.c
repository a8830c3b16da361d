/* Looked at when a server is prepared, so that one that is not there is refused at the start. */
#include "server/folders.h"

#include <stdlib.h>
#include <string.h>

/* The pairs of folder_types as shunt_folder_create() has them; NULL: no memory. */
static const char **types_of(const struct plugin_settings *settings)
{
    const char **types = calloc(2 * settings->count + 1, sizeof *types);

    for (size_t i = 0; types && i < settings->count; i++) {
        types[2 * i] = settings->items[i].key;
        types[2 * i + 1] = settings->items[i].value;
    }
    return types;
}

/* "path: ..." is about `folder`, "index: ..." about `folder_index`. */
static void refuse(struct error *report, const struct config_folder *from, size_t route,
                   const char *why)
{
    bool path = strncmp(why, "path: ", 6) == 0;

    error_add(report, from->line, "routes[%zu].folder%s%s", route, path ? "" : "_",
              path ? why + 4 : why);
}

static enum shunt_status open_one(const struct config_folder *from, size_t route,
                                  struct error *report, struct shunt_folder **folder)
{
    const char **types = types_of(&from->types);
    struct shunt_folder_options options = {.size = sizeof options,
                                           .path = from->path,
                                           .index = (const char *const *)from->index,
                                           .types = types,
                                           .cache_control = from->cache_control,
                                           .dot_files = from->dot_files,
                                           .symlinks = from->symlinks,
                                           .precompressed = from->precompressed};
    enum shunt_status status = SHUNT_ENOMEM;
    char why[512] = "path: no memory";

    if (types) {
        status = shunt_folder_create(&options, folder, why, sizeof why);
    }
    if (status != SHUNT_OK) {
        refuse(report, from, route, why);
    }
    free(types);
    return status;
}

enum shunt_status server_folders_open(struct server_folders *folders, const struct config *config,
                                      struct error *report)
{
    enum shunt_status status = SHUNT_OK;

    folders->items = calloc(config->route_count + 1, sizeof(struct shunt_folder *));
    folders->count = folders->items ? config->route_count : 0;
    if (!folders->items) {
        error_add(report, ERROR_LINE_WHOLE, "no memory for the folders of routes");
        return SHUNT_ENOMEM;
    }
    for (size_t i = 0; i < folders->count; i++) {
        const struct config_folder *from = &config->routes[i].folder;
        enum shunt_status one =
            from->path ? open_one(from, i, report, &folders->items[i]) : SHUNT_OK;

        status = status == SHUNT_OK && one != SHUNT_OK ? one == SHUNT_ENOMEM ? one : SHUNT_EINVAL
                                                       : status;
    }
    return status;
}

void server_folders_close(struct server_folders *folders)
{
    for (size_t i = 0; i < folders->count; i++) {
        shunt_folder_destroy(folders->items[i]);
    }
    free(folders->items);
    *folders = (struct server_folders){.items = NULL};
}
