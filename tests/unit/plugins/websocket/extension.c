/* permessage-deflate, negotiated: each rule of RFC 7692 section 7.1 and of RFC 6455 section 9.1. */
#include "extension.h"

#include "support/guard.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define PMD "permessage-deflate"

static const struct websocket_wishes dedicated = {false, 15, 15}, shared = {true, 15, 15},
                                     small = {false, 11, 10}, small_shared = {true, 9, 12};

struct row {
    const char *why, *offer;
    const struct websocket_wishes *wishes;
    const char *answer; /* NULL: the fields break the grammar; "": no offer is taken */
    struct websocket_terms terms;
};

static enum shunt_status choose(const char *first, const char *second,
                                const struct websocket_wishes *wishes,
                                struct websocket_terms *terms,
                                char answer[WEBSOCKET_EXTENSION_BYTES])
{
    struct shunt_field fields[2] = {
        {shunt_span_of("Sec-WebSocket-Extensions"), guard_page_copy(first, strlen(first))}};
    struct shunt_request request = {
        .size = sizeof request, .fields = fields, .field_count = second ? 2 : 1};
    enum shunt_status status;

    if (second) {
        fields[1].name = shunt_span_of("sec-websocket-extensions");
        fields[1].value = guard_page_copy(second, strlen(second));
    }
    status = websocket_extension_choose(&request, wishes, terms, answer);
    for (size_t i = 0; i < request.field_count; i++) {
        guard_page_free(fields[i].value);
    }
    return status;
}

static void run(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char answer[WEBSOCKET_EXTENSION_BYTES] = "?";
        struct websocket_terms terms = {.compressed = true};
        enum shunt_status status = choose(
            rows[i].offer, NULL, rows[i].wishes ? rows[i].wishes : &dedicated, &terms, answer);

        cr_expect_eq(status, rows[i].answer ? SHUNT_OK : SHUNT_EPROTO, "%s: %s", rows[i].why,
                     shunt_status_name(status));
        if (status == SHUNT_OK && rows[i].answer) {
            cr_expect_str_eq(answer, rows[i].answer, "%s: %s", rows[i].why, answer);
            cr_expect_eq(terms.compressed, rows[i].answer[0] != '\0', "%s", rows[i].why);
        }
        if (rows[i].terms.compressed) {
            cr_expect(websocket_terms_equal(&terms, &rows[i].terms), "%s: %d %d %u %u", rows[i].why,
                      terms.server_fresh, terms.client_fresh, terms.server_bits, terms.client_bits);
        }
    }
}

#define RUN(rows) run(rows, sizeof(rows) / sizeof *(rows))

Test(websocket_extension, agrees_to_what_the_client_asks_for)
{
    static const struct row rows[] = {
        {"nothing asked (7.1)", PMD, &dedicated, PMD, {true, false, false, 15, 15}},
        {"as browsers do",
         PMD "; client_max_window_bits",
         &dedicated,
         PMD,
         {true, false, false, 15, 15}},
        {"7.1.1.1",
         PMD "; server_no_context_takeover",
         &dedicated,
         PMD "; server_no_context_takeover",
         {true, true, false, 15, 15}},
        {"7.1.1.2, a hint that is taken up",
         PMD "; client_no_context_takeover",
         &dedicated,
         PMD "; client_no_context_takeover",
         {true, false, true, 15, 15}},
        {"7.1.2.1",
         PMD "; server_max_window_bits=10",
         &dedicated,
         PMD "; server_max_window_bits=10",
         {true, false, false, 10, 15}},
        {"the smallest",
         PMD "; server_max_window_bits=8",
         &dedicated,
         PMD "; server_max_window_bits=8",
         {true, false, false, 8, 15}},
        {"the largest, which is named as it was asked for",
         PMD "; server_max_window_bits=15",
         &dedicated,
         PMD "; server_max_window_bits=15",
         {true, false, false, 15, 15}},
        {"7.1.2.2, with a value",
         PMD "; client_max_window_bits=9",
         &dedicated,
         PMD "; client_max_window_bits=9",
         {true, false, false, 15, 9}},
        {"all four, in another order, without blanks",
         PMD ";client_max_window_bits=12;server_max_window_bits=9;client_no_context_takeover;"
             "server_no_context_takeover",
         &dedicated,
         PMD "; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; "
             "client_max_window_bits=12",
         {true, true, true, 9, 12}},
        {"blanks everywhere",
         " \t" PMD " ; server_max_window_bits = 10\t;\tclient_max_window_bits ",
         &dedicated,
         PMD "; server_max_window_bits=10",
         {true, false, false, 10, 15}},
        {"a value in quotes (RFC 6455 section 9.1)",
         PMD "; server_max_window_bits=\"10\"",
         &dedicated,
         PMD "; server_max_window_bits=10",
         {true, false, false, 10, 15}},
        {"an escaped one",
         PMD "; server_max_window_bits=\"1\\0\"",
         &dedicated,
         PMD "; server_max_window_bits=10",
         {true, false, false, 10, 15}},
    };

    RUN(rows);
}

Test(websocket_extension, asks_for_what_the_server_wants)
{
    static const struct row rows[] = {
        {"no take-over, unasked",
         PMD,
         &shared,
         PMD "; server_no_context_takeover; client_no_context_takeover",
         {true, true, true, 15, 15}},
        {"a window of its own may be named unasked (7.1.2.1)",
         PMD,
         &small,
         PMD "; server_max_window_bits=11",
         {true, false, false, 11, 15}},
        {"but the client's only where it permits (7.1.2.2)",
         PMD "; client_max_window_bits",
         &small,
         PMD "; server_max_window_bits=11; client_max_window_bits=10",
         {true, false, false, 11, 10}},
        {"the smaller of both",
         PMD "; server_max_window_bits=10; client_max_window_bits=9",
         &small,
         PMD "; server_max_window_bits=10; client_max_window_bits=9",
         {true, false, false, 10, 9}},
        {"never a larger one",
         PMD "; server_max_window_bits=15; client_max_window_bits=15",
         &small,
         PMD "; server_max_window_bits=11; client_max_window_bits=10",
         {true, false, false, 11, 10}},
        {"without take-over the client's window costs nothing",
         PMD "; client_max_window_bits=9",
         &shared,
         PMD "; server_no_context_takeover; client_no_context_takeover",
         {true, true, true, 15, 15}},
        {"but a wish is a wish",
         PMD "; client_max_window_bits=9",
         &small_shared,
         PMD "; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; "
             "client_max_window_bits=12",
         {true, true, true, 9, 12}},
    };

    RUN(rows);
}

Test(websocket_extension, declines_each_wrong_offer)
{
    static const struct row rows[] = {
        {"unknown", PMD "; unknown", NULL, "", {0}},
        {"unknown, with a value", PMD "; unknown=1", NULL, "", {0}},
        {"another spelling", PMD "; Server_No_Context_Takeover", NULL, "", {0}},
        {"a flag with a value", PMD "; server_no_context_takeover=true", NULL, "", {0}},
        {"a flag with a value", PMD "; client_no_context_takeover=1", NULL, "", {0}},
        {"a flag twice",
         PMD "; server_no_context_takeover; server_no_context_takeover",
         NULL,
         "",
         {0}},
        {"a flag twice",
         PMD "; client_no_context_takeover; client_no_context_takeover",
         NULL,
         "",
         {0}},
        {"a window without a value", PMD "; server_max_window_bits", NULL, "", {0}},
        {"a window twice",
         PMD "; server_max_window_bits=10; server_max_window_bits=10",
         NULL,
         "",
         {0}},
        {"a window twice", PMD "; client_max_window_bits; client_max_window_bits", NULL, "", {0}},
        {"a window twice", PMD "; client_max_window_bits=9; client_max_window_bits", NULL, "", {0}},
        {"7", PMD "; server_max_window_bits=7", NULL, "", {0}},
        {"16", PMD "; server_max_window_bits=16", NULL, "", {0}},
        {"0", PMD "; server_max_window_bits=0", NULL, "", {0}},
        {"a leading zero", PMD "; server_max_window_bits=08", NULL, "", {0}},
        {"a leading zero", PMD "; client_max_window_bits=010", NULL, "", {0}},
        {"what overflows", PMD "; server_max_window_bits=4294967306", NULL, "", {0}},
        {"three digits", PMD "; server_max_window_bits=100", NULL, "", {0}},
        {"four digits", PMD "; server_max_window_bits=1000", NULL, "", {0}},
        {"a sign", PMD "; server_max_window_bits=+9", NULL, "", {0}},
        {"no number", PMD "; client_max_window_bits=x", NULL, "", {0}},
        {"hexadecimal", PMD "; client_max_window_bits=0xa", NULL, "", {0}},
        {"a fraction", PMD "; client_max_window_bits=9.5", NULL, "", {0}},
        {"another extension", "x-webkit-deflate-frame", NULL, "", {0}},
        {"a longer name", "permessage-deflated", NULL, "", {0}},
        {"a shorter name", "permessage", NULL, "", {0}},
        {"nothing", "", NULL, "", {0}},
        {"empty members only", " , ,", NULL, "", {0}},
    };

    RUN(rows);
}

Test(websocket_extension, takes_the_first_acceptable_offer)
{
    static const struct row rows[] = {
        {"the first",
         PMD "; server_max_window_bits=9, " PMD,
         NULL,
         PMD "; server_max_window_bits=9",
         {0}},
        {"the second, behind a wrong one",
         PMD "; mode=fast, " PMD "; server_max_window_bits=12",
         NULL,
         PMD "; server_max_window_bits=12",
         {0}},
        {"the third", PMD "; a, " PMD "; server_max_window_bits=7," PMD, NULL, PMD, {0}},
        {"behind others", "foo; bar=\"x, y; z\", deflate-stream , " PMD, NULL, NULL, {0}},
        {"behind others, with tokens in quotes",
         "foo; bar=\"xyz\", deflate-stream , " PMD,
         NULL,
         PMD,
         {0}},
        {"with empty members between", ",, " PMD "; a ,, " PMD " ,", NULL, PMD, {0}},
        {"a parameter of one offer is none of the next",
         PMD "; x; server_no_context_takeover, " PMD,
         NULL,
         PMD,
         {0}},
    };

    RUN(rows);
}

Test(websocket_extension, refuses_what_breaks_the_grammar)
{
    static const char *const fields[] = {
        PMD ";",
        PMD "; ;",
        PMD ";;",
        PMD "; =1",
        PMD "; a=",
        PMD "; a=;b",
        PMD "; a=\"",
        PMD "; a=\"x",
        PMD "; a=\"x\\",
        PMD "; a=\"\"",
        PMD "; a=\"x y\"",
        PMD "; a=\"x,y\"",
        PMD "; a=\"x\"y",
        PMD "; a b",
        PMD " x",
        PMD "; a=b=c",
        PMD "; a==b",
        "; a",
        "=",
        "@",
        PMD ", @",
        PMD ", ; a",
        "a, \"b\"",
        PMD "; a=\x80",
        PMD "/1",
        "a\x7f",
    };

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        char answer[WEBSOCKET_EXTENSION_BYTES];
        struct websocket_terms terms;

        cr_expect_eq(choose(fields[i], NULL, &dedicated, &terms, answer), SHUNT_EPROTO, "%s",
                     fields[i]);
        cr_expect_eq(choose(PMD, fields[i], &dedicated, &terms, answer), SHUNT_EPROTO,
                     "behind an acceptable one: %s", fields[i]);
    }
}

Test(websocket_extension, reads_several_fields_as_one_list)
{
    char answer[WEBSOCKET_EXTENSION_BYTES];
    struct websocket_terms terms;

    cr_expect_eq(choose("foo, " PMD "; x", PMD "; server_max_window_bits=10, " PMD, &dedicated,
                        &terms, answer),
                 SHUNT_OK);
    cr_expect_str_eq(answer, PMD "; server_max_window_bits=10");
}

/* Mutations of offers: never more is read than is there, and what is agreed fits what was asked. */
Test(websocket_extension, survives_any_field)
{
    static const char *const parts[] = {PMD,
                                        "; ",
                                        ", ",
                                        "=",
                                        "\"",
                                        "\\",
                                        "server_max_window_bits",
                                        "client_max_window_bits",
                                        "server_no_context_takeover",
                                        "client_no_context_takeover",
                                        "8",
                                        "15",
                                        "9",
                                        "0",
                                        "x",
                                        " "};
    uint32_t state = 7;

    for (int round = 0; round < 100000; round++) {
        char text[400] = "", answer[WEBSOCKET_EXTENSION_BYTES];
        struct websocket_terms terms = {.compressed = false};

        for (unsigned i = 0, count = round % 9; i < count; i++) {
            state = state * 1103515245 + 12345;
            strcat(text, parts[(state >> 16) % (sizeof parts / sizeof *parts)]);
        }
        if (choose(text, NULL, &dedicated, &terms, answer) == SHUNT_OK && terms.compressed) {
            cr_assert(terms.server_bits >= 8 && terms.server_bits <= 15, "%s", text);
            cr_assert(terms.client_bits >= 8 && terms.client_bits <= 15, "%s", text);
            cr_assert_eq(strncmp(answer, PMD, strlen(PMD)), 0, "%s", text);
        }
    }
}
