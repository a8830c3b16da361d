#include "wire/payload.h"

#include <stdint.h>
#include <string.h>

/* Frequent ones first. */
static const char *const words[] = {
    "the",      "to",       "of",      "and",      "a",         "in",      "is",       "that",
    "it",       "for",      "you",     "was",      "with",      "on",      "as",       "have",
    "but",      "be",       "they",    "we",       "at",        "this",    "from",     "not",
    "so",       "what",     "all",     "were",     "when",      "there",   "can",      "an",
    "your",     "which",    "their",   "said",     "if",        "will",    "each",     "about",
    "how",      "up",       "out",     "them",     "then",      "many",    "some",     "would",
    "make",     "like",     "time",    "has",      "look",      "more",    "write",    "number",
    "people",   "water",    "called",  "first",    "down",      "side",    "made",     "should",
    "tomorrow", "meeting",  "station", "platform", "yesterday", "weather", "another",  "thought",
    "evening",  "question", "answer",  "thanks",   "please",    "morning", "message",  "network",
    "quickly",  "through",  "between", "together", "minutes",   "working", "believe",  "picture",
    "account",  "window",   "garden",  "kitchen",  "summer",    "winter",  "distance", "language",
};

#define WORDS (sizeof words / sizeof *words)

/* xorshift64*: good enough to look random to a compressor. */
static uint64_t next(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

/* Word n about as often as 1 in n: the product of two even draws leans to the front. */
static const char *draw_word(uint64_t *state)
{
    uint64_t drawn = next(state);

    return words[(drawn >> 48) * (drawn >> 32 & 0xffff) * WORDS >> 32];
}

static void fill_text(char *out, size_t len, uint64_t *state)
{
    size_t at = 0;

    while (at < len) {
        const char *word = draw_word(state);
        size_t room = len - at, word_len = strlen(word);

        memcpy(out + at, word, word_len < room ? word_len : room);
        at += word_len;
        if (at < len) {
            out[at++] = next(state) >> 60 ? ' ' : '.';
        }
    }
}

void payload_fill(enum payload_kind kind, char *out, size_t len)
{
    uint64_t state = UINT64_C(0x9e3779b97f4a7c15);

    if (kind == PAYLOAD_TEXT) {
        fill_text(out, len, &state);
        return;
    }
    for (size_t i = 0; i < len; i++) {
        out[i] = (char)(next(&state) >> 56);
    }
}

static const char *const names[] = {[PAYLOAD_TEXT] = "text", [PAYLOAD_RANDOM] = "random"};

const char *payload_name(enum payload_kind kind)
{
    return names[kind];
}

bool payload_find(const char *name, enum payload_kind *kind)
{
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) == 0) {
            *kind = (enum payload_kind)i;
            return true;
        }
    }
    return false;
}
