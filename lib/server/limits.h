/* A configuration in the terms of the layers below. */
#ifndef SERVER_LIMITS_H
#define SERVER_LIMITS_H

#include "conn/loop.h"
#include "exchange/context.h"
#include "io/io.h"
#include "io/sockets.h"
#include "server/config.h"

struct sockets_tcp limits_tcp(const struct config *config);
struct io_options limits_io(const struct config *config);
struct conn_limits limits_conn(const struct config *config);
struct exchange_limits limits_exchange(const struct config *config);

#endif
