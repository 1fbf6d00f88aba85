/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop's own commands on the hosts of the configuration: over ssh, or here
 * when the host is this one. */
#ifndef RACKHOP_REMOTE_REMOTE_H
#define RACKHOP_REMOTE_REMOTE_H

#include <stdbool.h>
#include <stddef.h>

struct config;

struct remote {
    const struct config *conf;
    const char *conf_path; /* for commands that run here */
};

/* The address of a host, or NULL: the configuration has no such host. */
const char *remote_address(const struct config *conf, const char *host);
bool remote_is_self(const char *host);

/* What sh is to run so that `rackhop ARGS..` (NULL at the end) runs on the
 * host. To be freed; NULL: no such host, or no memory. */
char *remote_command(const struct remote *r, const char *host,
                     const char *const *args);

/* The same on this host, whether the configuration has it or not. */
char *remote_here(const struct remote *r, const char *const *args);

/* One command for each of n hosts, all at once. */
struct remote_call {
    /* the caller's; args ends with NULL and stays his */
    const char *host;
    const char **args;
    /* the result: an exit code, or a negative errno when there is none; what
     * it printed (may be NULL), and why, in its own words */
    int rc;
    char *out;
    size_t len;
    char said[256];
};
int remote_each(const struct remote *r, struct remote_call *call, size_t n);
void remote_dispose(struct remote_call *call, size_t n);

#endif
