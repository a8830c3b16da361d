/* Events of libyaml into memory. All text is quoted and escaped, so that no style can change it. */
#include "server/config_accepted.h"

#include <stdlib.h>
#include <string.h>

static int write_bytes(void *arg, unsigned char *bytes, size_t size)
{
    return fwrite(bytes, 1, size, arg) == size;
}

/* Takes the event over; `made` is what its initialiser returned. */
static void emit(struct config_accepted *accepted, int made, yaml_event_t *event)
{
    if (made && accepted->failed) {
        yaml_event_delete(event);
    } else if (!made || !yaml_emitter_emit(&accepted->emitter, event)) {
        accepted->failed = true;
    }
}

enum shunt_status config_accepted_open(struct config_accepted *accepted)
{
    yaml_event_t event;

    *accepted = (struct config_accepted){0};
    if (!yaml_emitter_initialize(&accepted->emitter)) {
        return SHUNT_ENOMEM;
    }
    accepted->stream = open_memstream(&accepted->bytes, &accepted->len);
    if (!accepted->stream) {
        yaml_emitter_delete(&accepted->emitter);
        return SHUNT_ENOMEM;
    }
    yaml_emitter_set_output(&accepted->emitter, write_bytes, accepted->stream);
    yaml_emitter_set_width(&accepted->emitter, -1);
    emit(accepted, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING), &event);
    emit(accepted, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1), &event);
    return SHUNT_OK;
}

enum shunt_status config_accepted_close(struct config_accepted *accepted)
{
    yaml_event_t event;

    emit(accepted, yaml_document_end_event_initialize(&event, 1), &event);
    emit(accepted, yaml_stream_end_event_initialize(&event), &event);
    yaml_emitter_delete(&accepted->emitter);
    accepted->failed |= fclose(accepted->stream) != 0;
    if (accepted->failed) {
        free(accepted->bytes);
        accepted->bytes = NULL;
        return SHUNT_ENOMEM;
    }
    return SHUNT_OK;
}

void config_accepted_text(struct config_accepted *accepted, const char *text)
{
    yaml_event_t event;

    emit(accepted,
         yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text,
                                      (int)strlen(text), 0, 1, YAML_DOUBLE_QUOTED_SCALAR_STYLE),
         &event);
}

void config_accepted_begin_list(struct config_accepted *accepted)
{
    yaml_event_t event;

    emit(accepted,
         yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE),
         &event);
}

void config_accepted_end_list(struct config_accepted *accepted)
{
    yaml_event_t event;

    emit(accepted, yaml_sequence_end_event_initialize(&event), &event);
}

void config_accepted_begin_mapping(struct config_accepted *accepted)
{
    yaml_event_t event;

    emit(accepted,
         yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE),
         &event);
}

void config_accepted_end_mapping(struct config_accepted *accepted)
{
    yaml_event_t event;

    emit(accepted, yaml_mapping_end_event_initialize(&event), &event);
}
