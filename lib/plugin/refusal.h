/* The sentence why a file or its structure is refused. */
#ifndef PLUGIN_REFUSAL_H
#define PLUGIN_REFUSAL_H

#include <shunt/status.h>
#include <stddef.h>

struct plugin_refusal {
    const char *where; /* what the sentence begins with: a file's name */
    char *error;
    size_t error_size;
};

/* Write "WHERE: ..." to refusal->error. Gives SHUNT_EINVAL, for a return statement. */
__attribute__((format(printf, 2, 3))) enum shunt_status plugin_refuse(
    const struct plugin_refusal *refusal, const char *format, ...);

#endif
