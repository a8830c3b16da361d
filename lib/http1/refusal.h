/* Answers that close: what is wrong in one line of text, which an answer to HEAD leaves out. */
#ifndef HTTP1_REFUSAL_H
#define HTTP1_REFUSAL_H

#include "exchange/exchange.h"
#include "http1/session.h"

/* Refuse what is no request, or not yet a whole one: `bytes` is what came of it. */
void http1_refuse(struct conn *conn, unsigned status, struct shunt_span bytes);

/* Refuse in the place of an exchange's answer, whatever was set in that; the caller puts it. One
 * whose answer has begun is cut off. */
void http1_refuse_exchange(struct shunt_exchange *exchange, unsigned status);

/* Count why a request is refused. */
void http1_refusal_count(struct exchange_context *context, enum shunt_status status);

/* The connection has closed within a request, and there was no answer to it. There is an observer. */
void http1_refusal_missed(const struct http1_session *session);

#endif
