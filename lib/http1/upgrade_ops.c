/* The negotiation as plugins see it. */
#include "http1/upgrade.h"

#include "base/log.h"

static const struct http1_upgrade *of(const struct shunt_upgrade *upgrade)
{
    return (const struct http1_upgrade *)upgrade;
}

static struct http1_upgrade *mine(struct shunt_upgrade *upgrade)
{
    return (struct http1_upgrade *)upgrade;
}

static struct shunt_span offer(const struct shunt_upgrade *upgrade)
{
    return of(upgrade)->offer;
}

static const struct shunt_settings *settings(const struct shunt_upgrade *upgrade)
{
    return of(upgrade)->route->settings;
}

static const struct shunt_request *request(const struct shunt_upgrade *upgrade)
{
    return &of(upgrade)->request;
}

static struct shunt_worker *worker(const struct shunt_upgrade *upgrade)
{
    return conn_loop_of(of(upgrade)->conn);
}

static size_t early_bytes(const struct shunt_upgrade *upgrade)
{
    const struct http1_upgrade *one = of(upgrade);
    const struct http1_session *session = one->request_copy ? one->conn->user : NULL;

    return session ? session->len : one->early;
}

/* "Connection: close" is the one connection option that a plugin may ask for (rule 7). */
static enum shunt_status field(struct shunt_upgrade *upgrade, struct shunt_span name,
                               struct shunt_span value)
{
    struct shunt_response *response = &mine(upgrade)->response;

    if (shunt_span_equal_nocase(name, shunt_span_of("Connection")) &&
        shunt_span_equal_nocase(value, shunt_span_of("close"))) {
        response->close = true;
        return SHUNT_OK;
    }
    return http1_field_add(&response->fields, name, value);
}

static enum shunt_status refuse(struct shunt_upgrade *upgrade, unsigned status,
                                const char *content_type, struct shunt_span body)
{
    struct shunt_response *response = &mine(upgrade)->response;
    enum shunt_status result = shunt_response_status(response, status);

    if (result != SHUNT_OK) {
        return result;
    }
    mine(upgrade)->refusal_chosen = true;
    return content_type ? shunt_response_body(response, content_type, body.at, body.len) : SHUNT_OK;
}

static void *state(struct shunt_upgrade *upgrade)
{
    return mine(upgrade)->state;
}

static void *user(const struct shunt_upgrade *upgrade)
{
    return of(upgrade)->user;
}

static void set_user(struct shunt_upgrade *upgrade, void *value)
{
    mine(upgrade)->user = value;
}

static shunt_id id(const struct shunt_upgrade *upgrade)
{
    return conn_id(of(upgrade)->conn);
}

static void settle(struct shunt_upgrade *upgrade, enum shunt_verdict verdict)
{
    if (of(upgrade)->negotiating || verdict == SHUNT_DEFER) {
        log_error("a plugin settled an upgrade from within negotiate, or by deferring it: ignored");
        return;
    }
    http1_upgrade_settle(mine(upgrade), verdict);
}

const struct conn_upgrade_ops http1_upgrade_ops = {
    .offer = offer,
    .settings = settings,
    .request = request,
    .worker = worker,
    .early_bytes = early_bytes,
    .field = field,
    .refuse = refuse,
    .state = state,
    .user = user,
    .set_user = set_user,
    .id = id,
    .settle = settle,
};
