#include "compare/child.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STOP_MS 1000
#define POLL_MS 10

/* Between fork and exec. What fails is written to `report`, which exec closes. */
static void become(const struct child_plan *plan, int report)
{
    int nothing = open("/dev/null", O_RDONLY);

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    signal(SIGPIPE, SIG_DFL); /* shunt-bench ignores it, and that is inherited */
    if ((!plan->own_group || setpgid(0, 0) == 0) && nothing >= 0 && dup2(nothing, 0) >= 0 &&
        dup2(plan->output, 1) >= 0 && dup2(plan->output, 2) >= 0 &&
        (!plan->cpus || sched_setaffinity(0, sizeof *plan->cpus, plan->cpus) == 0) &&
        (!plan->quota || quota_enter(plan->quota) == 0)) {
        execvp(plan->program, plan->argv);
    }
    int error = errno;
    ssize_t told = write(report, &error, sizeof error);

    _exit(told == sizeof error ? 127 : 126);
}

pid_t child_start(const struct child_plan *plan)
{
    int report[2], error = 0;

    if (pipe2(report, O_CLOEXEC) != 0) {
        return -1;
    }
    pid_t pid = fork();

    if (pid == 0) {
        become(plan, report[1]);
    }
    error = pid < 0 ? errno : 0;
    close(report[1]);
    if (pid > 0 && read(report[0], &error, sizeof error) == sizeof error) {
        waitpid(pid, NULL, 0);
        pid = -1;
    }
    close(report[0]);
    errno = error;
    return pid;
}

bool child_ended(pid_t pid, int *status)
{
    return waitpid(pid, status, WNOHANG) != 0;
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

void child_stop(pid_t pid)
{
    int status;

    kill(-pid, SIGTERM);
    for (int waited = 0; waited < STOP_MS; waited += POLL_MS) {
        if (child_ended(pid, &status)) {
            kill(-pid, SIGKILL); /* what it has left behind */
            return;
        }
        pause_ms(POLL_MS);
    }
    kill(-pid, SIGKILL);
    waitpid(pid, &status, 0);
}

uint16_t child_free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    uint16_t port = 0;

    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, len) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &len) == 0) {
        port = ntohs(address.sin_port);
    }
    if (fd >= 0) {
        close(fd);
    }
    return port;
}

char *child_with_port(const char *text, uint16_t port)
{
    static const char mark[] = "{port}";
    char *out = NULL;
    size_t len;
    FILE *stream = open_memstream(&out, &len);

    if (!stream) {
        return NULL;
    }
    for (const char *at; (at = strstr(text, mark)) != NULL; text = at + sizeof mark - 1) {
        fprintf(stream, "%.*s%u", (int)(at - text), text, port);
    }
    fputs(text, stream);
    if (fclose(stream) != 0) {
        free(out);
        return NULL;
    }
    return out;
}
