/* One upgrade under negotiation, and what a plugin may ask of it. */
#ifndef EXCHANGE_UPGRADE_H
#define EXCHANGE_UPGRADE_H

#include "exchange/exchange.h"

/* Begin: `exchange` is looked at as an upgrade, and nothing is asked yet. */
void exchange_upgrade_begin(struct shunt_exchange *exchange);
/* Forget what a protocol has set, so that nothing of it shows in the answer of the next one. */
void exchange_upgrade_reset(struct shunt_exchange *exchange);

/* ---- the host functions upgrade_... of <shunt/plugin.h> ---- */

struct shunt_span exchange_upgrade_offer(const struct shunt_upgrade *upgrade);
const struct shunt_settings *exchange_upgrade_settings(const struct shunt_upgrade *upgrade);
const struct shunt_request *exchange_upgrade_request(const struct shunt_upgrade *upgrade);
struct shunt_worker *exchange_upgrade_worker(const struct shunt_upgrade *upgrade);
size_t exchange_upgrade_early_bytes(const struct shunt_upgrade *upgrade);
enum shunt_status exchange_upgrade_field(struct shunt_upgrade *upgrade, struct shunt_span name,
                                         struct shunt_span value) SHUNT_MUST_USE;
enum shunt_status exchange_upgrade_refuse(struct shunt_upgrade *upgrade, unsigned status,
                                          const char *content_type,
                                          struct shunt_span body) SHUNT_MUST_USE;
void *exchange_upgrade_state(struct shunt_upgrade *upgrade);
void *exchange_upgrade_user(const struct shunt_upgrade *upgrade);
void exchange_upgrade_set_user(struct shunt_upgrade *upgrade, void *user);
shunt_id exchange_upgrade_id(const struct shunt_upgrade *upgrade);
void exchange_upgrade_settle(struct shunt_upgrade *upgrade, enum shunt_verdict verdict);

#endif
