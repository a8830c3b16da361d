#include "list.h"

#include <stdlib.h>

enum { ROOM_MIN = 2 };

static bool resize(struct topics_list *list, uint32_t room)
{
    struct topics_entry *entries = realloc(list->entries, room * sizeof *entries);

    if (entries) {
        list->entries = entries;
        list->room = room;
    }
    return entries != NULL;
}

enum shunt_status topics_list_add(struct topics_list *list,
                                  struct topics_subscription *subscription)
{
    if (list->count == list->room && !resize(list, list->room ? 2 * list->room : ROOM_MIN)) {
        return SHUNT_ENOMEM;
    }
    subscription->index = list->count;
    list->entries[list->count++] =
        (struct topics_entry){subscription->subscriber->user, subscription};
    return SHUNT_OK;
}

void topics_list_remove(struct topics_list *list, const struct topics_subscription *subscription)
{
    struct topics_entry last = list->entries[--list->count];

    list->entries[subscription->index] = last;
    last.subscription->index = subscription->index;
    if (list->count == 0) {
        free(list->entries);
        *list = (struct topics_list){NULL, 0, 0};
    } else if (list->room > 4 * ROOM_MIN && list->count < list->room / 4) {
        (void)resize(list, list->room / 2); /* without memory it stays as large as it is */
    }
}
