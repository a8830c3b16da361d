/* Numbers as people read them. */
#ifndef BENCH_REPORT_TEXT_H
#define BENCH_REPORT_TEXT_H

#define TEXT_BYTES 48

/* 1234567.8 is "1,234,568". */
void text_count(char out[TEXT_BYTES], double number);
/* Three figures with the unit that fits: "512 us", "1.23 ms", "2.05 s". */
void text_time(char out[TEXT_BYTES], double ns);

/* Bytes, of memory too, in powers of 1,000: "4,107 B", "12.4 kB", "9.21 MB". */
void text_bytes(char out[TEXT_BYTES], double bytes);

#endif
