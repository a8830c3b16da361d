/*
 * Which protocol an upgrade ends in (RFC 9110 section 7.8). Offers are tried in the client's order,
 * and the first protocol that is loaded, that the route allows and that accepts is chosen. The 101,
 * the refusal or the ordinary answer that follows is written by the version of HTTP.
 */
#ifndef EXCHANGE_NEGOTIATION_H
#define EXCHANGE_NEGOTIATION_H

#include "exchange/upgrade.h"

/*
 * Ask the protocols from the next offer on.
 *
 * SHUNT_ACCEPT: the one in exchange->upgrade.offers.protocol; write the 101. SHUNT_REFUSE:
 * exchange->response is the answer, see exchange_negotiation_refusal(). SHUNT_DEFER: call
 * exchange_negotiation_defer(). SHUNT_DECLINE: no protocol wants it; the request stays HTTP.
 */
enum shunt_verdict exchange_negotiation_ask(struct shunt_exchange *exchange);

/* The same, beginning with the verdict that a plugin has given to a deferred upgrade. */
enum shunt_verdict exchange_negotiation_go_on(struct shunt_exchange *exchange,
                                              enum shunt_verdict verdict);

/* Keep the exchange until the upgrade is settled. False: there are too many, or there is no memory,
 * which is counted. */
bool exchange_negotiation_defer(struct shunt_exchange *exchange);

/* open() will not follow an accepted or deferred negotiation: run the protocol's cancel(). */
void exchange_negotiation_cancel(struct shunt_exchange *exchange);

/* The same, and exchange->response refuses with `status` and closes. */
void exchange_negotiation_fail(struct shunt_exchange *exchange, unsigned status);

/* Make exchange->response a whole refusal, and count it. */
void exchange_negotiation_refusal(struct shunt_exchange *exchange);

#endif
