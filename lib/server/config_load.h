/* From a YAML file to a configuration. */
#ifndef SERVER_CONFIG_LOAD_H
#define SERVER_CONFIG_LOAD_H

#include "base/error.h"
#include "server/config.h"

/*
 * Read a YAML file on top of the defaults, in place of what *config holds. Relative names of files
 * and folders in it are meant from the folder that it lies in. `report`, whose buffer is the
 * caller's, gets a sentence "FILE:LINE: KEY: expected X, found Y" for each mistake, and borrows
 * `file`. On SHUNT_EINVAL *config has what is left of the file without them, which nobody may
 * serve: it is there to be checked further. On SHUNT_ENOTFOUND and SHUNT_ENOMEM it is as
 * config_init() leaves it.
 */
enum shunt_status config_load(struct config *config, const char *file,
                              struct error *report) SHUNT_MUST_USE;

#endif
