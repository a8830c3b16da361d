/* Files that a test makes and that are gone when it ends. Failures end the test. */
#ifndef SUPPORT_FILES_H
#define SUPPORT_FILES_H

#include <stddef.h>

/* Make a fresh folder of this test's own (.init), remove it with all files in it (.fini). */
void files_make(void);
void files_remove(void);
/* Its path. */
const char *files_folder(void);
/* "FOLDER/NAME"; valid until the 8th next call. */
const char *files_path(const char *name);
/* Write FOLDER/NAME; returns files_path(name). */
const char *files_write(const char *name, const void *bytes, size_t len);
const char *files_write_text(const char *name, const char *text);
/* The whole of a file, malloc'ed. */
char *files_read(const char *file, size_t *len);

#endif
