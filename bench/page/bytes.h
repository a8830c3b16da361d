/* The page as the build has put it together (inline.cmake), with no results in it. */
#ifndef BENCH_PAGE_BYTES_H
#define BENCH_PAGE_BYTES_H

extern const char page_bytes[], page_bytes_end[];

#endif
