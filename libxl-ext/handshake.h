/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * xl's migration wire (tools/xl/xl_migrate.c, xl_vmcontrol.c), as both hosts
 * of a move speak it:
 *
 *   target    banner (no NUL)
 *   source    48-byte header, optional data: the configuration as JSON
 *   source    libxl's stream, version 2
 *   target    READY
 *   source    GO           <- the point of no return
 *   target    REPORT, one byte: 0, or that it could not start
 *   target    GO again, after a failure: its copy is gone, take yours back
 *
 * A target host's rackhop that was started with --greet puts lines in front of
 * the banner: what its host is (facts). Every read has a deadline.
 */
#ifndef XLX_HANDSHAKE_H
#define XLX_HANDSHAKE_H

#include <stddef.h>
#include <stdint.h>

#include "tools/base/loop.h"

enum xlx_hs_msg {
    XLX_HS_BANNER, /* "xl migration receiver ready, send binary domain data.\n" */
    XLX_HS_READY,  /* "domain received, ready to unpause" */
    XLX_HS_GO,     /* "domain is yours, you are cleared to unpause" */
    XLX_HS_REPORT, /* "my copy unpause results are as follows" */
};

enum { XLX_HS_CONFIG_MAX = 16 << 20, XLX_HS_GREETING_MAX = 4 << 20 };

/*
 * Reads exactly that message. 0; -EPIPE: the other host closed; -EPROTO: it
 * said something else; -ETIMEDOUT, -EINTR as loop_run(). The pump may be at
 * work meanwhile: it is the loop that waits.
 */
int xlx_hs_expect(struct loop *l, int fd, enum xlx_hs_msg m,
                  uint64_t deadline_us);
int xlx_hs_read(struct loop *l, int fd, void *buf, size_t len,
                uint64_t deadline_us);
int xlx_hs_say(struct loop *l, int fd, enum xlx_hs_msg m,
               uint64_t deadline_us);
int xlx_hs_write(struct loop *l, int fd, const void *buf, size_t len,
                 uint64_t deadline_us);

/*
 * Everything up to and with the banner; what stood before it is in
 * *greeting_r (to be freed, with a NUL behind; empty from stock xl).
 */
int xlx_hs_greeting(struct loop *l, int fd, char **greeting_r,
                    uint64_t deadline_us);

/* The header and the configuration (json, with its NUL). */
int xlx_hs_send_config(struct loop *l, int fd, const char *json,
                       uint64_t deadline_us);
/* How many bytes that puts on the wire. */
size_t xlx_hs_config_size(const char *json);
/* -EPROTO and a reason in why (static text) when it is not xl's, too large, or
 * not JSON. *json_r is to be freed. */
int xlx_hs_read_config(struct loop *l, int fd, char **json_r, const char **why,
                       uint64_t deadline_us);

const char *xlx_hs_text(enum xlx_hs_msg m, size_t *len_r);

/*
 * The header alone, for tests and fuzzing: checks 48 bytes, gives the length
 * of the optional data. 0 or -EPROTO and why.
 */
int xlx_hs_parse_header(const uint8_t *data, size_t len, uint32_t *optional_r,
                        const char **why);
/* The optional data: finds the configuration in it. */
int xlx_hs_parse_config(const uint8_t *data, size_t len, const char **json_r,
                        size_t *json_len_r, const char **why);

#endif
