/* The one YAML document that a configuration is. */
#ifndef SERVER_CONFIG_DOCUMENT_H
#define SERVER_CONFIG_DOCUMENT_H

#include "base/error.h"

#include <yaml.h>

/*
 * Parse `len` bytes, within the bounds of config_bounds.h; yaml_document_delete() what comes of it.
 * SHUNT_EINVAL: the report names the line where it is no YAML, too large or a second document. SHUNT_ENOMEM.
 */
enum shunt_status config_document_parse(yaml_document_t *document, const char *bytes, size_t len,
                                        struct error *report) SHUNT_MUST_USE;

#endif
