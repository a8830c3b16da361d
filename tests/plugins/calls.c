/*
 * A plugin that calls functions of <shunt/fields.h> by their names, with nothing that it links to
 * that has them: its protocol accepts where they find in the request what stands there.
 */
#include <shunt/plugin.h>

static bool finds(const struct shunt_request *request)
{
    static const char *const types[] = {"text/html", "application/json", NULL};
    struct shunt_span query = request->query, value;
    char room[64], date[SHUNT_DATE_BYTES];

    shunt_date_format(784111777, date);
    return shunt_form_find(&query, "name", room, sizeof room, &value) == SHUNT_OK &&
           shunt_span_equal(value, shunt_span_of("a B")) &&
           shunt_cookie_find(request, "id", &value) &&
           shunt_span_equal(value, shunt_span_of("42")) && shunt_accept_type(request, types) == 1 &&
           strcmp(date, "Sun, 06 Nov 1994 08:49:37 GMT") == 0;
}

static enum shunt_verdict negotiate(void *local, const struct shunt_request *request,
                                    struct shunt_upgrade *upgrade)
{
    (void)local, (void)upgrade;
    return finds(request) ? SHUNT_ACCEPT : SHUNT_REFUSE;
}

static void on_open(void *local, struct shunt_stream *stream)
{
    (void)local, (void)stream;
}

static void data(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    (void)stream, (void)bytes, (void)len;
}

static const struct shunt_protocol protocol = {
    .size = sizeof protocol,
    .token = "calls",
    .negotiate = negotiate,
    .open = on_open,
    .data = data,
};

SHUNT_PLUGIN = {
    SHUNT_PLUGIN_HEAD,
    .name = "calls",
    .version = "1.0",
    .protocols = (const struct shunt_protocol *const[]){&protocol, NULL},
};
