/*
 * From a name to a plugin's structure. The order is the point: file, ELF header, note, and only
 * then dlopen(), which runs the constructors of what it loads. The file is opened twice (by us and
 * by dlopen); who can swap it in between can write to the plugin folder anyway.
 */
#include "plugin/loader.h"

#include "plugin/note.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct plugin_module {
    void *handle;
    struct shunt_plugin plugin;
    char file[];
};

/* The file that `name` means, or SHUNT_ENOTFOUND, SHUNT_EINVAL. */
static enum shunt_status find_file(const char *name, const char *const *path, char *file,
                                   size_t file_size, char *error, size_t error_size)
{
    size_t len;
    int wrote;

    if (!*name) {
        snprintf(error, error_size, "plugin: expected a name or a file, found nothing");
        return SHUNT_EINVAL;
    }
    if (strchr(name, '/')) {
        wrote = snprintf(file, file_size, "%s", name);
        if (wrote >= (int)file_size) {
            snprintf(error, error_size, "%.100s...: expected a shorter file name, found %d bytes",
                     name, wrote);
            return SHUNT_EINVAL;
        }
        return SHUNT_OK;
    }
    for (const char *const *folder = path; folder && *folder; folder++) {
        wrote = snprintf(file, file_size, "%s/%s.so", *folder, name);
        if (wrote < (int)file_size && access(file, F_OK) == 0) {
            return SHUNT_OK;
        }
    }
    snprintf(error, error_size, "plugin %s: expected %s.so in the plugin path (", name, name);
    for (const char *const *folder = path; folder && *folder; folder++) {
        len = strlen(error);
        snprintf(error + len, error_size - len, "%s%s", folder == path ? "" : ", ", *folder);
    }
    len = strlen(error);
    snprintf(error + len, error_size - len, "), found none");
    return SHUNT_ENOTFOUND;
}

/* What can be known without running its code. */
static enum shunt_status inspect(const char *file, char *error, size_t error_size)
{
    /* Not blocking: a FIFO would keep us waiting for its writer. */
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct shunt_note note;
    struct stat about;
    enum shunt_status status;

    if (fd < 0) {
        status = errno == ENOENT || errno == ENOTDIR ? SHUNT_ENOTFOUND : SHUNT_EINVAL;
        snprintf(error, error_size, "%s: expected a plugin, found: %s", file, strerror(errno));
        return status;
    }
    if (fstat(fd, &about) == 0 && !S_ISREG(about.st_mode)) {
        snprintf(error, error_size, "%s: expected a plugin's file, found %s", file,
                 S_ISDIR(about.st_mode) ? "a directory" : "something that is not a file");
        status = SHUNT_EINVAL;
    } else {
        status = plugin_note_read(fd, file, &note, error, error_size);
    }
    if (!status && note.abi_major != SHUNT_ABI_MAJOR) {
        snprintf(error, error_size, "%s: expected plugin ABI %u.x, found %u.%u", file,
                 SHUNT_ABI_MAJOR, note.abi_major, note.abi_minor);
        status = SHUNT_EABI;
    }
    close(fd);
    return status;
}

/* The exported structure, which must be as large in the file as it says it is. */
static enum shunt_status find_plugin(void *handle, const char *file, struct shunt_plugin *plugin,
                                     char *error, size_t error_size)
{
    const ElfW(Sym) *symbol = NULL;
    const struct shunt_plugin *found = dlsym(handle, SHUNT_PLUGIN_SYMBOL_NAME);
    Dl_info info;

    if (!found) {
        snprintf(error, error_size, "%s: expected the symbol %s, found none", file,
                 SHUNT_PLUGIN_SYMBOL_NAME);
        return SHUNT_EINVAL;
    }
    if (dladdr1(found, &info, (void **)&symbol, RTLD_DL_SYMENT) && symbol &&
        (symbol->st_size < sizeof found->size || symbol->st_size < found->size)) {
        snprintf(error, error_size,
                 "%s: expected %s as large as it says, found it cut to %zu bytes", file,
                 SHUNT_PLUGIN_SYMBOL_NAME, (size_t)symbol->st_size);
        return SHUNT_EINVAL;
    }
    return plugin_read(found, file, plugin, error, error_size);
}

enum shunt_status plugin_open(const char *name, const char *const *path,
                              struct plugin_module **module, char *error, size_t error_size)
{
    char file[PATH_MAX];
    size_t file_size;
    struct plugin_module *opened;
    enum shunt_status status = find_file(name, path, file, sizeof file, error, error_size);

    if (!status) {
        status = inspect(file, error, error_size);
    }
    if (status) {
        return status;
    }
    file_size = strlen(file) + 1;
    opened = malloc(sizeof *opened + file_size);
    if (!opened) {
        snprintf(error, error_size, "%s: expected memory for a plugin, found none", file);
        return SHUNT_ENOMEM;
    }
    memcpy(opened->file, file, file_size);
    opened->handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (!opened->handle) {
        snprintf(error, error_size, "%s: expected a shared object that loads, found: %s", file,
                 dlerror());
        free(opened);
        return SHUNT_EINVAL;
    }
    status = find_plugin(opened->handle, file, &opened->plugin, error, error_size);
    if (status) {
        plugin_close(opened);
        return status;
    }
    *module = opened;
    return SHUNT_OK;
}

void plugin_close(struct plugin_module *module)
{
    if (module) {
        dlclose(module->handle);
        free(module);
    }
}

const struct shunt_plugin *plugin_of(const struct plugin_module *module)
{
    return &module->plugin;
}

const char *plugin_file(const struct plugin_module *module)
{
    return module->file;
}
