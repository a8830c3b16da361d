#include "unit/bench/scenario_result.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WORDS_MAX 24

static json_t *result_once(scenario_main *scenario, const char *url, const char *const *more,
                           int *status)
{
    char file[] = "/tmp/bench_scenarios_XXXXXX";
    const char *words[WORDS_MAX] = {"shunt-bench", url,        "-c", "4",      "-d", "0.3",
                                    "-q",          "--warmup", "0",  "--json", file};
    json_error_t why;
    int argc = 11, fd = mkstemp(file);

    while (*more) {
        words[argc++] = *more++;
    }
    *status = scenario(argc, (char **)(uintptr_t)words, argc, (char **)(uintptr_t)words);
    json_t *json = json_load_file(file, 0, &why);

    cr_assert_not_null(json, "%s", why.text);
    close(fd);
    unlink(file);
    return json;
}

long long whole(json_t *json, const char *key)
{
    return (long long)json_integer_value(json_object_get(json, key));
}

json_t *result_of(scenario_main *scenario, const char *url, const char *const *more, int want)
{
    int status;
    json_t *json = result_once(scenario, url, more, &status);

    for (int tries = 0; tries < 20 && whole(json, "completed") + whole(json, "errors_total") == 0;
         tries++) {
        json_decref(json);
        json = result_once(scenario, url, more, &status);
    }
    cr_expect_eq(status, want, "status %d", status);
    return json;
}

long long error_count(json_t *json, const char *phase, const char *kind)
{
    return whole(json_object_get(json_object_get(json, "errors_by_phase"), phase), kind);
}

void url_of(const struct chat_server *server, char url[96])
{
    if (server->path[0]) {
        snprintf(url, 96, "unix:%s:/ws", server->path);
    } else {
        snprintf(url, 96, "http://127.0.0.1:%u/ws", server->port);
    }
}
