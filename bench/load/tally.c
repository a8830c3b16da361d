#include "load/tally.h"

#include <string.h>

void tally_fail(struct tally *tally, enum failure failure, enum phase phase, const char *sample,
                size_t sample_len)
{
    char *kept = tally->samples[failure];

    tally->failures[failure]++;
    tally->failures_in[phase][failure]++;
    if (kept[0] != '\0' || sample_len == 0) {
        return;
    }
    if (sample_len > TALLY_SAMPLE_BYTES - 1) {
        sample_len = TALLY_SAMPLE_BYTES - 1;
    }
    for (size_t i = 0; i < sample_len; i++) {
        kept[i] = sample[i] >= 0x20 && sample[i] < 0x7f ? sample[i] : '?';
    }
    kept[sample_len] = '\0';
}

void tally_merge(struct tally *into, const struct tally *from)
{
    histogram_merge(&into->latency_ns, &from->latency_ns);
    histogram_merge(&into->lag_ns, &from->lag_ns);
    histogram_merge(&into->in_time_ns, &from->in_time_ns);
    into->worked_ns += from->worked_ns;
    into->established += from->established;
    into->open += from->open;
    if (from->established_ns > into->established_ns) {
        into->established_ns = from->established_ns;
    }
    if (!into->compressed) {
        into->agreed = from->agreed;
    }
    into->compressed += from->compressed;
    into->not_compressed += from->not_compressed;
    into->answers += from->answers;
    into->messages_bytes += from->messages_bytes;
    into->answers_bytes += from->answers_bytes;
    into->sent_bytes += from->sent_bytes;
    into->received_bytes += from->received_bytes;
    into->closed += from->closed;
    for (int i = 0; i < TALLY_STATUSES; i++) {
        into->statuses[i] += from->statuses[i];
    }
    for (int i = 0; i < PHASES_TIMED; i++) {
        histogram_merge(&into->phases_ns[i], &from->phases_ns[i]);
    }
    for (int i = 0; i < PHASES * FAILURES; i++) {
        into->failures_in[i / FAILURES][i % FAILURES] +=
            from->failures_in[i / FAILURES][i % FAILURES];
    }
    for (int i = 0; i < FAILURES; i++) {
        into->failures[i] += from->failures[i];
        if (into->samples[i][0] == '\0') {
            memcpy(into->samples[i], from->samples[i], TALLY_SAMPLE_BYTES);
        }
    }
}

uint64_t tally_failed(const struct tally *tally)
{
    uint64_t sum = 0;

    for (int i = 0; i < FAILURES; i++) {
        sum += tally->failures[i];
    }
    return sum;
}
