#include "hub.h"

#include "publication.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* ---- settings ---- */

static enum shunt_status read_settings(struct websocket_hub *hub,
                                       const struct shunt_settings *settings)
{
    const struct {
        const char *key;
        uint64_t max, *value;
    } rows[] = {
        {"subscriptions_max", UINT32_MAX, &hub->limits.subscriptions_max},
        {"stream_subscriptions_max", UINT32_MAX, &hub->limits.subscriber_max},
        {"topic_subscribers_max", UINT32_MAX, &hub->limits.filter_max},
        {"retained_max", UINT32_MAX, &hub->limits.retained_max},
        {"present_max", UINT32_MAX, &hub->present_max},
        {"publications_max", UINT32_MAX, &hub->inbox_limits.count_max},
        {"publications_bytes_max", UINT64_C(1) << 40, &hub->inbox_limits.bytes_max},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum shunt_status status =
            websocket_host->setting_number(settings, rows[i].key, 0, rows[i].max, rows[i].value);

        if (status != SHUNT_OK) {
            return status;
        }
    }
    return SHUNT_OK;
}

enum shunt_status websocket_hub_init(struct websocket_hub *hub,
                                     const struct shunt_settings *settings)
{
    hub->limits = (struct topics_limits){
        .subscriptions_max = 4u << 20,
        .subscriber_max = 1024,
        .filter_max = 1u << 20,
        .retained_max = 64u << 10,
    };
    hub->inbox_limits = (struct websocket_inbox_limits){
        .count_max = 64u << 10,
        .bytes_max = 64u << 20,
    };
    hub->present_max = 64u << 10;
    if (getrandom(&hub->seed, sizeof hub->seed, GRND_NONBLOCK) != sizeof hub->seed) {
        hub->seed = (uintptr_t)hub; /* as the address space is laid out at random */
    }
    pthread_mutex_init(&hub->making, NULL);
    return read_settings(hub, settings);
}

/* ---- inboxes ---- */

/* What a publisher pushed while the worker stopped. */
static void drop(struct websocket_inbox *inbox)
{
    for (struct websocket_entry *entry; (entry = websocket_inbox_take(inbox));) {
        websocket_publication_done(entry->publication, 0);
    }
    websocket_inbox_destroy(inbox);
}

static void make_all(struct websocket_hub *hub, unsigned workers)
{
    hub->counts = aligned_alloc(_Alignof(struct websocket_counts), workers * sizeof *hub->counts);
    if (!hub->counts) {
        return;
    }
    memset(hub->counts, 0, workers * sizeof *hub->counts);
    for (unsigned i = 0; i < workers; i++) {
        hub->inboxes[i] = websocket_inbox_create();
        if (!hub->inboxes[i]) {
            while (i-- > 0) {
                websocket_inbox_destroy(hub->inboxes[i]);
                hub->inboxes[i] = NULL;
            }
            free(hub->counts);
            return;
        }
    }
    hub->workers = workers;
}

struct websocket_inbox *websocket_hub_join(struct websocket_hub *hub, unsigned number,
                                           unsigned workers)
{
    pthread_mutex_lock(&hub->making);
    if (hub->workers == 0 && workers <= WEBSOCKET_WORKERS_MAX) {
        make_all(hub, workers);
    }
    pthread_mutex_unlock(&hub->making);
    return number < WEBSOCKET_WORKERS_MAX ? hub->inboxes[number] : NULL;
}

/* ---- topics ---- */

static struct shunt_websocket_topics *add(struct websocket_plugin *plugin,
                                          struct websocket_hub *hub, const char *name)
{
    size_t size = strlen(name) + 1;
    struct shunt_websocket_topics *topics = calloc(1, sizeof *topics + size);

    if (!topics) {
        return NULL;
    }
    memcpy(topics->name, name, size);
    topics->plugin = plugin;
    topics->presence.seed = hub->seed;
    topics->presence.entries_max = hub->present_max;
    pthread_mutex_init(&topics->retaining, NULL);
    pthread_mutex_init(&topics->entering, NULL);
    topics->next = hub->topics;
    hub->topics = topics;
    return topics;
}

struct shunt_websocket_topics *websocket_hub_topics(struct websocket_plugin *plugin,
                                                    struct websocket_hub *hub, const char *name)
{
    struct shunt_websocket_topics *topics;

    pthread_mutex_lock(&hub->making);
    topics = hub->topics;
    while (topics && strcmp(topics->name, name) != 0) {
        topics = topics->next;
    }
    if (!topics) {
        topics = add(plugin, hub, name);
    }
    pthread_mutex_unlock(&hub->making);
    return topics;
}

const struct shunt_websocket_topics *websocket_hub_all(struct websocket_hub *hub)
{
    const struct shunt_websocket_topics *first;

    pthread_mutex_lock(&hub->making);
    first = hub->topics;
    pthread_mutex_unlock(&hub->making);
    return first;
}

void websocket_hub_fini(struct websocket_hub *hub)
{
    for (unsigned i = 0; i < hub->workers; i++) {
        drop(hub->inboxes[i]);
    }
    if (hub->workers > 0) {
        free(hub->counts);
    }
    while (hub->topics) {
        struct shunt_websocket_topics *topics = hub->topics;

        hub->topics = topics->next;
        topics_presence_fini(&topics->presence);
        pthread_mutex_destroy(&topics->retaining);
        pthread_mutex_destroy(&topics->entering);
        free(topics);
    }
    pthread_mutex_destroy(&hub->making);
}
