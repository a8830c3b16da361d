/* Clients behind proxies (RFC 7239, X-Forwarded-For). */
#include "support/guard.h"

#include <criterion/criterion.h>
#include <shunt/fields.h>

/* 10.x and fd00: are ours. */
static bool trusts(void *arg, struct shunt_span address)
{
    (void)arg;
    return (address.len > 3 && memcmp(address.at, "10.", 3) == 0) ||
           (address.len > 5 && memcmp(address.at, "fd00:", 5) == 0);
}

struct row {
    const char *lines[3];
    const char *want; /* NULL: SHUNT_EPROTO; "": SHUNT_ENOTFOUND */
};

static void check(enum shunt_forwarded field, const char *name, const struct row *rows,
                  size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct shunt_field fields[3];
        struct shunt_request request = {.fields = fields};
        struct shunt_span client = {"kept", 4};
        enum shunt_status status;

        for (size_t j = 0; j < 3 && rows[i].lines[j]; j++) {
            const char *line = rows[i].lines[j];

            fields[request.field_count++] =
                (struct shunt_field){shunt_span_of(name), guard_page_copy(line, strlen(line))};
        }
        status =
            shunt_client_address(&request, shunt_span_of("10.0.0.1"), field, trusts, NULL, &client);
        cr_expect_eq(status,
                     !rows[i].want    ? SHUNT_EPROTO
                     : !*rows[i].want ? SHUNT_ENOTFOUND
                                      : SHUNT_OK,
                     "row %zu, %s: %s", i, rows[i].lines[0], shunt_status_name(status));
        if (rows[i].want && *rows[i].want) {
            cr_expect(shunt_span_equal(client, shunt_span_of(rows[i].want)), "row %zu, %s: %.*s", i,
                      rows[i].lines[0], (int)client.len, client.at);
        } else {
            cr_expect_eq(client.len, 4);
        }
        for (size_t j = 0; j < request.field_count; j++) {
            guard_page_free(fields[j].value);
        }
    }
}
#define CHECK(field, name, rows) check(field, name, rows, sizeof(rows) / sizeof *(rows))

Test(shunt_client_address, is_what_trusted_proxies_have_appended_to_forwarded)
{
    static const struct row rows[] = {
        {{NULL}, "10.0.0.1"},
        {{""}, "10.0.0.1"},
        {{"for=192.0.2.1"}, "192.0.2.1"},
        {{"For=192.0.2.1"}, "192.0.2.1"},
        {{"for=\"192.0.2.1\""}, "192.0.2.1"},
        {{"for=\"192.0.2.1:8080\""}, "192.0.2.1"},
        {{"for=\"192.0.2.1:_port\""}, "192.0.2.1"},
        {{"for=\"192.0.2.1:_a.z_A-Z9\""}, "192.0.2.1"},
        {{"for=\"[2001:db8::1]\""}, "2001:db8::1"},
        {{"for=\"[2001:db8::1]:47011\""}, "2001:db8::1"},
        {{"proto=http;by=203.0.113.43;for=192.0.2.60;host=a"}, "192.0.2.60"},
        {{"for=192.0.2.1; proto=https"}, "192.0.2.1"},
        {{"for=192.0.2.1;;proto=https;"}, "192.0.2.1"},
        {{"for=192.0.2.1;x=y;x=z"}, "192.0.2.1"},
        {{"for=192.0.2.1, for=192.0.2.2"}, "192.0.2.2"},
        {{"for=192.0.2.1, for=192.0.2.2, for=10.1.1.1"}, "192.0.2.2"},
        {{"for=192.0.2.1", "for=192.0.2.2", "for=10.1.1.1"}, "192.0.2.2"},
        {{"for=192.0.2.1, for=192.0.2.2, for=10.1.1.1, for=\"[fd00::1]:1\""}, "192.0.2.2"},
        {{"for=10.1.1.1, for=10.1.1.2"}, "10.1.1.1"},
        {{"for=10.1.1.1, for=192.0.2.1, for=10.1.1.2"}, "192.0.2.1"},
        {{"for=unknown"}, ""},
        {{"for=Unknown, for=10.1.1.1"}, ""},
        {{"for=_hidden"}, ""},
        {{"for=\"_hidden:80\""}, ""},
        {{"proto=https"}, ""},
        {{"for=unknown, for=192.0.2.1"}, "192.0.2.1"},
        {{"for=192.0.2.1, for=unknown, for=10.1.1.1"}, ""},
        {{"for=192.0.2.1, by=10.1.1.1"}, ""},
    };

    CHECK(SHUNT_FORWARDED, "forwarded", rows);
    CHECK(SHUNT_FORWARDED, "X-Forwarded-For", ((const struct row[]){{{"192.0.2.1"}, "10.0.0.1"}}));
}

Test(shunt_client_address, is_refused_where_forwarded_is_malformed)
{
    static const char *const values[] = {
        "192.0.2.1",
        "for",
        "for=",
        "for= 192.0.2.1",
        "for =192.0.2.1",
        "for=192.0.2.1:80",
        "for=[2001:db8::1]",
        "for=\"2001:db8::1\"",
        "for=\"[2001:db8::1\"",
        "for=\"[2001:db8::1]80\"",
        "for=\"[2001:db8::1]:\"",
        "for=\"[2001:db8::1]:123456\"",
        "for=\"[192.0.2.1]\"",
        "for=\"[]\"",
        "for=\"192.0.2.1:\"",
        "for=\"192.0.2.1:x\"",
        "for=\"192.0.2.1:_\"",
        "for=\"192.0.2.1:_a b\"",
        "for=\"192.0.2.1:123456\"",
        "for=\"\"",
        "for=_",
        "for=\"_a b\"",
        "for=192.0.2.256",
        "for=192.0.2",
        "for=192.0.2.01",
        "for=name",
        "for=\"192.0.2\\.1\"",
        "for=192.0.2.1;for=192.0.2.2",
        "for=192.0.2.1;proto=http;proto=https",
        "for=192.0.2.1 by=192.0.2.2",
        "for=\"192.0.2.1\"x",
        ";for=192.0.2.1",
        "for=192.0.2.1, for=\"",
        "for=\", for=192.0.2.1",
        "for=\"x, for=192.0.2.1",
        "x, for=192.0.2.1",
        "for=x, for=192.0.2.1, for=10.1.1.1",
        "for=\", for=\"192.0.2.1\"",
    };

    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        const struct row row = {{values[i]}, NULL};

        check(SHUNT_FORWARDED, "Forwarded", &row, 1);
    }
}

Test(shunt_client_address, is_what_trusted_proxies_have_appended_to_x_forwarded_for)
{
    static const struct row rows[] = {
        {{NULL}, "10.0.0.1"},
        {{" , "}, "10.0.0.1"},
        {{"192.0.2.1"}, "192.0.2.1"},
        {{"192.0.2.1:8080"}, "192.0.2.1"},
        {{"2001:db8::1"}, "2001:db8::1"},
        {{"[2001:db8::1]"}, "2001:db8::1"},
        {{"[2001:db8::1]:80"}, "2001:db8::1"},
        {{"192.0.2.1, 192.0.2.2"}, "192.0.2.2"},
        {{"192.0.2.1,192.0.2.2 ,\t10.1.1.1"}, "192.0.2.2"},
        {{"192.0.2.1", "192.0.2.2", "fd00::1"}, "192.0.2.2"},
        {{"10.1.1.1, 10.1.1.2"}, "10.1.1.1"},
        {{"10.1.1.1, x, 192.0.2.1, 10.1.1.2"}, "192.0.2.1"},
        {{"\", 192.0.2.1"}, "192.0.2.1"},
        {{"\"192.0.2.9, 192.0.2.1, 10.1.1.1"}, "192.0.2.1"},
        {{"unknown"}, ""},
        {{"192.0.2.1, unknown"}, ""},
        {{"192.0.2.1, unknown, 10.1.1.1"}, ""},
        {{"name"}, NULL},
        {{"192.0.2.1, \"192.0.2.2\""}, NULL},
        {{"192.0.2.1, x, 10.1.1.1"}, NULL},
        {{"192.0.2.1 192.0.2.2"}, NULL},
        {{"192.0.2.1:"}, NULL},
        {{"::ffff:192.0.2.1:80"}, NULL},
        {{"for=192.0.2.1"}, NULL},
        {{"fe80::1%eth0"}, NULL},
    };

    CHECK(SHUNT_X_FORWARDED_FOR, "x-forwarded-for", rows);
}

Test(shunt_client_address, is_the_peer_who_is_not_trusted)
{
    const struct shunt_field fields[] = {
        {shunt_span_of("Forwarded"), shunt_span_of("for=192.0.2.1")},
        {shunt_span_of("X-Forwarded-For"), shunt_span_of("x")},
    };
    const struct shunt_request request = {.fields = fields, .field_count = 2};
    struct shunt_span peer = shunt_span_of("198.51.100.1"), client = {NULL, 0};

    for (int field = SHUNT_FORWARDED; field <= SHUNT_X_FORWARDED_FOR; field++) {
        cr_expect_eq(shunt_client_address(&request, peer, (enum shunt_forwarded)field, trusts, NULL,
                                          &client),
                     SHUNT_OK);
        cr_expect_eq(client.at, peer.at);
    }
}
