/* Loading a plugin: note first, code later; every refusal is a sentence. */
#ifndef PLUGIN_LOADER_H
#define PLUGIN_LOADER_H

#include "base/error.h"

#include <shunt/plugin.h>

struct plugin_module;

/*
 * Find and open a plugin. Any thread.
 *
 *   name    a file when it has a '/'; else NAME is looked for as PATH/NAME.so in each of `path`
 *   path    folders, ends with NULL
 *   module  written on SHUNT_OK; plugin_close() it after fini() has run
 *   error   a sentence with file, expected and found on any other status
 *
 * All headers, the note .note.shunt and the symbol are looked at before any code runs, and what was
 * looked at is what is loaded: a file that was replaced since it was last opened gives its new
 * code, beside the old one where that is still open. Replace it by renaming: to write into a file
 * that is loaded changes the code that runs.
 *
 * SHUNT_ENOTFOUND (no file), SHUNT_EINVAL (not ELF, another machine or class, not a shared object,
 * truncated, headers that contradict each other, no note, no symbol, a structure that is cut short
 * or lacks what it must have), SHUNT_EABI (another major), SHUNT_ESYS (it cannot be read).
 */
enum shunt_status plugin_open(const char *name, const char *const *path,
                              struct plugin_module **module, struct error *error) SHUNT_MUST_USE;
void plugin_close(struct plugin_module *module);
/* Give it the table of functions that it calls by their names, where it has room for one
 * (<shunt/calls.h>); before any of its own is called. `calls` must outlive the module. */
void plugin_lend(const struct plugin_module *module, const struct shunt_calls *calls);
/* Has every member of today; as long as the module. */
const struct shunt_plugin *plugin_of(const struct plugin_module *module);
const char *plugin_file(const struct plugin_module *module);

#endif
