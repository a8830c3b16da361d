#include "base/thread.h"

#include <criterion/criterion.h>
#include <signal.h>

static void *mask_read(void *mask)
{
    cr_assert_eq(pthread_sigmask(SIG_BLOCK, NULL, mask), 0);
    return mask;
}

Test(base_thread, handles_no_signal_and_leaves_the_caller_as_it_was)
{
    pthread_t thread;
    sigset_t there, before, after;

    mask_read(&before);
    cr_assert_eq(thread_start(&thread, mask_read, &there), SHUNT_OK);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    mask_read(&after);
    for (int number = 1; number < 32; number++) { /* SIGKILL and SIGSTOP cannot be blocked */
        bool blocked = number != SIGKILL && number != SIGSTOP;

        cr_expect_eq(sigismember(&there, number), blocked, "signal %d", number);
        cr_expect_eq(sigismember(&after, number), sigismember(&before, number), "%d", number);
    }
}
