/* What a configuration says, in the words of the layers below. */
#ifndef SERVER_LIMITS_H
#define SERVER_LIMITS_H

#include "conn/table.h"
#include "io/io.h"
#include "server/config.h"
#include "session/session.h"

struct io_options limits_io(const struct config *config);
struct conn_limits limits_conn(const struct config *config);
struct session_limits limits_session(const struct config *config);

#endif
