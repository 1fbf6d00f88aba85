/* SPDX-License-Identifier: LGPL-2.1-only */
/* Returns paths of state and run files, which the environment may change. */
#include "tools/paths.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *either(const char *variable, const char *dflt)
{
    const char *v = getenv(variable);

    return v && *v ? v : dflt;
}

const char *path_state(void)
{
    return either("RACKHOP_STATE_DIR", RACKHOP_STATE);
}

const char *path_run(void)
{
    return either("RACKHOP_RUN_DIR", RACKHOP_RUN);
}

const char *path_contexts(void)
{
    static char dir[512];

    snprintf(dir, sizeof dir, "%s/contexts", path_run());
    return dir;
}

const char *path_xen(void)
{
    return either("RACKHOP_XEN_DIR", "/etc/xen");
}

const char *path_journal(void)
{
    return either("RACKHOP_JOURNAL", "/run/systemd/journal/socket");
}

const char *path_boot_id(void)
{
    return either("RACKHOP_BOOT_ID", "/proc/sys/kernel/random/boot_id");
}

const char *path_self(void)
{
    return either("RACKHOP_SELF", "/proc/$PPID/exe");
}

const char *path_helper(void)
{
    return either("RACKHOP_SAVE_HELPER",
                  RACKHOP_LIBEXEC "/rackhop/save-helper");
}

const char *path_wire(void)
{
    return either("RACKHOP_WIRE", RACKHOP_LIBEXEC "/rackhop/wire");
}

int path_make(const char *dir)
{
    char path[512];
    size_t n = strlen(dir);

    if (n >= sizeof path)
        return -ENAMETOOLONG;
    for (size_t i = 1; i <= n; i++) {
        if (dir[i] != '/' && dir[i])
            continue;
        memcpy(path, dir, i);
        path[i] = '\0';
        if (mkdir(path, 0755) && errno != EEXIST)
            return -errno;
    }
    return 0;
}
