/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop snapshot: all hosts' facts and the map, as one document. */
#include "tools/cli/cmdtable.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tools/cli/cmd.h"
#include "tools/cli/planning.h"

int cmd_snapshot(struct app *app, int argc, char **argv)
{
    const char *out = NULL;
    struct cmd_iter it;
    long deadline = 30;
    char *text;
    size_t len, dead;
    bool bad = false;
    FILE *f;
    int id, rc;

    cmd_iter_init(&it, "snapshot", argc, argv);
    while ((id = cmd_next(&it)) > 0) {
        if (id == 'o')
            out = it.arg;
        else
            bad |= parse_long("--deadline", it.arg, 1, 3600, &deadline) < 0;
    }
    if (id < 0)
        return cmd_iter_exit(id);
    if (bad)
        return RC_USAGE;
    if (it.index < argc)
        return usage_error("snapshot", "snapshot takes no operands");
    rc = planning_collect(app, (unsigned)deadline, &text, &len, &dead);
    if (rc)
        return rc;
    rc = dead ? RC_PARTLY : RC_OK;
    f = out ? fopen(out, "we") : stdout;
    if (!f || fwrite(text, 1, len, f) != len || (f != stdout && fclose(f))) {
        complain("%s: cannot be written", out ? out : "the snapshot");
        rc = RC_FAILED;
    }
    free(text);
    return rc;
}
