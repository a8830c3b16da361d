/* Whoever wants to repeat a result needs the machine as it was. */

#include "report/environment.h"

#include "base/cpus.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Without its end; empty when it cannot be read. */
static void first_line(const char *file, char *line, int room)
{
    FILE *in = fopen(file, "re");

    line[0] = '\0';
    if (!in) {
        return;
    }
    if (!fgets(line, room, in)) {
        line[0] = '\0';
    }
    line[strcspn(line, "\n")] = '\0';
    fclose(in);
}

static json_t *setting(const char *file)
{
    char line[256];

    first_line(file, line, sizeof line);
    return line[0] ? json_string(line) : json_null();
}

static json_t *load_average(void)
{
    double average;

    return getloadavg(&average, 1) == 1 ? json_real(average) : json_null();
}

json_t *report_environment(void)
{
    static const struct {
        const char *name, *file;
    } settings[] = {
        {"clock_source", "/sys/devices/system/clocksource/clocksource0/current_clocksource"},
        {"cpu_governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"},
        {"io_uring_disabled", "/proc/sys/kernel/io_uring_disabled"},
        {"port_range", "/proc/sys/net/ipv4/ip_local_port_range"},
        {"somaxconn", "/proc/sys/net/core/somaxconn"},
        {"tcp_tw_reuse", "/proc/sys/net/ipv4/tcp_tw_reuse"},
    };
    json_t *whole = json_object();

    json_object_set_new(whole, "cpus", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
    json_object_set_new(whole, "cpus_allowed", json_integer(cpus_allowed()));
    json_object_set_new(whole, "memory_bytes",
                        json_integer(sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE)));
    json_object_set_new(whole, "load_average", load_average());
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        json_object_set_new(whole, settings[i].name, setting(settings[i].file));
    }
    return whole;
}
