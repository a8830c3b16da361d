/*
 * The supervisor's readiness protocol, sd_notify(3): one datagram a state to the socket that
 * NOTIFY_SOCKET names. Without that variable every call does nothing.
 */
#ifndef SHUNTD_NOTIFY_H
#define SHUNTD_NOTIFY_H

/* Read the variable and open the socket; the variable is removed, so that no child answers for us.
 * A socket that cannot be opened is logged. Once, before threads. */
void notify_open(void);
void notify_close(void);

/* "READY=1" and "STOPPING=1". Async-signal-safe. */
void notify_ready(void);
void notify_stopping(void);

#endif
