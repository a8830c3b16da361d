/* Messages put together from the payloads of their frames, decompressed, checked, and handed to the
 * service: whole, or in parts where it asks for them (RFC 6455 section 5.4, RFC 7692 section 7.2). */
#ifndef PLUGINS_WEBSOCKET_ASSEMBLE_H
#define PLUGINS_WEBSOCKET_ASSEMBLE_H

#include "partial.h"

/* What is wrong with a data frame at this place, as a close code; 0: nothing. */
uint16_t websocket_assemble_mistake(const struct websocket_stream *ws,
                                    const struct websocket_frame *frame);

/* A message of one frame, which lies whole in memory. */
void websocket_assemble_whole(struct shunt_stream *stream, const struct websocket_frame *frame,
                              uint8_t *payload);

/* A frame of a message begins; then its payload, in pieces, and behind the last frame's the end.
 * Each may fail the connection. */
void websocket_assemble_frame(struct websocket_partial *partial,
                              const struct websocket_frame *frame);
void websocket_assemble_payload(struct shunt_stream *stream, struct websocket_partial *partial,
                                uint8_t *bytes, size_t len);
void websocket_assemble_end(struct shunt_stream *stream, struct websocket_partial *partial);

#endif
