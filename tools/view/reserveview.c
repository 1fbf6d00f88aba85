/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows what runs have reserved on this host, a line each. */
#include "tools/view/reserveview.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tools/complain.h"

/* Whatever the guests do meanwhile: what was reserved. */
static enum reservation_guest where_at_first(void *arg, const char *uuid)
{
    const struct reservation *r = arg;

    for (size_t i = 0; i < r->rows; i++)
        if (!strcmp(r->row[i].uuid, uuid) && r->row[i].mib < 0)
            return GUEST_HERE;
    return GUEST_AWAY;
}

void reserveview_text(const struct reservation *r)
{
    time_t renewed = (time_t)r->renewed;
    char text[32];
    struct tm tm;
    size_t come = 0;

    for (size_t i = 0; i < r->rows; i++)
        come += r->row[i].mib >= 0;
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&renewed, &tm));
    printf("run %s of %s  %" PRId64 " MiB for %zu guest%s, renewed %s\n",
           r->run, r->executor,
           reservation_need_mib(r, where_at_first, (void *)(uintptr_t)r), come,
           come == 1 ? "" : "s", text);
}

void reserveview_json(const struct reservation *r)
{
    struct json_out *o = json_out_new(stdout, false);

    if (!o)
        die_oom();
    reservation_write(o, r, where_at_first, (void *)(uintptr_t)r);
    json_out_free(o);
}
