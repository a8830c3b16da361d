/*
 * From a name to a plugin's structure. The order is the point: file, headers, layout, note, and
 * only then dlopen(), which runs the constructors of what it loads. The file is opened once, and
 * that descriptor is loaded by its name in /proc: what was looked at is what runs.
 *
 * The C library gives the object that it has when a name comes again. So a descriptor stays open,
 * and its number taken, for as long as its object is in memory. A weakness: $ORIGIN in a plugin's
 * run path is that folder of /proc; a plugin that brings libraries names theirs by an absolute one.
 */
#include "plugin/loader.h"

#include "plugin/check.h"
#include "plugin/dynamic.h"
#include "plugin/layout.h"
#include "plugin/note.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_BYTES 64 /* "/proc/PID/fd/N" */

struct plugin_module {
    struct plugin_module *next; /* once closed */
    void *handle;
    struct shunt_plugin plugin;
    int fd;
    char name[NAME_BYTES]; /* what the object is called to dlopen(); "" before that */
    char file[];
};

static enum shunt_status not_in_path(const char *name, const char *const *path, struct error *error)
{
    char folders[PATH_MAX] = "";
    size_t len = 0;

    for (const char *const *folder = path; folder && *folder && len < sizeof folders; folder++) {
        len += (size_t)snprintf(folders + len, sizeof folders - len, "%s%s",
                                folder == path ? "" : ", ", *folder);
    }
    return error_set(error, SHUNT_ENOTFOUND,
                     "plugin %s: expected %s.so in the plugin path (%s), found none", name, name,
                     folders);
}

/* The file that `name` means, or SHUNT_ENOTFOUND, SHUNT_EINVAL. */
static enum shunt_status find_file(const char *name, const char *const *path, char *file,
                                   size_t file_size, struct error *error)
{
    int wrote;

    if (!*name) {
        return error_set(error, SHUNT_EINVAL, "plugin: expected a name or a file, found nothing");
    }
    if (strchr(name, '/')) {
        wrote = snprintf(file, file_size, "%s", name);
        return wrote < (int)file_size
                   ? SHUNT_OK
                   : error_set(error, SHUNT_EINVAL,
                               "%.100s...: expected a shorter file name, found %d bytes", name,
                               wrote);
    }
    for (const char *const *folder = path; folder && *folder; folder++) {
        wrote = snprintf(file, file_size, "%s/%s.so", *folder, name);
        if (wrote < (int)file_size && access(file, F_OK) == 0) {
            return SHUNT_OK;
        }
    }
    return not_in_path(name, path, error);
}

/* What can be known of an open file without running its code. */
static enum shunt_status inspect(int fd, struct error *error)
{
    struct plugin_object object;
    struct shunt_note note;
    enum shunt_status status = plugin_object_read(fd, &object, error);

    if (!status) {
        status = plugin_layout_check(&object);
    }
    if (!status) {
        status = plugin_note_read(&object, &note);
    }
    if (!status && note.abi_major != SHUNT_ABI_MAJOR) {
        return error_set(error, SHUNT_EABI, "expected plugin ABI %u.x, found %u.%u",
                         SHUNT_ABI_MAJOR, note.abi_major, note.abi_minor);
    }
    return status ? status : plugin_dynamic_check(&object, SHUNT_PLUGIN_SYMBOL_NAME);
}

/* Open a plugin's file and look at it. */
static enum shunt_status open_file(const char *file, int *fd, struct error *error)
{
    struct stat about;
    enum shunt_status status;

    /* Not blocking: a FIFO would keep us waiting for its writer. */
    *fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0) {
        status = errno == ENOENT || errno == ENOTDIR ? SHUNT_ENOTFOUND : SHUNT_EINVAL;
        return error_set(error, status, "expected a plugin, found: %s", strerror(errno));
    }
    if (fstat(*fd, &about) == 0 && !S_ISREG(about.st_mode)) {
        status = error_set(error, SHUNT_EINVAL, "expected a plugin's file, found %s",
                           S_ISDIR(about.st_mode) ? "a directory" : "something that is not a file");
    } else {
        status = inspect(*fd, error);
    }
    if (status) {
        close(*fd);
    }
    return status;
}

/* The exported structure, which must be as large in the file as its size. */
static enum shunt_status find_plugin(void *handle, struct shunt_plugin *plugin, struct error *error)
{
    const ElfW(Sym) *symbol = NULL;
    const struct shunt_plugin *found = dlsym(handle, SHUNT_PLUGIN_SYMBOL_NAME);
    Dl_info info;

    if (!found) {
        return error_set(error, SHUNT_EINVAL, "expected the symbol %s, found none",
                         SHUNT_PLUGIN_SYMBOL_NAME);
    }
    if (dladdr1(found, &info, (void **)&symbol, RTLD_DL_SYMENT) && symbol &&
        (symbol->st_size < sizeof found->size || symbol->st_size < found->size)) {
        return error_set(error, SHUNT_EINVAL,
                         "expected %s as large as it says, found it cut to %zu bytes",
                         SHUNT_PLUGIN_SYMBOL_NAME, (size_t)symbol->st_size);
    }
    return plugin_check(found, plugin, error);
}

/* ---- the object behind a descriptor ---- */

/* The number that /proc knows us by, which debuggers and symbolizers can use too, unlike `self`. */
static enum shunt_status name_descriptor(struct plugin_module *module, struct error *error)
{
    char self[NAME_BYTES / 2] = "";

    if (readlink("/proc/self", self, sizeof self - 1) <= 0) {
        return error_set(error, SHUNT_EINVAL,
                         "expected /proc, which plugins are loaded by, found: %s", strerror(errno));
    }
    snprintf(module->name, sizeof module->name, "/proc/%s/fd/%d", self, module->fd);
    return SHUNT_OK;
}

/* dlerror(), without the name that it begins with, which is not the user's. */
static const char *reason(const struct plugin_module *module)
{
    const char *text = dlerror();
    size_t len = strlen(module->name);

    return strncmp(text, module->name, len) == 0 && strncmp(text + len, ": ", 2) == 0
               ? text + len + 2
               : text;
}

/* Is the object still in memory? It may have been loaded twice, or refuse to be unloaded. */
static bool resident(const struct plugin_module *module)
{
    void *handle =
        !module->handle ? NULL : dlopen(module->name, RTLD_LAZY | RTLD_LOCAL | RTLD_NOLOAD);

    return handle && dlclose(handle) == 0;
}

/* Modules that are closed and whose objects may still be there. */
static pthread_mutex_t closed_lock = PTHREAD_MUTEX_INITIALIZER;
static struct plugin_module *closed;

/* Give descriptors back whose numbers may name another object from now on. */
static void forget_unloaded(void)
{
    struct plugin_module **link = &closed;

    while (*link) {
        struct plugin_module *one = *link;

        if (resident(one)) {
            link = &one->next;
        } else {
            *link = one->next;
            close(one->fd);
            free(one);
        }
    }
}

/* ---- modules ---- */

static struct plugin_module *module_create(const char *file, int fd)
{
    size_t file_size = strlen(file) + 1;
    struct plugin_module *module = calloc(1, sizeof *module + file_size);

    if (module) {
        module->fd = fd;
        memcpy(module->file, file, file_size);
    }
    return module;
}

/* Run the constructors of what has been inspected, and read its structure. */
static enum shunt_status module_load(struct plugin_module *module, struct error *error)
{
    enum shunt_status status = name_descriptor(module, error);

    if (status) {
        return status;
    }
    module->handle = dlopen(module->name, RTLD_NOW | RTLD_LOCAL);
    if (!module->handle) {
        return error_set(error, SHUNT_EINVAL, "expected a shared object that loads, found: %s",
                         reason(module));
    }
    return find_plugin(module->handle, &module->plugin, error);
}

static enum shunt_status open_found(const char *file, struct plugin_module **module,
                                    struct error *error)
{
    struct plugin_module *opened;
    int fd;
    enum shunt_status status = open_file(file, &fd, error);

    if (status) {
        return status;
    }
    opened = module_create(file, fd);
    if (!opened) {
        close(fd);
        return error_set(error, SHUNT_ENOMEM, "expected memory for a plugin, found none");
    }
    status = module_load(opened, error);
    if (status) {
        plugin_close(opened);
        return status;
    }
    *module = opened;
    return SHUNT_OK;
}

enum shunt_status plugin_open(const char *name, const char *const *path,
                              struct plugin_module **module, struct error *error)
{
    char file[PATH_MAX];
    const char *where = error->where;
    enum shunt_status status = find_file(name, path, file, sizeof file, error);

    if (!status) {
        error->where = file;
        status = open_found(file, module, error);
        error->where = where;
    }
    return status;
}

void plugin_close(struct plugin_module *module)
{
    if (!module) {
        return;
    }
    pthread_mutex_lock(&closed_lock);
    if (module->handle) {
        dlclose(module->handle);
    }
    module->next = closed;
    closed = module;
    forget_unloaded();
    pthread_mutex_unlock(&closed_lock);
}

/* An object that was loaded before has the table already, and threads that read it. */
void plugin_lend(const struct plugin_module *module, const struct shunt_calls *calls)
{
    const struct shunt_calls **const *room = dlsym(module->handle, SHUNT_CALLS_SYMBOL_NAME);

    if (room && **room != calls) {
        **room = calls;
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
