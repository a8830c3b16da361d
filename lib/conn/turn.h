/* One turn of a worker's loop: what io tells the table. */
#ifndef CONN_TURN_H
#define CONN_TURN_H

#include "conn/table.h"

/* Its context is the table. */
extern const struct io_handler conn_io_handler;

#endif
