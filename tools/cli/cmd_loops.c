/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop loops: what the loops of rackhopd see, want and did, and why not. */
#include "tools/cli/cmdtable.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/cli/cmd.h"
#include "tools/paths.h"
#include "tools/store/store.h"
#include "tools/view/loopsview.h"

static int loops_show(const char *text, bool json)
{
    struct loops_doc d;
    struct json_out *o;
    struct msg err;
    int rc = loops_doc_parse(&d, text, strlen(text), &err);

    if (rc) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    if (json) {
        o = json_out_new(stdout, true);
        if (!o)
            die_oom();
        loops_doc_write(o, &d);
        rc = json_out_free(o);
    } else {
        loopsview(stdout, &d, (double)time(NULL));
    }
    loops_doc_dispose(&d);
    return rc ? RC_FAILED : RC_OK;
}

static int loops_read_and_show(bool json)
{
    struct store *s = NULL;
    char *text = NULL;
    struct msg err;
    int rc = store_open(&s, path_state(), &err), code = RC_FAILED;

    if (rc) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    rc = store_get(s, "loops/seen", &text, NULL);
    if (!rc)
        code = loops_show(text, json);
    else if (rc == -ENOENT)
        complain("rackhopd has not looked at the cluster from this host yet: "
                 "`systemctl enable --now rackhopd` starts it");
    else
        complain("%s", store_error(s));
    free(text);
    store_close(s);
    return code;
}

int cmd_loops(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct cmd_iter it;
    bool json = false;
    int opt;

    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0)
        json |= opt == OPT_JSON;
    if (opt)
        return cmd_iter_exit(opt);
    if (it.index < argc)
        return usage_error("loops", "loops takes no operands");
    return loops_read_and_show(json);
}
