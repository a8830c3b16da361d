/* The character classes, worked out by the compiler from the grammar as the RFCs write it. */
#include "http/bytes.h"

#define IN(c, low, high) ((c) >= (low) && (c) <= (high))
#define ALPHA(c)         (IN(c, 'a', 'z') || IN(c, 'A', 'Z'))
#define DIGIT(c)         IN(c, '0', '9')
#define HEX(c)           (DIGIT(c) || IN(c, 'a', 'f') || IN(c, 'A', 'F'))
#define UNRESERVED(c)    (ALPHA(c) || DIGIT(c) || (c) == '-' || (c) == '.' || (c) == '_' || (c) == '~')
#define SUB_DELIM(c)                                                                               \
    ((c) == '!' || (c) == '$' || IN(c, '&', ',') || (c) == ';' || (c) == '=') /* & ' ( ) * + , */
#define TOKEN(c)                                                                                   \
    (UNRESERVED(c) || (c) == '!' || IN(c, '#', '\'') || (c) == '*' || (c) == '+' || (c) == '^' ||  \
     (c) == '`' || (c) == '|')
#define OBS_TEXT(c) ((c) >= 0x80)
#define VALUE(c)    ((c) == '\t' || IN(c, ' ', '~') || OBS_TEXT(c))
#define PATH(c)     (UNRESERVED(c) || SUB_DELIM(c) || (c) == ':' || (c) == '@' || (c) == '/')
#define QUOTED(c)   (VALUE(c) && (c) != '"' && (c) != '\\')

#define CLASSES(c)                                                                                 \
    (uint8_t)((TOKEN(c) ? HTTP_BYTE_TOKEN : 0) | (VALUE(c) ? HTTP_BYTE_VALUE : 0) |                \
              (PATH(c) ? HTTP_BYTE_PATH : 0) |                                                     \
              (PATH(c) || (c) == '[' || (c) == ']' ? HTTP_BYTE_TARGET : 0) |                       \
              (UNRESERVED(c) || SUB_DELIM(c) ? HTTP_BYTE_NAME : 0) |                               \
              (QUOTED(c) ? HTTP_BYTE_QUOTED : 0) | (HEX(c) ? HTTP_BYTE_HEX : 0) |                  \
              (DIGIT(c) ? HTTP_BYTE_DIGIT : 0))

#define FOUR(c)      CLASSES(c), CLASSES((c) + 1), CLASSES((c) + 2), CLASSES((c) + 3)
#define SIXTEEN(c)   FOUR(c), FOUR((c) + 4), FOUR((c) + 8), FOUR((c) + 12)
#define SIXTYFOUR(c) SIXTEEN(c), SIXTEEN((c) + 16), SIXTEEN((c) + 32), SIXTEEN((c) + 48)

const uint8_t http_byte_classes[256] = {SIXTYFOUR(0), SIXTYFOUR(64), SIXTYFOUR(128),
                                        SIXTYFOUR(192)};
