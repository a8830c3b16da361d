#include "server/faults.h"

#include "base/log.h"

#include <ctype.h>
#include <string.h>

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static bool has_word(const char *text, const char *word)
{
    for (const char *at = text; (at = strstr(at, word)) != NULL; at++) {
        if ((at == text || !is_word(at[-1])) && !is_word(at[strlen(word)])) {
            return true;
        }
    }
    return false;
}

/* Where `text` names a key of the settings: the line of that. */
static unsigned line_meant(const struct faults *faults, const char *text)
{
    const struct plugin_settings *settings = faults->settings;

    for (size_t i = 0; i < settings->count; i++) {
        if (settings->items[i].line && has_word(text, settings->items[i].key)) {
            return settings->items[i].line;
        }
    }
    return faults->line;
}

static void on_error(void *arg, const char *text)
{
    struct faults *faults = arg;

    error_add(&faults->found, line_meant(faults, text), "%s", text);
}

static void on_refused(void *arg, unsigned line, const char *sentence)
{
    struct faults *faults = arg;

    error_add(&faults->found, line, "%s", sentence);
}

void faults_begin(struct faults *faults, struct plugin_settings *settings, unsigned line)
{
    faults->settings = settings;
    faults->line = line;
    faults->found = (struct error){.text = faults->text, .size = sizeof faults->text};
    settings->asked->refused = on_refused;
    settings->asked->arg = faults;
    log_errors_divert(on_error, faults);
}

static void hand_over(const struct faults *faults, unsigned line, const char *text, int len,
                      struct error *report)
{
    if (report) {
        error_add(report, line, "%.*s", len, text);
    } else if (line && faults->settings->file) {
        log_error("%s:%u: %.*s", faults->settings->file, line, len, text);
    } else {
        log_error("%.*s", len, text);
    }
}

void faults_end(struct faults *faults, bool failed, struct error *report)
{
    const struct error *found = &faults->found;

    log_errors_divert(NULL, NULL);
    faults->settings->asked->refused = NULL;
    for (unsigned i = 0; i < found->count && i < ERROR_SENTENCES_MAX; i++) {
        bool last = i + 1 == found->count || i + 1 == ERROR_SENTENCES_MAX;
        size_t start = found->sentences[i].start;
        size_t end = last ? strlen(found->text) : found->sentences[i + 1].start - 1;
        unsigned line = found->sentences[i].rank == UINT_MAX ? 0 : found->sentences[i].rank;

        hand_over(faults, line, found->text + start, end > start ? (int)(end - start) : 0,
                  failed ? report : NULL);
    }
}
