/*
 * The fields that decide about the message and the connection: Host, Content-Length,
 * Transfer-Encoding, Connection, Upgrade, Expect. Each line is judged as it comes; what needs all
 * of them is judged after the last one.
 */
#ifndef HTTP_FRAMING_H
#define HTTP_FRAMING_H

#include "http/parse.h"

/* Take note of a field that decides about the message itself. */
unsigned http_note_field(struct http_parse *parse, const struct shunt_field *field);
/* After the last field: may all of `seen` stand together in one head? */
unsigned http_judge_fields(unsigned seen, unsigned version_minor);
/* What `seen` means for body and connection: the rest of a head whose method and version are set. */
void http_conclude(struct http_head *head, unsigned seen);

#endif
