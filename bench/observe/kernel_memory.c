#include "observe/kernel_memory.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SETTLE_MS     250
#define SETTLE_LOOKS  12
#define SETTLED_BYTES 65536

static void read_meminfo(struct kernel_memory *memory)
{
    FILE *in = fopen("/proc/meminfo", "re");
    char line[128];
    unsigned long long kb;

    while (in && fgets(line, sizeof line, in)) {
        if (sscanf(line, "Slab: %llu", &kb) == 1) {
            memory->slab_bytes = kb * 1024;
        } else if (sscanf(line, "SUnreclaim: %llu", &kb) == 1) {
            memory->slab_unreclaimable_bytes = kb * 1024;
        } else if (sscanf(line, "MemAvailable: %llu", &kb) == 1) {
            memory->available_bytes = kb * 1024;
        }
    }
    if (in) {
        fclose(in);
    }
}

static void read_sockstat(struct kernel_memory *memory)
{
    FILE *in = fopen("/proc/net/sockstat", "re");
    char line[256];
    unsigned long long pages;

    while (in && fgets(line, sizeof line, in)) {
        if (sscanf(line, "TCP: inuse %*u orphan %*u tw %*u alloc %*u mem %llu", &pages) == 1) {
            memory->tcp_buffer_bytes = pages * (unsigned long long)sysconf(_SC_PAGESIZE);
        }
    }
    if (in) {
        fclose(in);
    }
}

static void read_caches(struct kernel_memory *memory)
{
    FILE *in = fopen("/proc/slabinfo", "re");
    char line[512];
    unsigned long long active, size;

    while (in && fgets(line, sizeof line, in) && memory->caches_count < KERNEL_CACHES_MAX) {
        struct kernel_cache *cache = &memory->caches[memory->caches_count];

        if (sscanf(line, "%31s %llu %*u %llu", cache->name, &active, &size) == 3) {
            cache->bytes = active * size;
            memory->caches_count++;
        }
    }
    if (in) {
        fclose(in);
    }
}

void kernel_memory_read(struct kernel_memory *memory)
{
    memset(memory, 0, sizeof *memory);
    read_meminfo(memory);
    read_sockstat(memory);
    read_caches(memory);
}

void kernel_memory_read_stable(struct kernel_memory *memory)
{
    struct timespec wait = {.tv_nsec = SETTLE_MS * 1000000};
    uint64_t last = UINT64_MAX;

    for (int i = 0; i < SETTLE_LOOKS; i++) {
        kernel_memory_read(memory);
        if (last != UINT64_MAX && memory->slab_bytes + SETTLED_BYTES > last) {
            return;
        }
        last = memory->slab_bytes;
        nanosleep(&wait, NULL);
    }
}

static double each(uint64_t before, uint64_t after, uint64_t connections)
{
    return ((double)after - (double)before) / (double)connections;
}

static uint64_t bytes_of(const struct kernel_memory *memory, const char *name)
{
    for (unsigned i = 0; i < memory->caches_count; i++) {
        if (strcmp(memory->caches[i].name, name) == 0) {
            return memory->caches[i].bytes;
        }
    }
    return 0;
}

json_t *kernel_memory_growth(const struct kernel_memory *before, const struct kernel_memory *after,
                             uint64_t connections)
{
    json_t *caches = after->caches_count ? json_object() : json_null();

    for (unsigned i = 0; i < after->caches_count; i++) {
        const struct kernel_cache *cache = &after->caches[i];
        double growth = each(bytes_of(before, cache->name), cache->bytes, connections);

        if (growth >= 1) {
            json_object_set_new(caches, cache->name, json_real(growth));
        }
    }
    return json_pack(
        "{s:f, s:f, s:f, s:f, s:o}", "slab_bytes",
        each(before->slab_bytes, after->slab_bytes, connections), "slab_unreclaimable_bytes",
        each(before->slab_unreclaimable_bytes, after->slab_unreclaimable_bytes, connections),
        "available_bytes", each(after->available_bytes, before->available_bytes, connections),
        "tcp_buffer_bytes", each(before->tcp_buffer_bytes, after->tcp_buffer_bytes, connections),
        "caches", caches);
}
