/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Any bytes as what the other end of xl's wire says: to a sender in front of
 * its banner (bit 0 of the first byte), or to a receiver as header and
 * configuration, which is sent on and read again as the same. From 0xf0 on: of
 * a connection that can't be read, or that is none.
 */
#include "libxl-ext/handshake.h"
#include "tools/base/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    GREETING = 1,
    UNREADABLE = 2,
    CLOSED = 4,
    BROKEN = 0xf0, /* from here on the two bits above count */
    SECONDS_10 = 10000000
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A connection on which the bytes wait. */
static int wire_open(const uint8_t *data, size_t size, int how)
{
    int fd = memfd_create("wire", MFD_CLOEXEC), wire;
    char path[64];

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    lseek(fd, 0, SEEK_SET);
    if (!(how & (UNREADABLE | CLOSED)))
        return fd;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    wire = how & CLOSED ? -1 : open(path, O_WRONLY | O_CLOEXEC);
    close(fd);
    return wire;
}

static void greeting_read(struct loop *l, int fd, size_t size)
{
    char *text;
    int rc = xlx_hs_greeting(l, fd, &text, clock_us() + SECONDS_10);

    if (!rc && (!text || strlen(text) >= size))
        abort();
    free(text);
}

static void config_send_again(struct loop *l, const char *json)
{
    uint64_t deadline = clock_us() + SECONDS_10;
    int fd = wire_open((const uint8_t *)"", 0, 0);
    const char *why;
    char *again;

    if (xlx_hs_send_config(l, fd, json, deadline) ||
        lseek(fd, 0, SEEK_CUR) != (off_t)xlx_hs_config_size(json) ||
        lseek(fd, 0, SEEK_SET) ||
        xlx_hs_read_config(l, fd, &again, &why, deadline) ||
        strcmp(again, json))
        abort();
    free(again);
    close(fd);
}

static void config_read(struct loop *l, int fd, size_t size)
{
    const char *why = NULL;
    char *text;
    int rc = xlx_hs_read_config(l, fd, &text, &why, clock_us() + SECONDS_10);

    if (rc ? !why || text : !text || strlen(text) + 52 >= size)
        abort();
    if (!rc)
        config_send_again(l, text);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct loop l;
    int fd;

    if (!size)
        return 0;
    loop_init(&l);
    fd = wire_open(data + 1, size - 1, *data >= BROKEN ? *data : 0);
    if (*data & GREETING)
        greeting_read(&l, fd, size);
    else
        config_read(&l, fd, size);
    loop_dispose(&l);
    if (fd >= 0)
        close(fd);
    return 0;
}
