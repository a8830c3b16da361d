/* Opening what lies beneath a folder: regular files, and nothing else. */
#ifndef FILES_OPEN_H
#define FILES_OPEN_H

#include "files/folder.h"

#include <sys/stat.h>

/*
 * Find `name` beneath the folder, "" being the folder itself. 0: a regular file, *is is what it is;
 * -EISDIR: a folder; -ENXIO: something else; or -errno, of which -EXDEV and -ELOOP mean that a link
 * leads there that is not followed. Opens nothing.
 *
 * With `fd` the file is also opened for reading.
 */
int files_open(const struct shunt_folder *folder, const char *name, struct stat *is, int *fd);

#endif
