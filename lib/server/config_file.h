/* Files that a configuration consists of. */
#ifndef SERVER_CONFIG_FILE_H
#define SERVER_CONFIG_FILE_H

#include <stddef.h>

/* The whole of a regular file with a NUL behind it, malloc'ed; NULL: errno is the reason. */
char *config_file_read(const char *file, size_t bytes_max, size_t *len);
/* `name` as it is when absolute, else below the folder of `file`; malloc'ed, NULL: no memory. */
char *config_file_beside(const char *file, const char *name);

#endif
