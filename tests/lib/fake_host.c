/* SPDX-License-Identifier: LGPL-2.1-only */
/* A host for the agent: guests and files that a test makes up. */
#include "tests/lib/fake_host.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/paths.h"

void fake_host_init(struct fake_host *h, char *root)
{
    memset(h, 0, sizeof *h);
    h->root = root;
    h->host.cpus = 8;
    h->host.free_kib = 1 << 20;
    h->dom0.vcpus = 2;
}

struct fake_guest *fake_guest_add(struct fake_host *h, uint32_t domid,
                                  unsigned id, unsigned vcpus)
{
    struct fake_guest *g = &h->guest[h->n++];

    memset(g, 0, sizeof *g);
    g->look.domid = domid;
    g->look.uuid[14] = (uint8_t)(id >> 8);
    g->look.uuid[15] = (uint8_t)id;
    g->look.vcpus = vcpus;
    g->look.max_vcpu_id = vcpus - 1;
    g->look.memory_kib = g->look.max_kib = 1 << 20;
    g->look.runs = true;
    snprintf(g->name, sizeof g->name, "g%u", id);
    return g;
}

void fake_guest_gone(struct fake_host *h, struct fake_guest *g)
{
    memset(g, 0, sizeof *g);
}

static int fake_guests(void *arg, struct xlx_look *to, unsigned room)
{
    struct fake_host *h = arg;
    unsigned n = 0;

    if (h->fails)
        return h->fails;
    to[n++] = h->dom0;
    for (unsigned i = 0; i < h->n && n < room; i++)
        if (h->guest[i].look.domid)
            to[n++] = h->guest[i].look;
    return (int)n;
}

static int fake_look_host(void *arg, struct xlx_look_host *to)
{
    struct fake_host *h = arg;

    *to = h->host;
    return h->fails;
}

static struct fake_guest *fake_find(struct fake_host *h, uint32_t domid)
{
    for (unsigned i = 0; i < h->n; i++)
        if (h->guest[i].look.domid == domid)
            return &h->guest[i];
    return NULL;
}

static int fake_waits(void *arg, const struct xlx_look *l,
                      struct xlx_steal_count *to)
{
    struct fake_host *h = arg;
    const struct fake_guest *g = fake_find(h, l->domid);

    h->asked++;
    to->times++;
    to->looks += l->vcpus;
    to->wants += l->vcpus;
    to->waits += g->waits;
    return 0;
}

void fake_host_mac(struct fake_host *h, const char *key, const char *mac)
{
    unsigned i = 0;

    while (i < h->macs && strcmp(h->mac[i][0], key) != 0)
        i++;
    if (i == FAKE_MACS)
        abort();
    h->macs += i == h->macs;
    snprintf(h->mac[i][0], sizeof h->mac[i][0], "%s", key);
    snprintf(h->mac[i][1], sizeof h->mac[i][1], "%s", mac);
}

static int fake_backend(const struct fake_host *h, const char *key, char *buf,
                        size_t size)
{
    for (unsigned i = 0; i < h->macs; i++)
        if (!strcmp(h->mac[i][0], key))
            return snprintf(buf, size, "%s", h->mac[i][1]) < (int)size
                       ? 0
                       : -E2BIG;
    return -ENOENT;
}

static int fake_store(void *arg, uint32_t domid, const char *key, char *buf,
                      size_t size)
{
    const struct fake_guest *g = fake_find(arg, domid);
    int n = 0;

    if (!domid)
        return fake_backend(arg, key, buf, size);
    if (!strcmp(key, "name") && !*g->name)
        return -ENOENT;
    if (!strcmp(key, "name"))
        n = snprintf(buf, size, "%s", g->name);
    else if (!strcmp(key, "memory/target"))
        n = snprintf(buf, size, "%d", 1 << 19);
    else if (*g->hint)
        n = snprintf(buf, size, "%s", g->hint);
    else
        return -ENOENT;
    return n < (int)size ? 0 : -E2BIG;
}

struct xlx_looker fake_looker(struct fake_host *h)
{
    return (struct xlx_looker){ h, fake_guests, fake_look_host, fake_waits,
                                fake_store };
}

void fake_file(struct fake_host *h, const char *path, const char *fmt, ...)
{
    char whole[512], *slash;
    va_list ap;
    FILE *f;

    snprintf(whole, sizeof whole, "%s/%s", h->root, path);
    slash = strrchr(whole, '/');
    *slash = '\0';
    if (path_make(whole))
        abort();
    *slash = '/';
    f = fopen(whole, "we");
    if (!f)
        abort();
    va_start(ap, fmt);
    vfprintf(f, fmt, ap);
    va_end(ap);
    if (fclose(f))
        abort();
}
