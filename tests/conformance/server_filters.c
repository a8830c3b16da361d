/* Filters that answer or let go on at once: who is asked, in which order, and about what. */
#include "conformance/server_filters.h"

#include <stdio.h>
#include <unistd.h>

#define GET_ONE "GET /one HTTP/1.1\r\nHost: a\r\n\r\n"

CLOSING_SERVER(filters_are_asked_in_order_and_look_at_the_answer_in_reverse)
{
    struct answer answer;
    int fd = filters_client(s, backend, NULL);

    client_send(fd, GET_ONE);
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 200);
    cr_expect(strstr(answer.head, "Filter: a\r\nFilter: b\r\nFilter: c\r\nFilter: d\r\n"), "%s",
              answer.head);
    cr_expect_str_eq(mark_text(), "a+ b+ c+ d+ handler d-200 c-200 b-200 a-200 ");
    close(fd);
}

static enum shunt_filtering c_answers(const char *name, const struct shunt_request *request,
                                      struct shunt_response *response)
{
    (void)request;
    if (*name != 'c') {
        return SHUNT_GO_ON;
    }
    cr_expect_eq(shunt_response_status(response, 401), SHUNT_OK);
    cr_expect_eq(shunt_response_body(response, "text/plain", "no", 2), SHUNT_OK);
    return SHUNT_ANSWERED;
}

CLOSING_SERVER(one_that_answers_ends_the_row)
{
    struct answer answer;
    int fd = filters_client(s, backend, c_answers);

    client_send(fd, "POST /one HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" GET_ONE);
    for (int i = 0; i < 2; i++) {
        client_answer(fd, &answer);
        cr_expect_eq(answer.status, 401);
        cr_expect_str_eq(answer.body, "no");
    }
    cr_expect_str_eq(mark_text(), "a+ b+ c+ c-401 b-401 a-401 a+ b+ c+ c-401 b-401 a-401 ");
    close(fd);
    cr_expect_eq(server_counter(s, "session.filters_answered"), 2);
}

CLOSING_SERVER(refusals_and_fixed_answers_pass_them_too)
{
    static const struct {
        const char *request;
        unsigned status;
        const char *marks;
    } rows[] = {
        {"GET /none HTTP/1.1\r\nHost: a\r\n\r\n", 404, "a+ b+ b-404 a-404 "},
        {"DELETE /one HTTP/1.1\r\nHost: a\r\n\r\n", 405, "a+ b+ c+ d+ d-405 c-405 b-405 a-405 "},
        {"ODD /one HTTP/1.1\r\nHost: a\r\n\r\n", 501, "a+ b+ b-501 a-501 "},
        {"GET /must HTTP/1.1\r\nHost: a\r\n\r\n", 426, "a+ b+ b-426 a-426 "},
        {"GET /text HTTP/1.1\r\nHost: a\r\n\r\n", 200, "a+ b+ b-200 a-200 "},
        {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", 200,
         "a+ b+ b-200 a-200 "},
        {"POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", 404,
         "a+ b+ b-404 a-404 "},
    };

    filter_acts = NULL;
    filters_open(s, backend, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct answer answer;
        int fd = client_open(s);

        client_send(fd, rows[i].request);
        client_answer(fd, &answer);
        cr_expect_eq(answer.status, rows[i].status, "%s%s", rows[i].request, answer.head);
        cr_expect(answer_has(&answer, "Filter: a"), "%s%s", rows[i].request, answer.head);
        cr_expect_str_eq(mark_text(), rows[i].marks, "%s%s", rows[i].request, mark_text());
        mark_reset();
        close(fd);
    }
}

CLOSING_SERVER(what_is_no_request_passes_none)
{
    struct answer answer;
    int fd = filters_client(s, backend, NULL);

    client_send(fd, "GET /one HTTP/1.1\r\n\r\n");
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 400);
    cr_expect_str_eq(mark_text(), "");
    client_expect_fin(fd);
}

/* ---- upgrades ---- */

static enum shunt_verdict second(const struct shunt_request *request, struct shunt_upgrade *upgrade)
{
    struct shunt_span name = {"Lost", 4}, value = {"1", 1};

    (void)request;
    if (probe.host->upgrade_offer(upgrade).at[0] == 'a') {
        cr_expect_eq(probe.host->upgrade_field(upgrade, name, value), SHUNT_OK);
        return SHUNT_DECLINE;
    }
    return SHUNT_ACCEPT;
}

CLOSING_SERVER(fields_of_filters_go_out_with_the_101_and_they_see_it)
{
    struct answer answer;
    int fd;

    filter_acts = NULL;
    probe.negotiate = second;
    filters_open(s, backend, NULL);
    fd = client_open(s);
    client_send(fd, upgrade_request("/one", "alpha, beta", ""));
    client_head(fd, &answer);
    cr_expect_eq(answer.status, 101, "%s", answer.head);
    cr_expect(strstr(answer.head, "Filter: a\r\nFilter: b\r\nFilter: c\r\nFilter: d\r\n"), "%s",
              answer.head);
    cr_expect_null(strstr(answer.head, "Lost"), "%s", answer.head);
    mark_wait("open", 1);
    cr_expect_str_eq(mark_text(), "a+ b+ c+ d+ negotiate negotiate d-101 c-101 b-101 a-101 open ");
    client_send(fd, "echo");
    client_expect(fd, "echo");
    close(fd);
    probe.negotiate = NULL;
}

CLOSING_SERVER(a_filter_that_answers_prevents_the_101)
{
    struct answer answer;
    int fd = filters_client(s, backend, c_answers);

    client_send(fd, upgrade_request("/one", "alpha", ""));
    client_send(fd, "GET /text HTTP/1.1\r\nHost: a\r\n\r\n");
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 401, "%s", answer.head);
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "text");
    cr_expect_eq(mark_count("negotiate"), 0);
    close(fd);
}

static enum shunt_verdict refuses(const struct shunt_request *request,
                                  struct shunt_upgrade *upgrade)
{
    (void)request;
    cr_expect_eq(probe.host->upgrade_refuse(upgrade, 409, NULL, (struct shunt_span){0}), SHUNT_OK);
    return SHUNT_REFUSE;
}

static enum shunt_verdict declines(const struct shunt_request *request,
                                   struct shunt_upgrade *upgrade)
{
    (void)request, (void)upgrade;
    return SHUNT_DECLINE;
}

CLOSING_SERVER(refused_and_declined_upgrades_pass_them_too)
{
    struct answer answer;
    int fd = filters_client(s, backend, NULL);
    probe.negotiate = refuses;
    client_send(fd, upgrade_request("/one", "alpha", ""));
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 409);
    cr_expect(answer_has(&answer, "Filter: d"), "%s", answer.head);
    cr_expect_str_eq(mark_text(), "a+ b+ c+ d+ negotiate d-409 c-409 b-409 a-409 ");
    mark_reset();
    probe.negotiate = declines;
    client_send(fd, upgrade_request("/one", "alpha", ""));
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 200);
    cr_expect_str_eq(mark_text(), "a+ b+ c+ d+ negotiate handler d-200 c-200 b-200 a-200 ");
    close(fd);
    probe.negotiate = NULL;
}

/* ---- what they may do ---- */

static enum shunt_filtering contradicts(const char *name, const struct shunt_request *request,
                                        struct shunt_response *response)
{
    (void)request, (void)response;
    return *name == 'b' ? SHUNT_DEFERRED : SHUNT_GO_ON;
}

CLOSING_SERVER(one_that_has_done_nothing_is_500_and_logged)
{
    struct answer answer;
    int fd = filters_client(s, backend, contradicts);

    client_send(fd, GET_ONE GET_ONE);
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 500);
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 500);
    cr_expect_eq(mark_count("handler"), 0);
    server_log_wait(s, "filter b: it neither lets the request go on nor has answered");
    close(fd);
}

static enum shunt_filtering marks_request(const char *name, const struct shunt_request *request,
                                          struct shunt_response *response)
{
    struct shunt_span user = shunt_request_attribute(request, "user");

    (void)response;
    if (*name == 'a') {
        cr_expect_null(user.at);
        cr_expect_eq(shunt_request_attribute_set(request, "user", shunt_span_of("ann")), SHUNT_OK);
        cr_expect_eq(shunt_request_attribute_set(request, "user", request->path), SHUNT_OK);
    } else {
        cr_expect(shunt_span_equal(user, request->path));
    }
    return SHUNT_GO_ON;
}

CLOSING_SERVER(attributes_are_there_for_those_behind_and_no_longer)
{
    struct answer answer;
    int fd = filters_client(s, backend, marks_request);
    for (int i = 0; i < 3; i++) {
        client_send(fd, GET_ONE);
        client_answer(fd, &answer);
    }
    close(fd);
}

/* ---- answers in pieces, and bodies that are refused ---- */

static char over[2000];

static void too_much(void *arg, const struct shunt_request *request,
                     struct shunt_response *response)
{
    (void)arg, (void)request;
    cr_expect_eq(shunt_response_field(response, "Lost", "1"), SHUNT_OK);
    cr_expect_eq(shunt_response_body(response, NULL, over, sizeof over), SHUNT_ETOOBIG);
}

static void in_pieces(void *arg, const struct shunt_request *request,
                      struct shunt_response *response)
{
    shunt_id id;

    (void)arg, (void)request;
    cr_expect_eq(
        shunt_response_begin(response, "text/plain", SHUNT_LENGTH_UNKNOWN, NULL, NULL, NULL, &id),
        SHUNT_OK);
    mark("begun");
    cr_expect_eq(shunt_response_write(response, "piece", 5), SHUNT_OK);
    cr_expect_eq(shunt_response_end(response), SHUNT_OK);
}

static void amends(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    struct shunt_span body;
    shunt_id id;

    (void)arg, (void)request;
    mark(shunt_response_body_get(response, &body) ? "whole" : "pieces");
    cr_expect_eq(shunt_response_defer(response, NULL, NULL, &id), SHUNT_ESTATE);
    cr_expect_eq(shunt_response_field_set(response, "Content-Type", "text/x"), SHUNT_OK);
    if (shunt_response_status_get(response) == 500) {
        cr_expect_eq(shunt_response_status(response, 599), SHUNT_OK);
        cr_expect_eq(shunt_response_body(response, "text/y", "page", 4), SHUNT_OK);
    }
}

static void amended_open(struct server *s, enum io_backend backend)
{
    static const struct shunt_filter filter = {
        .size = sizeof filter, .name = "amends", .after = amends};
    static const struct shunt_route routes[] = {
        {.size = sizeof *routes, .path = "/too_much", .handler = too_much},
        {.size = sizeof *routes, .path = "/pieces", .handler = in_pieces}};

    server_create(s, backend);
    cr_assert_eq(shunt_server_filter(s->server, &filter), SHUNT_OK);
    cr_assert_eq(shunt_server_route(s->server, &routes[0]), SHUNT_OK);
    cr_assert_eq(shunt_server_route(s->server, &routes[1]), SHUNT_OK);
    server_config(s->server)->limits.response_bytes_max = sizeof over - 1;
    server_log_keep(s);
    server_start(s);
}

CLOSING_SERVER(an_answer_is_amended_before_its_head_is_written)
{
    struct answer answer;
    int fd;

    amended_open(s, backend);
    fd = client_open(s);
    client_send(fd, "GET /too_much HTTP/1.1\r\nHost: a\r\n\r\n");
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 599, "%s", answer.head);
    cr_expect_str_eq(answer.body, "page");
    cr_expect_null(strstr(answer.head, "Lost"), "%s", answer.head);
    cr_expect_str_eq(mark_text(), "whole ");
    mark_reset();
    client_send(fd, "GET /pieces HTTP/1.1\r\nHost: a\r\n\r\n");
    client_head(fd, &answer);
    cr_expect(answer_has(&answer, "Content-Type: text/x"), "%s", answer.head);
    cr_expect_null(strstr(answer.head, "text/plain"), "%s", answer.head);
    client_expect(fd, "5\r\npiece\r\n0\r\n\r\n");
    cr_expect_str_eq(mark_text(), "pieces begun ");
    close(fd);
}
