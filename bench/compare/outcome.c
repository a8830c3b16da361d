#include "compare/outcome.h"

#include "compare/merge.h"
#include "compare/metric.h"
#include "compare/statistics.h"
#include "compare/warnings.h"
#include "report/report.h"
#include "report/result.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static double round_value(const struct outcome_server *server, size_t round, const char *path)
{
    struct result result = {.json = server->rounds[round]};

    return result.json ? result_number(&result, path) : NAN;
}

static json_t *known(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static double *values_of(const struct outcome *outcome, size_t server, const struct metric *metric)
{
    double *values = calloc(outcome->rounds + 1, sizeof *values);

    for (size_t i = 0; values && i < outcome->rounds; i++) {
        values[i] = round_value(&outcome->servers[server], i, metric->path);
    }
    return values;
}

/* Finite values first; how many. */
static size_t keep_known(double *values, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (isfinite(values[i])) {
            values[kept++] = values[i];
        }
    }
    return kept;
}

static void set(json_t *json, const char *name, double value)
{
    json_object_set_new(json, name, known(value));
}

/* The rounds of one server for itself. */
static bool add_spread(json_t *json, const struct outcome *outcome, double *values)
{
    size_t count = keep_known(values, outcome->rounds);
    double low, high;
    bool room = statistics_interval(values, count, outcome->seed, &low, &high);

    set(json, "median", statistics_median(values, count)); /* and now they are sorted */
    set(json, "median_low", low);
    set(json, "median_high", high);
    set(json, "min", count ? values[0] : NAN);
    set(json, "max", count ? values[count - 1] : NAN);
    return room;
}

/* The same rounds beside those of the first server. */
static bool add_ratio(json_t *json, const struct outcome *outcome, const struct metric *metric,
                      const double *ours, const double *base)
{
    struct statistics_ratio ratio = {.ratio = NAN, .low = NAN, .high = NAN};
    bool room =
        metric->no_verdict || statistics_ratio(ours, base, outcome->rounds, outcome->seed, &ratio);
    const char *verdict = ours == base || metric->no_verdict
                              ? ""
                              : statistics_verdict(&ratio, metric->more_is_better);

    set(json, "ratio", ratio.ratio);
    set(json, "ratio_low", ratio.low);
    set(json, "ratio_high", ratio.high);
    json_object_set_new(json, "verdict", json_string(verdict));
    return room;
}

static json_t *metric_json(const struct outcome *outcome, size_t server,
                           const struct metric *metric)
{
    double *base = values_of(outcome, 0, metric);
    double *ours = server == 0 ? base : values_of(outcome, server, metric);
    json_t *json = ours && base ? json_object() : NULL;

    if (json &&
        !(add_ratio(json, outcome, metric, ours, base) && add_spread(json, outcome, ours))) {
        json_decref(json);
        json = NULL;
    }
    if (ours != base) {
        free(ours);
    }
    free(base);
    return json;
}

static bool client_limited(const struct outcome_server *server, size_t round)
{
    struct result result = {.json = server->rounds[round]};

    return json_is_true(result_member(&result, "client.limited"));
}

static json_t *round_json(const struct outcome_server *server, size_t round)
{
    json_t *json = json_object();

    if (!server->rounds[round]) {
        json_decref(json);
        return json_null();
    }
    for (size_t i = 0; i < METRICS; i++) {
        set(json, metrics[i].name, round_value(server, round, metrics[i].path));
    }
    set(json, "errors", round_value(server, round, "errors_total"));
    set(json, "turn", round_value(server, round, "turn"));
    json_object_set_new(json, "client_limited", json_boolean(client_limited(server, round)));
    return json;
}

/* The round whose rate is the median one, of an even number the lower. */
static json_t *typical_round(const struct outcome *outcome, const struct outcome_server *server)
{
    json_t *best = NULL;

    for (size_t i = 0; i < outcome->rounds; i++) {
        double rate = round_value(server, i, "rate_per_second");
        size_t below = 0, above = 0;

        for (size_t other = 0; other < outcome->rounds; other++) {
            double theirs = round_value(server, other, "rate_per_second");

            below += theirs < rate || (theirs == rate && other < i);
            above += theirs > rate || (theirs == rate && other > i);
        }
        if (server->rounds[i] && (below == above || below + 1 == above)) {
            best = server->rounds[i];
        }
    }
    return best ? json_incref(best) : json_null();
}

static json_t *server_json(const struct outcome *outcome, size_t server)
{
    const struct outcome_server *of = &outcome->servers[server];
    json_t *found = json_object(), *rounds = json_array();

    for (size_t i = 0; i < METRICS; i++) {
        json_object_set_new(found, metrics[i].name, metric_json(outcome, server, &metrics[i]));
    }
    for (size_t i = 0; i < outcome->rounds; i++) {
        json_array_append_new(rounds, round_json(of, i));
    }
    json_t *json =
        json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "name", of->name, "command", of->command,
                  "metrics", found, "rounds", rounds, "merged",
                  merge_runs(of->rounds, outcome->rounds), "result", typical_round(outcome, of));

    json_object_set_new(json, "warnings", warnings_of(json));
    json_object_set_new(json, "quota_reached", warnings_quota_reached(json));
    return json;
}

static json_t *quota_json(const struct quota *quota)
{
    return quota ? json_pack("{s:f, s:i}", "share", quota->share, "cgroup_version", quota->version)
                 : json_null();
}

json_t *outcome_json(const struct outcome *outcome)
{
    json_t *servers = json_array(), *scenario = json_array();

    for (size_t i = 0; i < outcome->server_count; i++) {
        json_array_append_new(servers, server_json(outcome, i));
    }
    for (char *const *word = outcome->scenario; *word; word++) {
        json_array_append_new(scenario, json_string(*word));
    }
    return json_pack("{s:i, s:s, s:I, s:I, s:f, s:o, s:O, s:o, s:o}", "schema", REPORT_SCHEMA,
                     "kind", "comparison", "rounds", (json_int_t)outcome->rounds, "seed",
                     (json_int_t)outcome->seed, "confidence", 0.95, "scenario", scenario, "notes",
                     outcome->notes, "quota", quota_json(outcome->quota), "servers", servers);
}
