#include "plugin/refusal.h"

#include <stdarg.h>
#include <stdio.h>

enum shunt_status plugin_refuse(const struct plugin_refusal *refusal, const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    snprintf(refusal->error, refusal->error_size, "%s: %s", refusal->where, text);
    return SHUNT_EINVAL;
}
