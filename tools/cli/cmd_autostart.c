/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop autostart: the entries of /etc/xen/auto that were put aside because
 * their guests are elsewhere. `take` reads from stdin what a source host sends
 * with a guest; `warn` is what the front for xl asks before `xl create`; `here`
 * answers another host that is about to start its guests.
 */
#include "tools/cli/cmdtable.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libxl-ext/wire/words.h"
#include "tools/base/file.h"
#include "tools/base/uuid.h"
#include "tools/deadline.h"
#include "tools/log.h"
#include "tools/move/autostart.h"
#include "tools/move/autostart_files.h"
#include "tools/move/records.h"
#include "tools/paths.h"
#include "tools/xlcfg.h"

enum { DOCUMENT_MAX = 4 << 20 };

static void list_guest(struct store *store, const char *uuid)
{
    struct strlist names = { .n = 0 };
    struct record r;
    struct msg err;

    if (records_get(store, uuid, &r, &err) || !r.epoch)
        memset(&r, 0, sizeof r);
    autostart_list_of(uuid, &names);
    for (size_t i = 0; i < names.n; i++)
        printf("%s  %s  %s\n", *r.name ? r.name : uuid, *r.host ? r.host : "-",
               names.s[i]);
    strlist_dispose(&names);
}

static void autostart_show(struct store *store)
{
    struct strlist uuids = { .n = 0 };

    autostart_list(&uuids);
    for (size_t i = 0; i < uuids.n; i++)
        list_guest(store, uuids.s[i]);
    strlist_dispose(&uuids);
}

static int autostart_receive(struct app *app)
{
    struct strlist kept = { .n = 0 };
    struct xentoollog_logger *lg = log_new(app->verbose);
    struct xlx *x = NULL;
    struct msg err = MSG_NONE;
    size_t len;
    char *text = file_read_fd(STDIN_FILENO, DOCUMENT_MAX, &len);
    int rc;

    deadline_begin(DEADLINE_READ_S, RC_FAILED,
                   "autostart entries were taken over");
    rc = text && lg ? xlx_open(&x, lg, &err) : -EIO;
    if (!rc)
        rc = autostart_accept(x, text, len, &kept, &err);
    deadline_end();
    for (size_t i = 0; i < kept.n; i++)
        complain("%s exists with another text, and was left as it is",
                 kept.s[i]);
    if (rc)
        complain("%s", *err.text ? err.text : "nothing could be read");
    rc = rc || kept.n ? RC_FAILED : RC_OK;
    strlist_dispose(&kept);
    xlx_close(x);
    log_free(lg);
    free(text);
    return rc;
}

/* Of the operands of `xl create`, the one that is a configuration. */
static void autostart_warn(struct store *store, const char *file)
{
    size_t len;
    char *text = file_read(file, AUTOSTART_TEXT, &len);
    struct xlcfg_guest g;
    struct record r;

    if (text && !xlcfg_guest(text, len, &g) &&
        !autostart_elsewhere(store, g.name, g.uuid, &r))
        complain("%s was moved to %s and may run there: started on this host "
                 "as well, it would run twice on the same disks",
                 g.name, r.host);
    free(text);
}

/* A line for each. */
static int autostart_answer(struct app *app, struct store *store,
                            char *const *uuid, size_t n)
{
    struct xentoollog_logger *lg = log_new(app->verbose);
    bool *here = calloc(n, sizeof *here);
    char line[WORD_LINE];
    struct msg err = MSG_NONE;
    struct xlx *x = NULL;
    int rc;

    deadline_begin(DEADLINE_READ_S, RC_FAILED, "guests were looked for");
    rc = lg && here ? xlx_open(&x, lg, &err) : -ENOMEM;
    if (!rc)
        rc = autostart_here(x, store, uuid, n, here);
    deadline_end();
    if (rc)
        complain("whether it runs here is not known: %s",
                 *err.text ? err.text : strerror(-rc));
    for (size_t i = 0; i < n && !rc; i++)
        if (word_guest_format(uuid[i], here[i], line))
            fputs(line, stdout);
    xlx_close(x);
    log_free(lg);
    free(here);
    return rc ? RC_FAILED : RC_OK;
}

/* `here UUID..` */
static bool autostart_is_asked(int argc, char *const *argv)
{
    if (argc < 2 || strcmp(argv[0], "here") != 0)
        return false;
    for (int i = 1; i < argc; i++)
        if (!uuid_ok(argv[i]))
            return false;
    return true;
}

int cmd_autostart(struct app *app, const struct cmd *self, int argc,
                  char **argv)
{
    struct store *store;
    struct cmd_iter it;
    struct msg err = MSG_NONE;
    const char *verb;
    int opt, rc = RC_OK;
    bool asked;

    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0)
        ;
    if (opt)
        return cmd_iter_exit(opt);
    argv += it.index;
    argc -= it.index;
    verb = argc ? argv[0] : "list";
    if (argc == 1 && !strcmp(verb, "take"))
        return autostart_receive(app);
    asked = autostart_is_asked(argc, argv);
    if (!asked && strcmp(verb, "warn") && (argc > 1 || strcmp(verb, "list")))
        return usage_error("autostart",
                           "autostart takes list, take, here UUID.. or warn "
                           "FILE..");
    if (store_open(&store, path_state(), &err)) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    if (asked)
        rc = autostart_answer(app, store, argv + 1, (size_t)argc - 1);
    else if (!strcmp(verb, "list"))
        autostart_show(store);
    for (int i = 1; i < argc && !asked; i++)
        autostart_warn(store, argv[i]);
    store_close(store);
    return rc;
}
