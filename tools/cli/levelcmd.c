/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Sets the CPU level on hosts, and gives it to guests that are created.
 *
 * Each host keeps a record of its own, so that it can start guests while no
 * other host answers. The host where levels are set keeps one as well, with
 * what the hosts carried then: `level audit` compares them.
 */
#include "tools/cli/levelcmd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/base/file.h"
#include "tools/cli/cmdtable.h"
#include "tools/move/level.h"
#include "tools/paths.h"
#include "tools/remote/remote.h"
#include "tools/view/hostnames.h"
#include "tools/view/levelview.h"

static const char none[] = "none";
enum { CONFIG_MOST = 1 << 20, HOSTS_TEXT = 400 };

/* --- set ----------------------------------------------------------------- */

static int level_keep_here(const char *of, const char *text)
{
    struct msg err;

    if (!level_keep(path_state(), of, text, &err))
        return RC_OK;
    complain("%s", err.text);
    return RC_FAILED;
}

/* "all hosts" are those of the cluster here. */
static void level_tell_set(const struct levels *l, const bool *done,
                           const char *level)
{
    uint32_t n = plan_hosts(l->c), *all = calloc((size_t)n + 1, sizeof *all);
    bool *in = calloc((size_t)n + 1, sizeof *in);
    char hosts[HOSTS_TEXT];

    if (!all || !in)
        die_oom();
    for (uint32_t i = 0; i < n; i++)
        all[i] = i;
    for (uint32_t i = 0; i < l->n; i++)
        in[l->host[i]] = done[i];
    if (hostnames(l->c, all, n, in, hosts, sizeof hosts))
        die_oom();
    free(all);
    free(in);
    if (!strcmp(level, none))
        printf("no CPU level is set on %s\n", hosts);
    else
        printf("CPU level %s is set on %s\n", level, hosts);
}

/* Each of the hosts takes it, or says why not. */
static int level_spread(struct app *app, const struct levels *l,
                        const char *text, const char *level)
{
    const char *args[] = { "level", "take", text ? text : none, NULL };
    struct remote remote = { &app->conf, app->conf_path };
    struct remote_call *call = calloc((size_t)l->n + 1, sizeof *call);
    bool *done = calloc((size_t)l->n + 1, sizeof *done);
    uint32_t failed = 0;

    if (!call || !done)
        die_oom();
    for (uint32_t i = 0; i < l->n; i++)
        call[i] =
            (struct remote_call){ .host = plan_host_name(l->c, l->host[i]),
                                  .args = args };
    if (remote_each(&remote, call, l->n))
        die_oom();
    for (uint32_t i = 0; i < l->n; i++) {
        done[i] = !call[i].rc;
        if (done[i])
            continue;
        failed++;
        complain("the CPU level is not set on %s: %s", call[i].host,
                 *call[i].said ? call[i].said : "no answer");
    }
    if (failed < l->n)
        level_tell_set(l, done, level);
    remote_dispose(call, l->n);
    free(call);
    free(done);
    return !failed ? RC_OK : failed < l->n ? RC_PARTLY : RC_FAILED;
}

static int level_unset(struct planning *p, const struct levels *l)
{
    int rc = RC_OK;

    for (int i = 0; i < l->pools[0] && !rc; i++)
        rc = level_keep_here(l->pool[0][i].vendor ? l->pool[0][i].vendor : "",
                             NULL);
    if (rc || !p->snapshot)
        return rc ? rc : level_spread(p->app, l, NULL, none);
    rc = level_keep_here(LEVEL_HERE, NULL);
    if (!rc)
        puts("no CPU level is set on this host");
    return rc;
}

/* The record of all hosts stays here; what they get is brief. */
static int level_keep_both(struct planning *p, const struct levels *l,
                           const struct level_kept *k)
{
    char *whole = level_kept_format(k, false);
    char *brief = level_kept_format(k, true);
    int rc;

    if (!whole || !brief)
        die_oom();
    rc = level_keep_here(k->vendor, whole);
    if (!rc && p->snapshot) {
        rc = level_keep_here(LEVEL_HERE, brief);
        if (!rc)
            printf("CPU level %s is set on this host alone: those of a "
                   "snapshot are not asked\n",
                   k->level);
    } else if (!rc) {
        rc = level_spread(p->app, l, brief, k->level);
    }
    free(whole);
    free(brief);
    return rc;
}

int levelcmd_set(struct planning *p, const struct levels *l, unsigned level)
{
    const struct plan_level_pool *hvm = l->pool[PLAN_LEVEL_HVM];
    struct level_kept k;
    int rc;

    if (!strcmp(p->operand[1], none))
        return level_unset(p, l);
    if (l->pools[PLAN_LEVEL_HVM] > 1) {
        complain("these hosts have CPUs of %d vendors, and a level is of one; "
                 "name the hosts of one vendor behind %s",
                 l->pools[PLAN_LEVEL_HVM], p->operand[1]);
        return RC_USAGE;
    }
    if (level_kept_make(&k, l->c, hvm,
                        levels_find(l, PLAN_LEVEL_PV, hvm->vendor), level))
        die_oom();
    rc = level_keep_both(p, l, &k);
    level_kept_dispose(&k);
    return rc;
}

/* --- on a host ----------------------------------------------------------- */

/* What comes in is checked here, and written anew. */
static int level_take(const char *word)
{
    struct level_kept k;
    struct msg err;
    char *text;
    int rc;

    if (!strcmp(word, none))
        return level_keep_here(LEVEL_HERE, NULL);
    rc = level_kept_parse(&k, word, strlen(word), &err);
    if (rc) {
        complain("%s", err.text);
        level_kept_dispose(&k);
        return RC_USAGE;
    }
    text = level_kept_format(&k, true);
    level_kept_dispose(&k);
    if (!text)
        die_oom();
    rc = level_keep_here(LEVEL_HERE, text);
    free(text);
    return rc;
}

static bool is_file(const char *word)
{
    struct stat st;

    return !stat(word, &st) && S_ISREG(st.st_mode);
}

/* As xl does it: settings of the command line are lines behind the file's. */
static char *config_with(const char *text, size_t len, char **word, int n,
                         size_t *len_r)
{
    char *all = NULL;
    FILE *f = open_memstream(&all, len_r);

    if (!f)
        return NULL;
    fwrite(text, 1, len, f);
    fputc('\n', f);
    for (int i = 0; i < n; i++)
        if (strchr(word[i], '=') && !is_file(word[i]))
            fprintf(f, "%s\n", word[i]);
    if (!fclose(f))
        return all;
    free(all);
    return NULL;
}

/* NULL: none of the words is a configuration that can be read. */
static char *config_of(char **word, int n, size_t *len_r)
{
    char *text = NULL, *all;
    size_t len = 0;

    for (int i = 0; i < n && !text; i++)
        if (is_file(word[i]))
            text = file_read(word[i], CONFIG_MOST, &len);
    if (!text)
        return NULL;
    all = config_with(text, len, word, n, len_r);
    free(text);
    return all;
}

static int level_create(struct app *app, char **word, int n, bool force)
{
    struct level_kept k = { .level = "" };
    struct msg err = MSG_NONE;
    char *text, *line = NULL;
    size_t len;
    int rc;

    if (!app->conf.level_create)
        return RC_OK;
    rc = level_kept(path_state(), LEVEL_HERE, &k, &err);
    if (rc > 0 && (text = config_of(word, n, &len))) {
        line = level_for_guest(&k, text, len, force, &err);
        free(text);
    }
    if (*err.text)
        complain("%s", err.text);
    if (line)
        puts(line);
    free(line);
    level_kept_dispose(&k);
    return rc < 0 ? RC_FAILED : RC_OK;
}

int levelcmd_host(struct app *app, const struct cmd *self, int argc,
                  char **argv)
{
    struct cmd_iter it;
    const char *verb;
    bool force = false;
    int opt, rc;

    if (argc < 2 || (strcmp(argv[1], "take") && strcmp(argv[1], "create")))
        return -1;
    verb = cmd_verb(&it, self, argc, argv, &rc);
    if (!verb)
        return rc;
    while ((opt = cmd_next(&it)) > 0)
        force |= opt == OPT_FORCE;
    if (opt)
        return cmd_iter_exit(opt);
    if (!strcmp(verb, "create"))
        return level_create(app, it.argv + it.index, it.argc - it.index,
                            force);
    if (it.argc - it.index != 1)
        return usage_error("level", "level take takes a record, or none");
    return level_take(it.argv[it.index]);
}

int levelcmd_line_here(void)
{
    struct level_kept k;
    struct msg err;
    int rc = level_kept(path_state(), LEVEL_HERE, &k, &err);

    if (rc > 0)
        levelview_line_sets(stdout, &k.hidden[PLAN_LEVEL_HVM],
                            &k.hidden[PLAN_LEVEL_PV]);
    else if (rc < 0)
        complain("%s", err.text);
    level_kept_dispose(&k);
    return rc > 0 ? RC_OK : rc < 0 ? RC_FAILED : -1;
}
