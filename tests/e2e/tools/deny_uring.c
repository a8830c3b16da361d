/* deny_uring COMMAND...: runs COMMAND where io_uring answers EPERM, as under Docker's profile. */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    static const int denied[] = {SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter),
                                 SCMP_SYS(io_uring_register)};

    if (argc < 2 || !filter) {
        fprintf(stderr, "usage: deny_uring COMMAND [ARGUMENT]...\n");
        return 2;
    }
    for (size_t i = 0; i < sizeof denied / sizeof *denied; i++) {
        if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), denied[i], 0) != 0) {
            fprintf(stderr, "deny_uring: no rule for system call %d\n", denied[i]);
            return 2;
        }
    }
    if (seccomp_load(filter) != 0) {
        fprintf(stderr, "deny_uring: the filter was not taken\n");
        return 2;
    }
    seccomp_release(filter);
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    return 2;
}
