/* SPDX-License-Identifier: LGPL-2.1-only */
/* Gives way to the program for Xen hosts, where that is installed. */
#include "tools/cli/handon.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tools/complain.h"

#define PROGRAM RACKHOP_LIBEXEC "/rackhop/rackhop"

void handon(char **argv)
{
    execv(PROGRAM, argv);
    if (errno != ENOENT && errno != ENOTDIR)
        complain("%s cannot be started: %s; what needs Xen does not work",
                 PROGRAM, strerror(errno));
}
