/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Any bytes as what the other end of xl's wire says: to a sender in front of
 * its banner (first byte odd), or to a receiver as header and configuration.
 */
#include "libxl-ext/handshake.h"
#include "tools/base/clock.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("wire", MFD_CLOEXEC), rc;
    uint64_t deadline = clock_us() + 10000000;
    const char *why = NULL;
    struct loop l;
    char *text = NULL;

    loop_init(&l);
    if (fd < 0 || !size)
        goto out;
    if (write(fd, data + 1, size - 1) != (ssize_t)size - 1)
        abort();
    lseek(fd, 0, SEEK_SET);
    if (*data & 1) {
        rc = xlx_hs_greeting(&l, fd, &text, deadline);
        if (!rc && (!text || strlen(text) >= size))
            abort();
    } else {
        rc = xlx_hs_read_config(&l, fd, &text, &why, deadline);
        if (rc ? !why || text : !text || strlen(text) + 52 >= size)
            abort();
    }
out:
    loop_dispose(&l);
    free(text);
    close(fd);
    return 0;
}
