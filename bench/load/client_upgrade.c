#include "load/client_upgrade.h"

#include "load/client_connection.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What has come so far, with `bytes` behind it. */
static struct shunt_span gather(struct client *client, struct shunt_span bytes)
{
    if (client->head_len == 0) {
        return bytes;
    }
    size_t room = RESPONSE_HEAD_BYTES_MAX + 1 - client->head_len;

    memcpy(client->head + client->head_len, bytes.at, bytes.len < room ? bytes.len : room);
    client->head_len += (uint32_t)(bytes.len < room ? bytes.len : room);
    return (struct shunt_span){client->head, client->head_len};
}

/* Keep a head that is not whole and receive more. */
static enum shunt_status keep(struct client_group *group, struct client *client,
                              struct shunt_span head)
{
    if (client->head_len == 0) {
        if (!client->head && !(client->head = malloc(RESPONSE_HEAD_BYTES_MAX + 1))) {
            client_connection_fail_errno(group, client, ENOMEM);
            return SHUNT_EPROTO;
        }
        memcpy(client->head, head.at, head.len);
        client->head_len = (uint32_t)head.len;
    }
    io_receive(group->io, client->fd, false);
    return SHUNT_AGAIN;
}

/* What became of the offer to compress. */
static enum shunt_status agree(struct client_group *group, struct client *client,
                               const struct extension_answer *answer)
{
    struct tally *tally = group->tally;

    if (answer->taken) {
        if (tally->compressed++ == 0) {
            tally->agreed = answer->agreed;
        }
        if (group->plan->talk &&
            talk_agree(group->plan->talk, &client->talk, answer, &group->inflaters) != SHUNT_OK) {
            client_connection_fail_errno(group, client, ENOMEM);
            return SHUNT_EPROTO;
        }
    } else if (group->plan->requests->offer) {
        tally->not_compressed++;
    }
    return SHUNT_OK;
}

enum shunt_status client_upgrade_received(struct client_group *group, struct client *client,
                                          struct shunt_span bytes, uint64_t now_ns,
                                          struct shunt_span *early)
{
    struct response_want want = requests_want(group->plan->requests, client->request);
    struct extension_answer answer;
    enum failure failure = FAILURE_OTHER;
    unsigned final;
    size_t used;

    if (client->head_len == 0) {
        client->first_byte_ns = now_ns;
    }
    struct shunt_span head = gather(client, bytes);
    enum shunt_status status = response_check(head, &want, &used, &final, &answer, &failure);

    if (status == SHUNT_AGAIN) {
        return keep(group, client, head);
    }
    tally_status(group->counting ? group->tally : NULL, final);
    if (status != SHUNT_OK) {
        client_connection_fail(group, client, failure, response_sample(head, failure));
        return SHUNT_EPROTO;
    }
    *early = (struct shunt_span){head.at + used, head.len - used};
    return agree(group, client, &answer);
}
