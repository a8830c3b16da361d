/*
 * A value lies in the first free place at or behind the one that its hash names. Removing one
 * moves up what lies behind it, so that no place is ever marked as deleted.
 */
#include "table.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_MIN = 16 };

static size_t home(const struct topics_table *table, uint64_t hash)
{
    return (size_t)hash & (table->room - 1);
}

static size_t after(const struct topics_table *table, size_t place)
{
    return (place + 1) & (table->room - 1);
}

void *topics_table_find(const struct topics_table *table, uint64_t hash, topics_same *same,
                        const void *key)
{
    if (table->count == 0) {
        return NULL;
    }
    for (size_t i = home(table, hash); table->places[i].value; i = after(table, i)) {
        if (table->places[i].hash == hash && same(table->places[i].value, key)) {
            return table->places[i].value;
        }
    }
    return NULL;
}

static void put(struct topics_table *table, struct topics_place place)
{
    size_t i = home(table, place.hash);

    while (table->places[i].value) {
        i = after(table, i);
    }
    table->places[i] = place;
}

static enum shunt_status grow(struct topics_table *table)
{
    struct topics_table larger = {.room = table->room ? 2 * table->room : ROOM_MIN,
                                  .count = table->count};

    larger.places = calloc(larger.room, sizeof *larger.places);
    if (!larger.places) {
        return SHUNT_ENOMEM;
    }
    for (size_t i = 0; i < table->room; i++) {
        if (table->places[i].value) {
            put(&larger, table->places[i]);
        }
    }
    free(table->places);
    *table = larger;
    return SHUNT_OK;
}

enum shunt_status topics_table_add(struct topics_table *table, uint64_t hash, void *value)
{
    if (4 * (table->count + 1) > 3 * table->room && grow(table) != SHUNT_OK) {
        return SHUNT_ENOMEM;
    }
    put(table, (struct topics_place){value, hash});
    table->count++;
    return SHUNT_OK;
}

/* May what lies in `place` move to `gap`, which is before it? Not above its home. */
static bool may_move(const struct topics_table *table, size_t place, size_t gap)
{
    size_t from_home = (place - home(table, table->places[place].hash)) & (table->room - 1);
    size_t from_gap = (place - gap) & (table->room - 1);

    return from_home >= from_gap;
}

void topics_table_remove(struct topics_table *table, uint64_t hash, const void *value)
{
    size_t gap = home(table, hash);

    while (table->places[gap].value != value) {
        gap = after(table, gap);
    }
    for (size_t i = after(table, gap); table->places[i].value; i = after(table, i)) {
        if (may_move(table, i, gap)) {
            table->places[gap] = table->places[i];
            gap = i;
        }
    }
    table->places[gap] = (struct topics_place){NULL, 0};
    table->count--;
}

void topics_table_fini(struct topics_table *table)
{
    free(table->places);
    *table = (struct topics_table){NULL, 0, 0};
}

uint64_t topics_hash(uint64_t seed, struct shunt_span bytes)
{
    uint64_t hash = topics_hash_mix(seed, bytes.len);
    uint64_t word;

    for (; bytes.len >= sizeof word; bytes.at += sizeof word, bytes.len -= sizeof word) {
        memcpy(&word, bytes.at, sizeof word);
        hash = topics_hash_mix(hash, word);
    }
    word = 0;
    if (bytes.len > 0) {
        memcpy(&word, bytes.at, bytes.len);
    }
    return topics_hash_mix(hash, word);
}
