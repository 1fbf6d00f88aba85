/* SPDX-License-Identifier: LGPL-2.1-only */
/* This host and its domains, for rackhop-facts/1. */
#include "tools/cluster/hostfacts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libxl-ext/wire/words.h"
#include "tools/base/msg.h"
#include "tools/base/uuid.h"

/* --- what is not Xen's to say ---------------------------------------------------- */

static int add(struct xlx_strings *l, const char *s)
{
    char **bigger;

    for (unsigned i = 0; i < l->n; i++)
        if (!strcmp(l->s[i], s))
            return 0;
    bigger = realloc(l->s, (l->n + 1) * sizeof *l->s);
    if (!bigger)
        return -ENOMEM;
    l->s = bigger;
    l->s[l->n] = strdup(s);
    return l->s[l->n++] ? 0 : -ENOMEM;
}

static int find_bridges(struct xlx_strings *l)
{
    DIR *d = opendir("/sys/class/net");
    struct dirent *e;
    int rc = 0;

    if (!d)
        return 0;
    while (!rc && (e = readdir(d))) {
        char path[512];

        snprintf(path, sizeof path, "/sys/class/net/%s/bridge", e->d_name);
        if (e->d_name[0] != '.' && !access(path, F_OK))
            rc = add(l, e->d_name);
    }
    closedir(d);
    return rc;
}

static bool shared_type(const char *type)
{
    static const char *const types[] = {
        "nfs",  "nfs4",      "cifs",           "ceph",      "ocfs2",
        "gfs2", "glusterfs", "fuse.glusterfs", "fuse.sshfs"
    };

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (!strcmp(type, types[i]))
            return true;
    return false;
}

/* "nfs:10.0.0.9:/vm": the mount under which a path lies. all: every one. */
static int find_mounts(struct xlx_strings *l, const char *path, bool *found_r)
{
    FILE *f = setmntent("/proc/self/mounts", "re");
    size_t best = 0;
    char name[1024] = "";
    struct mntent *m;
    int rc = 0;

    while (f && !rc && (m = getmntent(f))) {
        size_t n = strlen(m->mnt_dir);
        char id[1024];

        if (!shared_type(m->mnt_type))
            continue;
        snprintf(id, sizeof id, "%s:%s",
                 !strncmp(m->mnt_type, "nfs", 3) ? "nfs" : m->mnt_type,
                 m->mnt_fsname);
        if (!path) {
            rc = add(l, id);
        } else if (!strncmp(path, m->mnt_dir, n) && path[n] == '/' &&
                   n > best) {
            best = n;
            snprintf(name, sizeof name, "%s", id);
        }
    }
    if (f)
        endmntent(f);
    if (path && best) {
        *found_r = true;
        rc = add(l, name);
    }
    return rc;
}

/* A block device by its World Wide Name, which is the same on every host. */
static int find_wwns(struct xlx_strings *l, const char *path, bool *found_r)
{
    DIR *d = opendir("/dev/disk/by-id");
    struct stat want = { .st_rdev = 0 };
    struct dirent *e;
    int rc = 0;

    if (!d)
        return 0;
    if (path && (stat(path, &want) || !S_ISBLK(want.st_mode))) {
        closedir(d);
        return 0;
    }
    while (!rc && (e = readdir(d))) {
        char file[512], id[300];
        struct stat st;

        if (strncmp(e->d_name, "wwn-", 4) || strstr(e->d_name, "-part"))
            continue;
        snprintf(file, sizeof file, "/dev/disk/by-id/%s", e->d_name);
        snprintf(id, sizeof id, "wwn:%s", e->d_name + 4);
        if (path && (stat(file, &st) || st.st_rdev != want.st_rdev))
            continue;
        if (path)
            *found_r = true;
        rc = add(l, id);
    }
    closedir(d);
    return rc;
}

/* What a disk needs of a host. A disk that is not shared names this node. */
static int disk_storage(const struct hostfacts *h, const char *path,
                        struct xlx_strings *l)
{
    char id[1200];
    bool found = false;
    int rc = find_mounts(l, path, &found);

    if (!rc && !found)
        rc = find_wwns(l, path, &found);
    if (!rc && !found) {
        snprintf(id, sizeof id, "local:%s:%s", h->node, path);
        rc = add(l, id);
    }
    return rc;
}

static void strings_free(struct xlx_strings *l)
{
    for (unsigned i = 0; i < l->n; i++)
        free(l->s[i]);
    free(l->s);
    *l = (struct xlx_strings){ NULL, 0 };
}

static int find_storage(struct hostfacts *h)
{
    int rc = find_mounts(&h->storage, NULL, NULL);

    if (!rc)
        rc = find_wwns(&h->storage, NULL, NULL);
    for (unsigned i = 0; !rc && i < h->n_domains; i++)
        for (unsigned k = 0; !rc && k < h->domains[i].disks.n; k++)
            rc = disk_storage(h, h->domains[i].disks.s[k], &h->storage);
    return rc;
}

void host_cpu_vendor(char *buf, size_t len)
{
    FILE *f = fopen("/proc/cpuinfo", "re");
    char line[256];

    *buf = '\0';
    while (f && fgets(line, sizeof line, f)) {
        char *v = strchr(line, ':');

        if (strncmp(line, "vendor_id", 9) || !v)
            continue;
        v += 1 + strspn(v + 1, " \t");
        v[strcspn(v, " \n")] = '\0';
        snprintf(buf, len, "%s", v);
        break;
    }
    if (f)
        fclose(f);
}

/* --- collecting --------------------------------------------------------------------- */

double cpu_between(const struct xlx_cpu_sample *before,
                   const struct xlx_cpu_sample *after, uint32_t domid)
{
    double ns = (double)(after->at_ns - before->at_ns), used = 0;
    bool any = false;

    if (after->at_ns <= before->at_ns)
        return -1;
    for (unsigned i = 0; i < before->n; i++)
        for (unsigned k = 0; k < after->n; k++) {
            const struct xlx_cpu *a = &before->dom[i], *b = &after->dom[k];

            if (a->domid != b->domid || b->used_ns < a->used_ns ||
                (domid != CPU_ALL && a->domid != domid))
                continue;
            used += (double)(b->used_ns - a->used_ns) / ns;
            any = true;
        }
    return any ? used : -1;
}

static int sample_cpu(struct hostfacts *h, struct xlx *x, unsigned ms)
{
    struct xlx_cpu_sample before, after = { .dom = NULL };
    int rc;

    h->domain_cpu =
        calloc(h->n_domains ? h->n_domains : 1, sizeof *h->domain_cpu);
    if (!h->domain_cpu)
        return -ENOMEM;
    rc = xlx_cpu_sample(x, &before);
    if (!rc) {
        poll(NULL, 0, (int)ms);
        rc = xlx_cpu_sample(x, &after);
    }
    if (!rc) {
        h->cpu_used = cpu_between(&before, &after, CPU_ALL);
        h->cpu_sample_ms = (unsigned)((after.at_ns - before.at_ns) / 1000000);
        for (unsigned i = 0; i < h->n_domains; i++)
            h->domain_cpu[i] =
                cpu_between(&before, &after, h->domains[i].domid);
    }
    free(before.dom);
    free(after.dom);
    return rc;
}

int hostfacts_collect(struct hostfacts *h, struct xlx *x, const char *statedir,
                      unsigned sample_ms, struct msg *err)
{
    int rc;

    *h = (struct hostfacts){ .cpu_used = -1, .statedir = statedir };
    if (gethostname(h->node, sizeof h->node - 1))
        snprintf(h->node, sizeof h->node, "unknown");
    host_cpu_vendor(h->vendor, sizeof h->vendor);
    rc = xlx_host_facts(x, &h->xen, err);
    if (rc)
        return rc;
    rc = xlx_domain_list(x, &h->domains, &h->n_domains);
    if (!rc)
        rc = find_bridges(&h->networks);
    if (!rc)
        rc = find_storage(h);
    if (!rc && sample_ms)
        rc = sample_cpu(h, x, sample_ms);
    if (rc) {
        msg_set(err, "this host's facts can't be had: %s", strerror(-rc));
        hostfacts_dispose(h);
    }
    return rc;
}

void hostfacts_dispose(struct hostfacts *h)
{
    xlx_domain_list_free(h->domains, h->n_domains);
    free(h->domain_cpu);
    strings_free(&h->networks);
    strings_free(&h->storage);
    h->domains = NULL;
    h->domain_cpu = NULL;
    h->n_domains = 0;
}

/* --- writing --------------------------------------------------------------------------- */

static void write_strings(struct json_out *o, const char *key,
                          const struct xlx_strings *l)
{
    json_key(o, key);
    json_arr(o);
    for (unsigned i = 0; i < l->n; i++)
        json_str(o, l->s[i]);
    json_arr_end(o);
}

static void write_features(struct json_out *o, const char *key,
                           const struct xlx_features *pv,
                           const struct xlx_features *hvm)
{
    char text[XLX_FEATURES_TEXT];

    json_key(o, key);
    json_obj(o);
    json_kv_str(o, "pv", xlx_features_format(pv, text, sizeof text));
    json_kv_str(o, "hvm", xlx_features_format(hvm, text, sizeof text));
    json_obj_end(o);
}

/* Memory that dom0 could give to an arriving guest (xl's autoballoon). */
static uint64_t balloon_kib(const struct hostfacts *h)
{
    const uint64_t keep = 1024 * 1024; /* leave dom0 a GiB */

    if (h->xen.dom0_fixed || h->xen.dom0_kib <= keep)
        return 0;
    return h->xen.dom0_kib - keep;
}

static void write_host(const struct hostfacts *h, struct json_out *o)
{
    uint64_t guests = 0, available;
    char xen[64];

    for (unsigned i = 0; i < h->n_domains; i++)
        guests += h->domains[i].memory_kib;
    available = guests + h->xen.free_kib + balloon_kib(h);
    snprintf(xen, sizeof xen, "%u.%u%s", h->xen.xen_major, h->xen.xen_minor,
             h->xen.xen_extra);
    json_key(o, "host");
    json_obj(o);
    json_kv_str(o, "name", h->node);
    json_kv_str(o, "state", h->maintenance ? "maintenance" : "up");
    json_kv_int(o, "memory_mib", (int64_t)(h->xen.total_kib / 1024));
    json_kv_int(o, "reserved_mib",
                h->xen.total_kib > available
                    ? (int64_t)((h->xen.total_kib - available + 1023) / 1024)
                    : 0);
    json_kv_int(o, "free_mib", (int64_t)(h->xen.free_kib / 1024));
    json_kv_int(o, "balloon_mib", (int64_t)(balloon_kib(h) / 1024));
    json_kv_int(o, "cpus", h->xen.cpus);
    if (h->cpu_used >= 0) {
        json_kv_num(o, "cpu_used", h->cpu_used);
        json_kv_int(o, "cpu_sample_ms", h->cpu_sample_ms);
    }
    json_kv_str(o, "xen", xen);
    if (*h->vendor)
        json_kv_str(o, "cpu_vendor", h->vendor);
    write_features(o, "cpu_max", &h->xen.pv_max, &h->xen.hvm_max);
    write_features(o, "cpu_default", &h->xen.pv_default, &h->xen.hvm_default);
    json_kv_bool(o, "hap", h->xen.hap);
    json_kv_bool(o, "shadow", h->xen.shadow);
    write_strings(o, "networks", &h->networks);
    write_strings(o, "storage", &h->storage);
    json_obj_end(o);
}

static void write_domain(const struct hostfacts *h, unsigned i,
                         struct json_out *o)
{
    const struct xlx_domain *d = &h->domains[i];
    struct learned l = learned_load(h->statedir, d->uuid);
    struct xlx_strings storage = { NULL, 0 };
    char text[XLX_FEATURES_TEXT];

    for (unsigned k = 0; k < d->disks.n; k++)
        disk_storage(h, d->disks.s[k], &storage);
    json_obj(o);
    json_kv_str(o, "uuid", d->uuid);
    json_kv_str(o, "name", d->name ? d->name : d->uuid);
    json_kv_str(o, "host", h->node);
    json_kv_str(o, "type", xlx_type_name(d->type));
    json_kv_int(o, "memory_mib", (int64_t)((d->memory_kib + 1023) / 1024));
    json_kv_int(o, "need_mib", (int64_t)((d->need_kib + 1023) / 1024));
    json_kv_int(o, "vcpus", d->vcpus);
    if (h->domain_cpu && h->domain_cpu[i] >= 0)
        json_kv_num(o, "cpu_used", h->domain_cpu[i]);
    if (l.dirty_mib_s >= 0) {
        json_kv_num(o, "dirty_mib_s", l.dirty_mib_s);
        json_kv_num(o, "writable_mib", l.writable_mib);
    }
    json_kv_str(o, "cpu_policy",
                xlx_features_format(&d->policy, text, sizeof text));
    write_strings(o, "networks", &d->bridges);
    write_strings(o, "storage", &storage);
    write_strings(o, "pci", &d->pci);
    if (d->paused || d->dying || d->shutdown) {
        json_kv_bool(o, "pinned", true);
        json_kv_str(o, "pinned_why",
                    d->paused  ? "it is paused"
                    : d->dying ? "it is dying"
                               : "it is shut down");
    }
    json_obj_end(o);
    strings_free(&storage);
}

void hostfacts_write(const struct hostfacts *h, struct json_out *o)
{
    write_host(h, o);
    json_key(o, "domains");
    json_arr(o);
    for (unsigned i = 0; i < h->n_domains; i++)
        write_domain(h, i, o);
    json_arr_end(o);
}

/* --- what was learned ------------------------------------------------------------------- */

void learned_format(const struct learned *l, char *buf, size_t len)
{
    const struct word_learned w = { l->dirty_mib_s, l->writable_mib };
    char line[WORD_LINE];
    size_t n = word_learned_format(&w, line);

    snprintf(buf, len, "%.*s", (int)n - 1, line);
}

int learned_parse(struct learned *l, const char *s)
{
    struct word_learned w;
    int rc = word_learned_parse(s, &w);

    *l = (struct learned){ w.dirty_mib_s, w.writable_mib };
    return rc;
}

static bool learned_path(char *buf, size_t len, const char *statedir,
                         const char *uuid)
{
    if (!uuid_ok(uuid))
        return false;
    snprintf(buf, len, "%s/learned/%s", statedir, uuid);
    return true;
}

struct learned learned_load(const char *statedir, const char *uuid)
{
    struct learned l = { -1, 0 };
    char path[512], line[128];
    FILE *f;

    if (!statedir || !learned_path(path, sizeof path, statedir, uuid))
        return l;
    f = fopen(path, "re");
    if (!f)
        return l;
    if (!fgets(line, sizeof line, f) || learned_parse(&l, line))
        l.dirty_mib_s = -1;
    fclose(f);
    return l;
}

int learned_store(const char *statedir, const char *uuid,
                  const struct learned *l)
{
    char dir[512], path[512], fresh[520], line[128];
    int rc = 0;
    FILE *f;

    if (!learned_path(path, sizeof path, statedir, uuid))
        return -EINVAL;
    snprintf(dir, sizeof dir, "%s/learned", statedir);
    if ((mkdir(statedir, 0755) && errno != EEXIST) ||
        (mkdir(dir, 0755) && errno != EEXIST))
        return -errno;
    snprintf(fresh, sizeof fresh, "%s.new", path);
    f = fopen(fresh, "we");
    if (!f)
        return -errno;
    learned_format(l, line, sizeof line);
    if (fprintf(f, "%s\n", line) < 0)
        rc = -EIO;
    if (fclose(f))
        rc = -errno;
    if (!rc && rename(fresh, path))
        rc = -errno;
    if (rc)
        unlink(fresh);
    return rc;
}
