/* The part of a document that is as it should be, written down again for cyaml. */
#ifndef SERVER_CONFIG_ACCEPTED_H
#define SERVER_CONFIG_ACCEPTED_H

#include <shunt/status.h>
#include <stdbool.h>
#include <stdio.h>
#include <yaml.h>

/* Memory that fails is remembered, and said by config_accepted_close(). */
struct config_accepted {
    yaml_emitter_t emitter;
    FILE *stream;
    char *bytes; /* a YAML document */
    size_t len;
    bool failed;
};

/* SHUNT_ENOMEM: nothing is open. */
enum shunt_status config_accepted_open(struct config_accepted *accepted) SHUNT_MUST_USE;
/* SHUNT_OK: `bytes` are free(3)'d by the caller; SHUNT_ENOMEM: there are none. */
enum shunt_status config_accepted_close(struct config_accepted *accepted) SHUNT_MUST_USE;

void config_accepted_text(struct config_accepted *accepted, const char *text);
/* What follows, up to the call of config_accepted_end_list() or _end_mapping(), is within. */
void config_accepted_begin_list(struct config_accepted *accepted);
void config_accepted_end_list(struct config_accepted *accepted);
void config_accepted_begin_mapping(struct config_accepted *accepted);
void config_accepted_end_mapping(struct config_accepted *accepted);

#endif
