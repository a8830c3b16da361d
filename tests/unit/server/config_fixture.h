/* A configuration that is read from text, and what the report of it is. */
#ifndef UNIT_SERVER_CONFIG_FIXTURE_H
#define UNIT_SERVER_CONFIG_FIXTURE_H

#include "base/error.h"
#include "server/config.h"
#include "support/files.h"

extern struct config config;
extern char reported[ERROR_BYTES];

/* For each test: a folder of its own and the defaults. */
void config_set_up(void);
void config_tear_down(void);

/* config_load() of a file c.yaml of this text; `reported` has what is wrong. */
enum shunt_status config_read(const char *yaml);
enum shunt_status config_read_file(const char *file);
/* config_check() of what was read. */
enum shunt_status config_judge(void);
unsigned reported_lines(void);

#endif
