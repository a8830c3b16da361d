/* The dynamic section of a plugin's file: what the loader follows, and the symbol that it finds. */
#ifndef PLUGIN_DYNAMIC_H
#define PLUGIN_DYNAMIC_H

#include "plugin/object.h"

/*
 * Check the dynamic section of a file whose layout is good.
 *
 *   symbol  the name that dlsym() will be asked for
 *
 * SHUNT_OK: every table lies in the memory that will be mapped, with the rights that it needs, and
 * `symbol` is exported. SHUNT_EINVAL: anything else. SHUNT_ESYS: the file cannot be read.
 */
enum shunt_status plugin_dynamic_check(const struct plugin_object *object,
                                       const char *symbol) SHUNT_MUST_USE;

#endif
