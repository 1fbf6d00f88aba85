/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Encodes the messages on the pipe between libxl and its save helper.
 *
 * The numbers are positions in the table of libxl_save_msgs_gen.pl, the same
 * from Xen 4.14 on, which is not installed with libxl: they are repeated here
 * and tests/unit/test_helper_msg.c holds them against a recorded exchange.
 *
 * On the wire, in the machine's byte order: u16 length, u16 number, then the
 * arguments packed. A string is u32 length with its NUL, then the bytes. Some
 * messages are answered by one raw int32.
 */
#ifndef XLX_HELPER_MSG_H
#define XLX_HELPER_MSG_H

#include <stddef.h>
#include <stdint.h>

enum xlx_helper_msg_type {
    HM_LOG = 1,
    HM_PROGRESS = 2,
    HM_SUSPEND = 3,
    HM_POSTCOPY = 4,
    HM_CHECKPOINT = 5,
    HM_WAIT_CHECKPOINT = 6,
    HM_SWITCH_QEMU_LOGDIRTY = 7,
    HM_STATIC_DATA_DONE = 8,
    HM_RESTORE_RESULTS = 9,
    HM_COMPLETE = 10,
};

enum { HM_MAX = 65535, HM_STRING_MAX = 8192 };

struct xlx_helper_msg {
    enum xlx_helper_msg_type type;
    uint32_t u32[2];    /* the integers, in order */
    uint64_t u64[2];    /* progress: done, total; restore_results: pfns */
    const char *str[2]; /* log, progress */
};

/* Length and message into buf (HM_MAX + 2 bytes are always enough; strings
 * are cut at HM_STRING_MAX). Returns the number of bytes. */
size_t xlx_helper_msg_encode(const struct xlx_helper_msg *m, uint8_t *buf);

#endif
