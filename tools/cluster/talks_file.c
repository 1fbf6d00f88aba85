/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads what the agent of this host says that its guests send each other. */
#include "tools/cluster/talks_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tools/base/file.h"

/* What is older than that says nothing of now, and a file that is none is none. */
bool talks_file_read(struct talks *t, const char *statedir)
{
    char path[512], *text;
    struct msg ignored;
    size_t len;
    double age;
    int rc;

    *t = (struct talks){ .mac = NULL };
    snprintf(path, sizeof path, "%s/" TALKS_FILE, statedir);
    text = file_read(path, 1 << 20, &len);
    if (!text)
        return false;
    rc = talks_parse(t, text, len, &ignored);
    free(text);
    if (rc)
        return false;
    age = (double)time(NULL) - t->at_s;
    if (age > -TALKS_FRESH_S && age < TALKS_FRESH_S)
        return true;
    talks_dispose(t);
    return false;
}
