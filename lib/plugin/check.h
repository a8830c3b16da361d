/* What a plugin's structures must have before any of it is called; one that is linked in, too. */
#ifndef PLUGIN_CHECK_H
#define PLUGIN_CHECK_H

#include "base/error.h"

#include <shunt/plugin.h>

/*
 * Read a plugin's structure and check all that it points to.
 *
 *   given   of any size (<shunt/abi.h>)
 *   plugin  written only on SHUNT_OK: has every member of today; lives without `given`, and borrows
 *           what that points to
 *
 * SHUNT_EINVAL: a structure that is shorter than 1.0 or lacks what it must have. SHUNT_EABI:
 * another major.
 */
enum shunt_status plugin_check(const struct shunt_plugin *given, struct shunt_plugin *plugin,
                               struct error *error) SHUNT_MUST_USE;

#endif
