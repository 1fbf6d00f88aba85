/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads any bytes as a file of samples, and writes to it. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tools/series/pack.h"
#include "tools/series/ring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The checksum keeps most bytes from the unpacker, so it gets them as well. */
static void unpack(const struct shape *s, const uint8_t *data, size_t size)
{
    static uint8_t codes[SHAPE_SLOTS * SHAPE_CHANNELS];
    const struct level *l = &s->level[data[0] % SHAPE_LEVELS];
    uint8_t bytes[SHAPE_BLOCK];
    int pass;

    codes_unpack(l, data[1], data + 2, size - 2, codes);
    pass = codes_pack(l, codes, bytes, l->bytes - SHAPE_BLOCK_HEAD);
    if (pass < 0)
        abort();
}

static void open_file(const struct shape *s, const char *path)
{
    static uint8_t codes[200 * SHAPE_CHANNELS];
    struct msg err = MSG_NONE;
    struct ring *r;

    if (!ring_open(&r, path, s, &err)) {
        for (unsigned i = 0; i < SHAPE_LEVELS; i++)
            ring_read(r, i, ring_newest(r, i) - 100, 200, codes);
        ring_close(r);
    }
    if (!ring_open_write(&r, path, s, 1u << 31, &err)) {
        for (unsigned i = 0; i < SHAPE_LEVELS; i++)
            if (ring_put(r, i, ring_newest(r, i) + 200, codes))
                abort();
        ring_close(r);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[] = "/dev/shm/fuzz_ring.XXXXXX";
    struct shape s;
    int fd;

    if (size < 2)
        return 0;
    shape_init(&s, METRIC_GUEST);
    unpack(&s, data, size);
    fd = mkstemp(path);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    close(fd);
    open_file(&s, path);
    unlink(path);
    return 0;
}
