/* A server with a service that subscribes and publishes as its clients ask it to, and those
 * clients. */
#ifndef CONFORMANCE_SERVER_TOPICS_H
#define CONFORMANCE_SERVER_TOPICS_H

#include "conformance/server_fixture.h"

#include <shunt/websocket.h>

/* The service's, once the server has started. Any thread. */
const struct shunt_websocket_api *topics_api(void);
struct shunt_websocket_topics *topics_of_server(void);

/* A test's own commands: what a client sends that begins with none of the letters below. */
extern void (*topics_command)(struct shunt_stream *stream, const char *text);

/* `settings` are those of the plugin; may be NULL. */
void topics_server(struct server *s, enum io_backend backend, unsigned workers,
                   const char *const *settings, void (*change)(struct config *config));

/* A blocking client whose stream is open. */
int topics_client(const struct server *s);
/* A text message. */
void topics_send(int fd, const char *text);
/* "sFILTER", "SFILTER" (live only) or "uFILTER" has been done, with this status. Nothing is
 * published meanwhile. */
void topics_ask(int fd, const char *text, enum shunt_status want);
/* The next message is this text. */
void topics_expect(int fd, const char *text);

#endif
