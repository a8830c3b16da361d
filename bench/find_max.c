/*
 * The highest rate that keeps a latency bound: a closed loop finds about where the end is, then the
 * gap between a rate that kept the bound and one that did not is halved until it is narrow.
 *
 * A noisy machine can fail a try that it should have passed, so each failure is tried once more.
 */
#include "find_max.h"

#include "report/progress.h"
#include "report/text.h"
#include <stdlib.h>
#include <string.h>

#define TRIES_MAX 24
#define NARROW    0.03 /* of the rate: closer is within the noise of a try of seconds */
#define ERRORS    0.001

struct search {
    const struct scenario *scenario;
    const struct options *options;
    struct client_plan plan;
    double quantile, bound_ns;
    struct load_result *result; /* of the latest try */
    struct load_result *best;   /* of the highest rate that kept the bound */
    struct progress progress;
    json_t *tries;
};

static bool keeps(const struct search *search)
{
    const struct load_result *result = search->result;
    double completed = (double)histogram_count(&result->tally.latency_ns);
    double latency_ns = (double)histogram_quantile(&result->tally.latency_ns, search->quantile);

    return completed > 0 && report_schedule_kept(result) && latency_ns <= search->bound_ns &&
           (double)tally_failed(&result->tally) <= ERRORS * completed;
}

static void show(const struct search *search, bool kept)
{
    const struct load_result *result = search->result;
    double done = (double)histogram_count(&result->tally.latency_ns) / result->seconds;
    double latency_ns = (double)histogram_quantile(&result->tally.latency_ns, search->quantile);
    char due[TEXT_BYTES], rate[TEXT_BYTES], latency[TEXT_BYTES];

    json_array_append_new(
        search->tries, json_pack("{s:f, s:f, s:f, s:I, s:b}", "rate", search->plan.rate,
                                 "done_per_second", done, "latency_us", latency_ns / 1e3, "errors",
                                 (json_int_t)tally_failed(&result->tally), "kept", kept));
    if (search->options->quiet) {
        return;
    }
    text_count(due, search->plan.rate);
    text_count(rate, done);
    text_time(latency, latency_ns);
    fprintf(stderr, "try %zu at %s/s: %s/s done, p%g %s: %s\n", json_array_size(search->tries), due,
            rate, 100 * search->quantile, latency, kept ? "kept" : "not kept");
}

/* What stands before the figures of the next try's progress. */
static void announce(struct search *search, double rate)
{
    struct progress *progress = &search->progress;
    char due[TEXT_BYTES];

    text_count(due, rate);
    if (rate > 0) {
        snprintf(progress->part, sizeof progress->part, "try %zu at %s/s",
                 json_array_size(search->tries) + 1, due);
    } else {
        snprintf(progress->part, sizeof progress->part, "try 0, closed loop");
    }
}

/* One run. SHUNT_OK with *kept, SHUNT_AGAIN when interrupted, or a sentence in `error`. */
static enum shunt_status try_once(struct search *search, double rate, bool *kept,
                                  struct error *error)
{
    struct load_progress shown = {progress_show, &search->progress};

    search->plan.rate = rate;
    load_result_fini(search->result);
    announce(search, rate);
    enum shunt_status status =
        load_run(search->options, &search->plan, &shown, search->result, error);

    progress_end(&search->progress);
    if (status != SHUNT_OK) {
        return status;
    }
    if (search->result->interrupted || search->result->seconds <= 0) {
        return SHUNT_AGAIN;
    }
    *kept = rate > 0 && keeps(search);
    if (rate > 0) {
        show(search, *kept);
    }
    if (*kept) {
        struct load_result *best = search->result;

        search->result = search->best;
        search->best = best;
    }
    return SHUNT_OK;
}

static enum shunt_status try_twice(struct search *search, double rate, bool *kept,
                                   struct error *error)
{
    enum shunt_status status = try_once(search, rate, kept, error);

    return status == SHUNT_OK && !*kept ? try_once(search, rate, kept, error) : status;
}

/* `*best_rate` is 0 when no rate kept the bound. */
static enum shunt_status look(struct search *search, double *best_rate, struct error *error)
{
    double low = 0, high = 0, next;
    bool kept;

    *best_rate = 0;
    enum shunt_status status = try_once(search, 0, &kept, error);

    if (status != SHUNT_OK) {
        return status;
    }
    next =
        0.7 * (double)histogram_count(&search->result->tally.latency_ns) / search->result->seconds;
    for (int i = 0; i < TRIES_MAX && next >= 1; i++) {
        status = try_twice(search, next, &kept, error);
        if (status != SHUNT_OK) {
            return status;
        }
        *(kept ? &low : &high) = next;
        *best_rate = low;
        next = high == 0 ? low * 1.25 : (low + high) / 2;
        if (high > 0 && high - low < NARROW * high) {
            break;
        }
    }
    return SHUNT_OK;
}

static int conclude(const struct search *search, double best_rate, FILE *json_file)
{
    struct report report;
    struct client_plan plan = search->plan;
    char rate[TEXT_BYTES], bound[TEXT_BYTES], sentence[160];

    text_time(bound, search->bound_ns);
    if (best_rate <= 0) {
        snprintf(sentence, sizeof sentence, "no rate kept p%g within %s", 100 * search->quantile,
                 bound);
        json_decref(search->tries);
        return scenario_complain(sentence);
    }
    text_count(rate, best_rate);
    fprintf(json_file == stdout ? stderr : stdout,
            "highest rate that keeps p%g within %s: %s %ss/s; that try:\n", 100 * search->quantile,
            bound, rate, search->scenario->operation);
    plan.rate = best_rate;
    scenario_report(search->scenario, search->options, &plan, search->best, &report);
    json_t *more =
        json_pack("{s:{s:f, s:f, s:f, s:o}}", "find_max", "rate", best_rate, "quantile",
                  search->quantile, "bound_us", search->bound_ns / 1e3, "tries", search->tries);

    return scenario_print(&report, more, json_file);
}

int find_max(const struct scenario *scenario, const struct options *options,
             const struct client_plan *plan, FILE *json_file)
{
    static struct load_result results[2]; /* large */
    struct search search = {.scenario = scenario,
                            .options = options,
                            .plan = *plan,
                            .quantile = options->slo_ns > 0 ? options->slo_quantile : 0.99,
                            .bound_ns = options->slo_ns > 0 ? options->slo_ns : 10e6,
                            .result = &results[0],
                            .best = &results[1],
                            .tries = json_array()};
    char words[512] = "interrupted before the search was over";
    struct error error = {.text = words, .size = sizeof words};
    double best_rate;

    progress_init(&search.progress, options->duration_s, options->quiet);
    enum shunt_status status = look(&search, &best_rate, &error);
    int result;

    if (status == SHUNT_OK || (status == SHUNT_AGAIN && best_rate > 0)) {
        result = conclude(&search, best_rate, json_file);
    } else {
        json_decref(search.tries);
        result = scenario_complain(words);
    }
    load_result_fini(&results[0]);
    load_result_fini(&results[1]);
    return result;
}
