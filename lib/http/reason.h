/* Reason phrases. */
#ifndef HTTP_REASON_H
#define HTTP_REASON_H

/* The reason phrase, "Unknown" for a status that is not registered. Static. */
const char *http_reason(unsigned status);

#endif
