#include "unit/server/config_fixture.h"

#include "server/config_check.h"
#include "server/config_load.h"

#include <string.h>

struct config config;
char reported[ERROR_BYTES];

void config_set_up(void)
{
    files_make();
    config_init(&config);
}

void config_tear_down(void)
{
    config_fini(&config);
    files_remove();
}

enum shunt_status config_read_file(const char *file)
{
    struct error report = {.text = reported, .size = sizeof reported};

    reported[0] = '\0';
    return config_load(&config, file, &report);
}

enum shunt_status config_read(const char *yaml)
{
    return config_read_file(files_write_text("c.yaml", yaml));
}

enum shunt_status config_judge(void)
{
    struct error report = {.where = config.file, .text = reported, .size = sizeof reported};

    return config_check(&config, &report);
}

unsigned reported_lines(void)
{
    unsigned count = 1;

    for (const char *at = reported; (at = strchr(at, '\n')) != NULL; at++) {
        count++;
    }
    return count;
}
