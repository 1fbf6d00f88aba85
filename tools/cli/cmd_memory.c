/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop memory: gives a guest of this host more memory or less, or what it had
 * before; rackhopd uses this command. */
#include "tools/cli/cmdtable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cmd.h"
#include "tools/log.h"
#include "tools/move/resize.h"
#include "tools/paths.h"

enum { WAIT_MS = 10000 };

static int memory_show(bool json)
{
    struct resized *list = NULL;
    struct store *s = NULL;
    struct json_out *o = NULL;
    unsigned n = 0;
    struct msg err;
    int rc = store_open(&s, path_state(), &err);

    if (!rc)
        rc = resize_list(s, &list, &n, &err);
    store_close(s);
    if (rc) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    if (json) {
        o = json_out_new(stdout, true);
        if (!o)
            die_oom();
        json_arr(o);
    }
    for (unsigned i = 0; i < n; i++) {
        if (json)
            resized_write(o, &list[i]);
        else
            printf("%s has %lld MiB and had %lld (%s)\n", list[i].name,
                   (long long)list[i].to_mib, (long long)list[i].from_mib,
                   list[i].by);
    }
    if (json)
        json_arr_end(o);
    free(list);
    return json && json_out_free(o) ? RC_FAILED : RC_OK;
}

static int memory_change(struct app *app, const char *domain, int64_t mib,
                         int64_t back_mib, const char *by)
{
    struct xentoollog_logger *lg = log_new(app->verbose);
    struct resize_request q = { .log = lg,
                                .domain = domain,
                                .mib = mib,
                                .back_mib = back_mib,
                                .by = by,
                                .floor = app->conf.memory_floor,
                                .wait_ms = WAIT_MS };
    struct resized r;
    struct msg err = MSG_NONE;
    int rc;

    if (!lg)
        die_oom();
    rc = resize_guest(&q, &r, &err);
    if (rc)
        complain("%s's memory is not changed: %s", domain, err.text);
    else
        printf("%s: %lld MiB, before that %lld\n", r.name, (long long)r.to_mib,
               (long long)r.from_mib);
    log_free(lg);
    return rc ? RC_FAILED : RC_OK;
}

int cmd_memory(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct cmd_iter it;
    bool json = false;
    long mib = 0;
    int opt;

    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0)
        json |= opt == OPT_JSON;
    if (opt)
        return cmd_iter_exit(opt);
    argv += it.index;
    argc -= it.index;
    if (argc == 1 && !strcmp(argv[0], "list"))
        return memory_show(json);
    if ((argc == 2 || argc == 3) && !strcmp(argv[0], "back")) {
        if (argc == 3 && parse_long("MIB", argv[2], 1, 1L << 40, &mib))
            return RC_USAGE;
        return memory_change(app, argv[1], 0, mib, "hand");
    }
    if ((argc != 3 && argc != 4) || strcmp(argv[0], "set"))
        return usage_error("memory", "memory takes set DOMAIN MIB [BY], back "
                                     "DOMAIN [MIB] or list");
    if (parse_long("MIB", argv[2], 1, 1L << 40, &mib))
        return RC_USAGE;
    return memory_change(app, argv[1], mib, 0, argc == 4 ? argv[3] : "hand");
}
