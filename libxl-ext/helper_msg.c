/* SPDX-License-Identifier: LGPL-2.1-only */
/* Encodes the messages that a save helper sends to libxl. */
#include "libxl-ext/helper_msg.h"

#include <string.h>

/* What each message carries, in the order on the wire. */
static const struct shape {
    uint8_t u32s, strings, u64s;
} shapes[] = {
    [HM_LOG] = { 2, 2, 0 },
    [HM_PROGRESS] = { 0, 2, 2 },
    [HM_SUSPEND] = { 0, 0, 0 },
    [HM_POSTCOPY] = { 0, 0, 0 },
    [HM_CHECKPOINT] = { 0, 0, 0 },
    [HM_WAIT_CHECKPOINT] = { 0, 0, 0 },
    [HM_SWITCH_QEMU_LOGDIRTY] = { 2, 0, 0 },
    [HM_STATIC_DATA_DONE] = { 1, 0, 0 },
    [HM_RESTORE_RESULTS] = { 0, 0, 2 },
    [HM_COMPLETE] = { 2, 0, 0 },
};

static uint8_t *msg_put(uint8_t *p, const void *v, size_t n)
{
    memcpy(p, v, n);
    return p + n;
}

size_t xlx_helper_msg_encode(const struct xlx_helper_msg *m, uint8_t *buf)
{
    const struct shape *s = &shapes[m->type];
    uint16_t num = (uint16_t)m->type, len;
    uint8_t *p = msg_put(buf + 2, &num, sizeof num);

    for (int i = 0; i < s->u32s; i++)
        p = msg_put(p, &m->u32[i], sizeof m->u32[i]);
    for (int i = 0; i < s->strings; i++) {
        const char *str = m->str[i] ? m->str[i] : "";
        size_t n = strnlen(str, HM_STRING_MAX - 1);
        uint32_t with_nul = (uint32_t)n + 1;

        p = msg_put(p, &with_nul, sizeof with_nul);
        p = msg_put(p, str, n);
        *p++ = '\0';
    }
    for (int i = 0; i < s->u64s; i++)
        p = msg_put(p, &m->u64[i], sizeof m->u64[i]);
    len = (uint16_t)(p - buf - 2);
    msg_put(buf, &len, sizeof len);
    return (size_t)(p - buf);
}
