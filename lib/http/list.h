/* Elements of a list in one piece of text (RFC 9110 section 5.6.1); head.h has those of fields. */
#ifndef HTTP_LIST_H
#define HTTP_LIST_H

#include <shunt/span.h>
#include <stdbool.h>

/* Without SP and HTAB at both ends. */
struct shunt_span http_trim(struct shunt_span text);
/*
 * The next element of a list without quoted strings, trimmed, maybe empty; both borrow from the
 * list. A list has one element more than separators: false, and rest->at NULL, behind the last one.
 */
bool http_element_next(struct shunt_span *rest, char separator, struct shunt_span *element);

#endif
