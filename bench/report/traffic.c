/* What went over the wire and what came of it: bytes, statuses, connections that the server ended.
 */

#include "report/traffic.h"

#include "report/text.h"

static double per_second(uint64_t bytes, const struct load_result *result)
{
    return result->seconds > 0 ? (double)bytes / result->seconds : 0;
}

json_t *report_traffic(const struct load_result *result)
{
    const struct tally *tally = &result->tally;
    json_t *statuses = json_object();

    for (unsigned status = 100; status < TALLY_STATUSES; status++) {
        char name[16];

        if (tally->statuses[status]) {
            snprintf(name, sizeof name, "%u", status);
            json_object_set_new(statuses, name, json_integer((json_int_t)tally->statuses[status]));
        }
    }
    return json_pack("{s:f, s:f, s:I, s:o}", "received_bytes_per_second",
                     per_second(tally->received_bytes, result), "sent_bytes_per_second",
                     per_second(tally->sent_bytes, result), "connections_closed",
                     (json_int_t)tally->closed, "statuses", statuses);
}

uint64_t report_statuses(const struct tally *tally, unsigned from, unsigned below)
{
    uint64_t sum = 0;

    for (unsigned status = from; status < below && status < TALLY_STATUSES; status++) {
        sum += tally->statuses[status];
    }
    return sum;
}

/* "200 29,126, 404 3" */
static void print_statuses(const struct tally *tally, FILE *out)
{
    const char *between = "";

    for (unsigned status = 100; status < TALLY_STATUSES; status++) {
        char count[TEXT_BYTES];

        if (tally->statuses[status]) {
            text_count(count, (double)tally->statuses[status]);
            fprintf(out, "%s%u %s", between, status, count);
            between = ", ";
        }
    }
}

void report_print_traffic(const struct load_result *result, FILE *out)
{
    const struct tally *tally = &result->tally;
    char received[TEXT_BYTES], sent[TEXT_BYTES], count[TEXT_BYTES];

    if (tally->received_bytes || tally->sent_bytes) {
        text_bytes(received, per_second(tally->received_bytes, result));
        text_bytes(sent, per_second(tally->sent_bytes, result));
        fprintf(out, "  bytes       received %s/s, sent %s/s\n", received, sent);
    }
    if (report_statuses(tally, 100, TALLY_STATUSES)) {
        fprintf(out, "  statuses    ");
        print_statuses(tally, out);
        fprintf(out, "\n");
    }
    if (tally->closed) {
        text_count(count, (double)tally->closed);
        fprintf(out, "  closed      %s connection%s that stood, by the server\n", count,
                tally->closed == 1 ? "" : "s");
    }
}

/* Answers that were errors: what completed and what did not were not the same work. */
void report_print_refusals(const struct tally *tally, FILE *out)
{
    uint64_t all = report_statuses(tally, 100, TALLY_STATUSES);
    uint64_t refused = tally->failures[FAILURE_WRONG_STATUS];
    char count[TEXT_BYTES], of[TEXT_BYTES];

    if (refused == 0) {
        return;
    }
    text_count(count, (double)refused);
    text_count(of, (double)(all > refused ? all : refused));
    fprintf(out,
            "  WARNING     %s of %s answers refused what was asked for: they are errors, and in no "
            "rate or latency above.\n",
            count, of);
}
