/* Bodies that lie in a file, behind their head. */
#ifndef HTTP1_FILE_H
#define HTTP1_FILE_H

#include "exchange/response.h"

/* How many bytes of the file, which are the whole body, are best read into the memory of the head;
 * 0: none are. */
size_t http1_file_joined(const struct shunt_response *response);
/* Read them to `at`. False: they are not in the page cache, or cannot be had. */
bool http1_file_read(const struct shunt_response *response, char *at, size_t len);
/* Queue the body. False: closing already, or for lack of memory. */
bool http1_file_write(struct conn *conn, struct shunt_response *response);

#endif
