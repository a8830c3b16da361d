#include "report/csv.h"
#include "report/hgrm.h"

#include "unit/bench/sample_result.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What `write` makes of `json`, whose reference it takes. The caller frees it. */
static char *written(void (*write)(const struct result *result, FILE *out), json_t *json)
{
    char *text = NULL, words[256];
    struct error error = {.text = words, .size = sizeof words};
    struct result result;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    cr_assert_eq(result_init(json, "a run", &result, &error), SHUNT_OK);
    write(&result, out);
    fclose(out);
    result_fini(&result);
    json_decref(json);
    return text;
}

static size_t commas(const char *line)
{
    size_t count = 0;

    for (; *line && *line != '\n'; line++) {
        count += *line == ',';
    }
    return count;
}

Test(bench_csv, has_a_row_a_second_and_one_for_the_whole)
{
    char *text = written(report_csv, sample_result(1)), *rest = text, *line;
    const char *rows[8];
    size_t count = 0;

    while ((line = strtok_r(rest, "\n", &rest)) != NULL && count < 8) {
        rows[count++] = line;
    }
    cr_assert_eq(count, 6);
    for (size_t i = 1; i < count; i++) {
        cr_expect_eq(commas(rows[i]), commas(rows[0]), "row %zu: %s", i, rows[i]);
    }
    cr_expect_str_eq(rows[3], "second,3.000,750.0,500.000,,990.000,,,7,75.0,3000000,,,,,,,");
    cr_expect_str_eq(rows[5], "whole,4.000,250.0,500.000,900.000,990.000,999.000,999.750,7,50.0,,"
                              "1000,12.500,6.125,,,,");
    free(text);
}

Test(bench_csv, has_bytes_closed_connections_and_statuses)
{
    json_t *json = sample_result(1);
    json_t *second = json_array_get(json_object_get(json, "series"), 2);
    json_t *traffic = json_pack("{s:f, s:f, s:i}", "received_bytes_per_second", 1000.0,
                                "sent_bytes_per_second", 500.0, "connections_closed", 3);

    json_object_update(second, traffic);
    json_object_update(json, traffic);
    json_object_set_new(json, "statuses", json_pack("{s:i, s:i}", "200", 990, "503", 10));
    json_decref(traffic);
    char *text = written(report_csv, json);

    cr_expect_not_null(strstr(text, ",75.0,3000000,,,,1000,500,3,\n"), "%s", text);
    cr_expect_not_null(strstr(text, ",6.125,1000,500,3,200:990 503:10\n"), "%s", text);
    free(text);
}

Test(bench_csv, leaves_empty_what_is_not_known)
{
    json_t *json = sample_result(1);

    json_object_set_new(json, "server_cpu_us_per_op", json_null());
    json_object_set_new(json, "server", json_null());
    json_object_del(json, "series");
    char *text = written(report_csv, json);

    cr_expect_not_null(strstr(text, "999.750,7,,,1000,,,,,,\n"), "%s", text);
    cr_expect_null(strstr(text, "nan"));
    free(text);
}

/* Read as HdrHistogram's own scripts do: four columns until a line that starts with '#'. */
Test(bench_hgrm, rises_to_the_slowest_and_says_mean_and_count)
{
    char *text = written(report_hgrm, sample_result(1)), *rest = text, *line;
    double value = 0, last = 0, share = 0, last_share = -1;
    unsigned long long count = 0, rows = 0;

    cr_expect_str_eq(strtok_r(rest, "\n", &rest),
                     "       Value     Percentile TotalCount 1/(1-Percentile)");
    cr_expect_eq(*rest, '\n', "an empty line follows");
    while ((line = strtok_r(rest, "\n", &rest)) != NULL && *line != '#') {
        cr_assert_geq(sscanf(line, "%lf %lf %llu", &value, &share, &count), 3, "%s", line);
        cr_expect(value >= last && share > last_share, "%s", line);
        cr_expect(fabs(value - share) < 0.0011 || share == 0, "%s: uniform up to 1 ms", line);
        last = value;
        last_share = share;
        rows++;
    }
    cr_expect_gt(rows, 30);
    cr_expect_eq(share, 1);
    cr_expect_eq(count, 1000);
    cr_expect_float_eq(value, 0.99975, 1e-6);
    cr_expect_str_eq(line, "#[Mean    =     0.500000, StdDeviation   =     0.288675]");
    cr_expect_str_eq(strtok_r(rest, "\n", &rest),
                     "#[Max     =     0.999750, Total count    =         1000]");
    cr_expect_eq(strncmp(rest, "#[Buckets = ", 12), 0);
    free(text);
}

Test(bench_hgrm, of_nothing_has_no_rows, .timeout = 10)
{
    json_t *json = sample_result(1);

    json_object_del(json, "histogram");
    char *text = written(report_hgrm, json);

    cr_expect_not_null(strstr(text, "Total count    =            0]"), "%s", text);
    cr_expect_null(strstr(text, "1.000000000000"));
    free(text);
}
