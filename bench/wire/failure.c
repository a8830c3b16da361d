#include "wire/failure.h"

#include <errno.h>

const char *failure_name(enum failure failure)
{
    static const char *const names[FAILURES] = {
        "refused",      "reset",        "timeout",         "closed_early",      "short",
        "wrong_status", "wrong_accept", "wrong_extension", "wrong_subprotocol", "bad_response",
        "wrong_echo",   "local",        "other",
    };

    return names[failure];
}

const char *phase_name(enum phase phase)
{
    static const char *const names[PHASES] = {"connect",    "first_byte", "complete",
                                              "first_echo", "exchange",   "held"};

    return names[phase];
}

enum failure failure_of_errno(int error)
{
    switch (error < 0 ? -error : error) {
    case ECONNREFUSED:
    case EAGAIN: /* a unix socket whose backlog is full */
        return FAILURE_REFUSED;
    case ECONNRESET:
    case EPIPE:
        return FAILURE_RESET;
    case ETIMEDOUT:
        return FAILURE_TIMEOUT;
    case EADDRNOTAVAIL:
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        return FAILURE_LOCAL;
    default:
        return FAILURE_OTHER;
    }
}
