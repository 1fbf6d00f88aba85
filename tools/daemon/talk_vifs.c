/* SPDX-License-Identifier: LGPL-2.1-only */
/* Finds the interfaces of guests, and whose addresses are behind them. */
#include "tools/daemon/talk_vifs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/base/grow.h"
#include "tools/base/mac.h"
#include "tools/daemon/source_impl.h"

enum { ASK_LOOKS = 60 /* an address is asked for again after so many */ };

void talk_vifs_dispose(struct talk_vifs *v)
{
    free(v->vif);
    *v = (struct talk_vifs){ .n = 0 };
}

struct vifs_look {
    struct talk_vifs *v;
    const char *root;
    bool has_ovs; /* it runs here */
    int rc;
};

/* Only names as Xen's scripts give them: they go into nft's rules. */
static bool vif_parse(const char *name, unsigned *domid, unsigned *dev)
{
    char plain[32], emulated[40];

    if (sscanf(name, "vif%9u.%9u", domid, dev) != 2)
        return false;
    snprintf(plain, sizeof plain, "vif%u.%u", *domid, *dev);
    snprintf(emulated, sizeof emulated, "%s-emu", plain);
    return !strcmp(name, plain) || !strcmp(name, emulated);
}

static bool vifs_have_ovs(const char *root)
{
    char path[SOURCE_PATH];

    snprintf(path, sizeof path, "%s/run/openvswitch/db.sock", root);
    return !access(path, F_OK);
}

/* Its kernel module is the master of its ports. Its datapath without one opens
 * them as anybody can: they have none. */
static bool vif_on_ovs(const struct vifs_look *k, const char *name)
{
    char path[SOURCE_PATH], to[PATH_MAX];
    const char *last;
    ssize_t n;

    snprintf(path, sizeof path, "%s/sys/class/net/%s/master", k->root, name);
    n = readlink(path, to, sizeof to - 1);
    if (n < 0)
        return k->has_ovs;
    to[n] = '\0';
    last = strrchr(to, '/');
    return !strcmp(last ? last + 1 : to, "ovs-system");
}

static struct talk_vif *vif_of_name(struct talk_vifs *v, const char *name)
{
    for (size_t i = 0; i < v->n; i++)
        if (!strcmp(v->vif[i].name, name))
            return &v->vif[i];
    return NULL;
}

static void vif_found(void *arg, const char *name)
{
    struct vifs_look *k = arg;
    struct talk_vifs *v = k->v;
    struct talk_vif *i;
    unsigned domid, dev;
    bool ovs;

    if (k->rc || strlen(name) >= sizeof v->vif->name ||
        !vif_parse(name, &domid, &dev))
        return;
    i = vif_of_name(v, name);
    if (!i && v->n == TALK_VIFS)
        return;
    ovs = vif_on_ovs(k, name);
    if (i) {
        v->changed |= i->ovs != ovs && i->known;
        i->ovs = ovs;
        i->seen = true;
        return;
    }
    k->rc = array_grow(&v->vif, &v->room, v->n + 1, sizeof *v->vif);
    if (k->rc)
        return;
    v->vif[v->n] =
        (struct talk_vif){ .domid = domid, .ovs = ovs, .seen = true };
    strcpy(v->vif[v->n++].name, name);
}

/* Where the toolstack wrote it, which the guest may read and no more. */
static void vif_ask(struct talk_vifs *v, struct talk_vif *i,
                    const struct xlx_looker *looker)
{
    char key[64], text[64];
    unsigned domid, dev;
    uint64_t mac = 0;
    bool known;

    (void)vif_parse(i->name, &domid, &dev);
    snprintf(key, sizeof key, "backend/vif/%u/%u/mac", domid, dev);
    known = !looker->store(looker->arg, 0, key, text, sizeof text) &&
            mac_parse(text, &mac) && !mac_is_group(mac);
    mac = known ? mac : 0;
    v->changed |= mac != i->mac && !i->ovs;
    i->known = known;
    i->mac = mac;
}

static void vifs_forget(struct talk_vifs *v)
{
    size_t n = 0;

    for (size_t i = 0; i < v->n; i++) {
        const struct talk_vif *of = &v->vif[i];

        v->changed |= !of->seen && of->known && !of->ovs;
        v->ovs += of->seen && of->ovs;
        if (of->seen)
            v->vif[n++] = *of;
    }
    v->n = n;
}

static int by_name(const void *pa, const void *pb)
{
    const struct talk_vif *a = pa, *b = pb;

    return strcmp(a->name, b->name);
}

int talk_vifs_look(struct talk_vifs *v, const char *root,
                   const struct xlx_looker *looker)
{
    struct vifs_look k = { v, root, vifs_have_ovs(root), 0 };

    v->ovs = 0;
    for (size_t i = 0; i < v->n; i++)
        v->vif[i].seen = false;
    source_each(root, "/sys/class/net", "vif", vif_found, &k);
    vifs_forget(v);
    if (v->n)
        qsort(v->vif, v->n, sizeof *v->vif, by_name);
    for (size_t i = 0; i < v->n; i++)
        if (!v->vif[i].known || (v->looks + i) % ASK_LOOKS == 0)
            vif_ask(v, &v->vif[i], looker);
    v->looks++;
    return k.rc;
}

bool talk_vifs_of_nft(const struct talk_vifs *v, uint64_t mac)
{
    for (size_t i = 0; i < v->n; i++)
        if (v->vif[i].known && !v->vif[i].ovs && v->vif[i].mac == mac)
            return true;
    return false;
}
