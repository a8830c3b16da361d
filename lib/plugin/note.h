/* The ABI note of a plugin's file. */
#ifndef PLUGIN_NOTE_H
#define PLUGIN_NOTE_H

#include "plugin/object.h"

#include <shunt/plugin.h>

/* SHUNT_OK: there is one, and *note is written; its version is not judged. SHUNT_EINVAL: there is
 * none. SHUNT_ESYS: the file cannot be read. */
enum shunt_status plugin_note_read(const struct plugin_object *object,
                                   struct shunt_note *note) SHUNT_MUST_USE;

#endif
