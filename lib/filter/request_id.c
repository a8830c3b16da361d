/*
 * A name for each request, for logs on both sides: the attribute "request_id" for handlers, and a
 * field of the answer. It tells requests apart and is no secret.
 */
#include "conn/loop.h"
#include "exchange/exchange.h"
#include "filter/builtin.h"
#include "filter/settings.h"
#include "http/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

enum { ID_BYTES = 32, INCOMING_BYTES_MAX = 128 };

struct request_id {
    char field[64];
    bool incoming; /* what a client, or the proxy in front, has sent is taken up */
    uint64_t start;
    uint64_t count;
};

/* What may stand in a log line without quotes. */
static bool is_valid(struct shunt_span id)
{
    for (size_t i = 0; i < id.len; i++) {
        char c = id.at[i];

        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
              c == '-' || c == '_' || c == '.')) {
            return false;
        }
    }
    return id.len > 0 && id.len <= INCOMING_BYTES_MAX;
}

/* Each number once: a step that has no divisor in common with 2^64 meets all of them. */
static void make(struct request_id *own, char text[ID_BYTES + 1])
{
    uint64_t count = __atomic_add_fetch(&own->count, 1, __ATOMIC_RELAXED);

    snprintf(text, ID_BYTES + 1, "%016llx%016llx", (unsigned long long)own->start,
             (unsigned long long)(own->start + count * 0x9e3779b97f4a7c15u));
}

static enum shunt_filtering before(void *state, const struct shunt_request *request,
                                   struct shunt_response *response)
{
    struct request_id *own = state;
    const struct shunt_field *sent =
        own->incoming ? shunt_request_field(request, own->field, NULL) : NULL;
    char made[ID_BYTES + 1];
    struct shunt_span id = {made, ID_BYTES};

    (void)response;
    if (sent && is_valid(sent->value)) {
        id = sent->value;
    } else {
        make(own, made);
    }
    (void)!shunt_request_attribute_set(request, "request_id", id);
    return SHUNT_GO_ON;
}

static void after(void *state, const struct shunt_request *request, struct shunt_response *response)
{
    const struct request_id *own = state;
    struct shunt_span id = shunt_request_attribute(request, "request_id");
    char text[INCOMING_BYTES_MAX + 1];

    snprintf(text, sizeof text, "%.*s", (int)id.len, id.len ? id.at : "");
    (void)!shunt_response_field_set(response, own->field, text);
}

static enum shunt_status create(void *arg, const struct shunt_settings *settings, void **state,
                                char *error, size_t error_size)
{
    const struct filter_error why = {error, error_size};
    const char *field = plugin_setting_get(settings, "field");
    struct request_id *own = calloc(1, sizeof *own);
    enum shunt_status status = own ? SHUNT_OK : SHUNT_ENOMEM;

    (void)arg;
    if (own) {
        snprintf(own->field, sizeof own->field, "%s", field ? field : "X-Request-Id");
        status = plugin_setting_bool(settings, "incoming", &own->incoming);
    }
    if (field && status == SHUNT_OK &&
        (!http_is_token(shunt_span_of(field)) || strlen(field) >= sizeof own->field)) {
        status = filter_expected(&why, "field", "the name of a field", shunt_span_of(field));
    }
    if (status == SHUNT_OK && getrandom(&own->start, sizeof own->start, 0) < 0) {
        own->start = (uint64_t)time(NULL) << 32;
    }
    if (status != SHUNT_OK) {
        free(own);
        return status;
    }
    *state = own;
    return SHUNT_OK;
}

const struct shunt_filter filter_request_id = {
    .size = sizeof(struct shunt_filter),
    .name = "request_id",
    .before = before,
    .after = after,
    .create = create,
    .destroy = free,
};
