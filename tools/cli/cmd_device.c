/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop device: keeps and gives devices of this host for a guest that comes.
 * Source hosts call it; administrators read the list.
 */
#include "tools/cli/cmdtable.h"

#include <stdio.h>
#include <string.h>

#include "tools/base/uuid.h"
#include "tools/deadline.h"
#include "tools/log.h"
#include "tools/move/device_there.h"
#include "tools/paths.h"
#include "tools/view/deviceview.h"

static const struct verb {
    const char *name;
    enum device_answer (*run)(struct device_there *t, struct msg *err);
} verbs[] = {
    { "free", NULL },
    { "reserve", NULL },
    { "setup", device_setup },
    { "give", device_give },
    { "up", device_up },
    { "release", device_release },
    { "finish", device_finish },
};

static const struct verb *verb_find(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (!strcmp(verbs[i].name, name))
            return &verbs[i];
    return NULL;
}

/* arg: UUID MOVE, and of free and reserve FROM and the list. */
static enum device_answer verb_do(const struct verb *v, struct device_there *t,
                                  char **arg, struct msg *err)
{
    struct device_list want;

    if (v->run)
        return v->run(t, err);
    if (device_list_parse(&want, "the list of devices", arg[3], err))
        return DEVICE_FAILED;
    return strcmp(v->name, "free") ? device_reserve(t, arg[2], &want, err)
                                   : device_free(t, &want, err);
}

static int verb_run(struct app *app, const struct verb *v, struct store *s,
                    char **arg)
{
    struct xentoollog_logger *lg = log_new(app->verbose);
    struct device_there t = {
        .store = s, .conf = &app->conf, .uuid = arg[0], .move = arg[1]
    };
    enum device_answer a = DEVICE_FAILED;
    struct msg err = MSG_NONE;

    if (!lg)
        die_oom();
    deadline_begin(DEADLINE_SETTLE_S, RC_FAILED, "devices were changed");
    if (!xlx_open(&t.x, lg, &err))
        a = verb_do(v, &t, arg, &err);
    deadline_end();
    xlx_close(t.x);
    log_free(lg);
    if (a == DEVICE_FAILED)
        complain("%s", err.text);
    else
        puts(a == DEVICE_GONE ? "gone" : "done");
    return a == DEVICE_FAILED ? RC_FAILED : RC_OK;
}

static int show_text(void *arg, const struct device_claim *c)
{
    deviceview_text(c);
    return 0;
}

static int show_json(void *arg, const struct device_claim *c)
{
    deviceview_json(c);
    return 0;
}

static int device_show(struct store *s, bool json)
{
    struct msg err = MSG_NONE;

    if (!device_claim_each(s, json ? show_json : show_text, NULL, &err))
        return RC_OK;
    complain("%s", err.text);
    return RC_FAILED;
}

static bool operands_ok(const char *verb, char **arg, int n)
{
    const struct verb *v = verb_find(verb);

    if (!strcmp(verb, "list"))
        return n == 0;
    return v && n == (v->run ? 2 : 4) && uuid_ok(arg[0]) &&
           record_id_ok(arg[1]);
}

int cmd_device(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct store *s = NULL;
    struct cmd_iter it;
    const struct verb *v;
    const char *verb;
    bool json = false;
    struct msg err;
    int opt, rc;

    verb = cmd_verb(&it, self, argc, argv, &rc);
    if (!verb)
        return rc;
    while ((opt = cmd_next(&it)) > 0)
        json |= opt == OPT_JSON;
    if (opt)
        return cmd_iter_exit(opt);
    argv = it.argv + it.index;
    argc = it.argc - it.index;
    if (!operands_ok(verb, argv, argc))
        return usage_error(
            "device", "device takes list, free or reserve UUID MOVE HOST "
                      "LIST, or setup, give, up, release or finish UUID MOVE");
    if (store_open(&s, path_state(), &err)) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    v = verb_find(verb); /* of `list` there is none */
    rc = v ? verb_run(app, v, s, argv) : device_show(s, json);
    store_close(s);
    return rc;
}
