/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The codec of a save: makes frames of libxc's records, writes them to the
 * stream, and watches whether the link or the processor is what is waited for.
 */
#include "libxl-ext/helper_codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libxl-ext/wire/frame.h"
#include "libxl-ext/wire/libxc.h"
#include "tools/base/clock.h"

/* Pages that are remembered: at most so many MiB, and this part of what dom0
 * could spare. They are given back when dom0 can spare less than that part of
 * its memory: it is looked at each second, and after so many pages, since four
 * moves over fast links fill what a small dom0 has in less than that. */
enum { CACHE_MIB = 256, CACHE_PART = 3, SPARE_PART = 16 };
enum { PAGE_KIB = FRAME_PAGE / 1024, MIB_PAGES = (1 << 20) / FRAME_PAGE };
enum { LOOK_PAGES = 8 * MIB_PAGES };
static const uint64_t look_ns = 1000000000;

/* Frames without pages, of which the holes and the zeros of a guest make
 * thousands, go together: each write wakes every process on the way. One is held
 * for no longer than this, and the last of a round not at all. */
enum { GATHER = 16 << 10, GATHER_FRAME = 1 << 10, FRAME_PARTS = 3 };
static const uint64_t gather_ns = 50000000;

struct save_codec {
    struct exact exact;
    struct record_enc *enc;
    struct pack_choice choice;
    uint64_t last_ns; /* the end of the last write */
    uint64_t busy_ns; /* between writes, and in them but for waiting */
    bool remembers;   /* pages, for deltas */
    uint64_t look_ns; /* when to look at dom0's memory again */
    uint64_t looked;  /* pages that had gone whole at the last look */
    struct {
        size_t n;
        uint64_t since_ns;
        int rc; /* of a write that nobody could be told of */
        uint8_t bytes[GATHER];
    } gather;
};

/* --- the cache ----------------------------------------------------------------- */

struct dom0_memory {
    unsigned long kib, spare_kib;
};

static struct dom0_memory codec_memory(void)
{
    FILE *f = fopen("/proc/meminfo", "re");
    struct dom0_memory m = { 0, 0 };
    char line[128];

    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "MemTotal: %lu kB", &m.kib) != 1 &&
            sscanf(line, "MemAvailable: %lu kB", &m.spare_kib) == 1)
            break;
    if (f)
        fclose(f);
    return m;
}

static uint64_t codec_cache_pages(uint64_t guest_pages)
{
    uint64_t most = codec_memory().spare_kib / CACHE_PART / PAGE_KIB;

    if (most > (uint64_t)CACHE_MIB * MIB_PAGES)
        most = (uint64_t)CACHE_MIB * MIB_PAGES;
    return guest_pages < most ? guest_pages : most;
}

/* Memory is taken as pages are first remembered, so others may have taken it
 * since it was counted. */
static void codec_look(struct save_codec *c, uint64_t now)
{
    uint64_t whole = record_enc_stats(c->enc)->raw;
    struct dom0_memory m;

    if (!c->remembers || (now < c->look_ns && whole - c->looked < LOOK_PAGES))
        return;
    c->look_ns = now + look_ns;
    c->looked = whole;
    m = codec_memory();
    if (m.spare_kib < m.kib / SPARE_PART) {
        record_enc_forget(c->enc);
        c->remembers = false;
    }
}

/* --- the way out --------------------------------------------------------------- */

static uint64_t codec_cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* The bytes of a frame before they were compressed, and all of them as they
 * are; 0: it is none. */
static uint64_t codec_raw(const struct iovec *v, int n, uint64_t *wire_r)
{
    struct frame f;

    *wire_r = 0;
    for (int i = 0; i < n; i++)
        *wire_r += v[i].iov_len;
    return v->iov_len == FRAME_HEAD && !frame_get(&f, v->iov_base) ? f.raw : 0;
}

/* Writes what was gathered, and v. A write waits while it uses no CPU: copying
 * into a pipe is work. */
static int codec_send(struct save_codec *c, const struct iovec *v, int n,
                      uint64_t *wait_ns_r)
{
    uint64_t cpu = codec_cpu_ns(), from = clock_ns(), all;
    struct iovec out[1 + FRAME_PARTS] = { { c->gather.bytes, c->gather.n } };
    int rc;

    for (int i = 0; i < n; i++)
        out[1 + i] = v[i];
    rc = xlx_exact_write(c->exact.fd, out, 1 + n);
    c->gather.n = 0;
    all = clock_ns() - from;
    cpu = codec_cpu_ns() - cpu;
    *wait_ns_r = all > cpu ? all - cpu : 0;
    return rc;
}

/* False: it is to be sent. */
static bool codec_gather(struct save_codec *c, const struct iovec *v, int n,
                         size_t bytes)
{
    uint64_t now = clock_ns();

    if (!c->gather.n)
        c->gather.since_ns = now;
    if (bytes > GATHER_FRAME || bytes > GATHER - c->gather.n ||
        now - c->gather.since_ns > gather_ns)
        return false;
    for (int i = 0; i < n; i++) {
        if (v[i].iov_len) /* a part that is not there has no address */
            memcpy(c->gather.bytes + c->gather.n, v[i].iov_base, v[i].iov_len);
        c->gather.n += v[i].iov_len;
    }
    return true;
}

static int codec_emit(void *arg, const struct iovec *v, int n)
{
    struct save_codec *c = arg;
    struct pack_sent s = { 0 };
    uint64_t now;
    int rc = 0;

    s.raw = codec_raw(v, n, &s.wire);
    if (!codec_gather(c, v, n, s.wire))
        rc = codec_send(c, v, n, &s.wait_ns);
    now = clock_ns();
    s.work_ns = now - c->last_ns - s.wait_ns;
    c->last_ns = now;
    c->busy_ns += s.work_ns;
    pack_choice_note(&c->choice, &s);
    return rc;
}

static int codec_flush(struct save_codec *c)
{
    uint64_t wait_ns;

    if (!c->gather.rc && c->gather.n)
        c->gather.rc = codec_send(c, NULL, 0, &wait_ns);
    return c->gather.rc;
}

static enum pack_how codec_how(void *arg)
{
    return ((struct save_codec *)arg)->choice.how;
}

static int codec_write(void *arg, const struct iovec *v, int n)
{
    struct save_codec *c = arg;
    uint32_t type = LIBXC_PAGE_DATA;
    int rc = c->gather.rc;

    codec_look(c, clock_ns());
    if (v->iov_len >= sizeof type)
        memcpy(&type, v->iov_base, sizeof type);
    if (!rc)
        rc = record_enc_write(c->enc, v, n);
    if (!rc && type != LIBXC_PAGE_DATA) /* it may be the last */
        rc = codec_flush(c);
    return rc;
}

/* --- the object ---------------------------------------------------------------- */

struct save_codec *xlx_save_codec_open(int fd, enum codec_wish wish,
                                       uint64_t guest_pages, bool deltas)
{
    struct save_codec *c = calloc(1, sizeof *c);
    struct record_enc_setup s = {
        .cache_pages = deltas ? codec_cache_pages(guest_pages) : 0,
        .emit = codec_emit,
        .how = codec_how,
        .arg = c,
    };

    if (!c)
        return NULL;
    c->exact = (struct exact){ .fd = fd, .write = codec_write, .arg = c };
    c->enc = record_enc_new(&s);
    if (!c->enc) {
        free(c);
        return NULL;
    }
    c->remembers = s.cache_pages;
    pack_choice_init(&c->choice, wish);
    c->last_ns = clock_ns();
    xlx_exact_use(&c->exact);
    return c;
}

void xlx_save_codec_close(struct save_codec *c)
{
    if (!c)
        return;
    xlx_exact_use(NULL);
    record_enc_free(c->enc);
    free(c);
}

void xlx_save_codec_limit(struct save_codec *c, uint64_t rate)
{
    pack_choice_limit(&c->choice, rate);
}

enum save_codec_state xlx_save_codec_state(const struct save_codec *c)
{
    if (!c->exact.wrote && !c->exact.wrote_vector)
        return SAVE_CODEC_IDLE;
    return c->exact.wrote && c->exact.wrote_vector && record_enc_begun(c->enc)
               ? SAVE_CODEC_WORKS
               : SAVE_CODEC_BROKEN;
}

void xlx_save_codec_leave_out(struct save_codec *c,
                              const struct record_enc_again *a)
{
    record_enc_leave_out(c->enc, a);
}

void xlx_save_codec_flush(struct save_codec *c)
{
    codec_flush(c);
}

void xlx_save_codec_round(struct save_codec *c, unsigned iteration)
{
    if (iteration)
        record_enc_first_pass_over(c->enc);
    c->last_ns = clock_ns(); /* what the policy waited is no work */
}

struct xlx_carried xlx_save_codec_carried(const struct save_codec *c)
{
    const struct record_enc_stats *s = record_enc_stats(c->enc);

    return (struct xlx_carried){ .bytes = s->bytes,
                                 .pages = s->pages - s->zero,
                                 .busy_us = c->busy_ns / 1000,
                                 .left = s->left };
}
