/* The character classes as the RFCs write them, for tables that the compiler works out. */
#ifndef HTTP_CLASSES_H
#define HTTP_CLASSES_H

#define HTTP_IN(c, low, high) ((c) >= (low) && (c) <= (high))
#define HTTP_ALPHA(c)         (HTTP_IN(c, 'a', 'z') || HTTP_IN(c, 'A', 'Z'))
#define HTTP_DIGIT(c)         HTTP_IN(c, '0', '9')
#define HTTP_HEX(c)           (HTTP_DIGIT(c) || HTTP_IN(c, 'a', 'f') || HTTP_IN(c, 'A', 'F'))
#define HTTP_UNRESERVED(c)                                                                         \
    (HTTP_ALPHA(c) || HTTP_DIGIT(c) || (c) == '-' || (c) == '.' || (c) == '_' || (c) == '~')
#define HTTP_SUB_DELIM(c)                                                                          \
    ((c) == '!' || (c) == '$' || HTTP_IN(c, '&', ',') || (c) == ';' || (c) == '=')
#define HTTP_TOKEN(c)                                                                              \
    (HTTP_UNRESERVED(c) || (c) == '!' || HTTP_IN(c, '#', '\'') || (c) == '*' || (c) == '+' ||      \
     (c) == '^' || (c) == '`' || (c) == '|')
#define HTTP_OBS_TEXT(c) ((c) >= 0x80)
#define HTTP_VALUE(c)    ((c) == '\t' || HTTP_IN(c, ' ', '~') || HTTP_OBS_TEXT(c))
#define HTTP_NAME(c)     (HTTP_UNRESERVED(c) || HTTP_SUB_DELIM(c))
#define HTTP_PATH(c)     (HTTP_NAME(c) || (c) == ':' || (c) == '@' || (c) == '/')
#define HTTP_TARGET(c)   (HTTP_PATH(c) || (c) == '[' || (c) == ']')
#define HTTP_QUOTED(c)   (HTTP_VALUE(c) && (c) != '"' && (c) != '\\')

#endif
