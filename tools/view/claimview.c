/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows claims on guests, a line each. */
#include "tools/view/claimview.h"

#include <stdio.h>

#include "tools/complain.h"
#include "tools/doc/json.h"

void claimview_text(const char *uuid, const struct claim *c)
{
    printf("%s  run %s of %s, since %s\n", uuid, c->run, c->executor,
           c->since);
}

void claimview_json(const char *uuid, const struct claim *c)
{
    struct json_out *o = json_out_new(stdout, false);

    if (!o)
        die_oom();
    claim_write(o, uuid, c);
    json_out_free(o);
}
