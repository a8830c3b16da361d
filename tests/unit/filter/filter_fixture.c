#include "unit/filter/filter_fixture.h"

#include "plugin/settings.h"

#include <stdlib.h>

struct shunt_worker fixture_loop;
struct exchange_context fixture_context;
struct shunt_exchange *fixture_exchange;
char fixture_error[256];

static struct plugin_settings settings;
static struct exchange_filter one;
static struct exchange_filters *row;
static char text[8192];
static struct shunt_field fields[32];

void fixture_init(void)
{
    fixture_loop = (struct shunt_worker){.limits.memory_bytes_max = 8 << 20, .now_ms = 1000};
    fixture_context =
        (struct exchange_context){.loop = &fixture_loop, .limits = {.response_bytes_max = 1 << 20}};
    row = calloc(1, sizeof *row + sizeof *row->items);
    cr_assert_not_null(row);
}

static void filter_drop(void)
{
    if (row->count > 0 && one.filter.destroy) {
        one.filter.destroy(one.state);
    }
    row->count = 0;
    plugin_settings_fini(&settings);
}

static void exchange_drop(void)
{
    if (fixture_exchange) {
        exchange_put(fixture_exchange);
    }
    fixture_exchange = NULL;
}

void fixture_fini(void)
{
    exchange_drop();
    filter_drop();
    free(row);
    exchange_context_fini(&fixture_context);
    cr_expect_eq(fixture_loop.memory.used, 0);
}

enum shunt_status fixture_create(const struct shunt_filter *filter, const char *const *pairs)
{
    enum shunt_status status;

    exchange_drop();
    filter_drop();
    for (; pairs && pairs[0]; pairs += 2) {
        cr_assert_eq(plugin_settings_add(&settings, pairs[0], pairs[1], 0), SHUNT_OK);
    }
    settings.owner = "filter";
    fixture_error[0] = '\0';
    one = (struct exchange_filter){.filter = *filter};
    status = filter->create(filter->arg, plugin_settings_lend(&settings), &one.state, fixture_error,
                            sizeof fixture_error);
    row->items[0] = &one;
    row->count = status == SHUNT_OK;
    return status;
}

void fixture_expect_refused(const struct shunt_filter *filter, const char *key, const char *value,
                            const char *words)
{
    const char *const pairs[] = {key, value, NULL};

    cr_expect_eq(fixture_create(filter, pairs), SHUNT_EINVAL, "%s: %s", key, value);
    cr_expect(strstr(fixture_error, words), "%s: %s: \"%s\"", key, value, fixture_error);
}

static struct shunt_span word_take(char **at, char end)
{
    char *start = *at, *stop = strchr(start, end);

    stop = stop ? stop : start + strlen(start);
    *at = *stop ? stop + 1 : stop;
    return (struct shunt_span){start, (size_t)(stop - start)};
}

void fixture_request(const char *given)
{
    struct shunt_request *request;
    char *at = text;

    exchange_drop();
    cr_assert_lt(strlen(given), sizeof text);
    strcpy(text, given);
    fixture_exchange = exchange_take(&fixture_context, NULL);
    cr_assert_not_null(fixture_exchange);
    request = &fixture_exchange->request;
    *request = (struct shunt_request){.size = sizeof *request, .version_minor = 1};
    request->exchange = fixture_exchange;
    request->method = word_take(&at, ' ');
    request->path = request->target = word_take(&at, '\n');
    for (request->fields = fields; *at; request->field_count++) {
        fields[request->field_count].name = word_take(&at, ':');
        at += *at == ' ';
        fields[request->field_count].value = word_take(&at, '\n');
    }
    fixture_exchange->filters = row;
    fixture_exchange->asks_upgrade = false;
}

bool fixture_ask(void)
{
    return exchange_filter_begin(fixture_exchange);
}

struct shunt_response *fixture_answer(void)
{
    exchange_filter_answer(fixture_exchange);
    return &fixture_exchange->response;
}

struct shunt_response *fixture_serve(const char *given, const char *type, const char *body)
{
    fixture_request(given);
    if (fixture_ask() && body) {
        cr_assert_eq(shunt_response_body(&fixture_exchange->response, type, body, strlen(body)),
                     SHUNT_OK);
    }
    return fixture_answer();
}

void fixture_expect_field(const char *name, const char *value)
{
    struct shunt_span got = shunt_response_field_get(&fixture_exchange->response, name);

    cr_expect_eq(!got.at, !value, "%s: %.*s", name, (int)got.len, got.at);
    cr_expect(shunt_span_equal(got, shunt_span_of(value)), "%s: %.*s", name, (int)got.len, got.at);
}
