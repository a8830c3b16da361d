/* The service of a route in the handshake: found by name, asked, and notified. */
#include "peer.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define FIELDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define KEY         "Sec-WebSocket-Key", PEER_KEY
#define PROTOCOL    "Sec-WebSocket-Protocol"
#define ACCEPT      "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

static enum shunt_verdict next_verdict;
static int cancelled;

static enum shunt_verdict picky_negotiate(void *local, const struct shunt_request *request,
                                          struct shunt_upgrade *upgrade)
{
    (void)local;
    cr_expect_not_null(shunt_request_field(request, "Sec-WebSocket-Key", NULL));
    if (next_verdict == SHUNT_ACCEPT) {
        cr_expect_eq(
            websocket_host->upgrade_field(upgrade, shunt_span_of(PROTOCOL), shunt_span_of("chat")),
            SHUNT_OK);
    } else if (next_verdict == SHUNT_REFUSE) {
        cr_expect_eq(websocket_host->upgrade_refuse(upgrade, 401, "text/plain",
                                                    shunt_span_of("who are you?")),
                     SHUNT_OK);
    }
    return next_verdict;
}

static void picky_cancel(void *local, struct shunt_upgrade *upgrade)
{
    (void)local;
    (void)upgrade;
    cancelled++;
}

static const struct shunt_websocket_service picky = {
    .size = sizeof picky, .negotiate = picky_negotiate, .cancel = picky_cancel};
static const struct shunt_websocket_service cut_short = {.size = 8};
static const struct shunt_service picky_service = {
    .size = sizeof picky_service,
    .version = SHUNT_WEBSOCKET_VERSION,
    .interface = SHUNT_WEBSOCKET_INTERFACE,
    .name = "picky",
    .table = &picky,
};
static const struct shunt_service cut_short_service = {
    .size = sizeof cut_short_service,
    .version = SHUNT_WEBSOCKET_VERSION,
    .interface = SHUNT_WEBSOCKET_INTERFACE,
    .name = "cut-short",
    .table = &cut_short,
};
/* The table of a service that was built against a later minor. */
static const struct {
    struct shunt_websocket_service service;
    void *member;
} later = {.service = {.size = sizeof later, .negotiate = picky_negotiate}};
static const struct shunt_service later_service = {
    .size = sizeof later_service,
    .version = SHUNT_WEBSOCKET_VERSION,
    .interface = SHUNT_WEBSOCKET_INTERFACE,
    .name = "later",
    .table = &later,
};
static const struct shunt_plugin picky_plugin = {
    SHUNT_PLUGIN_HEAD,
    .name = "picky",
    .version = "1",
    .services = (const struct shunt_service *const[]){&picky_service, &cut_short_service,
                                                      &later_service, NULL},
};

static struct shunt_upgrade *ask(struct shunt_worker *worker, const char *service,
                                 const char *version)
{
    const char *const settings[] = {service ? "service" : NULL, service, NULL};

    return fake_upgrade(worker, &(struct fake_offer){
                                    .offer = "websocket",
                                    .fields = FIELDS(KEY, "Sec-WebSocket-Version", version),
                                    .settings = settings,
                                });
}

static struct shunt_worker *picky_worker(void)
{
    struct shunt_worker *worker = peer_worker(NULL);

    cr_assert_eq(fake_plugin_start(worker, &picky_plugin, NULL), SHUNT_OK);
    return worker;
}

Test(websocket_service, the_service_may_add_fields)
{
    struct shunt_worker *worker = picky_worker();
    struct shunt_upgrade *upgrade;

    next_verdict = SHUNT_ACCEPT;
    upgrade = ask(worker, "picky", "13");
    cr_expect_eq(upgrade->verdict, SHUNT_ACCEPT);
    cr_expect_str_eq(fake_upgrade_field(upgrade, PROTOCOL), "chat");
    cr_expect_str_eq(fake_upgrade_field(upgrade, "Sec-WebSocket-Accept"), ACCEPT);
    fake_upgrade_free(upgrade);
    fake_worker_destroy(worker);
}

Test(websocket_service, the_service_may_refuse_or_decline)
{
    struct shunt_worker *worker = picky_worker();
    struct shunt_upgrade *upgrade;

    next_verdict = SHUNT_REFUSE;
    upgrade = ask(worker, "picky", "13");
    cr_expect_eq(upgrade->verdict, SHUNT_REFUSE);
    cr_expect_eq(upgrade->status, 401);
    cr_expect_null(fake_upgrade_field(upgrade, "Sec-WebSocket-Accept"));
    fake_upgrade_free(upgrade);

    next_verdict = SHUNT_DECLINE;
    upgrade = ask(worker, "picky", "13");
    cr_expect_eq(upgrade->verdict, SHUNT_DECLINE);
    cr_expect_eq(upgrade->field_count, 0);
    fake_upgrade_free(upgrade);
    fake_worker_destroy(worker);
}

Test(websocket_service, the_service_may_answer_later)
{
    struct shunt_worker *worker = picky_worker();
    struct shunt_upgrade *upgrade;

    next_verdict = SHUNT_DEFER;
    upgrade = ask(worker, "picky", "13");
    cr_expect_eq(upgrade->verdict, SHUNT_DEFER);
    websocket_host->upgrade_settle(upgrade, SHUNT_ACCEPT);
    cr_expect_str_eq(fake_upgrade_field(upgrade, "Sec-WebSocket-Accept"), ACCEPT);
    cr_assert_not_null(upgrade->stream);
    fake_free(upgrade->stream);
    fake_upgrade_free(upgrade);
    fake_worker_destroy(worker);
}

Test(websocket_service, of_a_deferred_one_that_is_gone_the_service_is_notified)
{
    struct shunt_worker *worker = picky_worker();
    struct shunt_upgrade *upgrade;

    next_verdict = SHUNT_DEFER;
    upgrade = ask(worker, "picky", "13");
    fake_upgrade_cancel(upgrade);
    cr_expect_eq(cancelled, 1);
    fake_upgrade_free(upgrade);
    fake_worker_destroy(worker);
}

Test(websocket_service, the_service_is_not_asked_about_an_invalid_one)
{
    struct shunt_worker *worker = picky_worker();
    struct shunt_upgrade *upgrade;

    next_verdict = SHUNT_ACCEPT;
    upgrade = ask(worker, "picky", "8");
    cr_expect_eq(upgrade->status, 426);
    cr_expect_null(fake_upgrade_field(upgrade, PROTOCOL));
    fake_upgrade_free(upgrade);
    fake_worker_destroy(worker);
}

Test(websocket_service, a_route_without_its_service_is_the_servers_mistake)
{
    static const struct {
        const char *why, *service;
    } rows[] = {
        {"no setting", NULL},
        {"no such service", "nobody"},
        {"a table that is shorter than 1.0", "cut-short"},
    };
    struct shunt_worker *worker = picky_worker();

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned logged = fake_log_count;

        for (int times = 0; times < 3; times++) {
            struct shunt_upgrade *upgrade = ask(worker, rows[i].service, "13");

            cr_expect_eq(upgrade->verdict, SHUNT_REFUSE, "%s", rows[i].why);
            cr_expect_eq(upgrade->status, 500, "%s", rows[i].why);
            fake_upgrade_free(upgrade);
        }
        cr_expect_eq(fake_log_count, logged + 1, "%s: logged once", rows[i].why);
    }
    fake_worker_destroy(worker);
}

Test(websocket_service, a_service_whose_table_is_too_short_is_refused_with_both_sizes)
{
    struct shunt_worker *worker = picky_worker();
    char sentence[160];

    snprintf(sentence, sizeof sentence,
             "websocket: service 'cut-short': expected a table of %zu bytes or more, found 8",
             SHUNT_WEBSOCKET_SERVICE_BYTES_1_0);
    fake_upgrade_free(ask(worker, "cut-short", "13"));
    cr_expect_str_eq(fake_log_last, sentence);
    fake_worker_destroy(worker);
}

Test(websocket_service, a_service_of_a_later_minor_is_asked_all_the_same)
{
    struct shunt_worker *worker = picky_worker();
    struct shunt_upgrade *upgrade;

    next_verdict = SHUNT_ACCEPT;
    upgrade = ask(worker, "later", "13");
    cr_expect_eq(upgrade->verdict, SHUNT_ACCEPT);
    cr_expect_str_eq(fake_upgrade_field(upgrade, PROTOCOL), "chat");
    fake_upgrade_free(upgrade);
    fake_worker_destroy(worker);
}
