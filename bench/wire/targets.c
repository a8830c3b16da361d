#include "wire/targets.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t\r"

/* "9 http://..." as a weight and what follows it; false: it begins with a number that is no weight.
 */
static bool split(const char *text, uint32_t *weight, const char **url)
{
    char *end;

    *weight = 1;
    *url = text;
    if (*text < '0' || *text > '9') {
        return true;
    }
    unsigned long number = strtoul(text, &end, 10);

    *weight = (uint32_t)number;
    *url = end + strspn(end, BLANKS);
    return *url > end && number >= 1 && number <= TARGETS_WEIGHT_MAX;
}

static bool is_same_server(const struct url *a, const struct url *b)
{
    return strcasecmp(a->authority, b->authority) == 0 && strcmp(a->unix_path, b->unix_path) == 0;
}

enum shunt_status targets_add(struct targets *targets, const char *text, struct error *error)
{
    struct target made = {.text = NULL};
    const char *url;

    if (!split(text, &made.weight, &url)) {
        return error_set(error, SHUNT_EINVAL,
                         "'%s': expected a URL, or a weight from 1 to %d, a space and a URL", text,
                         TARGETS_WEIGHT_MAX);
    }
    if (url_parse(url, &made.url, error) != SHUNT_OK) {
        return SHUNT_EINVAL;
    }
    if (targets->count && !is_same_server(&targets->each[0].url, &made.url)) {
        return error_set(error, SHUNT_EINVAL, "'%s' is of another server than '%s': one at a time",
                         url, targets->each[0].text);
    }
    if (targets->count == TARGETS_MAX) {
        return error_set(error, SHUNT_EINVAL, "more than %d URLs", TARGETS_MAX);
    }
    struct target *grown = reallocarray(targets->each, targets->count + 1u, sizeof *targets->each);

    if (grown) {
        targets->each = grown;
        made.text = strdup(url);
    }
    if (!made.text) {
        return error_set(error, SHUNT_ENOMEM, "no memory for the URLs");
    }
    targets->each[targets->count++] = made;
    return SHUNT_OK;
}

/* What a line has besides white space and a comment. */
static char *trim(char *line)
{
    for (char *at = strchr(line, '#'); at; at = strchr(at + 1, '#')) {
        if (at == line || strchr(BLANKS, at[-1])) {
            *at = '\0';
            break;
        }
    }
    line += strspn(line, BLANKS);
    for (size_t len = strlen(line); len && strchr(BLANKS, line[len - 1]);) {
        line[--len] = '\0';
    }
    return line;
}

enum shunt_status targets_add_lines(struct targets *targets, const char *name, char *lines,
                                    struct error *error)
{
    uint32_t before = targets->count;
    unsigned number = 0;

    for (char *line; (line = strsep(&lines, "\n"));) {
        char words[4096];
        struct error why = {.text = words, .size = sizeof words};
        const char *text = trim(line);

        number++;
        if (*text && targets_add(targets, text, &why) != SHUNT_OK) {
            return error_set(error, SHUNT_EINVAL, "%s:%u: %s", name, number, words);
        }
    }
    if (targets->count == before) {
        return error_set(error, SHUNT_EINVAL, "%s: no URL is in it", name);
    }
    return SHUNT_OK;
}

void targets_fini(struct targets *targets)
{
    for (uint32_t i = 0; i < targets->count; i++) {
        free(targets->each[i].text);
    }
    free(targets->each);
    *targets = (struct targets){.each = NULL};
}
