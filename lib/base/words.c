#include "base/words.h"

#include <stdlib.h>
#include <string.h>

char **words_copy(const char *const *words)
{
    size_t count = 0;
    char **copy;

    while (words[count]) {
        count++;
    }
    copy = calloc(count + 1, sizeof *copy);
    for (size_t i = 0; copy && i < count; i++) {
        copy[i] = strdup(words[i]);
        if (!copy[i]) {
            words_free(copy);
            return NULL;
        }
    }
    return copy;
}

void words_free(char **words)
{
    for (char **one = words; one && *one; one++) {
        free(*one);
    }
    free(words);
}
