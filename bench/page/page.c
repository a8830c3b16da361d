#include "page/page.h"

#include "page/bytes.h"
#include "report/result.h"

#include <stdlib.h>
#include <string.h>

/* All rounds of a server of a comparison, as one run. NULL where it gave no result. */
static json_t *server_run(const json_t *server)
{
    json_t *typical = json_object_get(server, "result");
    json_t *merged = json_object_get(server, "merged");
    json_t *run = json_is_object(typical) ? json_copy(typical) : NULL;

    if (run && json_is_object(merged)) {
        json_object_update(run, merged);
    }
    return run;
}

/* The servers of a comparison that have a result: one that never ran has none. */
static enum shunt_status check_comparison(const json_t *servers, const char *name,
                                          struct error *error)
{
    enum shunt_status status = SHUNT_OK;
    size_t count = 0;

    for (size_t i = 0; status == SHUNT_OK && i < json_array_size(servers); i++) {
        const json_t *server = json_array_get(servers, i);
        const char *server_name = json_string_value(json_object_get(server, "name"));
        const json_t *run = json_object_get(server, "result");

        if (json_is_object(run) && server_name) {
            status = result_check(run, server_name, error);
            count++;
        }
    }
    if (status == SHUNT_OK && count == 0) {
        status =
            error_set(error, SHUNT_EINVAL, "%s: no server of this comparison has a result", name);
    }
    return status;
}

enum shunt_status page_add(struct page *page, json_t *json, const char *name, struct error *error)
{
    const json_t *servers = json_object_get(json, "servers");
    enum shunt_status status = json_is_array(servers) ? check_comparison(servers, name, error)
                                                      : result_check(json, name, error);

    if (status != SHUNT_OK) {
        return status;
    }
    page->results = page->results ? page->results : json_array();
    if (json_array_append_new(page->results, json_pack("{s:s, s:O}", "name", name, "json", json)) !=
        0) {
        return error_set(error, SHUNT_ENOMEM, "%s: no memory", name);
    }
    return SHUNT_OK;
}

void page_fini(struct page *page)
{
    json_decref(page->results);
    page->results = NULL;
}

json_t *page_first_run(const struct page *page)
{
    json_t *json = json_object_get(json_array_get(page->results, 0), "json");
    const json_t *servers = json_object_get(json, "servers");
    json_t *run = NULL;

    if (!json_is_array(servers)) {
        return json_incref(json);
    }
    for (size_t i = 0; !run && i < json_array_size(servers); i++) {
        run = server_run(json_array_get(servers, i));
    }
    return run;
}

/* No "</script>" of a result ends the element that it is in. */
static int write_escaped(const char *text, size_t len, void *out)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '<') {
            fputs("\\u003c", out);
        } else {
            fputc(text[i], out);
        }
    }
    return 0;
}

void page_write(const struct page *page, FILE *out)
{
    static const char place[] = "id=\"results\">";
    size_t len = (size_t)(page_bytes_end - page_bytes);
    const char *found = memmem(page_bytes, len, place, sizeof place - 1);
    const char *here = found + sizeof place - 1;

    fwrite(page_bytes, 1, (size_t)(here - page_bytes), out);
    json_dump_callback(page->results, write_escaped, out, JSON_COMPACT | JSON_REAL_PRECISION(9));
    here += strlen("[]");
    fwrite(here, 1, (size_t)(page_bytes_end - here), out);
}
