#include "page/bytes.h"

__asm__(".pushsection .rodata\n"
        ".global page_bytes, page_bytes_end\n"
        ".hidden page_bytes, page_bytes_end\n"
        "page_bytes: .incbin \"" BENCH_PAGE "\"\n"
        "page_bytes_end:\n"
        ".popsection\n");
