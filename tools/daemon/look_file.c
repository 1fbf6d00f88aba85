/* SPDX-License-Identifier: LGPL-2.1-only */
/* Compresses records of looks, and brings them back. */
#include "tools/daemon/look_file.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libxl-ext/wire/pack.h"
#include "tools/doc/lookback.h"

#define HEAD "rackhop-lookback/1 zstd "
enum { HEAD_MOST = sizeof HEAD + 20 };

static char *look_copy(const char *text, size_t len)
{
    char *copy = malloc(len + 1);

    if (copy) {
        memcpy(copy, text, len);
        copy[len] = '\0';
    }
    return copy;
}

char *look_file_pack(const char *text, size_t len, size_t *n_r)
{
    struct pack *p = pack_new();
    char *bytes = malloc(HEAD_MOST + len);
    size_t n = 0;
    int head = 0;

    if (p && bytes) {
        head = snprintf(bytes, HEAD_MOST, HEAD "%zu\n", len);
        n = pack_shrink(p, PACK_ZSTD, (const uint8_t *)text, len,
                        (uint8_t *)bytes + head);
    }
    pack_free(p);
    if (n) {
        *n_r = (size_t)head + n;
        return bytes;
    }
    /* what can't be made smaller stays as it is */
    free(bytes);
    *n_r = len;
    return look_copy(text, len);
}

/* The length that the head tells, and where it ends; 0: it tells none. */
static size_t look_head(const char *bytes, size_t n, size_t *len)
{
    size_t at = strlen(HEAD);

    for (*len = 0; at < n && at < HEAD_MOST; at++) {
        if (bytes[at] == '\n')
            return *len <= (size_t)LOOKBACK_MIB << 20 ? at + 1 : 0;
        if (bytes[at] < '0' || bytes[at] > '9' || *len > SIZE_MAX / 20)
            return 0;
        *len = *len * 10 + (size_t)(bytes[at] - '0');
    }
    return 0;
}

int look_file_unpack(const char *bytes, size_t n, char **text_r, size_t *len_r,
                     struct msg *err)
{
    struct pack *p;
    size_t at;
    int rc = -ENOMEM;

    *len_r = n;
    if (n < strlen(HEAD) || memcmp(bytes, HEAD, strlen(HEAD)) != 0)
        return (*text_r = look_copy(bytes, n)) ? 0 : -ENOMEM;
    at = look_head(bytes, n, len_r);
    if (!at)
        *len_r = 0;
    *text_r = malloc(*len_r + 1);
    p = pack_new();
    if (p && *text_r)
        rc = !at ? -EINVAL
                 : pack_restore(p, PACK_ZSTD, (const uint8_t *)bytes + at,
                                n - at, (uint8_t *)*text_r, *len_r);
    pack_free(p);
    if (!rc) {
        (*text_r)[*len_r] = '\0';
        return 0;
    }
    free(*text_r);
    *text_r = NULL;
    if (rc == -ENOMEM)
        return rc;
    msg_set(err, "the record of a look is damaged");
    return -EINVAL;
}
