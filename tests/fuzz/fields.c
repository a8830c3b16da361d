/*
 * Any bytes as field lines, which a LF separates; the first byte of a line chooses its name ("a" is
 * If-Match, as the table has them), and the first line is a query instead. What is looked for,
 * beside what the sanitizers find: a span outside the input; an answer to a condition or to trusted
 * proxies that a plainer way of looking for it does not come to; a weighted choice that a malformed
 * element changes; a date or an escape that does not read back.
 */
#include <shunt/fields.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define LINES_MAX        12
#define TEXT_MAX         4096
#define NOW              1764288000

static const char *const names[] = {
    "If-Match",        "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range",
    "Range",           "Accept",        "Accept-Encoding",   "Accept-Language",     "Forwarded",
    "X-Forwarded-For",
};
#define NAMES (sizeof names / sizeof *names)

static void check_inside(struct shunt_span all, struct shunt_span part)
{
    CHECK(part.at >= all.at && part.at + part.len <= all.at + all.len);
}

/* Encode every byte, and what must be, and decode that. */
static void check_encoded(struct shunt_span decoded)
{
    static char encoded[3 * TEXT_MAX], out[TEXT_MAX];
    struct shunt_span again;

    for (size_t i = 0; i < decoded.len; i++) {
        static const char digits[] = "0123456789abcdef";
        unsigned char byte = (unsigned char)decoded.at[i];

        encoded[3 * i] = '%';
        encoded[3 * i + 1] = digits[byte >> 4];
        encoded[3 * i + 2] = digits[byte & 15];
    }
    CHECK(shunt_percent_decode((struct shunt_span){encoded, 3 * decoded.len}, out, sizeof out,
                               &again) == SHUNT_OK);
    CHECK(shunt_span_equal(again, decoded));
    for (size_t i = 0; i < 3; i++) {
        static const char *const keeps[] = {NULL, "/", ":/?#[]@!$&'()*+,;="};
        struct shunt_span text;

        CHECK(shunt_percent_encode(decoded, keeps[i], encoded, sizeof encoded, &text) == SHUNT_OK);
        CHECK(text.len >= decoded.len && text.len <= 3 * decoded.len);
        CHECK(shunt_percent_decode(text, out, sizeof out, &again) == SHUNT_OK);
        CHECK(shunt_span_equal(again, decoded));
    }
}

static void check_form(struct shunt_span query)
{
    static char out[TEXT_MAX], room[TEXT_MAX];
    struct shunt_span rest = query, name, value, decoded, found;
    const char *behind = query.at;

    while (shunt_form_next(&rest, &name, &value)) {
        struct shunt_span from_here = {name.at, (size_t)(query.at + query.len - name.at)};

        check_inside(query, name);
        CHECK(name.at >= behind && name.len + (value.at != NULL) > 0);
        CHECK(!value.at || value.at == name.at + name.len + 1);
        behind = value.at ? value.at + value.len : name.at + name.len;
        if (shunt_form_decode(name, out, sizeof out, &decoded) == SHUNT_OK) {
            char *text = malloc(decoded.len + 1);

            CHECK(text);
            check_encoded(decoded);
            memcpy(text, decoded.at, decoded.len);
            text[decoded.len] = '\0';
            if (strlen(text) == decoded.len) {
                CHECK(shunt_form_find(&from_here, text, room, sizeof room, &found) ==
                      shunt_form_decode(value, out, sizeof out, &decoded));
            }
            free(text);
        }
    }
}

static void check_date(struct shunt_span text)
{
    char out[SHUNT_DATE_BYTES];
    int64_t seconds, again;

    if (shunt_date_parse(text, NOW, &seconds) != SHUNT_OK || seconds < 0 ||
        seconds > 253402300799) {
        return;
    }
    shunt_date_format(seconds, out);
    CHECK(shunt_date_parse(shunt_span_of(out), NOW, &again) == SHUNT_OK && again == seconds);
}

/* The order of lines does not matter, and 304 is for methods that read. */
static void check_conditions(struct shunt_request *request, const struct shunt_field *reversed)
{
    static const char *const methods[] = {"GET", "HEAD", "PUT", "OPTIONS"};
    const struct shunt_validators validators = {
        .etag = {"\"a\"", 3}, .date = 784111777, .has_date = true};
    struct shunt_request other = *request;

    other.fields = reversed;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        bool range, range_of_other;
        enum shunt_precondition outcome;

        other.method = request->method = shunt_span_of(methods[i]);
        outcome = shunt_precondition(request, &validators, NOW, &range);
        CHECK(outcome == shunt_precondition(&other, &validators, NOW, &range_of_other));
        CHECK(range == range_of_other && !(range && (i != 0 || outcome != SHUNT_PROCEED)));
        CHECK(i < 2 ? true : outcome != SHUNT_NOT_MODIFIED);
        CHECK(i < 3 || outcome == SHUNT_PROCEED);
    }
}

typedef int chooser(const struct shunt_request *request, const char *const *offers);

/* A line of something malformed behind the others changes nothing. */
static void check_choice(const struct shunt_request *request, chooser *choose, const char *name,
                         const char *const *offers, int count)
{
    struct shunt_field fields[LINES_MAX + 1];
    struct shunt_request more = {.fields = fields, .field_count = request->field_count + 1};
    int choice = choose(request, offers);

    CHECK(choice >= SHUNT_ACCEPT_IDENTITY && choice < count);
    if (!shunt_request_field(request, name, NULL)) {
        return;
    }
    memcpy(fields, request->fields, request->field_count * sizeof *fields);
    fields[request->field_count] =
        (struct shunt_field){shunt_span_of(name), shunt_span_of("a b;q=1, ;q=1, en/;q=9")};
    CHECK(choose(&more, offers) == choice);
}

static bool trusts(void *arg, struct shunt_span address)
{
    (void)arg;
    return address.len > 2 && memcmp(address.at, "10.", 3) == 0;
}

/* X-Forwarded-For from behind: the first element that is no trusted IPv4 address decides. */
static void check_forwarded(const struct shunt_request *request, struct shunt_span all)
{
    struct shunt_span client = {NULL, 0};
    const struct shunt_span peer = {"10.0.0.1", 8};
    enum shunt_status status;

    for (int field = SHUNT_FORWARDED; field <= SHUNT_X_FORWARDED_FOR; field++) {
        status =
            shunt_client_address(request, peer, (enum shunt_forwarded)field, trusts, NULL, &client);
        if (status == SHUNT_OK && client.at != peer.at) {
            check_inside(all, client);
            CHECK(client.len >= 2 && !memchr(client.at, ',', client.len));
        }
        CHECK(status == SHUNT_OK || status == SHUNT_EPROTO || status == SHUNT_ENOTFOUND);
    }
    /* `status` is that of X-Forwarded-For: appending what is not trusted makes it the client. */
    if (request->field_count < LINES_MAX) {
        struct shunt_field fields[LINES_MAX + 2];
        struct shunt_request more = {.fields = fields, .field_count = request->field_count + 2};
        const struct shunt_span appended = shunt_span_of("192.0.2.77");

        memcpy(fields, request->fields, request->field_count * sizeof *fields);
        fields[request->field_count] = (struct shunt_field){{"X-Forwarded-For", 15}, appended};
        fields[request->field_count + 1] =
            (struct shunt_field){{"X-Forwarded-For", 15}, {"10.1.1.1", 8}};
        status = shunt_client_address(&more, peer, SHUNT_X_FORWARDED_FOR, trusts, NULL, &client);
        CHECK(status == SHUNT_OK && shunt_span_equal(client, appended));
    }
}

/* The lines of `rest` as fields; what a parser would have trimmed is trimmed. */
static size_t read_lines(struct shunt_span rest, struct shunt_field *fields)
{
    size_t count = 0;

    while (count < LINES_MAX && rest.len > 0) {
        const char *end = memchr(rest.at, '\n', rest.len);
        size_t len = end ? (size_t)(end - rest.at) : rest.len;
        struct shunt_span line = {rest.at, len};

        rest.at += len + (end != NULL);
        rest.len -= len + (end != NULL);
        if (line.len > 0) {
            fields[count].name = shunt_span_of(names[((unsigned char)*line.at - 'a') % NAMES]);
            fields[count++].value = (struct shunt_span){line.at + 1, line.len - 1};
        }
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {"text/html", "text/plain;a=b", "image/png", NULL};
    static const char *const codings[] = {"br", "gzip", NULL};
    static const char *const languages[] = {"en", "de", "de-CH", NULL};
    struct shunt_span all = {(const char *)data, size < TEXT_MAX ? size : TEXT_MAX}, rest = all;
    struct shunt_field fields[LINES_MAX], reversed[LINES_MAX];
    struct shunt_request request = {.fields = fields};
    const char *end = all.len > 0 ? memchr(all.at, '\n', all.len) : NULL;
    size_t len = end ? (size_t)(end - all.at) : all.len;

    check_form((struct shunt_span){all.at, len});
    if (!end) {
        return 0;
    }
    rest = (struct shunt_span){end + 1, all.len - len - 1};
    request.field_count = read_lines(rest, fields);
    for (size_t i = 0; i < request.field_count; i++) {
        reversed[request.field_count - 1 - i] = fields[i];
        check_date(fields[i].value);
    }
    check_conditions(&request, reversed);
    check_choice(&request, shunt_accept_type, "Accept", types, 3);
    check_choice(&request, shunt_accept_coding, "Accept-Encoding", codings, 2);
    check_choice(&request, shunt_accept_language, "Accept-Language", languages, 3);
    check_forwarded(&request, all);
    return 0;
}
