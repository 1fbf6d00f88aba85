/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Any bytes as the tail of another host's stream. No digest is in the way: here
 * each is 0, and digest_add() is this file's. What comes of it is no more than
 * was announced.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libxl-ext/wire/digest.h"
#include "libxl-ext/wire/tail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    const uint8_t *at;
    size_t left;
};

uint64_t digest_add(uint64_t before, const void *bytes, size_t len)
{
    return 0;
}

static int fuzz_read(void *arg, void *buf, size_t n)
{
    struct input *in = arg;

    if (n > in->left)
        return -EPIPE;
    memcpy(buf, in->at, n);
    in->at += n;
    in->left -= n;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { data, size };
    uint8_t *bytes = NULL;
    size_t n = 0;
    size_t zeros = 0;
    int rc = tail_decode(fuzz_read, &in, &bytes, &n);

    if (rc && bytes)
        abort();
    if (!rc && (!n || n > TAIL_MAX))
        abort();
    for (size_t i = 0; i < n; i++) /* all of it is there */
        zeros += !bytes[i];
    if (zeros > n)
        abort();
    free(bytes);
    return 0;
}
