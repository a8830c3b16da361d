#include "tool.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MAX 4096

/* This program's own file, and the tool's, which is where the build and the installation put it
 * in relation to that: BENCH_TOOLS. */
static int find(const char *name, char own[PATH_MAX], char tool[2 * PATH_MAX])
{
    ssize_t len = readlink("/proc/self/exe", own, PATH_MAX - 1);

    if (len < 0) {
        return -1;
    }
    own[len] = '\0';
    snprintf(tool, (size_t)2 * PATH_MAX, "%.*s/%s/%s.py", (int)(strrchr(own, '/') - own), own,
             BENCH_TOOLS, name);
    return access(tool, R_OK);
}

void tool_become(const char *name, const char *const *words, struct error *error)
{
    static const char *argv[WORDS_MAX];
    char own[PATH_MAX], tool[2 * PATH_MAX];
    size_t count = 4;

    if (find(name, own, tool) != 0) {
        error_set(error, SHUNT_EINVAL, "its part %s is not installed: %s", tool, strerror(errno));
        return;
    }
    argv[0] = "python3";
    argv[1] = "-B"; /* no bytecode beside what is installed */
    argv[2] = tool;
    argv[3] = own;
    while (*words && count + 1 < WORDS_MAX) {
        argv[count++] = *words++;
    }
    argv[count] = NULL;
    signal(SIGPIPE, SIG_DFL); /* shunt-bench ignores it, and that is inherited */
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    error_set(error, SHUNT_EINVAL, "%s needs python3, which could not be started: %s", name,
              strerror(errno));
}

/* The last line of what `from` has. */
static void read_last_line(int from, char *line, size_t room)
{
    char text[4096], *rest = text;
    size_t len = 0;
    ssize_t got;

    while (len + 1 < sizeof text && (got = read(from, text + len, sizeof text - len - 1)) > 0) {
        len += (size_t)got;
    }
    text[len] = '\0';
    for (char *at; (at = strsep(&rest, "\n")) != NULL;) {
        if (*at) {
            snprintf(line, room, "%s", at);
        }
    }
}

int tool_run(const char *name, const char *const *words, int input, struct error *error)
{
    int complaints[2], status = 0;

    if (pipe(complaints) != 0) {
        error_set(error, SHUNT_EINVAL, "%s: %s", name, strerror(errno));
        return -1;
    }
    pid_t pid = fork();

    if (pid == 0) {
        dup2(input, STDIN_FILENO);
        dup2(complaints[1], STDERR_FILENO);
        close(complaints[0]);
        tool_become(name, words, error);
        dprintf(STDERR_FILENO, "%s\n", error->text);
        _exit(127);
    }
    close(complaints[1]);
    error_set(error, SHUNT_EINVAL, "%s: it could not be started", name);
    read_last_line(complaints[0], error->text, error->size);
    close(complaints[0]);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}
