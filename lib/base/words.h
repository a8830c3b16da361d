/* Lists of words: each a C string, NULL behind the last. */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

/* The list with copies of its words, for words_free(); NULL: no memory. */
char **words_copy(const char *const *words);
/* NULL is allowed. */
void words_free(char **words);

#endif
