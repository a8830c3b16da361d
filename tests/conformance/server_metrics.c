/* The counters of all workers, as Prometheus reads them. */
#include "conformance/server_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORKERS = 3 };

static void metrics_server(struct server *s, enum io_backend backend)
{
    const struct shunt_route route = {.size = sizeof route, .path = "/metrics"};
    struct shunt_route metrics = route;

    server_create(s, backend);
    metrics.handler = shunt_server_metrics;
    metrics.arg = s->server;
    cr_assert_eq(shunt_server_workers(s->server, WORKERS), SHUNT_OK);
    cr_assert_eq(shunt_server_route(s->server, &metrics), SHUNT_OK);
    server_start(s);
}

static void scrape(const struct server *s, const char *accept, struct answer *answer)
{
    char request[200];
    int client = client_open(s);

    snprintf(request, sizeof request, "GET /metrics HTTP/1.1\r\nHost: a\r\n%s\r\n", accept);
    client_send(client, request);
    client_answer(client, answer);
    cr_assert_eq(answer->status, 200, "%s", answer->head);
    cr_assert_lt(answer->body_len, sizeof answer->body);
    answer->body[answer->body_len] = '\0';
    close(client);
}

/* Over all workers, each of which must have a line. */
static unsigned long long sum_of(const struct answer *answer, const char *name)
{
    unsigned long long sum = 0;

    for (unsigned i = 0; i < WORKERS; i++) {
        char start[80];
        const char *line;

        snprintf(start, sizeof start, "\n%s{worker=\"%u\"} ", name, i);
        line = strstr(answer->body, start);
        cr_assert(line, "no line%s in %.300s", start, answer->body);
        sum += strtoull(line + strlen(start), NULL, 10);
    }
    return sum;
}

SERVER_TEST(all_workers_counters_are_in_one_answer)
{
    static struct answer answer;
    struct server s;
    int held[20];

    metrics_server(&s, backend);
    for (unsigned i = 0; i < 20; i++) {
        held[i] = client_upgraded(&s, "/any", "alpha");
    }
    scrape(&s, "", &answer);
    cr_expect(answer_has(&answer, "Content-Type: text/plain; version=0.0.4; charset=utf-8"), "%s",
              answer.head);
    cr_expect(answer_has(&answer, "Cache-Control: no-store"), "%s", answer.head);
    cr_expect_eq(sum_of(&answer, "shunt_conn_upgrades_total"), 20);
    cr_expect_eq(sum_of(&answer, "shunt_conn_accepted_total"), 21);
    cr_expect_eq(sum_of(&answer, "shunt_connections"), 21);
    cr_expect(strstr(answer.body, "# TYPE shunt_conn_upgrades_total counter\n"));
    cr_expect(strstr(answer.body, "# TYPE shunt_connections gauge\n"));
    cr_expect(strstr(answer.body, "\nshunt_build_info{version=\""));
    for (unsigned i = 0; i < 20; i++) {
        close(held[i]);
    }
    server_close(&s);
}

SERVER_TEST(metrics_are_open_metrics_where_that_is_preferred)
{
    static struct answer answer;
    struct server s;

    metrics_server(&s, backend);
    scrape(
        &s,
        "Accept: application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,"
        "*/*;q=0.2\r\n",
        &answer);
    cr_expect(strstr(answer.head, "Content-Type: application/openmetrics-text; version=1.0.0"),
              "%s", answer.head);
    cr_expect(strstr(answer.body, "# TYPE shunt_conn_accepted counter\n"));
    cr_expect_eq(sum_of(&answer, "shunt_conn_accepted_total"), 1);
    cr_expect_str_eq(answer.body + answer.body_len - 6, "# EOF\n");
    server_close(&s);
}

SERVER_TEST(many_ask_for_metrics_while_the_server_stops)
{
    struct server s;
    int clients[30];

    metrics_server(&s, backend);
    for (unsigned i = 0; i < 30; i++) {
        clients[i] = client_open(&s);
        client_send(clients[i], "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    shunt_server_stop(s.server);
    for (unsigned i = 0; i < 30; i++) {
        char bytes[4096];

        while (read(clients[i], bytes, sizeof bytes) > 0) {
        }
        close(clients[i]);
    }
    server_join(&s);
}

/* ---- a program's own ---- */

static struct {
    struct shunt_server *server;
    uint32_t hits, depth, sizes;
} own;

static void counts(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    struct shunt_worker *worker = shunt_response_worker(response);

    (void)arg, (void)request;
    shunt_metric_add(worker, own.hits, 2);
    shunt_metric_set(worker, own.depth, 5);
    shunt_metric_observe(worker, own.sizes, 0.25);
}

static void *count_on(void *arg)
{
    for (unsigned i = 0; i < 1000; i++) {
        shunt_server_metric_add(own.server, own.hits, 1);
        shunt_server_metric_observe(own.server, own.sizes, 2);
    }
    return arg;
}

SERVER_TEST(a_programs_metrics_are_counted_by_workers_and_by_any_thread)
{
    static const double bounds[] = {1};
    static struct answer answer;
    const struct shunt_metric hits = {
        .size = sizeof hits, .kind = SHUNT_COUNTER, .name = "own_hits", .help = "Hits."};
    struct shunt_metric depth = hits, sizes = hits;
    struct shunt_route route = {.size = sizeof route, .path = "/own", .handler = counts}, metrics;
    pthread_t threads[2];
    struct server s;

    server_create(&s, backend);
    own.server = s.server;
    depth.kind = SHUNT_GAUGE;
    depth.name = "own_depth";
    sizes.kind = SHUNT_HISTOGRAM;
    sizes.name = "own_sizes";
    sizes.bounds = bounds;
    sizes.bound_count = 1;
    cr_assert_eq(shunt_server_metric(s.server, &hits, &own.hits), SHUNT_OK);
    cr_assert_eq(shunt_server_metric(s.server, &depth, &own.depth), SHUNT_OK);
    cr_assert_eq(shunt_server_metric(s.server, &sizes, &own.sizes), SHUNT_OK);
    cr_expect_eq(shunt_server_metric(s.server, &hits, &own.hits), SHUNT_EINVAL);
    cr_expect_str_eq(shunt_server_error(s.server),
                     "metric own_hits: labels: expected each metric once, found \"own_hits\"");
    shunt_server_metric_add(s.server, own.hits, 100); /* before the run */
    cr_assert_eq(shunt_server_route(s.server, &route), SHUNT_OK);
    metrics = route;
    metrics.path = "/metrics";
    metrics.handler = shunt_server_metrics;
    metrics.arg = s.server;
    cr_assert_eq(shunt_server_route(s.server, &metrics), SHUNT_OK);
    server_start(&s);
    for (unsigned i = 0; i < 2; i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, count_on, NULL), 0);
    }
    for (unsigned i = 0; i < 10; i++) {
        int client = client_open(&s);

        client_send(client, "GET /own HTTP/1.1\r\nHost: a\r\n\r\n");
        client_answer(client, &answer);
        close(client);
    }
    for (unsigned i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    scrape(&s, "", &answer);
    cr_expect(strstr(answer.body, "\nown_hits_total 2120\n"), "%s", answer.body);
    cr_expect(strstr(answer.body, "\nown_sizes_bucket{le=\"1.0\"} 10\n"), "%s", answer.body);
    cr_expect(strstr(answer.body, "\nown_sizes_count 2010\n"), "%s", answer.body);
    cr_expect(strstr(answer.body, "\nown_sizes_sum 4002.5\n"), "%s", answer.body);
    cr_expect(strstr(answer.body, "\nshunt_request_duration_seconds_count 10\n"), "%s",
              answer.body);
    server_close(&s);
}
