/* plugin_check(): what a structure must have before any of it is called. */
#include "plugin/check.h"

#include <criterion/criterion.h>
#include <string.h>

static void on_open(void *local, struct shunt_stream *stream)
{
    (void)local;
    (void)stream;
}

static void on_data(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    (void)stream;
    (void)bytes;
    (void)len;
}

static const struct shunt_protocol good = {
    .size = sizeof good, .token = "rail", .open = on_open, .data = on_data};
static const struct shunt_protocol same_name = {
    .size = sizeof good, .token = "RAIL", .open = on_open, .data = on_data};
static const struct shunt_protocol short_one = {
    .size = offsetof(struct shunt_protocol, close), .token = "a", .open = on_open, .data = on_data};
static const struct shunt_protocol no_token = {
    .size = sizeof good, .open = on_open, .data = on_data};
static const struct shunt_protocol bad_token = {
    .size = sizeof good, .token = "a b", .open = on_open, .data = on_data};
static const struct shunt_protocol no_open = {.size = sizeof good, .token = "a", .data = on_data};
static const struct shunt_protocol no_data = {.size = sizeof good, .token = "a", .open = on_open};

static const struct shunt_service service = {
    .size = sizeof service, .version = 1, .interface = "track", .name = "echo", .table = &good};
static const struct shunt_service other_service = {
    .size = sizeof service, .version = 1, .interface = "track", .name = "time", .table = &good};
static const struct shunt_service short_service = {.size = 8};
static const struct shunt_service no_table = {
    .size = sizeof service, .version = 1, .interface = "track", .name = "echo"};
static const struct shunt_service bad_interface = {
    .size = sizeof service, .version = 1, .interface = "", .name = "echo", .table = &good};

static void answers(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)arg, (void)request, (void)response;
}

static const struct shunt_http_handler handler = {
    .size = sizeof handler, .name = "users", .handler = answers};
static const struct shunt_http_handler other_handler = {
    .size = sizeof handler, .name = "Users", .handler = answers};
static const struct shunt_http_handler short_handler = {
    .size = sizeof handler - 8, .name = "users", .handler = answers};
static const struct shunt_http_handler nameless_handler = {.size = sizeof handler,
                                                           .handler = answers};
static const struct shunt_http_handler bad_handler = {
    .size = sizeof handler, .name = "a/b", .handler = answers};
static const struct shunt_http_handler empty_handler = {.size = sizeof handler, .name = "users"};

static void after(void *state, const struct shunt_request *request, struct shunt_response *response)
{
    (void)state, (void)request, (void)response;
}

static const struct shunt_filter filter = {.size = sizeof filter, .name = "gate", .after = after};
static const struct shunt_filter short_filter = {
    .size = sizeof filter - 8, .name = "gate", .after = after};
static const struct shunt_filter nameless_filter = {.size = sizeof filter, .after = after};
static const struct shunt_filter bad_filter = {
    .size = sizeof filter, .name = "a b", .after = after};
static const struct shunt_filter empty_filter = {.size = sizeof filter, .name = "gate"};

#define FILTERS(...)                                                                               \
    .filters = (const struct shunt_filter *const[])                                                \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }
#define HANDLERS(...)                                                                              \
    .handlers = (const struct shunt_http_handler *const[])                                         \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }
#define PROTOCOLS(...)                                                                             \
    .protocols = (const struct shunt_protocol *const[])                                            \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }
#define SERVICES(...)                                                                              \
    .services = (const struct shunt_service *const[])                                              \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }
#define NAMED SHUNT_PLUGIN_HEAD, .name = "test", .version = "1.0"

Test(plugin_check, takes_what_is_whole)
{
    const struct {
        const char *why;
        struct shunt_plugin plugin;
    } rows[] = {
        {"a protocol", {NAMED, PROTOCOLS(&good)}},
        {"services", {NAMED, SERVICES(&service, &other_service)}},
        {"handlers", {NAMED, HANDLERS(&handler, &other_handler)}},
        {"a filter and a handler of one name", {NAMED, FILTERS(&filter), HANDLERS(&handler)}},
        {"neither", {NAMED}},
        {"a later minor, with members that we do not know",
         {.size = sizeof(struct shunt_plugin) + 64,
          .abi_major = SHUNT_ABI_MAJOR,
          .abi_minor = SHUNT_ABI_MINOR + 1,
          .name = "later",
          .version = "2~rc1+4"}},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char words[512] = "";
        struct error error = {.text = words, .size = sizeof words, .where = "here"};
        struct shunt_plugin read;

        cr_expect_eq(plugin_check(&rows[i].plugin, &read, &error), SHUNT_OK, "%s: %s", rows[i].why,
                     words);
    }
}

Test(plugin_check, refuses_what_is_not_and_says_what_it_expected_and_found)
{
    const struct {
        const char *why;
        struct shunt_plugin plugin;
        enum shunt_status status;
        const char *sentence;
    } rows[] = {
        {"shorter than 1.0",
         {.size = offsetof(struct shunt_plugin, services), .abi_major = SHUNT_ABI_MAJOR},
         SHUNT_EINVAL,
         "here: expected a plugin structure of"},
        {"zero", {0}, SHUNT_EINVAL, "bytes or more, found 0"},
        {"another major",
         {.size = sizeof(struct shunt_plugin), .abi_major = SHUNT_ABI_MAJOR + 1, .abi_minor = 3},
         SHUNT_EABI,
         "here: expected plugin ABI 1.x, found 2.3"},
        {"no name",
         {SHUNT_PLUGIN_HEAD, .version = "1"},
         SHUNT_EINVAL,
         "expected the plugin's name, found none"},
        {"empty name",
         {SHUNT_PLUGIN_HEAD, .name = "", .version = "1"},
         SHUNT_EINVAL,
         "expected the plugin's name to be a token, found \"\""},
        {"a name with a line feed",
         {SHUNT_PLUGIN_HEAD, .name = "a\nb", .version = "1"},
         SHUNT_EINVAL,
         "expected the plugin's name to be a token"},
        {"no version",
         {SHUNT_PLUGIN_HEAD, .name = "a"},
         SHUNT_EINVAL,
         "expected the plugin's version, found none"},
        {"a short protocol",
         {NAMED, PROTOCOLS(&good, &short_one)},
         SHUNT_EINVAL,
         "expected protocol 1 to have"},
        {"a protocol without a token",
         {NAMED, PROTOCOLS(&no_token)},
         SHUNT_EINVAL,
         "expected a protocol's name, found none"},
        {"a protocol whose token is none",
         {NAMED, PROTOCOLS(&bad_token)},
         SHUNT_EINVAL,
         "expected a protocol's name to be a token, found \"a b\""},
        {"a protocol without open",
         {NAMED, PROTOCOLS(&no_open)},
         SHUNT_EINVAL,
         "expected protocol a to have open(), found none"},
        {"a protocol without data",
         {NAMED, PROTOCOLS(&no_data)},
         SHUNT_EINVAL,
         "expected protocol a to have data(), found none"},
        {"two of one name, case aside",
         {NAMED, PROTOCOLS(&good, &same_name)},
         SHUNT_EINVAL,
         "expected each protocol once, found RAIL again"},
        {"a short service",
         {NAMED, SERVICES(&short_service)},
         SHUNT_EINVAL,
         "expected service 0 to have"},
        {"a service without a table",
         {NAMED, SERVICES(&no_table)},
         SHUNT_EINVAL,
         "expected service echo to have a table, found none"},
        {"a service without an interface",
         {NAMED, SERVICES(&bad_interface)},
         SHUNT_EINVAL,
         "expected a service's interface to be a token, found \"\""},
        {"two services of one name",
         {NAMED, SERVICES(&service, &service)},
         SHUNT_EINVAL,
         "expected each service once, found echo of track again"},
        {"a short handler",
         {NAMED, HANDLERS(&handler, &short_handler)},
         SHUNT_EINVAL,
         "expected handler 1 to have 40 bytes or more, found 32"},
        {"a handler without a name",
         {NAMED, HANDLERS(&nameless_handler)},
         SHUNT_EINVAL,
         "expected a handler's name, found none"},
        {"a handler whose name has a slash, which parts it from its plugin's",
         {NAMED, HANDLERS(&bad_handler)},
         SHUNT_EINVAL,
         "expected a handler's name to be a token, found \"a/b\""},
        {"a handler without a function",
         {NAMED, HANDLERS(&empty_handler)},
         SHUNT_EINVAL,
         "expected handler users to have a function, found none"},
        {"two handlers of one name",
         {NAMED, HANDLERS(&handler, &handler)},
         SHUNT_EINVAL,
         "expected each handler once, found users again"},
        {"a short filter",
         {NAMED, FILTERS(&filter, &short_filter)},
         SHUNT_EINVAL,
         "expected filter 1 to have 64 bytes or more, found 56"},
        {"a filter without a name",
         {NAMED, FILTERS(&nameless_filter)},
         SHUNT_EINVAL,
         "expected a filter's name, found none"},
        {"a filter whose name is none",
         {NAMED, FILTERS(&bad_filter)},
         SHUNT_EINVAL,
         "expected a filter's name to be a token, found \"a b\""},
        {"a filter without a function",
         {NAMED, FILTERS(&empty_filter)},
         SHUNT_EINVAL,
         "expected filter gate to have before() or after(), found neither"},
        {"two filters of one name",
         {NAMED, FILTERS(&filter, &filter)},
         SHUNT_EINVAL,
         "expected each filter once, found gate again"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char words[512] = "";
        struct error error = {.text = words, .size = sizeof words, .where = "here"};
        struct shunt_plugin read;
        enum shunt_status got = plugin_check(&rows[i].plugin, &read, &error);

        cr_expect_eq(got, rows[i].status, "%s: %s", rows[i].why, shunt_status_name(got));
        cr_expect(strstr(words, rows[i].sentence), "%s: %s", rows[i].why, words);
    }
}

Test(plugin_check, reads_a_longer_structure_as_todays)
{
    const struct {
        struct shunt_plugin plugin;
        void *member; /* of a later minor */
    } later = {.plugin = {.size = sizeof later,
                          .abi_major = SHUNT_ABI_MAJOR,
                          .abi_minor = SHUNT_ABI_MINOR + 1,
                          .name = "later",
                          .version = "1",
                          PROTOCOLS(&good)}};
    struct shunt_plugin read = {0};
    char words[512] = "";
    struct error error = {.text = words, .size = sizeof words, .where = "here"};

    cr_assert_eq(plugin_check(&later.plugin, &read, &error), SHUNT_OK, "%s", words);
    cr_expect_eq(read.size, sizeof read, "it has what we have, not what its file has");
    cr_expect_str_eq(read.name, "later");
    cr_expect_eq(read.protocols[0], &good);
}

Test(plugin_check, writes_nothing_when_it_refuses)
{
    const struct shunt_plugin nameless = {SHUNT_PLUGIN_HEAD, .version = "1"};
    struct shunt_plugin read = {.name = "before"};
    char words[512] = "";
    struct error error = {.text = words, .size = sizeof words, .where = "here"};

    cr_assert_eq(plugin_check(&nameless, &read, &error), SHUNT_EINVAL);
    cr_expect_str_eq(read.name, "before");
}
