/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps the samples of one guest or host in one file of fixed size. */
#include "tools/series/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/base/text.h"
#include "tools/series/ring_impl.h"

static struct ring *ring_new(const struct shape *shape)
{
    struct ring *r = calloc(1, sizeof *r);

    if (r) {
        r->fd = -1;
        r->shape = shape;
    }
    return r;
}

void ring_close(struct ring *r)
{
    if (!r)
        return;
    if (r->fd >= 0)
        close(r->fd);
    free(r);
}

static int ring_find_newest(struct ring *r)
{
    uint32_t older;
    int rc = 0;

    for (unsigned i = 0; i < SHAPE_LEVELS && !rc; i++)
        rc = tail_newest(r, i, &r->newest[i], &older);
    return rc;
}

int ring_open(struct ring **ring_r, const char *path,
              const struct shape *shape, struct msg *err)
{
    struct ring *r = ring_new(shape);
    int rc = -ENOMEM;

    if (!r)
        goto out;
    r->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    rc = r->fd < 0 ? -errno : ring_header_read(r);
    if (rc == -ENOENT && r->fd >= 0)
        rc = 0;
    if (!rc)
        rc = ring_find_newest(r);
    if (!rc) {
        *ring_r = r;
        return 0;
    }
out:
    if (rc == -EPROTONOSUPPORT)
        msg_set(err,
                "%s is of another version of rackhop; the agent of this "
                "one begins a new file",
                path);
    else
        msg_set(err, "%s can't be read: %s", path, strerror(-rc));
    ring_close(r);
    return rc;
}

/* A file of another version goes aside, and a new one is begun. */
static int ring_begin(struct ring *r, const char *path)
{
    int rc;

    r->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    rc = r->fd < 0 ? -errno : ring_header_read(r);
    if (rc == -EPROTONOSUPPORT) {
        char old[4096];

        close(r->fd);
        r->fd = -1;
        if (snprintf(old, sizeof old, "%s.old", path) >= (int)sizeof old)
            return -ENAMETOOLONG;
        if (rename(path, old))
            return -errno;
        r->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        rc = r->fd < 0 ? -errno : -ENOENT;
    }
    if (rc != -ENOENT || r->fd < 0)
        return rc;
    return ring_header_write(r);
}

/* All blocks of the disk are there before anything is kept in them: later, a
 * full disk takes nothing away. */
static int ring_size(struct ring *r)
{
    struct stat st;
    int e;

    if (fstat(r->fd, &st))
        return -errno;
    if ((size_t)st.st_size > r->shape->size &&
        ftruncate(r->fd, (off_t)r->shape->size))
        return -errno;
    do
        e = posix_fallocate(r->fd, 0, (off_t)r->shape->size);
    while (e == EINTR);
    return -e;
}

/* Packs what the tail has of a block; what the ring has of it is kept where
 * the tail has lost it. */
static int ring_pack(struct ring *r, unsigned level, uint32_t block)
{
    uint8_t codes[SHAPE_SLOTS * SHAPE_CHANNELS] = { 0 };
    int rc = block_read(r, level, block, codes);

    if (rc == -ENOENT)
        rc = 0;
    if (!rc)
        rc = tail_read(r, level, block, codes);
    return rc > 0 ? block_write(r, level, block, codes) : rc;
}

/* After a power cut: records of a block that did not reach its place. */
static int ring_mend(struct ring *r)
{
    for (unsigned i = 0; i < SHAPE_LEVELS; i++) {
        const struct level *l = &r->shape->level[i];
        uint32_t newest, older;
        int rc = tail_newest(r, i, &newest, &older);

        if (!rc && older &&
            block_at(r, i, ring_block_of(l, older) % l->blocks) !=
                ring_block_of(l, older))
            rc = ring_pack(r, i, ring_block_of(l, older));
        if (rc)
            return rc;
    }
    return 0;
}

int ring_open_write(struct ring **ring_r, const char *path,
                    const struct shape *shape, uint64_t now, struct msg *err)
{
    struct ring *r = ring_new(shape);
    int rc = r ? ring_begin(r, path) : -ENOMEM;

    if (!rc)
        rc = ring_size(r);
    if (!rc)
        rc = ring_find_newest(r);
    if (!rc)
        rc = ring_forget_after(r, now);
    if (!rc)
        rc = ring_mend(r);
    if (rc) {
        msg_set(err, "samples can't be kept in %s: %s", path, strerror(-rc));
        ring_close(r);
        return rc;
    }
    *ring_r = r;
    return 0;
}

bool ring_damaged(const struct ring *r)
{
    return r->damaged;
}

const char *ring_name(const struct ring *r)
{
    return r->name;
}

int ring_set_name(struct ring *r, const char *name)
{
    char printable[RING_NAME] = "";

    text_printable(printable, sizeof printable, name, strlen(name));
    if (!strcmp(r->name, printable))
        return 0;
    memset(r->name, 0, sizeof r->name);
    strcpy(r->name, printable);
    return ring_header_write(r);
}

int ring_put(struct ring *r, unsigned level, uint32_t slot,
             const uint8_t *codes)
{
    const struct level *l = &r->shape->level[level];
    uint32_t newest = r->newest[level];
    int rc = 0;

    if (slot <= newest)
        return 0;
    if (newest && ring_block_of(l, newest) != ring_block_of(l, slot))
        rc = ring_pack(r, level, ring_block_of(l, newest));
    if (!rc)
        rc = tail_put(r, level, slot, codes);
    if (!rc)
        r->newest[level] = slot;
    return rc;
}

uint32_t ring_newest(const struct ring *r, unsigned level)
{
    return r->newest[level];
}

/* The slots of a block that lie behind this one. */
static int ring_cut_block(struct ring *r, unsigned level, uint32_t slot)
{
    const struct level *l = &r->shape->level[level];
    uint8_t codes[SHAPE_SLOTS * SHAPE_CHANNELS];
    uint32_t keep = slot % l->slots + 1;
    int rc = block_read(r, level, ring_block_of(l, slot), codes);

    if (rc)
        return rc == -ENOENT ? 0 : rc;
    memset(codes + keep * l->n, 0, (l->slots - keep) * l->n);
    return block_write(r, level, ring_block_of(l, slot), codes);
}

/* Blocks that lie in the future, and what was kept of the last one. */
static int ring_forget_level(struct ring *r, unsigned level, uint32_t slot)
{
    const struct level *l = &r->shape->level[level];
    int rc = 0;

    for (uint32_t i = 0; i < l->blocks && !rc; i++)
        if (block_at(r, level, i) > ring_block_of(l, slot))
            rc = block_erase(r, level, i);
    if (!rc)
        rc = ring_cut_block(r, level, slot);
    if (!rc)
        rc = tail_erase_after(r, level, slot);
    if (!rc)
        r->newest[level] = slot;
    return rc;
}

int ring_forget_after(struct ring *r, uint64_t now)
{
    int rc = 0;

    for (unsigned i = 0; i < SHAPE_LEVELS && !rc; i++) {
        uint32_t slot = (uint32_t)(now / r->shape->level[i].step_s);

        if (r->newest[i] > slot)
            rc = ring_forget_level(r, i, slot);
    }
    return rc;
}

/* A block as it is known: packed, and what the tail has of it above. */
static int ring_read_block(struct ring *r, unsigned level, uint32_t block,
                           uint8_t *codes)
{
    int rc = block_read(r, level, block, codes);

    if (rc && rc != -ENOENT)
        return rc;
    rc = tail_read(r, level, block, codes);
    return rc < 0 ? rc : 0;
}

int ring_read(struct ring *r, unsigned level, uint32_t slot, uint32_t n,
              uint8_t *codes)
{
    const struct level *l = &r->shape->level[level];
    uint32_t done = 0;

    while (done < n) {
        uint8_t block[SHAPE_SLOTS * SHAPE_CHANNELS] = { 0 };
        uint32_t first = (slot + done) % l->slots, k = l->slots - first;
        int rc =
            ring_read_block(r, level, ring_block_of(l, slot + done), block);

        if (rc)
            return rc;
        if (k > n - done)
            k = n - done;
        memcpy(codes + (size_t)done * l->n, block + first * l->n,
               (size_t)k * l->n);
        done += k;
    }
    return 0;
}
