/* From a request to the answer: which file, which of its codings, and how much of it. */
#include "base/log_limit.h"
#include "exchange/exchange.h"
#include "files/byteranges.h"
#include "files/cache.h"
#include "files/open.h"
#include "files/path.h"
#include "http/reason.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { RANGES_MAX = 32 };

/* ---- what is no file ---- */

static void refuse(struct shunt_response *response, unsigned status, const char *text)
{
    exchange_response_text(response, status, shunt_span_of(text));
}

/* What no client can have caused is logged. */
static void fail(struct exchange_context *context, struct shunt_response *response,
                 const struct shunt_folder *folder, const char *name, int error)
{
    bool short_of = error == EMFILE || error == ENFILE || error == ENOMEM || error == EAGAIN;

    context->counters.file_failures++;
    log_limit_line(&context->file_log, context->loop->now_ms, SHUNT_LOG_WARNING,
                   "%s: \"%.200s\" cannot be opened: %s", folder->path, name, strerror(error));
    refuse(response, short_of ? 503 : 500,
           short_of ? "Service Unavailable\n" : "Internal Server Error\n");
}

static void answer_error(struct exchange_context *context, struct shunt_response *response,
                         const struct shunt_folder *folder, const char *name, int error)
{
    switch (error) {
    case EXDEV: /* a link that leaves the folder, or any link */
    case ELOOP:
    case ENXIO: /* no regular file */
        context->counters.file_refusals++;
        refuse(response, 404, "Not Found\n");
        break;
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case ENAMETOOLONG:
        refuse(response, 404, "Not Found\n");
        break;
    case EACCES:
    case EPERM:
        refuse(response, 403, "Forbidden\n");
        break;
    default:
        fail(context, response, folder, name, error);
    }
}

/* To the same path with a slash behind it, and the query. */
static void redirect(const struct shunt_request *request, struct shunt_response *response)
{
    size_t room = request->path.len + request->query.len + sizeof "/?";
    char *target = shunt_request_alloc(request, room);
    struct http_writer out = {.at = target, .room = room};

    if (!target) {
        refuse(response, 503, "Service Unavailable\n");
        return;
    }
    http_write_bytes(&out, request->path);
    http_write_bytes(&out, (struct shunt_span){"/?", request->query.len > 0 ? 2 : 1});
    http_write_bytes(&out, request->query);
    refuse(response, 301, "Moved Permanently\n");
    if (exchange_response_field(response, shunt_span_of("Location"),
                                (struct shunt_span){target, out.len}) != SHUNT_OK) {
        refuse(response, 404, "Not Found\n");
    }
}

/* ---- what of a file ---- */

/* Of what the client likes equally well files_codings has what is best first. */
static const struct files_version *choose(const struct files_entry *entry,
                                          const struct shunt_request *request)
{
    const struct files_version *offered[FILES_CODINGS];
    const char *offers[FILES_CODINGS + 1];
    size_t count = 0;
    int chosen;

    if (!entry->varies) {
        return &entry->plain;
    }
    for (size_t i = 0; i < FILES_CODINGS; i++) {
        if (entry->coded[i].file) {
            offers[count] = files_codings[i];
            offered[count++] = &entry->coded[i];
        }
    }
    offers[count] = NULL;
    chosen = shunt_accept_coding(request, offers);
    return chosen >= 0 ? offered[chosen] : &entry->plain;
}

static void content_range(struct shunt_response *response, const struct shunt_range *range,
                          uint64_t size)
{
    char value[SHUNT_CONTENT_RANGE_BYTES];
    size_t len = shunt_content_range(range, size, value);

    (void)!exchange_response_field(response, shunt_span_of("Content-Range"),
                                   (struct shunt_span){value, len});
}

static void answer_ranges(struct shunt_exchange *exchange, const struct files_version *version,
                          const char *type, const struct shunt_range *ranges, size_t count)
{
    struct shunt_response *response = &exchange->response;
    struct conn_file *file = conn_file_take(version->file);
    uint64_t size = (uint64_t)version->is.st_size;

    response->status = 206;
    if (count == 1) {
        content_range(response, ranges, size);
        response->content_type = type;
        exchange_response_file(response, file, ranges->first, ranges->len);
    } else if (!files_byteranges_set(exchange, file, size, type, ranges, count)) {
        response->fields.len = 0;
        refuse(response, 503, "Service Unavailable\n");
    }
}

/* `ranged`: its conditions allow a part. */
static void answer_content(struct shunt_exchange *exchange, const struct files_version *version,
                           const char *type, bool ranged)
{
    struct shunt_response *response = &exchange->response;
    uint64_t size = (uint64_t)version->is.st_size;
    struct shunt_range ranges[RANGES_MAX];
    enum shunt_range_answer what = SHUNT_RANGE_WHOLE;
    size_t count = 0;

    if (ranged) {
        what = shunt_ranges(&exchange->request, size, ranges, RANGES_MAX, &count);
    }
    if (what == SHUNT_RANGE_UNSATISFIABLE) {
        refuse(response, 416, "Range Not Satisfiable\n");
        content_range(response, NULL, size);
        return;
    }
    http_write_bytes(&response->fields, version->fields);
    if (what == SHUNT_RANGE_PARTIAL) {
        answer_ranges(exchange, version, type, ranges, count);
        return;
    }
    response->content_type = type;
    exchange_response_file(response, conn_file_take(version->file), 0, size);
}

static int64_t now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return now.tv_sec;
}

static void answer_file(struct shunt_exchange *exchange, const struct files_entry *entry)
{
    const struct files_version *version = choose(entry, &exchange->request);
    struct shunt_response *response = &exchange->response;
    const struct shunt_validators validators = {
        .etag = shunt_span_of(version->etag), .date = version->date, .has_date = true};
    bool ranged;

    switch (shunt_precondition(&exchange->request, &validators, now_s(), &ranged)) {
    case SHUNT_PRECONDITION_FAILED:
        refuse(response, 412, "Precondition Failed\n");
        break;
    case SHUNT_NOT_MODIFIED:
        response->status = 304;
        http_write_bytes(&response->fields, version->fields);
        break;
    case SHUNT_PROCEED:
        answer_content(exchange, version, entry->type, ranged);
        break;
    }
}

/* ---- which file ---- */

static struct shunt_span span_between(const char *from, const char *to)
{
    return (struct shunt_span){from, (size_t)(to - from)};
}

/* What stands in the place of a pattern's last parameter, where that is {name...}; else the whole
 * path behind its slash. */
static struct shunt_span path_beneath(const struct shunt_request *request)
{
    struct shunt_span pattern = request->pattern, path = request->path;
    const char *brace = pattern.len > 0 ? memrchr(pattern.at, '{', pattern.len) : NULL;
    char name[256];
    size_t len;

    if (!brace || pattern.at[pattern.len - 1] != '}' || pattern.at[pattern.len - 2] != '.') {
        return span_between(path.at + 1, path.at + path.len);
    }
    len = (size_t)(pattern.at + pattern.len - brace) - sizeof "{...}" + 1;
    if (len >= sizeof name) {
        return (struct shunt_span){"..", 2}; /* nowhere */
    }
    memcpy(name, brace + 1, len);
    name[len] = '\0';
    return shunt_request_parameter(request, name);
}

/* The first of the folder's index files that is there. */
static int find_index(struct exchange_context *context, const struct shunt_folder *folder,
                      const char *name, const struct files_entry **entry)
{
    char path[PATH_MAX];
    int rc = -ENOENT;

    for (char **index = folder->index; *index; index++) {
        int len = snprintf(path, sizeof path, "%s%s%s", name, *name ? "/" : "", *index);

        rc = len < (int)sizeof path ? files_cache_find(context->files, context, folder, path, entry)
                                    : -ENAMETOOLONG;
        if (rc != -ENOENT && rc != -EISDIR) {
            return rc;
        }
    }
    return rc;
}

static void serve(struct shunt_exchange *exchange, const struct shunt_folder *folder)
{
    struct exchange_context *context = exchange->context;
    struct shunt_response *response = &exchange->response;
    const struct files_entry *entry;
    char name[PATH_MAX];
    int rc = -ENOENT;

    switch (
        files_path_read(path_beneath(&exchange->request), folder->dot_files, name, sizeof name)) {
    case FILES_PATH_MALFORMED:
        refuse(response, 400, "Bad Request\n");
        return;
    case FILES_PATH_REFUSED:
        context->counters.file_refusals++;
        refuse(response, 404, "Not Found\n");
        return;
    case FILES_PATH_FOLDER:
        rc = find_index(context, folder, name, &entry);
        break;
    case FILES_PATH_FILE:
        rc = files_cache_find(context->files, context, folder, name, &entry);
        if (rc == -EISDIR) {
            redirect(&exchange->request, response);
            return;
        }
        break;
    }
    if (rc != 0) {
        answer_error(context, response, folder, name, -rc);
    } else {
        answer_file(exchange, entry);
    }
}

void shunt_folder_serve(void *folder, const struct shunt_request *request,
                        struct shunt_response *response)
{
    if (!shunt_span_equal(request->method, shunt_span_of("GET")) &&
        !shunt_span_equal(request->method, shunt_span_of("HEAD"))) {
        refuse(response, 405, "Method Not Allowed\n");
        (void)!exchange_response_field(response, shunt_span_of("Allow"),
                                       shunt_span_of("GET, HEAD"));
        return;
    }
    serve(exchange_of_response(response), folder);
}
