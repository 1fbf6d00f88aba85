/* SPDX-License-Identifier: LGPL-2.1-only */
/* Encodes and decodes libxc's stream in one process. */
#include "tests/lib/frame_pipe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libxl-ext/wire/frame.h"
#include "libxl-ext/wire/pfn_list.h"

enum { ROOM = 64 << 20, HEADS = 40, RECORD_MAX = 8 << 20 };

static int pipe_emit(void *arg, const struct iovec *v, int n)
{
    struct frame_pipe *p = arg;

    for (int i = 0; i < n; i++) {
        if (p->len + v[i].iov_len > p->size)
            return -ENOSPC;
        if (v[i].iov_len)
            memcpy(p->wire + p->len, v[i].iov_base, v[i].iov_len);
        p->len += v[i].iov_len;
    }
    return p->emit_rc;
}

static enum pack_how pipe_how(void *arg)
{
    return ((struct frame_pipe *)arg)->how;
}

static int pipe_read(void *arg, void *buf, size_t n)
{
    struct frame_pipe *p = arg;

    if (n > p->len - p->at)
        return -EPIPE;
    memcpy(buf, p->wire + p->at, n);
    p->at += n;
    return 0;
}

static int pipe_map(void *arg, const uint64_t *pfns, size_t n,
                    const uint8_t **pages_r)
{
    struct frame_pipe *p = arg;
    uint8_t *at;

    if (p->map_rc)
        return p->map_rc;
    at = malloc(n * PIPE_PAGE);
    for (size_t i = 0; i < n; i++) {
        if (pfns[i] >= PIPE_PAGES) {
            free(at);
            return -EFAULT;
        }
        memcpy(at + i * PIPE_PAGE, p->target + pfns[i] * PIPE_PAGE, PIPE_PAGE);
    }
    p->mapped++;
    *pages_r = at;
    return 0;
}

static void pipe_unmap(void *arg, const uint8_t *pages, size_t n)
{
    ((struct frame_pipe *)arg)->mapped--;
    free((void *)pages);
}

static void pipe_target(struct frame_pipe *p)
{
    const struct record_dec_setup d = {
        .read = pipe_read, .map = pipe_map, .unmap = pipe_unmap, .arg = p
    };

    p->dec = record_dec_new(&d);
    p->target = malloc((size_t)PIPE_PAGES * PIPE_PAGE);
    if (!p->dec || !p->target)
        abort();
    memset(p->target, 0xa5, (size_t)PIPE_PAGES * PIPE_PAGE);
}

void frame_pipe_again(struct frame_pipe *p)
{
    p->at = p->read_len = p->mapped = 0;
    pipe_target(p);
}

void frame_pipe_again_end(struct frame_pipe *p)
{
    record_dec_free(p->dec);
    free(p->target);
}

void frame_pipe_init(struct frame_pipe *p, size_t cache_pages,
                     enum pack_how how)
{
    const struct record_enc_setup e = { .cache_pages = cache_pages,
                                        .emit = pipe_emit,
                                        .how = pipe_how,
                                        .arg = p };

    *p = (struct frame_pipe){ .how = how, .size = ROOM };
    p->enc = record_enc_new(&e);
    p->wire = malloc(ROOM);
    p->wrote = malloc(ROOM);
    p->read = malloc(ROOM);
    p->source = calloc(PIPE_PAGES, PIPE_PAGE);
    if (!p->enc || !p->wire || !p->wrote || !p->read || !p->source)
        abort();
    pipe_target(p);
}

void frame_pipe_dispose(struct frame_pipe *p)
{
    record_enc_free(p->enc);
    record_dec_free(p->dec);
    free(p->wire);
    free(p->wrote);
    free(p->read);
    free(p->source);
    free(p->target);
}

static int pipe_write(struct frame_pipe *p, const struct iovec *v, int n)
{
    for (int i = 0; i < n; i++) {
        if (v[i].iov_len)
            memcpy(p->wrote + p->wrote_len, v[i].iov_base, v[i].iov_len);
        p->wrote_len += v[i].iov_len;
    }
    return record_enc_write(p->enc, v, n);
}

int frame_pipe_heads(struct frame_pipe *p, bool pv)
{
    uint8_t image[24] = { 255, 255, 255, 255, 255, 255, 255, 255, 'X' };
    uint32_t domain[4] = { pv ? 1 : 2, 12, 4, 17 };
    int rc = pipe_write(p, &(struct iovec){ image, sizeof image }, 1);

    return rc ? rc
              : pipe_write(p, &(struct iovec){ domain, sizeof domain }, 1);
}

int frame_pipe_record(struct frame_pipe *p, uint32_t type, const void *data,
                      size_t len)
{
    static const char zeros[8];
    uint32_t length = (uint32_t)len;
    struct iovec v[5] = { { &type, 4 },
                          { &length, 4 },
                          { (void *)data, len },
                          { NULL, 0 },
                          { (void *)zeros, -len & 7 } };

    return pipe_write(p, v, 5);
}

int frame_pipe_pages(struct frame_pipe *p, const uint64_t *elements, size_t n)
{
    static struct iovec v[4 + FRAME_RECORD];
    uint32_t type = 1, length, head[2] = { (uint32_t)n, 0 };
    int at = 4;

    for (size_t i = 0; i < n; i++)
        if (pfn_has_data(elements[i]))
            v[at++] = (struct iovec){ p->source + pfn_of(elements[i]) %
                                                      PIPE_PAGES * PIPE_PAGE,
                                      PIPE_PAGE };
    length = (uint32_t)(8 + 8 * n + (size_t)(at - 4) * PIPE_PAGE);
    v[0] = (struct iovec){ &type, 4 };
    v[1] = (struct iovec){ &length, 4 };
    v[2] = (struct iovec){ head, 8 };
    v[3] = (struct iovec){ (void *)elements, 8 * n };
    return pipe_write(p, v, at);
}

/* --- libxc, reading ------------------------------------------------------------- */

static int pipe_get(struct frame_pipe *p, size_t n, uint8_t **at_r)
{
    int rc;

    if (p->read_len + n > ROOM)
        return -ENOSPC;
    rc = record_dec_read(p->dec, p->read + p->read_len, n);
    *at_r = p->read + p->read_len;
    p->read_len += rc ? 0 : n;
    return rc;
}

static void pipe_place(struct frame_pipe *p, const uint8_t *body, size_t len)
{
    uint32_t count;
    const uint8_t *page;

    memcpy(&count, body, 4);
    page = body + 8 + 8 * (size_t)count;
    for (uint32_t i = 0; i < count && page + PIPE_PAGE <= body + len; i++) {
        uint64_t e;

        memcpy(&e, body + 8 + 8 * (size_t)i, 8);
        if (!pfn_has_data(e))
            continue;
        memcpy(p->target + pfn_of(e) % PIPE_PAGES * PIPE_PAGE, page,
               PIPE_PAGE);
        page += PIPE_PAGE;
    }
}

int frame_pipe_drain(struct frame_pipe *p)
{
    uint8_t *at;
    uint32_t head[2];
    int rc = p->read_len ? 0 : pipe_get(p, HEADS, &at);

    while (!rc && (p->at < p->len || p->read_len < p->wrote_len)) {
        rc = pipe_get(p, 8, &at);
        if (rc)
            break;
        memcpy(head, at, sizeof head);
        if (head[1] > RECORD_MAX)
            return -E2BIG;
        rc = pipe_get(p, (head[1] + 7) / 8 * 8, &at);
        if (!rc && head[0] == 1 && head[1] >= 8)
            pipe_place(p, at, head[1]);
    }
    return rc;
}
