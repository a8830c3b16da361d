#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SENTENCE_BYTES 5120 /* names of files and folders may be long */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Put as much of `text` as there is room for at `at`; what stands there moves back. */
static void insert(struct error *error, size_t at, const char *text)
{
    size_t held = strlen(error->text), room = error->size - 1;
    size_t len = least(strlen(text), room - at);
    size_t behind = least(held - at, room - at - len);

    memmove(error->text + at + len, error->text + at, behind);
    memcpy(error->text + at, text, len);
    error->text[at + len + behind] = '\0';
}

/* What sentences are sorted by. */
static unsigned rank(unsigned line)
{
    return line == ERROR_LINE_WHOLE ? 0 : line == 0 ? UINT_MAX : line;
}

/* `sentence` has room for one byte behind its end. */
static void add(struct error *error, unsigned line, char *sentence)
{
    size_t room = error->size - 1, at = strlen(error->text), len = strlen(sentence) + 1;
    unsigned i = error->count++, sorted = rank(line);

    if (i > 0 && error->sentences[i - 1].rank > sorted) {
        sentence[len - 1] = '\n';
        sentence[len] = '\0';
        for (; i > 0 && error->sentences[i - 1].rank > sorted; i--) {
            at = error->sentences[i - 1].start;
            error->sentences[i] = error->sentences[i - 1];
            error->sentences[i].start = least(at + len, room);
        }
    } else if (i > 0) {
        insert(error, at, "\n");
        at = strlen(error->text);
    }
    insert(error, at, sentence);
    error->sentences[i].rank = sorted;
    error->sentences[i].start = at;
}

/* The text with what stands in front of it. */
static void sentence_write(char *sentence, size_t size, const struct error *error, unsigned line,
                           const char *format, va_list args)
{
    int len = 0;

    if (error->where && line == ERROR_LINE_WHOLE) {
        len = snprintf(sentence, size, "%s: ", error->where);
    } else if (error->where && line) {
        len = snprintf(sentence, size, "%s:%u: ", error->where, line);
    }
    if (len >= 0 && (size_t)len < size) {
        vsnprintf(sentence + len, size - (size_t)len, format, args);
    }
}

void error_clear(struct error *error)
{
    if (error) {
        error->count = 0;
        error->text[0] = '\0';
    }
}

enum shunt_status error_set(struct error *error, enum shunt_status status, const char *format, ...)
{
    va_list args;

    if (!error) {
        return status;
    }
    va_start(args, format);
    sentence_write(error->text, error->size, error, ERROR_LINE_WHOLE, format, args);
    va_end(args);
    error->count = 1;
    error->sentences[0].rank = 0;
    error->sentences[0].start = 0;
    return status;
}

enum shunt_status error_add(struct error *error, unsigned line, const char *format, ...)
{
    char sentence[SENTENCE_BYTES];
    va_list args;

    if (error->count == 0) {
        error->text[0] = '\0';
    }
    if (error->count >= ERROR_SENTENCES_MAX) {
        if (error->count++ == ERROR_SENTENCES_MAX) {
            snprintf(sentence, sizeof sentence, "\nand more mistakes than %u", ERROR_SENTENCES_MAX);
            insert(error, strlen(error->text), sentence);
        }
        return SHUNT_EINVAL;
    }
    va_start(args, format);
    sentence_write(sentence, sizeof sentence - 1, error, line, format, args);
    va_end(args);
    add(error, line, sentence);
    return SHUNT_EINVAL;
}

void error_resume(struct error *error, const struct error *from)
{
    char *text = error->text;
    size_t size = error->size;

    *error = *from;
    error->text = text;
    error->size = size;
    snprintf(text, size, "%s", from->count ? from->text : "");
}
