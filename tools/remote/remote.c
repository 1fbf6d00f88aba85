/* SPDX-License-Identifier: LGPL-2.1-only */
/* Runs rackhop's commands on other hosts, and on this one in the same way. */
#include "tools/remote/remote.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/config.h"
#include "tools/doc/json.h"
#include "tools/remote/gather.h"
#include "tools/paths.h"
#include "tools/remote/ssh.h"
#include "tools/base/text.h"

enum { AT_ONCE = 64 };

const char *remote_address(const struct config *conf, const char *host)
{
    const struct host_row *row = host_rows_find(&conf->hosts, host);

    return row ? row->address : NULL;
}

bool remote_is_self(const char *host)
{
    char self[256];

    return !gethostname(self, sizeof self) && !strcmp(self, host);
}

static bool add(char **to, const char *word)
{
    char *longer;
    bool ok = word && asprintf(&longer, "%s %s", *to, word) >= 0;

    if (ok) {
        free(*to);
        *to = longer;
    }
    return ok;
}

/* Words that no shell looks into stay as they are: quoted twice, a list of
 * UUIDs would soon be longer than an argument may be. */
static bool add_quoted(char **to, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:-";
    char *q =
        *word && !word[strspn(word, plain)] ? strdup(word) : ssh_quote(word);
    bool ok = add(to, q);

    free(q);
    return ok;
}

/* here: with this program and its configuration. */
static char *remote_script(const struct remote *r, bool here,
                           const char *const *args)
{
    char *script = strdup("exec");
    bool ok = script && add(&script, here ? path_self() : "rackhop");

    if (ok && here && r->conf_path && !access(r->conf_path, R_OK))
        ok = add(&script, "--config") && add_quoted(&script, r->conf_path);
    for (size_t i = 0; ok && args[i]; i++)
        ok = add_quoted(&script, args[i]);
    if (ok)
        return script;
    free(script);
    return NULL;
}

char *remote_here(const struct remote *r, const char *const *args)
{
    return remote_script(r, true, args);
}

char *remote_command(const struct remote *r, const char *host,
                     const char *const *args)
{
    const char *address = remote_address(r->conf, host);
    bool self = remote_is_self(host);
    char *script = address ? remote_script(r, self, args) : NULL, *command;

    if (self || !script)
        return script;
    command =
        ssh_short_command(r->conf->ssh_command, path_run(), address, script);
    free(script);
    return command;
}

/* Of "sh": its exit code is the command's. */
static int code_of(const struct gather_job *j)
{
    return j->rc == -EIO ? j->code : j->rc;
}

static char *command_of(const struct remote *r, const struct remote_call *c)
{
    if (!remote_address(r->conf, c->host))
        return strdup("echo 'the configuration has no such host' >&2; exit 1");
    return remote_command(r, c->host, c->args);
}

int remote_each(const struct remote *r, struct remote_call *call, size_t n)
{
    struct gather_job *job = calloc(n + 1, sizeof *job);
    struct gather g = { .job = job,
                        .n = n,
                        .at_once = AT_ONCE,
                        .timeout_ms =
                            (unsigned)r->conf->ssh_timeout_s * 1000 };
    static const char own[] = "rackhop: ";
    const char *said;
    int rc = job ? 0 : -ENOMEM;

    for (size_t i = 0; i < n && !rc; i++) {
        job[i].command = command_of(r, &call[i]);
        job[i].address = remote_address(r->conf, call[i].host);
        rc = job[i].command ? 0 : -ENOMEM;
    }
    if (!rc)
        gather_run(&g);
    for (size_t i = 0; i < n && !rc; i++) {
        call[i].rc = code_of(&job[i]);
        call[i].out = job[i].out;
        call[i].len = job[i].len;
        job[i].out = NULL;
        said = job[i].said;
        if (!strncmp(said, own, sizeof own - 1))
            said += sizeof own - 1;
        text_printable(call[i].said, sizeof call[i].said, said, strlen(said));
    }
    if (job)
        gather_dispose(job, n);
    free(job);
    return rc;
}

void remote_dispose(struct remote_call *call, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(call[i].out);
        call[i].out = NULL;
    }
}
