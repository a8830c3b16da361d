/* The ABI note of a plugin's file, read without running any of its code. The file is not trusted.
 */
#ifndef PLUGIN_NOTE_H
#define PLUGIN_NOTE_H

#include <shunt/plugin.h>

/*
 * Look at an ELF file.
 *
 *   fd     a regular file, open for reading; its offset is left alone
 *   file   its name, for `error`
 *   note   written only on SHUNT_OK
 *   error  a sentence "FILE: expected X, found Y" otherwise
 *
 * SHUNT_OK: a shared object for this machine, not truncated, with a note; its version is not
 * judged. SHUNT_EINVAL: anything else. SHUNT_ESYS: it cannot be read.
 */
enum shunt_status plugin_note_read(int fd, const char *file, struct shunt_note *note, char *error,
                                   size_t error_size) SHUNT_MUST_USE;

#endif
