/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Runs a fuzz target over files, so that every seed and every input that was
 * once a bug is replayed in `make check` without libFuzzer.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
    uint8_t *buf = NULL;
    size_t len = 0, cap = 0, r;
    FILE *f = fopen(path, "rb");

    if (!f) {
        perror(path);
        return 1;
    }
    do {
        if (len == cap) {
            cap = cap ? cap * 2 : 65536;
            buf = realloc(buf, cap);
            if (!buf)
                abort();
        }
        r = fread(buf + len, 1, cap - len, f);
        len += r;
    } while (r);
    fclose(f);
    /* a block of the exact size, so that an overrun by one is seen */
    uint8_t *exact = malloc(len ? len : 1);
    if (!exact)
        abort();
    for (size_t i = 0; i < len; i++)
        exact[i] = buf[i];
    LLVMFuzzerTestOneInput(exact, len);
    free(exact);
    free(buf);
    return 0;
}

int main(int argc, char **argv)
{
    int bad = 0;

    for (int i = 1; i < argc; i++)
        bad |= replay(argv[i]);
    return bad;
}
