/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop snapshot: writes all hosts' facts and the map as one document. */
#include "tools/cli/cmdtable.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cmd.h"
#include "tools/cli/planning.h"
#include "tools/cluster/collect.h"

/* 0, or -1 and errno */
static int write_text(const char *path, const char *text, size_t len)
{
    bool lost;
    FILE *f;

    if (!path)
        return fwrite(text, 1, len, stdout) != len || fflush(stdout) ? -1 : 0;
    f = fopen(path, "we");
    if (!f)
        return -1;
    lost = fwrite(text, 1, len, f) != len;
    return fclose(f) || lost ? -1 : 0;
}

int cmd_snapshot(struct app *app, const struct cmd *self, int argc,
                 char **argv)
{
    const char *out = NULL;
    struct cmd_iter it;
    long deadline = planning_wait_s(app), sample = COLLECT_SAMPLE_MS;
    char *text;
    size_t len, dead;
    bool bad = false;
    int id, rc;

    cmd_iter_init(&it, self, argc, argv);
    while ((id = cmd_next(&it)) > 0) {
        if (id == 'o')
            out = it.arg;
        else if (id == OPT_SAMPLE)
            bad |= parse_quantity_long("--sample", QUANTITY_MS, it.arg, 1,
                                       60000, &sample) < 0;
        else
            bad |= parse_quantity_long("--deadline", QUANTITY_S, it.arg, 1,
                                       3600, &deadline) < 0;
    }
    if (id < 0)
        return cmd_iter_exit(id);
    if (bad)
        return RC_USAGE;
    if (it.index < argc)
        return usage_error("snapshot", "snapshot takes no operands");
    rc = planning_collect(app, (unsigned)deadline, (unsigned)sample, &text,
                          &len, &dead);
    if (rc)
        return rc;
    rc = dead ? RC_PARTLY : RC_OK;
    if (write_text(out, text, len)) {
        complain("%s: %s", out ? out : "the snapshot", strerror(errno));
        rc = RC_FAILED;
    }
    free(text);
    return rc;
}
