/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the document of a plan into a file or a stream. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tools/doc/plan.h"

int plan_print(FILE *f, struct plan_cluster *c, const struct plan *p,
               const char *sha256, bool explain)
{
    struct json_out *o = json_out_new(f, true);

    if (!o)
        return -ENOMEM;
    plan_write(o, c, p, sha256, explain);
    return json_out_free(o);
}

/* Under another name first: readers find the whole document or none. */
int plan_save(const char *path, struct plan_cluster *c, const struct plan *p,
              const char *sha256, bool explain)
{
    char *tmp;
    FILE *f;
    int rc;

    if (asprintf(&tmp, "%s.new", path) < 0)
        return -ENOMEM;
    f = fopen(tmp, "we");
    rc = f ? plan_print(f, c, p, sha256, explain) : -errno;
    if (f && fclose(f) && !rc)
        rc = -errno;
    if (!rc && rename(tmp, path))
        rc = -errno;
    if (rc)
        unlink(tmp);
    free(tmp);
    return rc;
}
