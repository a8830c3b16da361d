/* Whether messages were compressed, and what that was worth. */

#include "report/compression.h"

#include "report/text.h"

json_t *report_compression(const struct report *report)
{
    const struct tally *tally = &report->result->tally;
    const struct extension_offer *offer = &report->options->extra.offer;
    char agreed[EXTENSION_TEXT_BYTES];

    if (!offer->text[0]) {
        return json_null();
    }
    extension_write(&tally->agreed, agreed);
    return json_pack("{s:s, s:o, s:I, s:I}", "offer", offer->text, "agreed",
                     tally->compressed ? json_string(agreed) : json_null(), "taken",
                     (json_int_t)tally->compressed, "not_taken", (json_int_t)tally->not_compressed);
}

json_t *report_wire(const struct tally *tally)
{
    if (tally->answers == 0) {
        return json_null();
    }
    return json_pack("{s:f, s:f}", "sent_bytes_per_message",
                     (double)tally->messages_bytes / (double)tally->answers,
                     "received_bytes_per_message",
                     (double)tally->answers_bytes / (double)tally->answers);
}

static void print_wire(const struct report *report, FILE *out)
{
    const struct tally *tally = &report->result->tally;
    double sent = (double)tally->messages_bytes / (double)tally->answers;
    double heard = (double)tally->answers_bytes / (double)tally->answers;

    fprintf(out, "  wire        sent %.1f B, received %.1f B a message, headers included", sent,
            heard);
    if (!report->options->first_message) {
        double bytes = report->options->message_bytes;

        fprintf(out, "; %s of %.0f B, ratio %.2f and %.2f", payload_name(report->options->payload),
                bytes, bytes / sent, bytes / heard);
    }
    fprintf(out, "\n");
}

void report_print_compression(const struct report *report, FILE *out)
{
    const struct tally *tally = &report->result->tally;
    const struct extension_offer *offer = &report->options->extra.offer;
    char text[EXTENSION_TEXT_BYTES], taken[TEXT_BYTES], all[TEXT_BYTES];

    if (!offer->text[0]) {
        return;
    }
    text_count(taken, (double)tally->compressed);
    text_count(all, (double)(tally->compressed + tally->not_compressed));
    fprintf(out, "  compression offered %s; taken on %s of %s connections", offer->text, taken,
            all);
    if (tally->compressed) {
        extension_write(&tally->agreed, text);
        fprintf(out, " as %s", text);
    }
    fprintf(out, "\n");
    if (tally->answers) {
        print_wire(report, out);
    }
    if (tally->not_compressed) {
        text_count(taken, (double)tally->not_compressed);
        fprintf(out,
                "  WARNING     the server did not take compression on %s of %s connections: what "
                "was measured there is not compressed.\n",
                taken, all);
    }
}
