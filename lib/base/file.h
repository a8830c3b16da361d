/* Small files that are read whole at the start, and names beside another file. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>

/* The whole of a regular file with a NUL behind it, malloc'ed; NULL: errno is the reason. */
char *file_read(const char *file, size_t bytes_max, size_t *len);
/* `name` as it is when absolute, else below the folder of `file`; malloc'ed, NULL: no memory. */
char *file_beside(const char *file, const char *name);

#endif
