/* What a plugin finds wrong while it reads settings: what it logs as an error, and bad values. */
#ifndef SERVER_FAULTS_H
#define SERVER_FAULTS_H

#include "base/error.h"
#include "plugin/settings.h"

struct faults {
    struct plugin_settings *settings; /* those that are read */
    unsigned line;                    /* of the plugin or the route; 0: not from a file */
    struct error found;
    char text[4096];
};

/* Keep what is found from now on; settings->asked is set. This thread only. */
void faults_begin(struct faults *faults, struct plugin_settings *settings, unsigned line);
/*
 * No more of them. Of a call that failed they are why, and go into the report, each with the line of
 * the key that it names, else `line`. A call that succeeded has only logged them, so they go there.
 */
void faults_end(struct faults *faults, bool failed, struct error *report);

#endif
