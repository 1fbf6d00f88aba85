/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps what a guest's moves and samples have taught of its dirtying. */
#include "tools/cluster/learned.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "libxl-ext/wire/words.h"
#include "tools/base/file.h"
#include "tools/base/uuid.h"
#include "tools/paths.h"

void learned_format(const struct learned *l, char *buf, size_t len)
{
    const struct word_learned w = { l->dirty_mib_s, l->writable_mib,
                                    l->wire_first, l->wire_again };
    char line[WORD_LINE];
    size_t n = word_learned_format(&w, line);

    snprintf(buf, len, "%.*s", (int)n - 1, line);
}

int learned_parse(struct learned *l, const char *s)
{
    struct word_learned w;
    int rc = word_learned_parse(s, &w);

    *l = (struct learned){ w.dirty_mib_s, w.writable_mib, w.wire_first,
                           w.wire_again };
    return rc;
}

double learned_ratio(double before, double now)
{
    if (now <= 0)
        return before;
    if (now > LEARNED_RATIO_MOST) /* or all of the line would be refused */
        now = LEARNED_RATIO_MOST;
    return now >= before ? now : (before + now) / 2;
}

static bool learned_path(char *buf, size_t len, const char *statedir,
                         const char *uuid)
{
    if (!uuid_ok(uuid))
        return false;
    snprintf(buf, len, "%s/learned/%s", statedir, uuid);
    return true;
}

struct learned learned_load(const char *statedir, const char *uuid)
{
    struct learned l = { .dirty_mib_s = -1 };
    char path[512], line[128];
    FILE *f;

    if (!statedir || !learned_path(path, sizeof path, statedir, uuid))
        return l;
    f = fopen(path, "re");
    if (!f)
        return l;
    if (!fgets(line, sizeof line, f) || learned_parse(&l, line))
        l.dirty_mib_s = -1;
    fclose(f);
    return l;
}

int learned_store(const char *statedir, const char *uuid,
                  const struct learned *l)
{
    char dir[512], path[512], line[128];
    size_t len;
    int rc;

    if (!learned_path(path, sizeof path, statedir, uuid))
        return -EINVAL;
    snprintf(dir, sizeof dir, "%s/learned", statedir);
    rc = path_make(dir);
    if (rc)
        return rc;
    learned_format(l, line, sizeof line);
    len = strlen(line);
    line[len++] = '\n';
    return file_replace(path, line, len);
}
