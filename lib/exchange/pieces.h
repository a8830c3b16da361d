/* Answers whose body is given in pieces: the head goes out first, each piece when it is given. */
#ifndef EXCHANGE_PIECES_H
#define EXCHANGE_PIECES_H

#include "exchange/exchange.h"

/* The output has drained: run the handler's drained(), which may end the answer. */
void exchange_pieces_drained(struct shunt_exchange *exchange);

#endif
