/* Each byte's classes, worked out by the compiler from the grammar. */
#include "http/bytes.h"

#include "http/classes.h"

#define CLASSES(c)                                                                                 \
    (uint8_t)((HTTP_TOKEN(c) ? HTTP_BYTE_TOKEN : 0) | (HTTP_VALUE(c) ? HTTP_BYTE_VALUE : 0) |      \
              (HTTP_PATH(c) ? HTTP_BYTE_PATH : 0) | (HTTP_TARGET(c) ? HTTP_BYTE_TARGET : 0) |      \
              (HTTP_NAME(c) ? HTTP_BYTE_NAME : 0) | (HTTP_QUOTED(c) ? HTTP_BYTE_QUOTED : 0) |      \
              (HTTP_HEX(c) ? HTTP_BYTE_HEX : 0) | (HTTP_DIGIT(c) ? HTTP_BYTE_DIGIT : 0))

#define FOUR(c)      CLASSES(c), CLASSES((c) + 1), CLASSES((c) + 2), CLASSES((c) + 3)
#define SIXTEEN(c)   FOUR(c), FOUR((c) + 4), FOUR((c) + 8), FOUR((c) + 12)
#define SIXTYFOUR(c) SIXTEEN(c), SIXTEEN((c) + 16), SIXTEEN((c) + 32), SIXTEEN((c) + 48)

const uint8_t http_byte_classes[256] = {SIXTYFOUR(0), SIXTYFOUR(64), SIXTYFOUR(128),
                                        SIXTYFOUR(192)};
