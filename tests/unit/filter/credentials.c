/* What stands in Authorization. */
#include "filter/credentials.h"

#include "unit/filter/filter_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

TestSuite(filter_credentials, .init = fixture_init, .fini = fixture_fini);

Test(filter_credentials, a_name_and_a_password_are_decoded)
{
    static const struct {
        const char *why, *field, *user, *password; /* user NULL: none */
    } rows[] = {
        {"of RFC 7617", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"},
        {"another case, more spaces", "basic   QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin",
         "open sesame"},
        {"colons in the password", "Basic YTpiOmM=", "a", "b:c"},
        {"both empty", "Basic Og==", "", ""},
        {"no colon", "Basic YWI=", NULL, NULL},
        {"no padding", "Basic Og", NULL, NULL},
        {"padding only", "Basic ====", NULL, NULL},
        {"bits behind the last byte", "Basic Oh==", NULL, NULL},
        {"a NUL", "Basic YTpiAA==", NULL, NULL},
        {"a character of another alphabet", "Basic YTp-YjpjPz8_", NULL, NULL},
        {"another scheme", "Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==", NULL, NULL},
        {"nothing", "Basic", NULL, NULL},
        {"no scheme", "QWxhZGRpbjpvcGVuIHNlc2FtZQ==", NULL, NULL},
        {"two fields", "Basic Og==\nAuthorization: Basic Og==", NULL, NULL},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char room[FILTER_CREDENTIALS_BYTES_MAX], request[200] = "GET /\nAuthorization: ";
        struct shunt_span user, password;
        bool found;

        fixture_request(strcat(request, rows[i].field));
        found = filter_credentials_basic(&fixture_exchange->request, room, &user, &password);
        cr_assert_eq(found, rows[i].user != NULL, "%s", rows[i].why);
        if (found) {
            cr_expect(shunt_span_equal(user, shunt_span_of(rows[i].user)), "%s", rows[i].why);
            cr_expect(shunt_span_equal(password, shunt_span_of(rows[i].password)), "%s",
                      rows[i].why);
        }
    }
}

Test(filter_credentials, a_token_is_of_its_alphabet)
{
    static const struct {
        const char *field;
        bool is;
    } rows[] = {{"Bearer abc.DEF-_~+/09==", true},
                {"bearer a", true},
                {"Bearer =", false},
                {"Bearer a=b", false},
                {"Bearer a b", false},
                {"Bearer ", false},
                {"Bearer a,b", false}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char request[200] = "GET /\nAuthorization: ";
        struct shunt_span token;

        fixture_request(strcat(request, rows[i].field));
        cr_expect_eq(filter_credentials_bearer(&fixture_exchange->request, &token), rows[i].is,
                     "%s", rows[i].field);
    }
}

/* ---- bearer tokens of a file ---- */

static char file[] = "/tmp/shunt-tokens-XXXXXX";

static void file_write(const char *text)
{
    int fd = mkstemp(strcpy(file, "/tmp/shunt-tokens-XXXXXX"));

    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

Test(filter_credentials, tokens_of_a_file_are_good_and_name_the_user)
{
    const char *const settings[] = {"file", file, "realm", "api", NULL};

    file_write("# tokens\r\n\r\n"
               "ann:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD\r\n"
               "bob:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n");
    cr_assert_eq(fixture_create(&filter_bearer_auth, settings), SHUNT_OK, "%s", fixture_error);
    unlink(file);
    fixture_request("GET /\nAuthorization: Bearer abc");
    cr_expect(fixture_ask());
    cr_expect(shunt_span_equal(shunt_request_attribute(&fixture_exchange->request, "user"),
                               shunt_span_of("ann")));
    fixture_answer();
    fixture_expect_field("WWW-Authenticate", NULL);
    fixture_request("GET /\nAuthorization: Bearer abd");
    cr_expect_not(fixture_ask());
    cr_expect_eq(fixture_answer()->status, 401);
    fixture_expect_field("WWW-Authenticate", "Bearer realm=\"api\"");
}

Test(filter_credentials, a_file_with_a_wrong_line_is_refused_by_its_number_alone)
{
    static const char *const texts[] = {"a:1234\n", "\n:00\n", "no colon\n", "#\n"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *const settings[] = {"file", file, NULL};

        file_write(texts[i]);
        cr_expect_eq(fixture_create(&filter_bearer_auth, settings), SHUNT_EINVAL);
        cr_expect(strstr(fixture_error, i == 3   ? "expected one line or more"
                                        : i == 1 ? "in line 2"
                                                 : "in line 1"),
                  "%s", fixture_error);
        cr_expect_null(strstr(fixture_error, "1234"));
        cr_expect_eq(fixture_create(&filter_basic_auth, settings), SHUNT_EINVAL);
        unlink(file);
    }
    fixture_expect_refused(&filter_bearer_auth, "realm", "a\"b", "realm: expected text without");
    fixture_expect_refused(&filter_bearer_auth, "file", "/none", "No such file");
    fixture_expect_refused(&filter_basic_auth, "realm", "a", "file: expected a file of names");
}

/* ---- judged by a program ---- */

static enum shunt_filtering judge(void *arg, const struct shunt_request *request,
                                  struct shunt_response *response, struct shunt_span user,
                                  struct shunt_span secret)
{
    (void)request;
    cr_expect_str_eq(arg, "judge");
    if (shunt_span_equal(user, shunt_span_of("teapot"))) {
        cr_expect_eq(shunt_response_status(response, 418), SHUNT_OK);
    }
    return shunt_span_equal(secret, shunt_span_of("open sesame")) ? SHUNT_GO_ON : SHUNT_ANSWERED;
}

Test(filter_credentials, a_program_may_judge)
{
    static char arg[] = "judge";
    static struct shunt_authenticator authenticator = {
        .size = sizeof authenticator, .arg = arg, .check = judge};
    struct shunt_filter filter = filter_basic_auth;
    static const struct {
        const char *request;
        unsigned status;
    } rows[] = {{"GET /\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", 200},
                {"GET /\nAuthorization: Basic Og==", 401},
                {"GET /", 401},
                {"GET /\nAuthorization: Basic dGVhcG90Og==", 418}};

    filter.arg = &authenticator;
    cr_assert_eq(fixture_create(&filter, NULL), SHUNT_OK, "%s", fixture_error);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fixture_request(rows[i].request);
        cr_expect_eq(fixture_ask(), rows[i].status == 200);
        cr_expect_eq(fixture_answer()->status, rows[i].status);
        fixture_expect_field("WWW-Authenticate", rows[i].status == 401
                                                     ? "Basic realm=\"shunt\", charset=\"UTF-8\""
                                                     : NULL);
    }
}
