#include "report/outputs.h"

#include "page/drawing.h"
#include "page/page.h"
#include "report/csv.h"
#include "report/hgrm.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

int report_file(const char *option, const char *file, void (*write)(const void *what, FILE *out),
                const void *what, struct error *error)
{
    bool own = strcmp(file, "-") != 0;
    FILE *out = own ? fopen(file, "we") : stdout;

    if (!out) {
        error_set(error, SHUNT_EINVAL, "%s %s: %s", option, file, strerror(errno));
        return -1;
    }
    write(what, out);
    bool failed = fflush(out) != 0 || ferror(out);

    if ((own && fclose(out) != 0) || failed) {
        error_set(error, SHUNT_EINVAL, "%s %s: it could not be written", option, file);
        return -1;
    }
    return 0;
}

int report_outputs_check(const struct report_outputs *outputs, struct error *error)
{
    const struct {
        const char *option, *file;
    } all[] = {{"--csv", outputs->csv},
               {"--hgrm", outputs->hgrm},
               {"--html", outputs->html},
               {"--svg", outputs->svg}};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        FILE *out = all[i].file ? fopen(all[i].file, "ae") : NULL;

        if (all[i].file && (!out || fclose(out) != 0)) {
            error_set(error, SHUNT_EINVAL, "%s %s: %s", all[i].option, all[i].file,
                      strerror(errno));
            return -1;
        }
    }
    return 0;
}

static void write_csv(const void *run, FILE *out)
{
    report_csv(run, out);
}

static void write_hgrm(const void *run, FILE *out)
{
    report_hgrm(run, out);
}

static void write_html(const void *page, FILE *out)
{
    page_write(page, out);
}

/* What is of one run alone. */
static int write_run(const struct report_outputs *outputs, const struct page *page,
                     struct error *error)
{
    json_t *json = page_first_run(page);
    struct result run;
    int status = result_init(json, "the first run", &run, error) == SHUNT_OK ? 0 : -1;

    if (status == 0 && outputs->csv) {
        status = report_file("--csv", outputs->csv, write_csv, &run, error);
    }
    if (status == 0 && outputs->hgrm) {
        status = report_file("--hgrm", outputs->hgrm, write_hgrm, &run, error);
    }
    result_fini(&run);
    json_decref(json);
    return status;
}

int report_outputs_write_page(const struct report_outputs *outputs, const struct page *page,
                              struct error *error)
{
    int status = 0;

    if (outputs->csv || outputs->hgrm) {
        status = write_run(outputs, page, error);
    }
    if (status == 0 && outputs->html) {
        status = report_file("--html", outputs->html, write_html, page, error);
    }
    if (status == 0 && outputs->svg) {
        status = drawing_write(page, outputs->chart, outputs->svg, error);
    }
    return status;
}

int report_outputs_write(const struct report_outputs *outputs, json_t *json, const char *name,
                         struct error *error)
{
    struct page page = {0};
    int status = page_add(&page, json, name, error) == SHUNT_OK ? 0 : -1;

    if (status == 0) {
        status = report_outputs_write_page(outputs, &page, error);
    }
    page_fini(&page);
    return status;
}
