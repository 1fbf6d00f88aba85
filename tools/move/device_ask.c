/* SPDX-License-Identifier: LGPL-2.1-only */
/* Asks the target host of a move for devices, over ssh. */
#include "tools/move/device_ask.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/paths.h"
#include "tools/remote/gather.h"
#include "tools/remote/ssh.h"

enum { ASK_MS = 120000 }; /* it may have to wait for the guest's lock */

/* Of reserve and free: who asks, and for what. To be freed; NULL: no memory. */
static char *ask_more(const struct device_record *r, const char *verb)
{
    char self[65] = "?", *from, *list, *quoted = NULL, *more = NULL;

    if (strcmp(verb, "reserve") != 0 && strcmp(verb, "free") != 0)
        return strdup("");
    if (gethostname(self, sizeof self - 1))
        strcpy(self, "?");
    from = ssh_quote(self);
    list = device_list_format(&r->list);
    if (list)
        quoted = ssh_quote(list);
    if (from && quoted && asprintf(&more, "%s %s", from, quoted) < 0)
        more = NULL;
    free(quoted);
    free(list);
    free(from);
    return more;
}

/* `rackhop device VERB UUID MOVE ..` there. Likewise. */
static char *ask_command(const struct device_record *r, const char *verb)
{
    char *more = ask_more(r, verb), *script = NULL, *command = NULL;

    if (more && asprintf(&script,
                         "PATH=$PATH:/usr/local/sbin:/usr/local/bin:"
                         "/usr/sbin:/sbin; export PATH; "
                         "exec rackhop device %s %s %s %s",
                         verb, r->uuid, r->move, more) >= 0)
        command = ssh_short_command(r->ssh, path_run(), r->host, script);
    free(script);
    free(more);
    return command;
}

/* Its complaint without the name of the program. */
static const char *ask_said(const char *said)
{
    static const char program[] = "rackhop: ";
    size_t n = sizeof program - 1;

    return strncmp(said, program, n) ? said : said + n;
}

/* ssh ends with 255 where it did not reach the host. */
static bool ask_was_silent(const struct gather_job *j)
{
    return j->rc == -ETIMEDOUT || (j->rc && j->code == 255);
}

enum dm_input device_ask(const struct device_record *r, const char *verb,
                         bool *silent_r, struct msg *why)
{
    struct gather_job job = { .most = 4096 };
    struct gather g = {
        .job = &job, .n = 1, .at_once = 1, .timeout_ms = ASK_MS
    };
    enum dm_input in = DM_FAILED;

    if (silent_r)
        *silent_r = false;
    job.command = ask_command(r, verb);
    if (!job.command) {
        msg_set(why, "out of memory");
        return in;
    }
    gather_run(&g);
    if (silent_r)
        *silent_r = ask_was_silent(&job);
    if (!job.rc && job.out && !strcmp(job.out, "done\n"))
        in = DM_OK;
    else if (!job.rc && job.out && !strcmp(job.out, "gone\n"))
        in = DM_NO_GUEST;
    else
        msg_set(why, "%s: %s", r->host,
                *job.said ? ask_said(job.said)
                : job.rc  ? "it did not answer"
                          : "it gives no answer that is known here");
    gather_dispose(&job, 1);
    return in;
}
