/*
 * Any bytes as a multipart/form-data body with the boundary "xyz", in any pieces; the first byte
 * chooses the pieces, the second the room for the fields of a part. What is looked for, beside what
 * the sanitizers find: events, data or a result that depend on the cut, a run outside the input and
 * the reader, a delimiter in content, and a complete body whose parts do not read back the same when
 * a body is made of them.
 */
#include <shunt/fields.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define ROOM_MAX         512

/* What was read: events as text, and at the same time a body made of them. */
struct record {
    char *events, *body;
    size_t len, body_len, room;
    enum shunt_status status;
    bool complete;
};

static void put(char *to, size_t *len, size_t room, struct shunt_span bytes)
{
    CHECK(*len + bytes.len <= room);
    if (bytes.len > 0) {
        memcpy(to + *len, bytes.at, bytes.len);
    }
    *len += bytes.len;
}

static void put_event(struct record *record, const char *text)
{
    put(record->events, &record->len, record->room, shunt_span_of(text));
}

static void put_body(struct record *record, const char *text)
{
    put(record->body, &record->body_len, record->room, shunt_span_of(text));
}

static void put_both(struct record *record, const char *name, struct shunt_span value,
                     const char *behind)
{
    put_event(record, value.at ? "+" : "-");
    put(record->events, &record->len, record->room, value);
    if (value.at) {
        put_body(record, name);
        put(record->body, &record->body_len, record->room, value);
        put_body(record, behind);
    }
}

static void on_event(struct record *record, const struct shunt_multipart *multipart,
                     enum shunt_multipart_event event, struct shunt_span data)
{
    const struct shunt_part *part = &multipart->part;

    switch (event) {
    case SHUNT_MULTIPART_PART:
        put_event(record, "P");
        put_body(record, "--xyz\r\nContent-Disposition: form-data");
        put_both(record, "; name=\"", part->name, "\"");
        put_both(record, "; filename=\"", part->filename, "\"");
        put_body(record, "\r\n");
        put_both(record, "Content-Type: ", part->content_type, "\r\n");
        put_body(record, "\r\n");
        return;
    case SHUNT_MULTIPART_DATA:
        CHECK(data.len > 0);
        put(record->events, &record->len, record->room, data);
        put(record->body, &record->body_len, record->room, data);
        return;
    default:
        CHECK(event == SHUNT_MULTIPART_PART_END);
        put_event(record, "E");
        put_body(record, "\r\n");
    }
}

static void check_within(const struct shunt_multipart *multipart, struct shunt_span in,
                         struct shunt_span data)
{
    bool in_input = data.at >= in.at && data.at + data.len <= in.at + in.len;
    bool in_reader = data.at >= multipart->delimiter &&
                     data.at + data.len <= multipart->delimiter + multipart->delimiter_len;

    CHECK(in_input || in_reader);
}

static struct record read_body(struct shunt_span in, size_t step, size_t room_bytes)
{
    struct record record = {.room = in.len * 8 + 256, .status = SHUNT_AGAIN};
    struct shunt_multipart multipart;
    char room[ROOM_MAX];
    size_t at = 0, end = 0;

    record.events = malloc(record.room);
    record.body = malloc(record.room);
    CHECK(record.events && record.body);
    CHECK(shunt_multipart_init(&multipart, shunt_span_of("multipart/form-data; boundary=xyz"), room,
                               room_bytes) == SHUNT_OK);
    while (end < in.len && record.status == SHUNT_AGAIN) {
        end = in.len - end < step ? in.len : end + step;
        do {
            struct shunt_span piece = {in.at + at, end - at}, data;
            enum shunt_multipart_event event;
            size_t used;

            record.status = shunt_multipart_next(&multipart, piece, &used, &event, &data);
            CHECK(used <= piece.len);
            at += used;
            CHECK((record.status == SHUNT_OK) == (event != SHUNT_MULTIPART_NONE));
            CHECK(record.status != SHUNT_AGAIN || at == end);
            if (event == SHUNT_MULTIPART_DATA) {
                check_within(&multipart, piece, data);
            }
            if (event != SHUNT_MULTIPART_NONE) {
                on_event(&record, &multipart, event, data);
            }
        } while (record.status == SHUNT_OK);
    }
    record.complete = shunt_multipart_complete(&multipart);
    put_body(&record, "--xyz--");
    return record;
}

static void drop(struct record *record)
{
    free(record->events);
    free(record->body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct shunt_span in;
    struct record whole, pieces;
    size_t room;

    if (size < 3) {
        return 0;
    }
    in = (struct shunt_span){(const char *)data + 2, size - 2};
    room = data[1] * 2u;
    whole = read_body(in, in.len, room);
    pieces = read_body(in, data[0] % 32 + 1u, room);
    CHECK(whole.status == pieces.status && whole.complete == pieces.complete);
    CHECK(shunt_span_equal((struct shunt_span){whole.events, whole.len},
                           (struct shunt_span){pieces.events, pieces.len}));
    drop(&pieces);
    if (whole.complete) {
        struct shunt_span made = {whole.body, whole.body_len};

        pieces = read_body(made, made.len, ROOM_MAX);
        /* Names that were tokens are in quotes now, so the fields may have become too long. */
        CHECK(pieces.status == SHUNT_ETOOBIG || pieces.complete);
        CHECK(!pieces.complete || shunt_span_equal((struct shunt_span){whole.events, whole.len},
                                                   (struct shunt_span){pieces.events, pieces.len}));
        drop(&pieces);
    }
    drop(&whole);
    return 0;
}
