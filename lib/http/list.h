/* Lists in field values (RFC 9110 section 5.6.1), and what an element may be. */
#ifndef HTTP_LIST_H
#define HTTP_LIST_H

#include <shunt/request.h>
#include <stdbool.h>

/*
 * Iterate over the list elements of all field lines called `name`, in order (RFC 9110
 * section 5.6.1): empty elements are skipped, white space is trimmed, commas inside quoted strings
 * do not split. Start with a cursor of all zeros. False at the end.
 */
struct http_list_cursor {
    size_t field, offset;
};
bool http_list_next(const struct shunt_field *fields, size_t field_count, const char *name,
                    struct http_list_cursor *cursor, struct shunt_span *element);

/*
 * The next element of a list without quoted strings in one piece of text, trimmed, maybe empty; both
 * borrow from the list. A list has one element more than separators: false, and rest->at NULL,
 * behind the last one.
 */
bool http_element_next(struct shunt_span *rest, char separator, struct shunt_span *element);

/* Without SP and HTAB at both ends. */
struct shunt_span http_trim(struct shunt_span text);

/* Is `text` a token (RFC 9110 section 5.6.2), one byte or more? */
bool http_is_token(struct shunt_span text);
/* Is `text` a field value without leading and trailing white space (RFC 9110 section 5.5)? */
bool http_is_field_value(struct shunt_span text);

#endif
