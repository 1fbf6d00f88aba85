/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads a save helper's messages as libxl does, for tests of their encoder. */
#include "tests/lib/helper_msg_read.h"

#include <errno.h>
#include <string.h>

/* What each message carries, in the order on the wire. */
static const struct shape {
    uint8_t u32s, strings, u64s;
    bool answered;
} shapes[] = {
    [HM_LOG] = { 2, 2, 0, false },
    [HM_PROGRESS] = { 0, 2, 2, false },
    [HM_SUSPEND] = { 0, 0, 0, true },
    [HM_POSTCOPY] = { 0, 0, 0, true },
    [HM_CHECKPOINT] = { 0, 0, 0, true },
    [HM_WAIT_CHECKPOINT] = { 0, 0, 0, true },
    [HM_SWITCH_QEMU_LOGDIRTY] = { 2, 0, 0, true },
    [HM_STATIC_DATA_DONE] = { 1, 0, 0, true },
    [HM_RESTORE_RESULTS] = { 0, 0, 2, false },
    [HM_COMPLETE] = { 2, 0, 0, true },
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

bool helper_msg_answered(enum xlx_helper_msg_type t)
{
    return (unsigned)t < SHAPES && shapes[t].answered;
}

static bool get(const uint8_t **p, const uint8_t *end, void *v, size_t n)
{
    if ((size_t)(end - *p) < n)
        return false;
    memcpy(v, *p, n);
    *p += n;
    return true;
}

static bool get_string(const uint8_t **p, const uint8_t *end, const char **r)
{
    uint32_t n;

    if (!get(p, end, &n, sizeof n) || !n || (size_t)(end - *p) < n)
        return false;
    if ((*p)[n - 1] != '\0' || memchr(*p, '\0', n) != *p + n - 1)
        return false;
    *r = (const char *)*p;
    *p += n;
    return true;
}

int helper_msg_decode(const uint8_t *data, size_t len,
                      struct xlx_helper_msg *m)
{
    const uint8_t *p = data, *end = data + len;
    const struct shape *s;
    uint16_t n, num;

    if (!get(&p, end, &n, sizeof n) || (size_t)(end - p) < n)
        return 0;
    end = p + n;
    *m = (struct xlx_helper_msg){ .type = 0 };
    if (!get(&p, end, &num, sizeof num) || !num || num >= SHAPES)
        goto malformed;
    m->type = (enum xlx_helper_msg_type)num;
    s = &shapes[num];
    for (int i = 0; i < s->u32s; i++)
        if (!get(&p, end, &m->u32[i], sizeof m->u32[i]))
            goto malformed;
    for (int i = 0; i < s->strings; i++)
        if (!get_string(&p, end, &m->str[i]))
            goto malformed;
    for (int i = 0; i < s->u64s; i++)
        if (!get(&p, end, &m->u64[i], sizeof m->u64[i]))
            goto malformed;
    if (p != end)
        goto malformed;
    return n + 2;
malformed:
    return -EINVAL;
}
