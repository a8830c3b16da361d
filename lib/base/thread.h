/* Threads that serve the server's own: no signal is handled on them. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <shunt/status.h>

/*
 * Start run(arg) with every signal blocked: signals are for the main thread, and SIGPIPE or SIGXFSZ
 * would end the process. SHUNT_OK; SHUNT_ESYS: no thread could be made. Any thread.
 */
enum shunt_status thread_start(pthread_t *thread, void *(*run)(void *arg),
                               void *arg) SHUNT_MUST_USE;

#endif
