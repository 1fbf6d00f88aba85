/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes and reads the file by which an executor tells of its running moves. */
#include "tools/run/live.h"

#include <stdio.h>

#include "tools/base/file.h"
#include "tools/paths.h"

static void live_path(const char *run, char *path, size_t len)
{
    snprintf(path, len, "%s/run/%s.live", path_run(), run);
}

void live_replace(const char *run, const char *text, size_t len)
{
    char path[512];

    live_path(run, path, sizeof path);
    file_replace(path, text, len);
}

struct json_doc *live_load(const char *run)
{
    static const struct json_limits limits = { .bytes = 8 << 20,
                                               .depth = 6,
                                               .values = 1 << 20 };
    struct json_doc *doc = NULL;
    char path[512];
    struct msg err;

    live_path(run, path, sizeof path);
    return json_load(&doc, path, NULL, &limits, &err) ? NULL : doc;
}
