/* Media types of files by the extension of their names. */
#ifndef FILES_TYPES_H
#define FILES_TYPES_H

/* Of what has no extension, or an unknown one. */
#define FILES_TYPE_UNKNOWN "application/octet-stream"

/*
 * The type of the file called `name` (a path): as `own` has it, "html", "text/html", ..., NULL, which
 * may be NULL; else of the built-in table. Texts of that are UTF-8. Borrows from `own`, or is static.
 */
const char *files_type_of(const char *name, const char *const *own);

#endif
