/* Pages in the place of the server's own words for a status, read once from files. */
#include "exchange/amend.h"
#include "filter/builtin.h"
#include "filter/settings.h"
#include "http/list.h"

#include <stdlib.h>

enum { FIRST = 400, STATUSES = 200, PAGE_BYTES_MAX = 1 << 20 };

struct page {
    char *bytes; /* NULL: none */
    size_t len;
};

struct error_pages {
    const char *content_type;
    bool handlers; /* what handlers have answered, too */
    struct page pages[STATUSES], classes[2];
};

static const struct page *page_of(const struct error_pages *own, unsigned status)
{
    const struct page *page;

    if (status < FIRST || status >= FIRST + STATUSES) {
        return NULL;
    }
    page = &own->pages[status - FIRST];
    page = page->bytes ? page : &own->classes[(status - FIRST) / 100];
    return page->bytes ? page : NULL;
}

static void after(void *state, const struct shunt_request *request, struct shunt_response *response)
{
    const struct error_pages *own = state;
    const struct page *page = page_of(own, response->status);
    struct shunt_span body;

    (void)request;
    if (!page || !shunt_response_body_get(response, &body) ||
        !(own->handlers || exchange_response_is_text(response))) {
        return;
    }
    exchange_amend_remove(response, shunt_span_of("Content-Type"));
    exchange_amend_remove(response, shunt_span_of("Content-Encoding"));
    exchange_response_constant(response, own->content_type,
                               (struct shunt_span){page->bytes, page->len});
}

/* ---- settings ---- */

static enum shunt_status read_page(const struct shunt_settings *settings, const char *key,
                                   struct page *page, const struct filter_error *error)
{
    const char *file = plugin_setting_get(settings, key);

    if (file) {
        page->bytes = filter_file(settings, key, file, PAGE_BYTES_MAX, &page->len, error);
    }
    return file && !page->bytes ? SHUNT_EINVAL : SHUNT_OK;
}

/* Only those that are there are asked for: the list of all statuses would help nobody. */
static enum shunt_status read_pages(struct error_pages *own, const struct shunt_settings *settings,
                                    const struct filter_error *error)
{
    const struct plugin_settings *all = (const struct plugin_settings *)settings;
    enum shunt_status status = read_page(settings, "4xx", &own->classes[0], error);

    if (status == SHUNT_OK) {
        status = read_page(settings, "5xx", &own->classes[1], error);
    }
    for (size_t i = 0; i < all->count && status == SHUNT_OK; i++) {
        const char *key = all->items[i].key;
        int number = strspn(key, "0123456789") == 3 && !key[3] ? atoi(key) : 0;

        if (number >= FIRST && number < FIRST + STATUSES) {
            status = read_page(settings, key, &own->pages[number - FIRST], error);
        }
    }
    return status;
}

static void destroy(void *state)
{
    struct error_pages *own = state;

    for (size_t i = 0; i < STATUSES; i++) {
        free(own->pages[i].bytes);
    }
    free(own->classes[0].bytes);
    free(own->classes[1].bytes);
    free(own);
}

static enum shunt_status create(void *arg, const struct shunt_settings *settings, void **state,
                                char *error, size_t error_size)
{
    const struct filter_error why = {error, error_size};
    const char *type = plugin_setting_get(settings, "content_type");
    struct error_pages *own = calloc(1, sizeof *own);
    enum shunt_status status;

    (void)arg;
    if (!own) {
        return SHUNT_ENOMEM;
    }
    own->content_type = type ? type : "text/html; charset=utf-8";
    status = plugin_setting_bool(settings, "handlers", &own->handlers);
    if (type && !http_is_field_value(shunt_span_of(type))) {
        status = filter_expected(&why, "content_type", "a media type", shunt_span_of(type));
    }
    if (status == SHUNT_OK) {
        status = read_pages(own, settings, &why);
    }
    if (status != SHUNT_OK) {
        destroy(own);
        return status;
    }
    *state = own;
    return SHUNT_OK;
}

const struct shunt_filter filter_error_pages = {
    .size = sizeof(struct shunt_filter),
    .name = "error_pages",
    .after = after,
    .create = create,
    .destroy = destroy,
};
