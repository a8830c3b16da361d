/* A folder that is served, with its settings. */
#ifndef FILES_FOLDER_H
#define FILES_FOLDER_H

#include <shunt/files.h>

/* What a worker reads of it never changes. */
struct shunt_folder {
    char *path;
    char **index;        /* ends with NULL; at least one */
    char **types;        /* as files_type_of(); NULL: none */
    char *cache_control; /* NULL: none */
    bool dot_files, symlinks, precompressed;
};

#endif
