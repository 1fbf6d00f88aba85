/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop hook: runs a hook of a roll on this host, or shows what was run. */
#include "tools/cli/cmdtable.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/strlist.h"
#include "tools/move/hook.h"
#include "tools/paths.h"
#include "tools/view/hookview.h"

/* --- run --------------------------------------------------------------------- */

struct hook_options {
    struct hook_job job;
    const char *env[HOOK_ENV_MAX + 1];
    size_t n_env;
    struct hook_guard guard;
    bool json, if_empty;
};

static bool hook_told(void *arg, const struct hook_record *r,
                      const char *output)
{
    return hookview_json(r, output);
}

/* As rackhop-hooks(7) has it. */
static int hook_code(const struct hook_record *r)
{
    switch (r->state) {
    case HOOK_RUNNING: return RC_FAILED; /* nobody listens any more */
    case HOOK_ENDED: return r->code ? RC_PARTLY : RC_OK;
    case HOOK_LOST: return RC_DOUBT;
    }
    return RC_FAILED;
}

static int hook_run_here(struct hook_options *o)
{
    struct msg err = MSG_NONE;
    struct hook_record r;

    signal(SIGPIPE, SIG_IGN); /* a lost connection ends no hook */
    o->job.statedir = path_state();
    o->job.env = o->env;
    o->job.tell = hook_told;
    o->guard.statedir = path_state();
    o->guard.id = o->job.id;
    o->job.may_start = o->if_empty ? hook_guard : NULL;
    o->job.may_arg = &o->guard;
    if (!hook_run(&o->job, &r, &err))
        return hook_code(&r);
    complain("%s", err.text);
    return RC_FAILED;
}

/* One word is a command as it is; several are joined, as ssh does. To be
 * freed; NULL: there is none. */
static char *hook_command(char **word, int n)
{
    char *text = n ? strdup(word[0]) : NULL, *longer;

    if (n && !text)
        die_oom();
    for (int i = 1; i < n; i++) {
        if (asprintf(&longer, "%s %s", text, word[i]) < 0)
            die_oom();
        free(text);
        text = longer;
    }
    return text;
}

/* --- show -------------------------------------------------------------------- */

static int hook_show_one(void *arg, const struct hook_record *r)
{
    const struct hook_options *o = arg;
    bool all = o->job.id != NULL; /* it alone, with its output */
    char *output = NULL;
    bool shown = true;

    if (o->json || all) {
        output = hook_output(path_state(), r->id,
                             o->json ? HOOK_TAIL : HOOK_OUTPUT);
        if (!output)
            die_oom();
    }
    if (o->json)
        shown = hookview_json(r, output);
    else
        hookview_text(r, output);
    free(output);
    return shown ? 0 : -EPIPE;
}

static int hook_show(struct hook_options *o)
{
    struct msg err = MSG_NONE;

    if (!hook_each(path_state(), o->job.id, hook_show_one, o, &err))
        return RC_OK;
    if (*err.text)
        complain("%s", err.text);
    return RC_FAILED;
}

/* --- options ----------------------------------------------------------------- */

static int hook_env_option(struct hook_options *o, const char *arg)
{
    struct msg err;

    if (o->n_env == HOOK_ENV_MAX) {
        complain("--env: a hook is told at most %d variables", HOOK_ENV_MAX);
        return -1;
    }
    if (hook_env_check(arg, &err)) {
        complain("--env: %s", err.text);
        return -1;
    }
    o->env[o->n_env++] = arg;
    return 0;
}

/* 0, or -1 after saying what is wrong. */
static int hook_option(struct hook_options *o, int opt, const char *arg)
{
    long seconds; /* or a number */

    switch (opt) {
    case OPT_ID: o->job.id = arg; break;
    case OPT_AGAIN: o->job.again = true; break;
    case OPT_JSON: o->json = true; break;
    case OPT_IF_EMPTY: o->if_empty = true; break;
    case OPT_IF_BOOT: o->guard.boot = arg; break;
    case OPT_ENV: return hook_env_option(o, arg);
    case OPT_RUNS:
        if (parse_long("--runs", arg, 1, 1000, &seconds))
            return -1;
        o->job.runs = (unsigned)seconds;
        break;
    case OPT_DEADLINE:
        if (parse_long("--deadline", arg, 1, HOOK_DEADLINE_S_MAX, &seconds))
            return -1;
        o->job.deadline_s = (unsigned)seconds;
    }
    return 0;
}

static int hook_run_words(struct hook_options *o, char **word, int n)
{
    char *command = hook_command(word, n);
    int rc;

    o->job.command = command;
    rc = hook_run_here(o);
    free(command);
    return rc;
}

int cmd_hook(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct hook_options o = { .n_env = 0 };
    struct cmd_iter it;
    const char *verb;
    int opt, rc;

    verb = cmd_verb(&it, self, argc, argv, &rc);
    if (!verb)
        return rc;
    while ((opt = cmd_next(&it)) > 0)
        if (hook_option(&o, opt, it.arg))
            return RC_USAGE;
    if (opt)
        return cmd_iter_exit(opt);
    argv = it.argv + it.index;
    argc = it.argc - it.index;
    if (!strcmp(verb, "run") && o.job.id && hook_id_ok(o.job.id) && argc)
        return hook_run_words(&o, argv, argc);
    if (!strcmp(verb, "show") && !o.job.id && argc < 2 &&
        (!argc || hook_id_ok(argv[0]))) {
        o.job.id = argc ? argv[0] : NULL;
        return hook_show(&o);
    }
    return usage_error("hook", "hook takes run --id ID [OPTIONS] -- COMMAND, "
                               "or show [ID]");
}
