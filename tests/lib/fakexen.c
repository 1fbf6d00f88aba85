/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps the memory of the domain that fakexen_xc.c shows to libxenguest. */
#include "tests/lib/fakexen_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xen/hvm/params.h>

static struct {
    struct fakexen *x;
    int fd;
} here = { NULL, -1 };

_Noreturn static void fake_broken(const char *what)
{
    perror(what);
    abort();
}

/* The struct, the types, what is populated, the log-dirty bitmap, memory. */
static size_t fake_types(void)
{
    return FAKEXEN_PAGE;
}

static size_t fake_populated(const struct fakexen *x)
{
    return fake_types() + x->pages;
}

static size_t fake_bitmap(const struct fakexen *x)
{
    return fake_populated(x) + x->pages;
}

static size_t fake_memory(uint64_t pages)
{
    size_t before = FAKEXEN_PAGE + 2 * pages + (pages + 63) / 64 * 8;

    return (before + FAKEXEN_PAGE - 1) / FAKEXEN_PAGE * FAKEXEN_PAGE;
}

static struct fakexen *fake_map(int fd, size_t size)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (at == MAP_FAILED)
        fake_broken("fakexen: mmap");
    return at;
}

struct fakexen *fakexen_new(uint64_t pages, bool source, int *fd_r)
{
    size_t size = fake_memory(pages) + pages * FAKEXEN_PAGE;
    int fd = memfd_create("fakexen", MFD_CLOEXEC);
    struct fakexen *x;

    /* the arrays are of whole words */
    pages = pages / 64 * 64;
    if (fd < 0 || ftruncate(fd, (off_t)size))
        fake_broken("fakexen: memfd");
    x = fake_map(fd, size);
    x->pages = pages;
    x->size = size;
    x->pauses = !source;
    sem_init(&x->go, 1, 0);
    sem_init(&x->stopped, 1, 0);
    sem_init(&x->prepared, 1, 0);
    sem_init(&x->begin, 1, 0);
    memset((char *)x + fake_populated(x), source, pages);
    memset(fakexen_page(x, 0), 0xa5, pages * FAKEXEN_PAGE);
    *fd_r = fd;
    return x;
}

void fakexen_free(struct fakexen *x)
{
    if (x && x == here.x)
        here.x = NULL;
    if (x)
        munmap(x, x->size);
}

void fakexen_be(struct fakexen *x, int fd)
{
    here.x = x;
    here.fd = fd;
}

struct fakexen *fakexen_here(void)
{
    const char *fd = getenv(FAKEXEN_ENV);
    struct stat st;

    if (here.x)
        return here.x;
    if (!fd)
        fake_broken("fakexen: there is no domain");
    here.fd = atoi(fd);
    if (fstat(here.fd, &st))
        fake_broken("fakexen: the domain's descriptor");
    here.x = fake_map(here.fd, (size_t)st.st_size);
    return here.x;
}

int fakexen_fd(void)
{
    return here.fd;
}

size_t fakexen_offset(const struct fakexen *x, uint64_t pfn)
{
    return fake_memory(x->pages) + pfn * FAKEXEN_PAGE;
}

uint8_t *fakexen_page(struct fakexen *x, uint64_t pfn)
{
    return (uint8_t *)x + fakexen_offset(x, pfn);
}

uint8_t *fakexen_type(struct fakexen *x, uint64_t pfn)
{
    return (uint8_t *)x + fake_types() + pfn;
}

uint64_t fakexen_owned(struct fakexen *x)
{
    uint64_t n = x->off_map + (x->counted++ ? x->ballooned : 0);

    for (uint64_t i = 0; i < x->pages; i++)
        n += *fakexen_type(x, i) != FAKEXEN_HOLE;
    return n;
}

_Atomic uint64_t *fakexen_dirty(struct fakexen *x)
{
    return (_Atomic uint64_t *)((char *)x + fake_bitmap(x));
}

bool fakexen_is_populated(struct fakexen *x, uint64_t pfn)
{
    return pfn < x->pages && ((char *)x)[fake_populated(x) + pfn];
}

bool fakexen_populate(struct fakexen *x, uint64_t pfn)
{
    if (pfn >= x->pages || fakexen_is_populated(x, pfn))
        return false;
    ((char *)x)[fake_populated(x) + pfn] = 1;
    x->populated++;
    return true;
}

void fakexen_context(uint8_t context[FAKEXEN_CONTEXT])
{
    uint32_t head[2] = { 1, FAKEXEN_CONTEXT_HEAD };
    uint32_t cpu[2] = { 2, FAKEXEN_CONTEXT - 3 * 8 - FAKEXEN_CONTEXT_HEAD };

    for (int i = 0; i < FAKEXEN_CONTEXT; i++)
        context[i] = (uint8_t)(i * 7);
    memcpy(context, head, sizeof head);
    memcpy(context + 8 + FAKEXEN_CONTEXT_HEAD, cpu, sizeof cpu);
    memset(context + FAKEXEN_CONTEXT - 8, 0, 8);
}

uint64_t fakexen_param(const struct fakexen *x, uint32_t index)
{
    switch (index) {
    case HVM_PARAM_STORE_PFN: return x->pages - 1;
    case HVM_PARAM_CONSOLE_PFN: return x->pages - 2;
    case HVM_PARAM_IOREQ_PFN: return x->pages - 3;
    case HVM_PARAM_BUFIOREQ_PFN: return x->pages - 4;
    default: return 0;
    }
}

bool fakexen_is_special(const struct fakexen *x, uint64_t pfn)
{
    return pfn + 4 >= x->pages;
}

/* --- the guest ---------------------------------------------------------------- */

/* The bit after the bytes: a look in between shows it in the next round. */
void fakexen_write(struct fakexen *x, uint64_t pfn, size_t at,
                   const void *data, size_t len)
{
    memcpy(fakexen_page(x, pfn) + at, data, len);
    atomic_fetch_or(&fakexen_dirty(x)[pfn / 64], 1ull << pfn % 64);
}

void fakexen_suspend(struct fakexen *x)
{
    x->stop = 1;
    if (x->running) {
        sem_post(&x->go);
        sem_wait(&x->stopped);
    }
    x->suspended = 1;
}

uint64_t fakexen_differ(struct fakexen *a, struct fakexen *b, uint64_t *pfn_r)
{
    uint64_t n = 0;

    for (uint64_t i = a->pages; i-- > 0;)
        if (!*fakexen_type(a, i) && !fakexen_is_special(a, i) &&
            (!fakexen_is_populated(b, i) ||
             memcmp(fakexen_page(a, i), fakexen_page(b, i), FAKEXEN_PAGE))) {
            *pfn_r = i;
            n++;
        }
    return n;
}
