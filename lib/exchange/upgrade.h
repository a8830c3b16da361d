/* One upgrade under negotiation: what it is made of, and what a plugin may ask of it. */
#ifndef EXCHANGE_UPGRADE_H
#define EXCHANGE_UPGRADE_H

#include "exchange/offers.h"
#include "exchange/response.h"

/*
 * One is kept ready for each worker. A deferred one lives beside its connection, with its own copy
 * of the request, until it is settled or cancelled.
 */
struct shunt_upgrade {
    struct exchange_context *context;
    struct conn *conn;
    const struct exchange_route *route;
    struct shunt_request request;
    struct exchange_offers offers;
    size_t early_bytes; /* behind the request, so far */
    /* Called within the plugin's call that settles a deferred upgrade; consumes `upgrade`. */
    void (*settled)(struct shunt_upgrade *upgrade, enum shunt_verdict verdict);
    bool keep_alive;                /* HTTP may go on if nothing comes of it */
    bool continue_owed;             /* 100 (Continue) before the 101 */
    bool asking;                    /* within negotiate() or cancel(): settling is a mistake */
    bool status_chosen;             /* response.status is that of a refusal */
    struct shunt_response response; /* fields of the 101, or the refusal */
    void *user;
    _Alignas(8) uint8_t state[SHUNT_STREAM_STATE_BYTES];
    char *request_copy; /* deferred; else NULL */
    struct shunt_field *fields_copy;
    size_t copy_bytes; /* of both */
};

/* ---- life ---- */

/*
 * One for `request` on `conn`, with nothing asked yet; NULL when there is no memory. `request` and
 * what it borrows must stay until exchange_upgrade_put(), or exchange_upgrade_keep_request().
 */
struct shunt_upgrade *exchange_upgrade_take(struct exchange_context *context, struct conn *conn,
                                            const struct exchange_route *route,
                                            const struct shunt_request *request);
/* Done with it: it is ready for the worker's next one. */
void exchange_upgrade_put(struct shunt_upgrade *upgrade);
/* Free the spare one. NULL is allowed. */
void exchange_upgrade_destroy(struct shunt_upgrade *upgrade);
/* Forget what a protocol has set, so that nothing of it shows in the answer of the next one. */
void exchange_upgrade_reset(struct shunt_upgrade *upgrade);
/* Copy the request, which borrows from the bytes between its method.at and `end`. SHUNT_ENOMEM. */
enum shunt_status exchange_upgrade_keep_request(struct shunt_upgrade *upgrade,
                                                const char *end) SHUNT_MUST_USE;

/* Is its request one for HEAD? */
static inline bool exchange_upgrade_head_method(const struct shunt_upgrade *upgrade)
{
    return shunt_span_equal(upgrade->request.method, (struct shunt_span){"HEAD", 4});
}

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
