#include "wire/talk.h"

#include "base/assert.h"
#include "wire/deflate.h"
#include "wire/frames.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define BITS_MAX 15

/* Any value: what counts is that the server has to unmask. */
#define MASK 0x5a17c3e9u

/* By the bits of their window. Which of them servers ask for is not known before they answer, and
 * making all would cost seconds where messages are large. */
struct talk_compressed {
    _Atomic(struct talk_words *) words[BITS_MAX + 1];
};

/* From one message to depth + 1 behind each other. Without memory none is left. */
static enum shunt_status repeat(struct talk_words *words, uint32_t depth)
{
    char *bytes = reallocarray(words->bytes, depth + 1, words->len);

    if (!bytes) {
        free(words->bytes);
        words->bytes = NULL;
        return SHUNT_ENOMEM;
    }
    for (uint32_t i = 1; i <= depth; i++) {
        memcpy(bytes + i * words->len, bytes, words->len);
    }
    words->bytes = bytes;
    return SHUNT_OK;
}

static enum shunt_status make_words(struct talk_words *words, enum talk_kind kind, unsigned opcode,
                                    struct shunt_span payload, uint32_t depth)
{
    *words = (struct talk_words){.bytes = malloc(FRAMES_HEADER_MAX + payload.len)};
    if (!words->bytes) {
        return SHUNT_ENOMEM;
    }
    if (kind == TALK_FRAMES) {
        words->len = frames_write(words->bytes, opcode, payload, MASK);
    } else {
        words->len = payload.len;
        memcpy(words->bytes, payload.at, payload.len);
    }
    return repeat(words, depth);
}

enum shunt_status talk_init_http(struct talk *talk, struct shunt_span request, bool bodiless,
                                 uint32_t depth)
{
    *talk = (struct talk){.kind = TALK_HTTP, .bodiless = bodiless, .depth = depth};
    return make_words(&talk->plain, TALK_HTTP, 0, request, depth);
}

/* All bytes are one block behind the first. */
enum shunt_status talk_init_requests(struct talk *talk, const struct talk_request *requests,
                                     uint32_t count, bool bodiless, uint32_t depth)
{
    size_t whole = 0;

    ASSERT(count > 0);
    for (uint32_t i = 0; i < count; i++) {
        whole += requests[i].bytes.len;
    }
    *talk = (struct talk){.kind = TALK_HTTP,
                          .bodiless = bodiless,
                          .depth = depth,
                          .requests = calloc(count, sizeof *talk->requests),
                          .request_count = count,
                          .payload = malloc(whole)};
    if (!talk->requests || !talk->payload) {
        talk_fini(talk);
        return SHUNT_ENOMEM;
    }
    char *at = talk->payload;

    for (uint32_t i = 0; i < count; i++) {
        size_t len = requests[i].bytes.len;

        memcpy(at, requests[i].bytes.at, len);
        talk->requests[i] = (struct talk_request){{at, len}, requests[i].weight};
        at += len;
    }
    return SHUNT_OK;
}

enum shunt_status talk_init_message(struct talk *talk, enum talk_kind kind, unsigned opcode,
                                    struct shunt_span payload, bool exact, uint32_t depth)
{
    *talk = (struct talk){.kind = kind,
                          .exact = exact,
                          .opcode = opcode,
                          .depth = depth,
                          .compressed = calloc(1, sizeof *talk->compressed),
                          .payload = malloc(payload.len + 1),
                          .payload_len = payload.len};
    if (!talk->compressed || !talk->payload ||
        make_words(&talk->plain, kind, opcode, payload, depth) != SHUNT_OK) {
        talk_fini(talk);
        return SHUNT_ENOMEM;
    }
    memcpy(talk->payload, payload.at, payload.len);
    return SHUNT_OK;
}

void talk_fini(struct talk *talk)
{
    for (unsigned i = 0; talk->compressed && i <= BITS_MAX; i++) {
        struct talk_words *words = atomic_load(&talk->compressed->words[i]);

        if (words) {
            free(words->bytes);
            free(words);
        }
    }
    free(talk->compressed);
    free(talk->plain.bytes);
    free(talk->requests);
    free(talk->payload);
    *talk = (struct talk){.payload = NULL};
}

static struct talk_words *compress(const struct talk *talk, unsigned bits)
{
    struct shunt_span payload = {talk->payload, talk->payload_len}, small;
    struct talk_words *made = malloc(sizeof *made);
    char *bytes = NULL;

    if (made && deflate_message(payload, bits, &bytes, &small.len) == SHUNT_OK) {
        small.at = bytes;
        if (make_words(made, TALK_FRAMES, talk->opcode | FRAME_COMPRESSED, small, talk->depth) ==
            SHUNT_OK) {
            free(bytes);
            return made;
        }
    }
    free(bytes);
    free(made);
    return NULL;
}

const struct talk_words *talk_compressed(const struct talk *talk, unsigned bits)
{
    _Atomic(struct talk_words *) *place = &talk->compressed->words[bits];
    struct talk_words *words = atomic_load_explicit(place, memory_order_acquire), *made;

    if (words || !(made = compress(talk, bits))) {
        return words;
    }
    if (atomic_compare_exchange_strong(place, &words, made)) {
        return made;
    }
    free(made->bytes); /* another thread was first */
    free(made);
    return words;
}
