/* Assertions about our own mistakes: kept in release builds, never about what a peer may do. */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

/* Ends the process after one line that names the place; in every build. */
#define ASSERT(condition)                                                                          \
    ((condition) ? (void)0 : base_assert_fail(__FILE__, __LINE__, __func__, #condition))

/* As ASSERT, where the check costs something measurable: debug builds only. */
#ifdef NDEBUG
#define DEBUG_ASSERT(condition) ((void)0)
#else
#define DEBUG_ASSERT(condition) ASSERT(condition)
#endif

void base_assert_fail(const char *file, int line, const char *function, const char *condition)
    __attribute__((noreturn, cold));

#endif
