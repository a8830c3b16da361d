/*
 * A constructor that leaves a file, named by the environment, as the proof that code of this object
 * ran. Included once in each plugin that a loader test opens.
 */
#ifndef TEST_PLUGINS_WITNESS_H
#define TEST_PLUGINS_WITNESS_H

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor)) static void leave_witness(void)
{
    const char *file = getenv("SHUNT_WITNESS");
    int fd = file ? open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;

    if (fd >= 0) {
        close(fd);
    }
}

#endif
