#include "wire/extension.h"

#include <criterion/criterion.h>
#include <string.h>

Test(bench_extension, an_offer_is_written_as_the_field_has_it)
{
    static const struct {
        const char *why, *parameters, *want;
    } rows[] = {
        {"as browsers do", NULL, "permessage-deflate; client_max_window_bits"},
        {"nothing else", "", "permessage-deflate"},
        {"commas", "server_no_context_takeover,client_no_context_takeover",
         "permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
        {"semicolons and white space", " client_max_window_bits = 9 ;server_max_window_bits=10 ",
         "permessage-deflate; server_max_window_bits=10; client_max_window_bits=9"},
        {"all",
         "client_max_window_bits,server_max_window_bits=15,client_no_context_takeover;"
         "server_no_context_takeover",
         "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
         "server_max_window_bits=15; client_max_window_bits"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct extension_offer offer;
        char words[256];
        struct error error = {.text = words, .size = sizeof words};

        cr_assert_eq(extension_offer_init(&offer, rows[i].parameters, &error), SHUNT_OK, "%s: %s",
                     rows[i].why, words);
        cr_expect_str_eq(offer.text, rows[i].want, "%s: %s", rows[i].why, offer.text);
    }
}

Test(bench_extension, what_is_no_offer_is_a_sentence)
{
    static const char *const rows[] = {
        "gzip",
        "server_no_context_takeover=1",
        "server_max_window_bits",
        "server_max_window_bits=",
        "server_max_window_bits=7",
        "server_max_window_bits=16",
        "server_max_window_bits=010",
        "client_max_window_bits=1x",
        "client_max_window_bits=4294967305",
        "client_max_window_bits,client_max_window_bits=9",
        "client_no_context_takeover,client_no_context_takeover",
        "client_no_context_takeover,,server_no_context_takeover",
        "Client_max_window_bits",
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct extension_offer offer;
        char words[256] = "";
        struct error error = {.text = words, .size = sizeof words};

        cr_expect_eq(extension_offer_init(&offer, rows[i], &error), SHUNT_EINVAL, "%s", rows[i]);
        cr_expect_not_null(strstr(words, "expected server_no_context_takeover"), "%s", rows[i]);
    }
}

#define PMD "permessage-deflate"

Test(bench_extension, an_answer_must_be_one_to_the_offer)
{
    static const struct {
        const char *why, *parameters, *answer;
        bool right;
        unsigned client_bits, server_bits;
    } rows[] = {
        {"nothing named", "", PMD, true, 15, 15},
        {"empty elements of the list", "", " , " PMD ",", true, 15, 15},
        {"the server may reset its context unasked", "", PMD "; server_no_context_takeover", true,
         15, 15},
        {"and ask the client to", "", PMD ";client_no_context_takeover", true, 15, 15},
        {"and make its window smaller unasked", "", PMD "; server_max_window_bits=10", true, 15,
         10},
        {"a quoted value", "", PMD "; server_max_window_bits=\"10\"", true, 15, 10},
        {"a quoted value with a backslash", "", PMD "; server_max_window_bits=\"1\\0\"", true, 15,
         10},
        {"the client's window, where it was offered", NULL, PMD "; client_max_window_bits=9", true,
         9, 15},
        {"as large as offered", "client_max_window_bits=11", PMD "; client_max_window_bits=11",
         true, 11, 15},
        {"what the client offered holds without an answer", "client_max_window_bits=11", PMD, true,
         11, 15},
        {"smaller than asked", "server_max_window_bits=12", PMD "; server_max_window_bits=8", true,
         15, 8},
        {"the client's hint need not come back", "client_no_context_takeover", PMD, true, 15, 15},
        {"another extension", "", "x-webkit-deflate-frame", false, 0, 0},
        {"another beside it", "", PMD ", foo", false, 0, 0},
        {"twice", "", PMD ", " PMD, false, 0, 0},
        {"empty", "", "", false, 0, 0},
        {"a list of nothing", "", " , ", false, 0, 0},
        {"an unknown parameter", "", PMD "; level=9", false, 0, 0},
        {"an empty parameter", "", PMD ";", false, 0, 0},
        {"a repeated one", "", PMD "; server_no_context_takeover; server_no_context_takeover",
         false, 0, 0},
        {"a repeated window", NULL, PMD "; client_max_window_bits=9; client_max_window_bits=9",
         false, 0, 0},
        {"a value where none may be", "", PMD "; server_no_context_takeover=true", false, 0, 0},
        {"an empty value where none may be", "", PMD "; server_no_context_takeover=", false, 0, 0},
        {"no value where one must be", NULL, PMD "; client_max_window_bits", false, 0, 0},
        {"no value for the server's", "", PMD "; server_max_window_bits", false, 0, 0},
        {"a window too small", "", PMD "; server_max_window_bits=7", false, 0, 0},
        {"a window too large", "", PMD "; server_max_window_bits=16", false, 0, 0},
        {"a leading zero", "", PMD "; server_max_window_bits=09", false, 0, 0},
        {"a quote that does not end", "", PMD "; server_max_window_bits=\"10", false, 0, 0},
        {"a backslash that quotes nothing", "", PMD "; server_max_window_bits=\"10\\\"", false, 0,
         0},
        {"the client's window, never offered", "", PMD "; client_max_window_bits=15", false, 0, 0},
        {"the client's window, larger than offered", "client_max_window_bits=9",
         PMD "; client_max_window_bits=10", false, 0, 0},
        {"the server's window, larger than asked", "server_max_window_bits=9",
         PMD "; server_max_window_bits=10", false, 0, 0},
        {"the server's window, asked and not named", "server_max_window_bits=9", PMD, false, 0, 0},
        {"asked to reset its context and does not say so", "server_no_context_takeover", PMD, false,
         0, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct extension_offer offer;
        struct extension_answer answer = {.taken = false};
        char words[256];
        struct error error = {.text = words, .size = sizeof words};

        cr_assert_eq(extension_offer_init(&offer, rows[i].parameters, &error), SHUNT_OK);
        cr_expect_eq(extension_receive(&offer, shunt_span_of(rows[i].answer), &answer),
                     rows[i].right, "%s", rows[i].why);
        if (rows[i].right) {
            cr_expect(answer.taken, "%s", rows[i].why);
            cr_expect_eq(answer.client_bits, rows[i].client_bits, "%s", rows[i].why);
            cr_expect_eq(answer.server_bits, rows[i].server_bits, "%s", rows[i].why);
        }
    }
}

Test(bench_extension, nothing_answers_no_offer)
{
    struct extension_answer answer = {.taken = false};

    cr_expect_not(extension_receive(NULL, shunt_span_of(PMD), &answer));
    cr_expect_not(answer.taken);
}

Test(bench_extension, an_answer_is_written_as_it_was_heard)
{
    static const char heard[] = PMD "; server_no_context_takeover; client_no_context_takeover; "
                                    "server_max_window_bits=10; client_max_window_bits=15";
    struct extension_offer offer;
    struct extension_answer answer = {.taken = false};
    char text[EXTENSION_TEXT_BYTES], words[256];
    struct error error = {.text = words, .size = sizeof words};

    cr_assert_eq(extension_offer_init(&offer, NULL, &error), SHUNT_OK);
    cr_assert(extension_receive(&offer, shunt_span_of(heard), &answer));
    extension_write(&answer.agreed, text);
    cr_expect_str_eq(text, heard);
}
