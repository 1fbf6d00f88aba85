/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl's migration wire: its fixed messages, its header, deadlines on all. */
#include "libxl-ext/handshake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char banner[] =
    "xl migration receiver ready, send binary domain data.\n";
static const char ready[] = "domain received, ready to unpause";
static const char go[] = "domain is yours, you are cleared to unpause";
static const char report[] = "my copy unpause results are as follows";

static const char magic[32] = "Xen saved domain, xl format\n \0 \r";
enum {
    BYTEORDER = 0x01020304,
    FLAG_JSON = 1,
    FLAG_STREAMV2 = 2,
    HEADER = 48,
};

const char *xlx_hs_text(enum xlx_hs_msg m, size_t *len_r)
{
    switch (m) {
    case XLX_HS_BANNER: *len_r = sizeof banner - 1; return banner; /* no NUL */
    case XLX_HS_READY: *len_r = sizeof ready; return ready;
    case XLX_HS_GO: *len_r = sizeof go; return go;
    case XLX_HS_REPORT: *len_r = sizeof report; return report;
    }
    *len_r = 0;
    return "";
}

/* --- reading and writing under a deadline ----------------------------------- */

struct transfer {
    int fd;
    char *buf;
    size_t done, len;
    bool write, eof;
    int error;
};

static void hs_transfer_ready(void *arg, short revents)
{
    struct transfer *t = arg;
    ssize_t r;

    if (t->write)
        r = write(t->fd, t->buf + t->done, t->len - t->done);
    else
        r = read(t->fd, t->buf + t->done, t->len - t->done);
    if (r > 0)
        t->done += (size_t)r;
    else if (!r)
        t->eof = true;
    else if (errno != EAGAIN && errno != EINTR)
        t->error = -errno;
}

static bool hs_transfer_done(void *arg)
{
    struct transfer *t = arg;

    return t->done == t->len || t->eof || t->error;
}

static int hs_transfer(struct loop *l, struct transfer *t, uint64_t deadline)
{
    int flags = fcntl(t->fd, F_GETFL), rc;
    struct loop_fd *f;

    if (flags < 0)
        return -errno;
    if (!(flags & O_NONBLOCK) && fcntl(t->fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return -errno;
    f = loop_add(l, t->fd, t->write ? POLLOUT : POLLIN, hs_transfer_ready, t);
    if (!f)
        return -ENOMEM;
    rc = loop_run(l, hs_transfer_done, t, deadline);
    loop_remove(f);
    if (rc)
        return rc;
    if (t->error)
        return t->error;
    return t->done == t->len ? 0 : -EPIPE;
}

int xlx_hs_read(struct loop *l, int fd, void *buf, size_t len,
                uint64_t deadline)
{
    struct transfer t = { .fd = fd, .buf = buf, .len = len };

    return hs_transfer(l, &t, deadline);
}

int xlx_hs_write(struct loop *l, int fd, const void *buf, size_t len,
                 uint64_t deadline)
{
    struct transfer t = { .fd = fd, .len = len, .write = true };

    t.buf = (char *)buf; /* it is only read from */
    return hs_transfer(l, &t, deadline);
}

int xlx_hs_expect(struct loop *l, int fd, enum xlx_hs_msg m, uint64_t deadline)
{
    char got[64];
    size_t len;
    const char *want = xlx_hs_text(m, &len);
    int rc = xlx_hs_read(l, fd, got, len, deadline);

    if (rc)
        return rc;
    return memcmp(got, want, len) ? -EPROTO : 0;
}

int xlx_hs_say(struct loop *l, int fd, enum xlx_hs_msg m, uint64_t deadline)
{
    size_t len;
    const char *text = xlx_hs_text(m, &len);

    return xlx_hs_write(l, fd, text, len, deadline);
}

/* --- the greeting ------------------------------------------------------------- */

int xlx_hs_greeting(struct loop *l, int fd, char **greeting_r,
                    uint64_t deadline)
{
    size_t want = sizeof banner - 1, len = 0, cap = 0;
    char *buf = NULL, *bigger;
    int rc;

    *greeting_r = NULL;
    for (;;) {
        struct transfer t = { .fd = fd };
        size_t before = len;

        if (cap - len < 4096) {
            cap = cap ? cap * 2 : 65536;
            rc = -E2BIG;
            if (cap > XLX_HS_GREETING_MAX)
                goto out;
            rc = -ENOMEM;
            bigger = realloc(buf, cap + 1);
            if (!bigger)
                goto out;
            buf = bigger;
        }
        /* Nothing follows the banner until the source host has spoken, so it
         * is safe to take all there is: one byte is waited for, then more. */
        t.buf = buf + len;
        t.len = 1;
        rc = hs_transfer(l, &t, deadline);
        if (rc)
            goto out;
        len++;
        ssize_t r = read(fd, buf + len, cap - len);
        if (r > 0)
            len += (size_t)r;
        buf[len] = '\0';
        /* the banner may come in two reads */
        size_t from = before > want ? before - want : 0;
        char *at = memmem(buf + from, len - from, banner, want);
        if (at) {
            rc = at + want == buf + len ? 0 : -EPROTO;
            *at = '\0';
            break;
        }
    }
out:
    if (rc) {
        /* what came instead of the banner is shown */
        if (buf && rc != -ENOMEM) {
            buf[len] = '\0';
            *greeting_r = buf;
            return rc;
        }
        free(buf);
        return rc;
    }
    *greeting_r = buf;
    return 0;
}

/* --- header and configuration ---------------------------------------------------- */

static void hs_put32(uint8_t *p, uint32_t v)
{
    memcpy(p, &v, sizeof v);
}

static uint32_t hs_get32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof v);
    return v;
}

size_t xlx_hs_config_size(const char *json)
{
    return HEADER + 4 + strlen(json) + 1;
}

int xlx_hs_send_config(struct loop *l, int fd, const char *json,
                       uint64_t deadline)
{
    size_t len = strlen(json) + 1;
    uint8_t h[HEADER + 4];
    int rc;

    if (len > XLX_HS_CONFIG_MAX)
        return -E2BIG;
    memcpy(h, magic, sizeof magic);
    hs_put32(h + 32, BYTEORDER);
    hs_put32(h + 36, FLAG_JSON | FLAG_STREAMV2);
    hs_put32(h + 40, 0);
    hs_put32(h + 44, (uint32_t)len + 4);
    hs_put32(h + 48, (uint32_t)len);
    rc = xlx_hs_write(l, fd, h, sizeof h, deadline);
    if (rc)
        return rc;
    return xlx_hs_write(l, fd, json, len, deadline);
}

int xlx_hs_parse_header(const uint8_t *h, size_t len, uint32_t *optional_r,
                        const char **why)
{
    if (len < HEADER || memcmp(h, magic, sizeof magic)) {
        *why = "it is not a domain from xl or rackhop";
        return -EPROTO;
    }
    if (hs_get32(h + 32) != BYTEORDER) {
        *why = "the source host has another byte order";
        return -EPROTO;
    }
    if (hs_get32(h + 36) & ~(uint32_t)(FLAG_JSON | FLAG_STREAMV2)) {
        *why = "the source host is newer: it uses mandatory flags that this "
               "host does not know";
        return -EPROTO;
    }
    if ((hs_get32(h + 36) & (FLAG_JSON | FLAG_STREAMV2)) !=
        (FLAG_JSON | FLAG_STREAMV2)) {
        *why = "the source host's format is older than Xen 4.6";
        return -EPROTO;
    }
    *optional_r = hs_get32(h + 44);
    if (*optional_r < 4 || *optional_r > XLX_HS_CONFIG_MAX) {
        *why = "the configuration is missing or larger than 16 MiB";
        return -EPROTO;
    }
    return 0;
}

int xlx_hs_parse_config(const uint8_t *data, size_t len, const char **json_r,
                        size_t *json_len_r, const char **why)
{
    uint32_t n;

    *why = "the configuration is cut short";
    if (len < 4)
        return -EPROTO;
    n = hs_get32(data);
    if (!n || n > len - 4)
        return -EPROTO;
    *why = "the configuration is no text";
    if (data[4 + n - 1] != '\0' || memchr(data + 4, '\0', n) != data + 3 + n)
        return -EPROTO;
    *json_r = (const char *)data + 4;
    *json_len_r = n - 1;
    return 0;
}

int xlx_hs_read_config(struct loop *l, int fd, char **json_r, const char **why,
                       uint64_t deadline)
{
    uint8_t h[HEADER] = { 0 }, *data = NULL;
    uint32_t optional;
    const char *json;
    size_t len;
    int rc;

    *json_r = NULL;
    *why = "the source host closed the connection";
    rc = xlx_hs_read(l, fd, h, sizeof h, deadline);
    if (rc)
        return rc;
    rc = xlx_hs_parse_header(h, sizeof h, &optional, why);
    if (rc)
        return rc;
    data = calloc(1, optional);
    *why = "out of memory";
    if (!data)
        return -ENOMEM;
    *why = "the source host closed the connection";
    rc = xlx_hs_read(l, fd, data, optional, deadline);
    if (!rc)
        rc = xlx_hs_parse_config(data, optional, &json, &len, why);
    if (!rc) {
        *json_r = strndup(json, len);
        if (!*json_r)
            rc = -ENOMEM;
    }
    free(data);
    return rc;
}
