/*
 * Chat rooms, as JSON over WebSocket. A client first sends which room it comes to and by what name,
 * and then its messages:
 *
 *     {"join": "garden", "name": "Ada"}          {"text": "hello"}
 *
 * It gets who is there and the last 50 messages of the room, and then what everybody sends:
 *
 *     {"present": ["Ada", "Bob"], "history": [{"n": 7, "from": "Bob", "text": "hi"}]}
 *     {"n": 8, "from": "Ada", "text": "hello"}   {"joined": "Cleo"}   {"left": "Bob"}
 *
 * A room is a topic, so its people may be on any worker. Its history is shared by all workers,
 * behind a lock. Who joins while a message is on its way may get it twice, in the history and by
 * itself: both have the same `n`, its number in the room.
 */
#include <jansson.h>
#include <pthread.h>
#include <shunt/websocket.h>
#include <stdlib.h>

enum { ROOMS_MAX = 1000, HISTORY = 50, NAME_BYTES_MAX = 32, TEXT_BYTES_MAX = 2000 };

struct room {
    struct room *next;
    uint64_t last; /* the number of the last message */
    json_t *history;
    char name[NAME_BYTES_MAX + 1];
};

/* A stream's user pointer, once it has joined. */
struct person {
    struct room *room;
    const struct shunt_websocket_api *api;
    struct shunt_websocket_topics *topics;
    char name[NAME_BYTES_MAX + 1];
};

static const struct shunt_host *host;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all that follows */
static struct room *rooms;
static unsigned room_count;

/* ---- rooms ---- */

/* The room of that name, made if there is none; NULL: there are too many, or no memory. */
static struct room *room_of(const char *name)
{
    struct room *room;

    pthread_mutex_lock(&lock);
    for (room = rooms; room && strcmp(room->name, name) != 0; room = room->next) {
    }
    if (!room && room_count < ROOMS_MAX && (room = calloc(1, sizeof *room))) {
        memcpy(room->name, name, strlen(name) + 1);
        room->history = json_array();
        room->next = rooms;
        rooms = room;
        room_count++;
    }
    pthread_mutex_unlock(&lock);
    return room;
}

/* Number a message and keep it; a copy of what is kept, to be sent. */
static json_t *room_keep(struct room *room, const char *from, const char *text)
{
    json_t *message;

    pthread_mutex_lock(&lock);
    message =
        json_pack("{s:I, s:s, s:s}", "n", (json_int_t)++room->last, "from", from, "text", text);
    if (message && json_array_append(room->history, message) == 0 &&
        json_array_size(room->history) > HISTORY) {
        json_array_remove(room->history, 0);
    }
    pthread_mutex_unlock(&lock);
    return message;
}

static json_t *room_history(const struct room *room)
{
    json_t *history;

    pthread_mutex_lock(&lock);
    history = json_deep_copy(room->history);
    pthread_mutex_unlock(&lock);
    return history;
}

/* ---- sending: each takes `message` over ---- */

static void publish(const struct person *person, json_t *message)
{
    char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;

    if (!text ||
        person->api->publish(person->topics, shunt_span_of(person->room->name),
                             SHUNT_WEBSOCKET_TEXT, text, strlen(text), NULL) > SHUNT_AGAIN) {
        host->log(SHUNT_LOG_WARNING, "chat: a message to '%s' is lost", person->room->name);
    }
    free(text);
    json_decref(message);
}

static void send_json(struct shunt_stream *stream, const struct shunt_websocket_api *api,
                      json_t *message)
{
    char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;

    if (!text || api->send(stream, SHUNT_WEBSOCKET_TEXT, text, strlen(text)) > SHUNT_AGAIN) {
        api->close(stream, 1011, shunt_span_of(""));
    }
    free(text);
    json_decref(message);
}

static void refuse(struct shunt_stream *stream, const struct shunt_websocket_api *api,
                   const char *why)
{
    send_json(stream, api, json_pack("{s:s}", "error", why));
}

/* ---- people ---- */

static void add_name(void *names, shunt_id id, struct shunt_span name)
{
    (void)id;
    json_array_append_new(names, json_stringn(name.at, name.len));
}

static bool name_valid(const char *name)
{
    return name && *name && strlen(name) <= NAME_BYTES_MAX && !strpbrk(name, "/+#");
}

static void join(struct shunt_stream *stream, const struct shunt_websocket_api *api,
                 const char *room, const char *name)
{
    const struct shunt_websocket_subscribe named = {.size = sizeof named,
                                                    .name = shunt_span_of(name)};
    struct person *person = name_valid(room) && name_valid(name) ? calloc(1, sizeof *person) : NULL;
    json_t *names = json_array();

    if (!person || !(person->room = room_of(room)) ||
        api->subscribe(stream, shunt_span_of(room), &named) != SHUNT_OK) {
        free(person);
        json_decref(names);
        refuse(stream, api, "expected a room and a name of 1 to 32 bytes, without / + #");
        return;
    }
    person->api = api;
    person->topics = api->topics(stream);
    memcpy(person->name, name, strlen(name) + 1);
    host->set_user(stream, person);
    api->present(person->topics, shunt_span_of(room), add_name, names);
    send_json(stream, api,
              json_pack("{s:o, s:o}", "present", names, "history", room_history(person->room)));
    publish(person, json_pack("{s:s}", "joined", name));
}

/* ---- the service ---- */

static void message(struct shunt_stream *stream, const struct shunt_websocket_api *api,
                    enum shunt_websocket_kind kind, uint8_t *bytes, size_t len)
{
    const struct person *person = host->user(stream);
    const char *room = NULL, *name = NULL, *text = NULL;
    json_t *json = kind == SHUNT_WEBSOCKET_TEXT ? json_loadb((char *)bytes, len, 0, NULL) : NULL;

    if (json &&
        json_unpack(json, "{s?s, s?s, s?s}", "join", &room, "name", &name, "text", &text) != 0) {
        room = text = NULL;
    }
    if (room && !person) {
        join(stream, api, room, name);
    } else if (text && person && strlen(text) <= TEXT_BYTES_MAX) {
        publish(person, room_keep(person->room, person->name, text));
    } else {
        refuse(stream, api,
               "expected {\"join\": ROOM, \"name\": NAME} once, then {\"text\": TEXT}");
    }
    json_decref(json);
}

static void closed(struct shunt_stream *stream, uint16_t code)
{
    struct person *person = host->user(stream);

    (void)code;
    if (person) {
        publish(person, json_pack("{s:s}", "left", person->name));
        free(person);
    }
}

static enum shunt_status init(const struct shunt_host *given, const struct shunt_settings *settings,
                              void **plugin)
{
    (void)settings;
    (void)plugin;
    host = given;
    return SHUNT_OK;
}

static void fini(void *plugin)
{
    (void)plugin;
    while (rooms) {
        struct room *room = rooms;

        rooms = room->next;
        json_decref(room->history);
        free(room);
    }
    room_count = 0;
}

static const struct shunt_websocket_service chat = {
    .size = sizeof chat,
    .message = message,
    .close = closed,
};

static const struct shunt_service service = {
    .size = sizeof service,
    .version = SHUNT_WEBSOCKET_VERSION,
    .interface = SHUNT_WEBSOCKET_INTERFACE,
    .name = "chat",
    .table = &chat,
};

SHUNT_PLUGIN = {
    SHUNT_PLUGIN_HEAD, .name = "chat",
    .version = "1.0",  .init = init,
    .fini = fini,      .services = (const struct shunt_service *const[]){&service, NULL},
};
