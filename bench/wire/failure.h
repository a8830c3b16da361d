/* What can go wrong with a connection, and how far it had come. */
#ifndef BENCH_WIRE_FAILURE_H
#define BENCH_WIRE_FAILURE_H

enum failure {
    FAILURE_REFUSED,           /* nobody listens */
    FAILURE_RESET,             /* the server, or the way to it, reset the connection */
    FAILURE_TIMEOUT,           /* not complete within --timeout */
    FAILURE_CLOSED_EARLY,      /* the server's end came where an answer was due, or while held */
    FAILURE_SHORT,             /* the server's end came in the middle of an answer */
    FAILURE_WRONG_STATUS,      /* a final status that is not 101 */
    FAILURE_WRONG_ACCEPT,      /* Sec-WebSocket-Accept is absent or not of this key */
    FAILURE_WRONG_EXTENSION,   /* Sec-WebSocket-Extensions is none that may answer the offer */
    FAILURE_WRONG_SUBPROTOCOL, /* Sec-WebSocket-Protocol is none of those offered, or twice */
    FAILURE_BAD_RESPONSE,      /* no HTTP/1.1 response, or it does not name the protocol */
    FAILURE_WRONG_ECHO,        /* other bytes than were sent came back */
    FAILURE_LOCAL,             /* this machine ran out of ports, descriptors or memory */
    FAILURE_OTHER,             /* any other error of a system call */
    FAILURES
};

/* How far a connection comes. The times of the first four, PHASES_TIMED, are measured from the
 * operation's start; a failure is counted in the phase that was not reached. */
enum phase {
    PHASE_CONNECT,    /* the connection is there */
    PHASE_FIRST_BYTE, /* of the answer */
    PHASE_COMPLETE,   /* the whole right 101, or the whole response */
    PHASE_FIRST_ECHO, /* the answer to the first message, where one is sent */
    PHASES_TIMED,
    PHASE_EXCHANGE = PHASES_TIMED, /* messages on a connection that was established */
    PHASE_HELD,                    /* nothing was asked for, it only should have stayed */
    PHASES
};

/* "refused", "wrong_status": the kind as the report names it. */
const char *failure_name(enum failure failure);
/* "connect", "first_byte": the phase as the report names it. */
const char *phase_name(enum phase phase);
/* The kind of a negative errno of a system call. */
enum failure failure_of_errno(int error);

#endif
