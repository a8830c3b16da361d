/* Metrics of plugins and programs: which are taken, and how they are written. */
#include "server/metrics_table.h"

#include "server/metrics_text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct metrics_table table;

static void tear_down(void)
{
    metrics_table_cut(&table, 0);
}

TestSuite(server_metrics_table, .fini = tear_down);

static const double bounds[] = {0.5, 1, 2.5e-5 + 1};

static struct shunt_metric metric(enum shunt_metric_kind kind, const char *name)
{
    return (struct shunt_metric){.size = sizeof(struct shunt_metric),
                                 .kind = kind,
                                 .name = name,
                                 .help = "Some help.",
                                 .bounds = bounds,
                                 .bound_count = 3};
}

static unsigned add(const struct shunt_metric *one)
{
    unsigned number = 99;
    char error[256] = "";

    cr_assert_eq(metrics_table_add(&table, one, false, &number, error, sizeof error), SHUNT_OK,
                 "%s", error);
    return number;
}

Test(server_metrics_table, names_what_was_expected_and_found)
{
    static const char *const le[] = {"le", "1", NULL}, *const odd[] = {"room", NULL},
                             *const twice[] = {"a", "1", "a", "2", NULL},
                             *const control[] = {"a", "b\nc", NULL},
                             *const other[] = {"b", "1", NULL};
    static const double falling[] = {1, 1};
    const struct {
        const char *why;
        struct shunt_metric metric;
        const char *want;
    } rows[] = {
        {"no name",
         {.kind = SHUNT_COUNTER, .help = "x"},
         "metric : name: expected letters, digits and _, without shunt_, process_ and _total, "
         "found "
         "\"nothing\""},
        {"a digit first", metric(SHUNT_COUNTER, "1a"), "found \"1a\""},
        {"a dot", metric(SHUNT_COUNTER, "a.b"), "found \"a.b\""},
        {"ours", metric(SHUNT_COUNTER, "shunt_a"), "found \"shunt_a\""},
        {"the process's", metric(SHUNT_COUNTER, "process_a"), "found \"process_a\""},
        {"a suffix", metric(SHUNT_COUNTER, "a_total"), "found \"a_total\""},
        {"no help",
         {.kind = SHUNT_COUNTER, .name = "a"},
         "metric a: help: expected at most 256 bytes of printable ASCII, found \"nothing\""},
        {"le",
         {.kind = SHUNT_COUNTER, .name = "a", .help = "x", .labels = le},
         "metric a: labels: expected a name that is free, found \"le\""},
        {"no value",
         {.kind = SHUNT_COUNTER, .name = "a", .help = "x", .labels = odd},
         "metric a: labels: expected at most 256 bytes of printable ASCII, found \"nothing\""},
        {"a label twice",
         {.kind = SHUNT_COUNTER, .name = "a", .help = "x", .labels = twice},
         "metric a: labels: expected each name once, found \"a\""},
        {"a line end",
         {.kind = SHUNT_COUNTER, .name = "a", .help = "x", .labels = control},
         "metric a: labels: expected at most 256 bytes of printable ASCII, found \"b\nc\""},
        {"no bounds",
         {.kind = SHUNT_HISTOGRAM, .name = "a", .help = "x"},
         "metric a: bounds: expected 1 to 32 of them, found \"0\""},
        {"bounds that do not rise",
         {.kind = SHUNT_HISTOGRAM, .name = "a", .help = "x", .bounds = falling, .bound_count = 2},
         "metric a: bounds: expected finite ones in rising order, found \"1\""},
        {"there already", metric(SHUNT_COUNTER, "there"),
         "metric there: labels: expected each metric once, found \"there\""},
        {"there as another kind", metric(SHUNT_GAUGE, "there"),
         "metric there: name: expected kind, help, bounds and names of labels as before, found "
         "\"there\""},
        {"there with other labels",
         {.kind = SHUNT_COUNTER, .name = "there", .help = "Some help.", .labels = other},
         "metric there: name: expected kind, help, bounds and names of labels as before, found "
         "\"there\""},
    };
    const struct shunt_metric there = metric(SHUNT_COUNTER, "there");

    add(&there);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned number;
        char error[256] = "";

        cr_expect_eq(
            metrics_table_add(&table, &rows[i].metric, false, &number, error, sizeof error),
            SHUNT_EINVAL, "%s", rows[i].why);
        cr_expect(strstr(error, rows[i].want), "%s: %s", rows[i].why, error);
    }
    cr_expect_eq(table.count, 1);
}

Test(server_metrics_table, is_bounded_and_can_be_cut)
{
    unsigned number, before;
    char error[256], name[32];
    struct shunt_metric one = metric(SHUNT_COUNTER, name);

    for (unsigned i = 0; i < SHUNT_METRICS_MAX; i++) {
        snprintf(name, sizeof name, "a%u", i);
        cr_expect_eq(add(&one), i);
    }
    cr_expect_eq(metrics_table_add(&table, &(struct shunt_metric){.name = "b", .help = ""}, false,
                                   &number, error, sizeof error),
                 SHUNT_EFULL);
    metrics_table_cut(&table, 10);
    before = table.cells;
    cr_expect_eq(before, 10);
    one = metric(SHUNT_HISTOGRAM, "h");
    add(&one);
    cr_expect_eq(table.cells, before + 5, "three bounds, what is above, the sum");
    metrics_table_cut(&table, 10);
    cr_expect_eq(table.cells, before);
}

/* ---- values, and how they are written ---- */

static char *written(bool open_metrics, const struct metrics_cells *cells)
{
    char *text = NULL;
    size_t len;
    FILE *to = open_memstream(&text, &len);

    metrics_text_write(to, open_metrics, &table, cells);
    fclose(to);
    return text;
}

Test(server_metrics_table, values_of_all_rows_are_added_up_and_written)
{
    static const char *const a[] = {"room", "a\"b\\c", NULL}, *const b[] = {"room", "b", NULL};
    struct shunt_metric messages = metric(SHUNT_COUNTER, "messages"),
                        members = metric(SHUNT_GAUGE, "members"),
                        sizes = metric(SHUNT_HISTOGRAM, "sizes");
    _Atomic uint64_t shared_cells[METRICS_CELLS_MAX] = {0};
    struct metrics_row shared = {.table = &table, .shared = true, .cells = shared_cells};
    struct metrics_cells *cells;
    unsigned numbers[4];
    char *text;

    messages.labels = a;
    numbers[0] = add(&messages);
    numbers[1] = add(&members);
    messages.labels = b;
    numbers[2] = add(&messages);
    numbers[3] = add(&sizes);
    shared.count = table.count;
    cells = metrics_cells_create(&table, 2, &shared);
    cr_assert(cells);
    metrics_cells_add(&cells->rows[0], numbers[0], 5);
    metrics_cells_add(&cells->rows[1], numbers[0], 6);
    metrics_cells_add(&shared, numbers[0], 7);
    metrics_cells_add(&cells->rows[0], numbers[0], -1); /* a counter only grows */
    metrics_cells_add(&cells->rows[0], numbers[3], 1);  /* none of these is a histogram's */
    metrics_cells_set(&cells->rows[0], numbers[0], 1);
    metrics_cells_observe(&cells->rows[0], numbers[0], 1);
    metrics_cells_add(&cells->rows[0], 77, 1);
    metrics_cells_set(&cells->rows[0], numbers[1], 10);
    metrics_cells_add(&cells->rows[1], numbers[1], -13);
    metrics_cells_observe(&cells->rows[0], numbers[3], 0.5);
    metrics_cells_observe(&cells->rows[1], numbers[3], 0.75);
    metrics_cells_observe(&shared, numbers[3], 100);
    metrics_cells_observe(&shared, numbers[3], 0.0 / 0.0);
    text = written(false, cells);
    cr_expect_str_eq(text, "# HELP messages_total Some help.\n"
                           "# TYPE messages_total counter\n"
                           "messages_total{room=\"a\\\"b\\\\c\"} 18\n"
                           "messages_total{room=\"b\"} 0\n"
                           "# HELP members Some help.\n"
                           "# TYPE members gauge\n"
                           "members -3\n"
                           "# HELP sizes Some help.\n"
                           "# TYPE sizes histogram\n"
                           "sizes_bucket{le=\"0.5\"} 1\n"
                           "sizes_bucket{le=\"1.0\"} 2\n"
                           "sizes_bucket{le=\"1.000025\"} 2\n"
                           "sizes_bucket{le=\"+Inf\"} 3\n"
                           "sizes_sum 101.25\n"
                           "sizes_count 3\n");
    free(text);
    text = written(true, cells);
    cr_expect_eq(strncmp(text, "# HELP messages Some help.\n# TYPE messages counter\n", 51), 0,
                 "%s", text);
    free(text);
    metrics_cells_destroy(cells);
    metrics_cells_destroy(NULL);
}
