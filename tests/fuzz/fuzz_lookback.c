/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Any bytes as the record of a look, behind a checksum that is right: what can be
 * read is written and read again, and decided again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tools/base/crc32.h"
#include "tools/daemon/look_again.h"
#include "tools/daemon/look_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void again(const char *text, size_t len)
{
    struct lookback b;
    struct msg err;
    size_t n;
    char *out;

    if (lookback_parse(&b, text, len, &err))
        return;
    out = lookback_format(&b, &n);
    lookback_dispose(&b);
    if (!out || lookback_parse(&b, out, n, &err))
        abort();
    lookback_dispose(&b);
    free(out);
}

/* Of a file that is nowhere. */
static void decided(const char *text, size_t len)
{
    int fd = memfd_create("look", MFD_CLOEXEC);
    struct look_again a;
    struct msg err;
    char path[64];

    if (fd < 0 || write(fd, text, len) != (ssize_t)len)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (!look_again(&a, path, NULL, &err))
        look_again_dispose(&a);
    close(fd);
}

/* As bytes of a file, and what is made of them comes back. */
static void packed(const char *bytes, size_t n)
{
    char *text, *more, *back;
    size_t len, packed_n, again_n;
    struct msg err;

    if (look_file_unpack(bytes, n, &text, &len, &err))
        return;
    more = look_file_pack(text, len, &packed_n);
    if (!more || packed_n > len + 64 ||
        (packed_n < len &&
         (look_file_unpack(more, packed_n, &back, &again_n, &err) ||
          again_n != len || memcmp(back, text, len) != 0)))
        abort();
    if (packed_n < len)
        free(back);
    free(more);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 10);

    if (!text)
        return 0;
    snprintf(text, 10, "%08x\n", crc32_add(0, data, size));
    memcpy(text + 9, data, size);
    again((const char *)data, size); /* the checksum is wrong */
    again(text, size + 9);
    if (size < 20000) /* clusters of a few hosts */
        decided(text, size + 9);
    free(text);
    packed((const char *)data, size);
    return 0;
}
