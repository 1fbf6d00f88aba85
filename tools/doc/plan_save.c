/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the document of a plan into a file or a stream. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/base/file.h"
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

int plan_save(const char *path, struct plan_cluster *c, const struct plan *p,
              const char *sha256, bool explain)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    int rc = f ? plan_print(f, c, p, sha256, explain) : -ENOMEM;

    if (f && fclose(f) && !rc)
        rc = -ENOMEM;
    if (!rc)
        rc = file_replace(path, text, len);
    free(text);
    return rc;
}
