/*
 * A negotiation as plugins may ask about it, without knowing who speaks HTTP. Whoever does embeds
 * struct shunt_upgrade at the start of its own and fills the loop. The members mean what the host
 * functions upgrade_... of <shunt/plugin.h> mean.
 */
#ifndef CONN_UPGRADE_H
#define CONN_UPGRADE_H

#include <shunt/plugin.h>

struct conn_upgrade_ops {
    struct shunt_span (*offer)(const struct shunt_upgrade *upgrade);
    const struct shunt_settings *(*settings)(const struct shunt_upgrade *upgrade);
    const struct shunt_request *(*request)(const struct shunt_upgrade *upgrade);
    struct shunt_worker *(*worker)(const struct shunt_upgrade *upgrade);
    size_t (*early_bytes)(const struct shunt_upgrade *upgrade);
    enum shunt_status (*field)(struct shunt_upgrade *upgrade, struct shunt_span name,
                               struct shunt_span value);
    enum shunt_status (*refuse)(struct shunt_upgrade *upgrade, unsigned status,
                                const char *content_type, struct shunt_span body);
    void *(*state)(struct shunt_upgrade *upgrade);
    void *(*user)(const struct shunt_upgrade *upgrade);
    void (*set_user)(struct shunt_upgrade *upgrade, void *user);
    shunt_id (*id)(const struct shunt_upgrade *upgrade);
    void (*settle)(struct shunt_upgrade *upgrade, enum shunt_verdict verdict);
};

struct shunt_upgrade {
    const struct conn_upgrade_ops *ops;
};

#endif
