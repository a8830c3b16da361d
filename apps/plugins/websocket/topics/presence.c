#include "presence.h"

#include <stdlib.h>
#include <string.h>

struct topics_presence_topic {
    struct topics_presence_entry *first, *last;
    uint64_t hash;
    struct shunt_span text;
};

/* ---- topics ---- */

static bool same_topic(const void *value, const void *text)
{
    const struct topics_presence_topic *topic = value;

    return shunt_span_equal(topic->text, *(const struct shunt_span *)text);
}

static struct topics_presence_topic *topic_find(const struct topics_presence *presence,
                                                struct shunt_span text)
{
    return topics_table_find(&presence->topics, topics_hash(presence->seed, text), same_topic,
                             &text);
}

static struct topics_presence_topic *topic_need(struct topics_presence *presence,
                                                struct shunt_span text)
{
    struct topics_presence_topic *topic = topic_find(presence, text);

    if (topic || !(topic = calloc(1, sizeof *topic + text.len))) {
        return topic;
    }
    topic->hash = topics_hash(presence->seed, text);
    topic->text = (struct shunt_span){memcpy(topic + 1, text.at, text.len), text.len};
    if (topics_table_add(&presence->topics, topic->hash, topic) != SHUNT_OK) {
        free(topic);
        return NULL;
    }
    return topic;
}

static void topic_trim(struct topics_presence *presence, struct topics_presence_topic *topic)
{
    if (!topic->first) {
        topics_table_remove(&presence->topics, topic->hash, topic);
        free(topic);
    }
}

/* ---- entries ---- */

struct key {
    const struct topics_presence_topic *topic;
    uint64_t id;
};

static bool same_entry(const void *value, const void *wanted)
{
    const struct topics_presence_entry *entry = value;
    const struct key *key = wanted;

    return entry->topic == key->topic && entry->id == key->id;
}

static uint64_t hash_of(const struct topics_presence *presence, const struct key *key)
{
    return topics_hash_mix(topics_hash_mix(presence->seed, (uintptr_t)key->topic), key->id);
}

static void append(struct topics_presence_entry *entry)
{
    struct topics_presence_topic *topic = entry->topic;

    entry->previous = topic->last;
    if (topic->last) {
        topic->last->next = entry;
    } else {
        topic->first = entry;
    }
    topic->last = entry;
}

static enum shunt_status add(struct topics_presence *presence, const struct key *key,
                             struct topics_presence_topic *topic, struct shunt_span name)
{
    struct topics_presence_entry *entry = calloc(1, sizeof *entry + name.len + 1);

    if (!entry) {
        return SHUNT_ENOMEM;
    }
    entry->topic = topic;
    entry->id = key->id;
    entry->name = (struct shunt_span){(char *)(entry + 1), name.len};
    if (name.len > 0) {
        memcpy(entry + 1, name.at, name.len);
    }
    if (topics_table_add(&presence->entries, hash_of(presence, key), entry) != SHUNT_OK) {
        free(entry);
        return SHUNT_ENOMEM;
    }
    append(entry);
    return SHUNT_OK;
}

enum shunt_status topics_presence_enter(struct topics_presence *presence, struct shunt_span text,
                                        uint64_t id, struct shunt_span name)
{
    struct topics_presence_topic *topic;
    struct key key = {.id = id};
    enum shunt_status status;

    if (presence->entries.count >= presence->entries_max) {
        return SHUNT_EFULL;
    }
    topic = topic_need(presence, text);
    if (!topic) {
        return SHUNT_ENOMEM;
    }
    key.topic = topic;
    status = topics_table_find(&presence->entries, hash_of(presence, &key), same_entry, &key)
                 ? SHUNT_ESTATE
                 : add(presence, &key, topic, name);
    topic_trim(presence, topic);
    return status;
}

static void drop(struct topics_presence *presence, struct topics_presence_entry *entry)
{
    struct topics_presence_topic *topic = entry->topic;
    struct key key = {topic, entry->id};

    if (entry->previous) {
        entry->previous->next = entry->next;
    } else {
        topic->first = entry->next;
    }
    if (entry->next) {
        entry->next->previous = entry->previous;
    } else {
        topic->last = entry->previous;
    }
    topics_table_remove(&presence->entries, hash_of(presence, &key), entry);
    free(entry);
    topic_trim(presence, topic);
}

bool topics_presence_leave(struct topics_presence *presence, struct shunt_span text, uint64_t id)
{
    struct key key = {topic_find(presence, text), id};
    struct topics_presence_entry *entry =
        key.topic ? topics_table_find(&presence->entries, hash_of(presence, &key), same_entry, &key)
                  : NULL;

    if (entry) {
        drop(presence, entry);
    }
    return entry != NULL;
}

const struct topics_presence_entry *topics_presence_first(const struct topics_presence *presence,
                                                          struct shunt_span text)
{
    const struct topics_presence_topic *topic = topic_find(presence, text);

    return topic ? topic->first : NULL;
}

void topics_presence_fini(struct topics_presence *presence)
{
    for (size_t i = 0; i < presence->entries.room; i++) {
        free(presence->entries.places[i].value);
    }
    for (size_t i = 0; i < presence->topics.room; i++) {
        free(presence->topics.places[i].value);
    }
    topics_table_fini(&presence->entries);
    topics_table_fini(&presence->topics);
}
