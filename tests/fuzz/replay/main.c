/*
 * Runs a fuzz target without a fuzzer: each file of a corpus as it is, then ITERATIONS mutations
 * of them, the same ones every time for a seed. Each input ends at a guard page. It finds less
 * than a fuzzer does, but any compiler builds it and it ends, so it is a test.
 *
 *   replay CORPUS DICTIONARY [ITERATIONS [SEED]]
 */
#include "support/guard.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define INPUTS_MAX      256
#define WORDS_MAX       256
#define INPUT_BYTES_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    size_t len;
    char *bytes;
};

static struct input inputs[INPUTS_MAX], words[WORDS_MAX];
static size_t input_count, word_count;
static uint64_t random_state;

/* splitmix64: small, and the same everywhere. */
static size_t random_below(size_t bound)
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (size_t)((z ^ z >> 31) % bound);
}

static void fail(const char *what, const char *which)
{
    fprintf(stderr, "replay: %s: %s\n", what, which);
    exit(2);
}

static struct input read_file(const char *path)
{
    struct input input = {0, malloc(INPUT_BYTES_MAX)};
    FILE *file = fopen(path, "rb");

    if (file == NULL || input.bytes == NULL) {
        fail("cannot read", path);
    }
    input.len = fread(input.bytes, 1, INPUT_BYTES_MAX, file);
    fclose(file);
    return input;
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void read_corpus(const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_visible, compare_names);

    for (int i = 0; i < count; i++) {
        char path[4096];

        if (input_count == INPUTS_MAX) {
            fail("more files than there is room for", folder);
        }
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        inputs[input_count++] = read_file(path);
        free(entries[i]);
    }
    if (count <= 0) {
        fail("no corpus", folder);
    }
    free(entries);
}

/* One "word" in quotes, with \\, \" and \xHH, as libFuzzer's dictionaries have them. */
static void read_word(const char *at)
{
    struct input word = {0, malloc(strlen(at) + 1)};

    if (word.bytes == NULL || word_count == WORDS_MAX) {
        fail("more words than there is room for", at);
    }
    while (*at != '\0' && *at != '"') {
        if (at[0] == '\\' && at[1] == 'x') {
            char digits[3] = {at[2], at[3], '\0'};

            word.bytes[word.len++] = (char)strtoul(digits, NULL, 16);
            at += 4;
            continue;
        }
        at += *at == '\\';
        word.bytes[word.len++] = *at++;
    }
    words[word_count++] = word;
}

static void read_dictionary(const char *path)
{
    FILE *file = fopen(path, "r");
    char line[512];

    if (file == NULL) {
        fail("cannot read", path);
    }
    while (fgets(line, sizeof line, file)) {
        char *quote = strchr(line, '"');

        if (line[0] != '#' && quote != NULL) {
            read_word(quote + 1);
        }
    }
    fclose(file);
    if (word_count == 0) {
        fail("no word in the dictionary", path);
    }
}

/* Put `piece` over or between the bytes at a random place. */
static void put_piece(struct input *input, const char *piece, size_t len)
{
    size_t at = random_below(input->len + 1);

    if (random_below(2) && at + len <= input->len) {
        memcpy(input->bytes + at, piece, len);
    } else if (input->len + len <= INPUT_BYTES_MAX) {
        memmove(input->bytes + at + len, input->bytes + at, input->len - at);
        memcpy(input->bytes + at, piece, len);
        input->len += len;
    }
}

static void mutate(struct input *input)
{
    const struct input *word = &words[random_below(word_count)];
    const struct input *other = &inputs[random_below(input_count)];
    size_t at = input->len ? random_below(input->len) : 0, len = random_below(16) + 1, from;
    char byte = (char)random_below(256);

    switch (random_below(5)) {
    case 0:
        put_piece(input, &byte, 1);
        return;
    case 1:
        put_piece(input, word->bytes, word->len);
        return;
    case 2: /* a part of another input */
        from = other->len ? random_below(other->len) : 0;
        put_piece(input, other->bytes + from, len <= other->len - from ? len : other->len - from);
        return;
    case 3: /* some bytes less */
        len = len <= input->len - at ? len : input->len - at;
        memmove(input->bytes + at, input->bytes + at + len, input->len - at - len);
        input->len -= len;
        return;
    default: /* one bit */
        if (input->len > 0) {
            input->bytes[at] = (char)(input->bytes[at] ^ 1 << random_below(8));
        }
        return;
    }
}

static void run(const struct input *input)
{
    struct shunt_span copy = guard_page_copy(input->bytes, input->len);

    LLVMFuzzerTestOneInput((const uint8_t *)copy.at, copy.len);
    guard_page_free(copy);
}

int main(int argc, char **argv)
{
    unsigned long iterations = argc > 3 ? strtoul(argv[3], NULL, 10) : 100000;
    static char room[INPUT_BYTES_MAX];

    if (argc < 3 || argc > 5) {
        fail("usage", "replay CORPUS DICTIONARY [ITERATIONS [SEED]]");
    }
    random_state = argc > 4 ? strtoull(argv[4], NULL, 10) : 1;
    read_corpus(argv[1]);
    read_dictionary(argv[2]);
    for (size_t i = 0; i < input_count; i++) {
        run(&inputs[i]);
    }
    for (unsigned long i = 0; i < iterations; i++) {
        const struct input *seed = &inputs[random_below(input_count)];
        struct input input = {seed->len, room};

        memcpy(room, seed->bytes, seed->len);
        for (size_t changes = random_below(4) + 1; changes > 0; changes--) {
            mutate(&input);
        }
        run(&input);
    }
    printf("%zu inputs and %lu mutations of them\n", input_count, iterations);
    return 0;
}
