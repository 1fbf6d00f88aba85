/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the id of this boot from the kernel. */
#include "tools/boot.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tools/paths.h"

enum { DIGITS = 36 };

int boot_id(char id[BOOT_ID])
{
    int fd = open(path_boot_id(), O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, id, DIGITS) : -1;
    int rc = n == DIGITS ? 0 : n < 0 ? -errno : -EIO;

    if (fd >= 0)
        close(fd);
    id[rc ? 0 : DIGITS] = '\0';
    return rc;
}
