/* Answers that come later, or not at all: clients that leave, limits, and stops. */
#include "conformance/server_later.h"

#include <unistd.h>

#define GET_LATER "GET /later HTTP/1.1\r\nHost: a\r\n\r\n"
#define GET_PLAIN "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n"

/* ---- the client ---- */

static void reset(int fd)
{
    const struct linger now = {.l_onoff = 1};

    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
    close(fd);
}

WITH_LATER(a_reset_notifies_once_and_a_late_answer_is_dropped, NULL, NULL, NULL)
{
    shunt_id id;

    reset(later_one(s, GET_LATER, &id));
    mark_wait("cancelled", 1);
    later_post(id, later_describes);
    mark_wait("dropped", 1);
    later_answer(id, "nobody");
    client_turn(s);
    cr_expect_eq(mark_count("cancelled"), 1);
    cr_expect_eq(server_counter(s, "session.answers_cancelled"), 1);
}

WITH_LATER(a_client_that_has_closed_is_found_to_have_left, NULL, NULL, NULL)
{
    shunt_id id;

    close(later_one(s, GET_LATER, &id));
    mark_wait("cancelled", 1);
    later_post(id, later_describes);
    mark_wait("dropped", 1);
    cr_expect_eq(mark_count("cancelled"), 1);
}

WITH_LATER(one_that_has_only_ended_its_direction_gets_all_of_its_answers, NULL, NULL, NULL)
{
    static const char *const requests[] = {
        GET_LATER,
        GET_LATER GET_PLAIN,
        GET_LATER GET_PLAIN GET_LATER,
        "GET /later HTTP/1.0\r\n\r\n",
    };

    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        struct answer answer;
        shunt_id id;
        int fd = later_one(s, requests[i], &id);

        cr_assert_eq(shutdown(fd, SHUT_WR), 0);
        if (i < 3) {
            client_head(fd, &answer); /* by then the server knows of the end */
            cr_expect_eq(answer.status, 100, "%s", answer.head);
        }
        later_answer(id, "first");
        later_final_answer(fd, &answer);
        cr_expect_str_eq(answer.body, "first", "%s", requests[i]);
        if (i == 1 || i == 2) {
            later_final_answer(fd, &answer);
            cr_expect_str_eq(answer.body, "/plain");
        }
        if (i == 2) {
            later_answer(value_take(), "third");
            later_final_answer(fd, &answer);
            cr_expect_str_eq(answer.body, "third");
        }
        client_expect_fin(fd);
    }
    cr_expect_eq(mark_count("cancelled"), 0);
}

/* ---- limits ---- */

static void soon(struct config *config)
{
    config->timeouts.answer_ms = 30;
}

WITH_LATER(without_an_answer_in_time_it_is_503_logged_and_http_goes_on, soon, NULL, NULL)
{
    struct answer answer;
    shunt_id id;
    int fd;

    fd = later_one(s, GET_LATER GET_PLAIN, &id);
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 503, "%s", answer.head);
    cr_expect_null(strstr(answer.head, "Connection:"), "%s", answer.head);
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "/plain");
    mark_wait("cancelled", 1);
    later_post(id, later_describes);
    mark_wait("dropped", 1);
    server_log_wait(s, "/later: its handler gave no answer within answer_ms (30): answered with "
                       "503");
    close(fd);
    cr_expect_eq(server_counter(s, "session.answer_timeouts"), 1);
    cr_expect_eq(mark_count("cancelled"), 1);
}

WITH_LATER(time_is_over_too_for_a_half_closed_client, soon, NULL, NULL)
{
    struct answer answer;
    shunt_id id;
    int fd;

    fd = later_one(s, GET_LATER, &id);
    cr_assert_eq(shutdown(fd, SHUT_WR), 0);
    later_final_answer(fd, &answer);
    cr_expect_eq(answer.status, 503, "%s", answer.head);
    client_expect_fin(fd);
    mark_wait("cancelled", 1);
}

static void one_pending(struct config *config)
{
    config->limits.pending_answers_max = 1;
}

static void reports_deferral(void *arg, const struct shunt_request *request,
                             struct shunt_response *response)
{
    shunt_id id = 0;

    (void)arg, (void)request;
    value_put(shunt_response_defer(response, NULL, NULL, &id));
    cr_expect_eq(id, 0, "written on SHUNT_OK only");
    cr_expect_eq(shunt_response_status(response, 503), SHUNT_OK);
}

WITH_LATER(more_than_may_wait_are_refused_at_the_call_and_room_comes_back, one_pending, "/full",
           reports_deferral)
{
    struct answer answer;
    shunt_id id;
    int fd, other;

    for (unsigned i = 0; i < 3; i++) {
        fd = later_one(s, GET_LATER, &id);
        other = client_open(s);
        client_send(other, "GET /full HTTP/1.1\r\nHost: a\r\n\r\n");
        client_answer(other, &answer);
        cr_expect_eq(answer.status, 503);
        cr_expect_eq(value_take(), SHUNT_EFULL);
        later_answer(id, "room");
        client_answer(fd, &answer);
        cr_expect_str_eq(answer.body, "room");
        close(fd);
        close(other);
    }
    cr_expect_eq(server_counter(s, "session.answers_overflow"), 3);
}

static void small_answers(struct config *config)
{
    config->limits.response_bytes_max = 1000;
}

WITH_LATER(a_body_over_the_bound_is_500_later_too, small_answers, NULL, NULL)
{
    static char bytes[1001];
    struct answer answer;
    shunt_id id;
    int fd;

    fd = later_one(s, GET_LATER, &id);
    cr_assert_eq(shunt_exchange_answer(id, 200, NULL, bytes, sizeof bytes), SHUNT_OK);
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 500);
    close(fd);
}

/* ---- stops ---- */

SERVER_TEST(stop_waits_for_what_is_deferred)
{
    struct server s;
    struct answer answer;
    shunt_id id;
    int fd, other;

    later_open(&s, backend, NULL);
    other = client_upgraded(&s, "/any", "alpha");
    fd = later_one(&s, GET_LATER, &id);
    shunt_server_stop(s.server);
    mark_wait("shutdown", 1); /* of the other one: now the worker knows */
    later_answer(id, "in time");
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "in time");
    cr_expect(answer_has(&answer, "Connection: close"), "%s", answer.head);
    client_expect_fin(fd);
    client_expect_fin(other);
    server_join(&s);
    cr_expect_eq(mark_count("cancelled"), 0);
}

static void short_drain(struct config *config)
{
    config->timeouts.drain_ms = 50;
}

SERVER_TEST(stop_waits_no_longer_than_the_drain_time)
{
    struct server s;
    shunt_id id;
    int fd;

    later_open(&s, backend, short_drain);
    fd = later_one(&s, GET_LATER, &id);
    shunt_server_stop(s.server);
    client_expect_reset(fd);
    server_join(&s);
    cr_expect_str_eq(mark_text(), "cancelled ");
    cr_expect_eq(shunt_exchange_answer(id, 200, NULL, "", 0), SHUNT_ENOTFOUND);
}

SERVER_TEST(the_second_stop_cancels_answers_too)
{
    struct server s;
    shunt_id id;
    int fd;

    later_open(&s, backend, NULL);
    fd = later_one(&s, GET_LATER, &id);
    shunt_server_stop(s.server);
    shunt_server_stop(s.server);
    client_expect_reset(fd);
    server_join(&s);
    cr_expect_str_eq(mark_text(), "cancelled ");
}
