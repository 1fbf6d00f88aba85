/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop move, claim: what executors start on the source host. */
#include "tools/cli/cmdtable.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libxl-ext/migrate.h"
#include "tools/cli/cmd.h"
#include "tools/doc/json.h"
#include "tools/move/claim.h"
#include "tools/move/job.h"
#include "tools/paths.h"
#include "tools/move/records.h"
#include "tools/base/msg.h"
#include "tools/base/uuid.h"

/* --- move --------------------------------------------------------------------------- */

struct move_options {
    const char *id, *rate, *downtime;
    bool known;
};

/* The program that runs now, or what RACKHOP_SELF names. */
static const char *self(char *buf, size_t len)
{
    const char *s = getenv("RACKHOP_SELF");
    ssize_t n;

    if (s && *s)
        return s;
    n = readlink("/proc/self/exe", buf, len - 1);
    if (n <= 0)
        return "rackhop";
    buf[n] = '\0';
    return buf;
}

/* Only the run that has claimed the guest may move it. */
static int check_claim(const struct move_options *o, const char *uuid)
{
    struct store *s = NULL;
    struct claim c;
    struct msg err;
    size_t n;
    int rc;

    if (store_open(&s, path_state(), &err)) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    rc = claim_get(s, uuid, &c);
    store_close(s);
    n = strlen(c.run);
    if (!rc && !strncmp(o->id, c.run, n) && o->id[n] == '.')
        return 0;
    if (rc)
        complain("move %s: the guest is not claimed by its run any more",
                 o->id);
    else
        complain("move %s: the guest is claimed by run %s of %s", o->id, c.run,
                 c.executor);
    return RC_FAILED;
}

/* Did it ever begin here? Its files end with a reboot, or after a week; then the
 * handover record knows it, and `migrate --id` tells what became of it. */
static bool began(const struct job *j)
{
    struct store *s = NULL;
    struct record r;
    struct msg err;
    int rc;

    if (job_known(j))
        return true;
    if (store_open(&s, path_state(), &err))
        return true; /* it may have */
    rc = records_find_id(s, j->id, &r);
    store_close(s);
    return rc != -ENOENT;
}

static int run_move(struct app *app, const struct move_options *o, char **arg)
{
    char exe[512];
    struct msg err;
    char *argv[16];
    struct job j = { .id = o->id, .rundir = path_run(), .argv = argv };
    const char *words[16];
    int n = 0, rc;

    words[n++] = self(exe, sizeof exe);
    if (!access(app->conf_path, R_OK)) {
        words[n++] = "--config";
        words[n++] = app->conf_path;
    }
    words[n++] = "migrate";
    words[n++] = "--json";
    words[n++] = "--yes";
    words[n++] = "--id";
    words[n++] = o->id;
    if (o->rate) {
        words[n++] = "--rate";
        words[n++] = o->rate;
    }
    if (o->downtime) {
        words[n++] = "--downtime";
        words[n++] = o->downtime;
    }
    words[n++] = arg[0];
    words[n++] = arg[1];
    for (int i = 0; i < n; i++) {
        argv[i] = strdup(words[i]);
        if (!argv[i])
            die_oom();
    }
    argv[n] = NULL;
    if (o->known && !began(&j)) {
        complain("move %s was not started", o->id);
        rc = RC_FAILED;
    } else {
        rc = job_answers(&j) ? 0 : check_claim(o, arg[0]);
        if (!rc)
            rc = job_run(&j, &err);
        if (rc < 0) {
            complain("%s", err.text);
            rc = RC_FAILED;
        }
    }
    while (n)
        free(argv[--n]);
    return rc;
}

int cmd_move(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct move_options o = { .id = NULL };
    struct cmd_iter it;
    struct msg err;
    const char *verb;
    double rate;
    long downtime;
    int opt, rc;

    if (argc < 2)
        return usage_error("move", "move takes run or cancel");
    verb = argv[1];
    cmd_iter_init(&it, self, argc - 1, argv + 1);
    while ((opt = cmd_next(&it)) > 0)
        switch (opt) {
        case OPT_ID: o.id = it.arg; break;
        case OPT_KNOWN: o.known = true; break;
        case OPT_RATE:
            if (parse_double("--rate", it.arg, 0.001, 1e6, &rate))
                return RC_USAGE;
            o.rate = it.arg;
            break;
        case OPT_DOWNTIME:
            if (parse_long("--downtime", it.arg, 1, 600000, &downtime))
                return RC_USAGE;
            o.downtime = it.arg;
            break;
        }
    if (opt)
        return cmd_iter_exit(opt);
    argv += 1 + it.index;
    argc -= 1 + it.index;
    if (!strcmp(verb, "run") && o.id && record_id_ok(o.id) && argc == 2 &&
        uuid_ok(argv[0]) && *argv[1] != '-')
        return run_move(app, &o, argv);
    if (strcmp(verb, "cancel") || argc != 1 || !record_id_ok(argv[0]))
        return usage_error("move", "move takes run --id ID UUID HOST, or "
                                   "cancel ID");
    rc = job_cancel(path_run(), argv[0], &err);
    if (rc < 0)
        complain("%s", err.text);
    else
        printf("move %s %s\n", argv[0], rc ? "is told" : "does not run");
    return rc < 0 ? RC_FAILED : RC_OK;
}

/* --- claim ------------------------------------------------------------------------------ */

/* Under the guest's lock: whoever is at work on it by hand goes first, and who
 * comes later finds the claim. */
static int take_one(struct store *s, const char *uuid, char **by,
                    struct msg *err)
{
    struct claim c;
    int lock, rc;

    if (!claim_get(s, uuid, &c) && !strcmp(c.run, by[0]))
        return 0;
    lock = xlx_lock(path_run(), uuid, "claim", err);
    if (lock < 0)
        return lock;
    rc = claim_take(s, uuid, by[0], by[1], err);
    close(lock);
    return rc;
}

static int take(struct store *s, char **arg, int n)
{
    struct msg err;
    int rc = path_make(path_run());

    if (rc) {
        complain("%s: %s", path_run(), strerror(-rc));
        return RC_FAILED;
    }
    for (int i = 2; i < n; i++)
        if (take_one(s, arg[i], arg, &err)) {
            complain("%s can't be claimed: %s", arg[i], err.text);
            return RC_FAILED;
        }
    return RC_OK;
}

struct each {
    struct store *s;
    const char *run; /* NULL: all */
    bool release, json;
    int rc;
};

static void print_claim(const char *uuid, const struct claim *c, bool json)
{
    struct json_out *o;

    if (!json) {
        printf("%s  run %s of %s, since %s\n", uuid, c->run, c->executor,
               c->since);
        return;
    }
    o = json_out_new(stdout, false);
    if (!o)
        die_oom();
    json_obj(o);
    json_kv_str(o, "domain", uuid);
    json_kv_str(o, "run", c->run);
    json_kv_str(o, "executor", c->executor);
    json_kv_str(o, "since", c->since);
    json_obj_end(o);
    json_out_free(o);
}

static int each_claim(const struct each *e)
{
    struct store_entry *list = NULL;
    unsigned n = 0;
    int rc = store_list(e->s, "claim/", &list, &n);

    for (unsigned i = 0; i < n && !rc; i++) {
        const char *uuid = list[i].key + strlen("claim/");
        struct claim c;

        if (claim_get(e->s, uuid, &c))
            snprintf(c.run, sizeof c.run, "?");
        if (e->run && strcmp(e->run, c.run))
            continue;
        if (e->release)
            rc = claim_release(e->s, uuid, e->run);
        else
            print_claim(uuid, &c, e->json);
    }
    store_list_free(list, n);
    if (rc)
        complain("%s", store_error(e->s));
    return rc ? RC_FAILED : RC_OK;
}

/* RUN [UUID...]; with --force UUID..., whoever has them */
static int release(struct store *s, char **arg, int n, bool force)
{
    struct each e = { .s = s, .run = force ? NULL : arg[0], .release = true };

    if (n == 1 && !force)
        return each_claim(&e);
    for (int i = force ? 0 : 1; i < n; i++)
        if (claim_release(s, arg[i], e.run)) {
            complain("%s: %s", arg[i], store_error(s));
            return RC_FAILED;
        }
    return RC_OK;
}

static bool words_ok(const char *verb, char **arg, int n, bool force)
{
    int uuids = !strcmp(verb, "take") ? 2 : force ? 0 : 1;

    if (!strcmp(verb, "list"))
        return n == 0;
    if (n < uuids || !n || (!force && !run_name_ok(arg[0])) ||
        (uuids == 2 && n < 3))
        return false;
    for (int i = uuids; i < n; i++)
        if (!uuid_ok(arg[i]))
            return false;
    return !strcmp(verb, "take") || !strcmp(verb, "release");
}

int cmd_claim(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct each all = { .release = false };
    bool force = false;
    struct store *s = NULL;
    struct cmd_iter it;
    const char *verb;
    struct msg err;
    int opt, rc;

    if (argc < 2)
        return usage_error("claim", "claim takes take, release or list");
    verb = argv[1];
    cmd_iter_init(&it, self, argc - 1, argv + 1);
    while ((opt = cmd_next(&it)) > 0) {
        force |= opt == OPT_FORCE;
        all.json |= opt == OPT_JSON;
    }
    if (opt)
        return cmd_iter_exit(opt);
    argv += 1 + it.index;
    argc -= 1 + it.index;
    if (!words_ok(verb, argv, argc, force))
        return usage_error("claim",
                           "claim takes take RUN HOST UUID.., release RUN "
                           "[UUID..], release --force UUID.., or list");
    if (store_open(&s, path_state(), &err)) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    all.s = s;
    rc = !strcmp(verb, "take")      ? take(s, argv, argc)
         : !strcmp(verb, "release") ? release(s, argv, argc, force)
                                    : each_claim(&all);
    store_close(s);
    return rc;
}
