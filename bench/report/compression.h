/* What became of the offer to compress, as JSON (new references, NULL without memory) and in the
 * table. */
#ifndef BENCH_REPORT_COMPRESSION_H
#define BENCH_REPORT_COMPRESSION_H

#include "report/report.h"

#include <jansson.h>

/* What became of the offer to compress; null where none was made. */
json_t *report_compression(const struct report *report);
/* What a message and its answer were on the wire; null where none was answered in frames. */
json_t *report_wire(const struct tally *tally);
/* The same for the table. */
void report_print_compression(const struct report *report, FILE *out);

#endif
