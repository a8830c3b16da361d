/* Dates, written (RFC 9110 section 5.6.7). <shunt/fields.h> has the rest. */
#ifndef HTTP_DATE_H
#define HTTP_DATE_H

#include <stdint.h>

#define HTTP_DATE_BYTES 29 /* "Sun, 06 Nov 1994 08:49:37 GMT" */
/*
 * Format `seconds` since the epoch as an IMF-fixdate (RFC 9110 section 5.6.7), no NUL. What lies
 * outside the years 1970 to 9999 reads as the nearest second inside.
 */
void http_date_format(int64_t seconds, char out[HTTP_DATE_BYTES]);

#endif
