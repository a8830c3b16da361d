/*
 * under_profile PROFILE COMMAND...: runs COMMAND under a seccomp profile as Docker reads them, as
 * far as docker/seccomp.json goes: a default errno, and lists of names that are allowed.
 */
#include <jansson.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Names that this machine's architecture does not have are left out, as Docker does. */
static int allow(scmp_filter_ctx filter, const json_t *group)
{
    const json_t *name;
    size_t i;

    if (strcmp(json_string_value(json_object_get(group, "action")), "SCMP_ACT_ALLOW") != 0) {
        return -1;
    }
    json_array_foreach(json_object_get(group, "names"), i, name)
    {
        int number = seccomp_syscall_resolve_name(json_string_value(name));

        if (number != __NR_SCMP_ERROR && seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0) != 0) {
            return -1;
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    json_error_t error;
    json_t *profile = argc > 2 ? json_load_file(argv[1], 0, &error) : NULL;
    uint32_t refuse =
        SCMP_ACT_ERRNO((uint32_t)json_integer_value(json_object_get(profile, "defaultErrnoRet")));
    scmp_filter_ctx filter = seccomp_init(refuse);
    const json_t *group;
    size_t i;

    if (!profile || !filter) {
        fprintf(stderr, "usage: under_profile PROFILE COMMAND [ARGUMENT]...\n");
        return 2;
    }
    json_array_foreach(json_object_get(profile, "syscalls"), i, group)
    {
        if (allow(filter, group) != 0) {
            fprintf(stderr, "under_profile: group %zu is not a list of what is allowed\n", i);
            return 2;
        }
    }
    if (seccomp_load(filter) != 0) {
        fprintf(stderr, "under_profile: the filter was not taken\n");
        return 2;
    }
    seccomp_release(filter);
    json_decref(profile);
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    return 2;
}
