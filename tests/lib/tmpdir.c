/* SPDX-License-Identifier: LGPL-2.1-only */
/* Folders of tests. */
#include "tests/lib/tmpdir.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char *tmpdir_make(const char *name)
{
    const char *base = getenv("TMPDIR");
    char *dir = NULL;

    if (asprintf(&dir, "%s/%s.XXXXXX", base && *base ? base : "/tmp", name) <
            0 ||
        !mkdtemp(dir)) {
        perror(name);
        exit(1);
    }
    return dir;
}

static int remove_one(const char *path, const struct stat *st, int flag,
                      struct FTW *ftw)
{
    return remove(path);
}

void tmpdir_remove(char *dir)
{
    if (dir)
        nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(dir);
}
