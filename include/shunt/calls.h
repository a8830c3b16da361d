/*
 * The functions of <shunt/http.h>, <shunt/fields.h> and <shunt/files.h>, as a plugin has them.
 *
 * A plugin links against nothing of Shunt's, and yet its source calls these functions by the names
 * and with the contracts that those headers have, as a program's does: SHUNT_PLUGIN defines them,
 * hidden, in the plugin's own object, and each calls the server's through the table below. The
 * server sets that table before it calls init(), which is behind constructors of static objects.
 * Compiled with -DSHUNT_PLUGIN_STATIC the plugin has none of this, for it is linked with the library.
 * Both hold for C++ too.
 *
 * What is appended below later than 1.1 is asked for with SHUNT_HAS(host->calls, name) first.
 */
#ifndef SHUNT_CALLS_H
#define SHUNT_CALLS_H

#include <shunt/fields.h>
#include <shunt/files.h>
#include <shunt/http.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Each function once: CALL(type, name without shunt_, parameters, arguments), or DO() where it
 * returns nothing. In the order of ABI minors, and never changed. Parameters end in '_', for the
 * functions stand among a plugin's own names.
 */
#define SHUNT_CALLS(CALL, DO)                                                                      \
    CALL(enum shunt_status, response_status,                                                       \
         (struct shunt_response * response_, unsigned status_), (response_, status_))              \
    CALL(enum shunt_status, response_field,                                                        \
         (struct shunt_response * response_, const char *name_, const char *value_),               \
         (response_, name_, value_))                                                               \
    CALL(enum shunt_status, response_body,                                                         \
         (struct shunt_response * response_, const char *content_type_, const void *bytes_,        \
          size_t len_),                                                                            \
         (response_, content_type_, bytes_, len_))                                                 \
    CALL(void *, request_alloc, (const struct shunt_request *request_, size_t bytes_),             \
         (request_, bytes_))                                                                       \
    CALL(struct shunt_worker *, response_worker, (const struct shunt_response *response_),         \
         (response_))                                                                              \
    CALL(enum shunt_status, response_defer,                                                        \
         (struct shunt_response * response_, shunt_cancelled * cancelled_, void *arg_,             \
          shunt_id *id_),                                                                          \
         (response_, cancelled_, arg_, id_))                                                       \
    CALL(enum shunt_status, exchange_answer,                                                       \
         (shunt_id id_, unsigned status_, const char *content_type_, const void *bytes_,           \
          size_t len_),                                                                            \
         (id_, status_, content_type_, bytes_, len_))                                              \
    CALL(enum shunt_status, exchange_post,                                                         \
         (shunt_id id_, shunt_handler * handler_, shunt_release * drop_, void *arg_),              \
         (id_, handler_, drop_, arg_))                                                             \
    CALL(enum shunt_status, exchange_run,                                                          \
         (struct shunt_worker * worker_, shunt_id id_, shunt_handler * handler_, void *arg_),      \
         (worker_, id_, handler_, arg_))                                                           \
    CALL(enum shunt_status, response_begin,                                                        \
         (struct shunt_response * response_, const char *content_type_, uint64_t length_,          \
          shunt_handler *drained_, shunt_cancelled *cancelled_, void *arg_, shunt_id *id_),        \
         (response_, content_type_, length_, drained_, cancelled_, arg_, id_))                     \
    CALL(enum shunt_status, response_write,                                                        \
         (struct shunt_response * response_, const void *bytes_, size_t len_),                     \
         (response_, bytes_, len_))                                                                \
    CALL(enum shunt_status, response_end, (struct shunt_response * response_), (response_))        \
    DO(response_abort, (struct shunt_response * response_), (response_))                           \
    CALL(unsigned, response_status_get, (const struct shunt_response *response_), (response_))     \
    CALL(struct shunt_span, response_field_get,                                                    \
         (const struct shunt_response *response_, const char *name_), (response_, name_))          \
    CALL(enum shunt_status, response_field_set,                                                    \
         (struct shunt_response * response_, const char *name_, const char *value_),               \
         (response_, name_, value_))                                                               \
    DO(response_field_remove, (struct shunt_response * response_, const char *name_),              \
       (response_, name_))                                                                         \
    CALL(bool, response_body_get,                                                                  \
         (const struct shunt_response *response_, struct shunt_span *body_), (response_, body_))   \
    CALL(enum shunt_status, request_client,                                                        \
         (const struct shunt_request *request_, char *text_, size_t size_),                        \
         (request_, text_, size_))                                                                 \
    CALL(enum shunt_status, request_attribute_set,                                                 \
         (const struct shunt_request *request_, const char *name_, struct shunt_span value_),      \
         (request_, name_, value_))                                                                \
    CALL(struct shunt_span, request_attribute,                                                     \
         (const struct shunt_request *request_, const char *name_), (request_, name_))             \
    CALL(enum shunt_status, response_go_on, (struct shunt_response * response_), (response_))      \
    CALL(enum shunt_status, exchange_go_on, (shunt_id id_), (id_))                                 \
    CALL(const char *, setting, (const struct shunt_settings *settings_, const char *key_),        \
         (settings_, key_))                                                                        \
    CALL(enum shunt_status, setting_number,                                                        \
         (const struct shunt_settings *settings_, const char *key_, uint64_t min_, uint64_t max_,  \
          uint64_t *value_),                                                                       \
         (settings_, key_, min_, max_, value_))                                                    \
    CALL(enum shunt_status, setting_bool,                                                          \
         (const struct shunt_settings *settings_, const char *key_, bool *value_),                 \
         (settings_, key_, value_))                                                                \
    CALL(enum shunt_status, percent_decode,                                                        \
         (struct shunt_span text_, char *out_, size_t room_, struct shunt_span *decoded_),         \
         (text_, out_, room_, decoded_))                                                           \
    CALL(bool, form_next,                                                                          \
         (struct shunt_span * rest_, struct shunt_span * name_, struct shunt_span * value_),       \
         (rest_, name_, value_))                                                                   \
    CALL(enum shunt_status, form_decode,                                                           \
         (struct shunt_span text_, char *out_, size_t room_, struct shunt_span *decoded_),         \
         (text_, out_, room_, decoded_))                                                           \
    CALL(enum shunt_status, form_find,                                                             \
         (struct shunt_span * rest_, const char *name_, char *out_, size_t room_,                  \
          struct shunt_span *value_),                                                              \
         (rest_, name_, out_, room_, value_))                                                      \
    CALL(bool, cookie_next,                                                                        \
         (const struct shunt_request *request_, struct shunt_cookie_cursor *cursor_,               \
          struct shunt_span *name_, struct shunt_span *value_),                                    \
         (request_, cursor_, name_, value_))                                                       \
    CALL(bool, cookie_find,                                                                        \
         (const struct shunt_request *request_, const char *name_, struct shunt_span *value_),     \
         (request_, name_, value_))                                                                \
    CALL(enum shunt_status, cookie_write,                                                          \
         (const struct shunt_cookie *cookie_, char *out_, size_t room_, size_t *len_),             \
         (cookie_, out_, room_, len_))                                                             \
    CALL(enum shunt_status, date_parse,                                                            \
         (struct shunt_span text_, int64_t now_, int64_t * seconds_), (text_, now_, seconds_))     \
    DO(date_format, (int64_t seconds_, char out_[SHUNT_DATE_BYTES]), (seconds_, out_))             \
    CALL(bool, is_etag, (struct shunt_span text_), (text_))                                        \
    CALL(enum shunt_precondition, precondition,                                                    \
         (const struct shunt_request *request_, const struct shunt_validators *validators_,        \
          int64_t now_, bool *range_),                                                             \
         (request_, validators_, now_, range_))                                                    \
    CALL(enum shunt_range_answer, ranges,                                                          \
         (const struct shunt_request *request_, uint64_t size_, struct shunt_range *found_,        \
          size_t room_, size_t *count_),                                                           \
         (request_, size_, found_, room_, count_))                                                 \
    CALL(size_t, content_range,                                                                    \
         (const struct shunt_range *range_, uint64_t size_, char out_[SHUNT_CONTENT_RANGE_BYTES]), \
         (range_, size_, out_))                                                                    \
    CALL(int, accept_type, (const struct shunt_request *request_, const char *const *offers_),     \
         (request_, offers_))                                                                      \
    CALL(int, accept_coding, (const struct shunt_request *request_, const char *const *offers_),   \
         (request_, offers_))                                                                      \
    CALL(int, accept_language, (const struct shunt_request *request_, const char *const *offers_), \
         (request_, offers_))                                                                      \
    CALL(enum shunt_status, client_address,                                                        \
         (const struct shunt_request *request_, struct shunt_span peer_,                           \
          enum shunt_forwarded field_, shunt_trusts *trusts_, void *arg_,                          \
          struct shunt_span *client_),                                                             \
         (request_, peer_, field_, trusts_, arg_, client_))                                        \
    CALL(enum shunt_status, multipart_init,                                                        \
         (struct shunt_multipart * multipart_, struct shunt_span content_type_, char *room_,       \
          size_t room_bytes_),                                                                     \
         (multipart_, content_type_, room_, room_bytes_))                                          \
    CALL(enum shunt_status, multipart_next,                                                        \
         (struct shunt_multipart * multipart_, struct shunt_span in_, size_t * used_,              \
          enum shunt_multipart_event * event_, struct shunt_span * data_),                         \
         (multipart_, in_, used_, event_, data_))                                                  \
    CALL(bool, multipart_complete, (const struct shunt_multipart *multipart_), (multipart_))       \
    CALL(void *, response_local, (const struct shunt_response *response_), (response_))            \
    CALL(enum shunt_status, response_file,                                                         \
         (struct shunt_response * response_, const char *content_type_, int fd_, uint64_t offset_, \
          uint64_t length_),                                                                       \
         (response_, content_type_, fd_, offset_, length_))                                        \
    CALL(enum shunt_status, percent_encode,                                                        \
         (struct shunt_span text_, const char *keep_, char *out_, size_t room_,                    \
          struct shunt_span *encoded_),                                                            \
         (text_, keep_, out_, room_, encoded_))                                                    \
    CALL(enum shunt_status, request_read,                                                          \
         (const struct shunt_request *request_, shunt_body_data *on_data_, shunt_handler *on_end_, \
          shunt_cancelled *cancelled_, void *arg_, shunt_id *id_),                                 \
         (request_, on_data_, on_end_, cancelled_, arg_, id_))                                     \
    DO(request_pause, (const struct shunt_request *request_), (request_))                          \
    DO(request_resume, (const struct shunt_request *request_), (request_))                         \
    CALL(enum shunt_status, exchange_pause, (shunt_id id_), (id_))                                 \
    CALL(enum shunt_status, exchange_resume, (shunt_id id_), (id_))                                \
    CALL(enum shunt_status, response_hints,                                                        \
         (struct shunt_response * response_, const struct shunt_field *fields_, size_t count_),    \
         (response_, fields_, count_))                                                             \
    CALL(enum shunt_status, response_trailer,                                                      \
         (struct shunt_response * response_, const char *name_, const char *value_),               \
         (response_, name_, value_))                                                               \
    CALL(enum shunt_status, folder_create,                                                         \
         (const struct shunt_folder_options *options_, struct shunt_folder **folder_,              \
          char *error_, size_t error_size_),                                                       \
         (options_, folder_, error_, error_size_))                                                 \
    DO(folder_destroy, (struct shunt_folder * folder_), (folder_))                                 \
    DO(folder_serve,                                                                               \
       (void *folder_, const struct shunt_request *request_, struct shunt_response *response_),    \
       (folder_, request_, response_))

/* The server's functions. Constant. */
#define SHUNT_CALLS_MEMBER_(type, name, parameters, arguments) type(*name) parameters;
#define SHUNT_CALLS_ACTION_(name, parameters, arguments)       void(*name) parameters;
struct shunt_calls {
    uint32_t size;
    SHUNT_CALLS(SHUNT_CALLS_MEMBER_, SHUNT_CALLS_ACTION_)
};

/* Exported by a plugin: where the address of the table belongs. One built at 1.0 has no such place,
 * and needs none. */
#define SHUNT_CALLS_SYMBOL      SHUNT_PASTE(shunt_calls_v, SHUNT_ABI_MAJOR)
#define SHUNT_CALLS_SYMBOL_NAME SHUNT_TEXT(SHUNT_CALLS_SYMBOL)

/* For SHUNT_PLUGIN: the functions, and where they find the server's. */
#define SHUNT_CALLS_FUNCTION_(type, name, parameters, arguments)                                   \
    __attribute__((visibility("hidden"))) type shunt_##name parameters                             \
    {                                                                                              \
        return shunt_calls_here->name arguments;                                                   \
    }
#define SHUNT_CALLS_PROCEDURE_(name, parameters, arguments)                                        \
    __attribute__((visibility("hidden"))) void shunt_##name parameters                             \
    {                                                                                              \
        shunt_calls_here->name arguments;                                                          \
    }
#define SHUNT_CALLS_DEFINE                                                                         \
    static const struct shunt_calls *shunt_calls_here;                                             \
    extern __attribute__((visibility("default")))                                                  \
    const struct shunt_calls **const SHUNT_CALLS_SYMBOL;                                           \
    const struct shunt_calls **const SHUNT_CALLS_SYMBOL = &shunt_calls_here;                       \
    SHUNT_CALLS(SHUNT_CALLS_FUNCTION_, SHUNT_CALLS_PROCEDURE_)

#ifdef __cplusplus
}
#endif

#endif
