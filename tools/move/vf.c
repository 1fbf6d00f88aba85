/* SPDX-License-Identifier: LGPL-2.1-only */
/* Runs ip(8) for VFs, and counts what guests send over their vifs. */
#include "tools/move/vf.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/remote/gather.h"
#include "tools/remote/ssh.h"

enum { IP_MS = 20000 };

/* Runs `ip WORDS`; *out_r, unless NULL, is to be freed. */
static int ip_run(char **out_r, struct msg *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int ip_run(char **out_r, struct msg *err, const char *fmt, ...)
{
    struct gather_job job = { .command = NULL };
    struct gather g = {
        .job = &job, .n = 1, .at_once = 1, .timeout_ms = IP_MS
    };
    char words[256];
    va_list ap;
    int rc;

    va_start(ap, fmt);
    vsnprintf(words, sizeof words, fmt, ap);
    va_end(ap);
    if (asprintf(&job.command,
                 "PATH=$PATH:/usr/sbin:/sbin; export PATH; exec ip %s",
                 words) < 0)
        return -ENOMEM;
    gather_run(&g);
    rc = job.rc;
    if (rc)
        msg_set(err, "`ip %s` failed: %s", words,
                *job.said ? job.said : strerror(-rc));
    if (!rc && out_r) {
        *out_r = job.out;
        job.out = NULL;
    }
    gather_dispose(&job, 1);
    return rc;
}

int vf_read(const char *port, unsigned vf, struct vfinfo *info,
            struct msg *err)
{
    char *out = NULL;
    int rc = ip_run(&out, err, "-j link show dev '%s'", port);

    if (!rc)
        rc =
            vfinfo_parse(out ? out : "", out ? strlen(out) : 0, vf, info, err);
    free(out);
    return rc;
}

int vf_set(const char *port, unsigned vf, const struct vfinfo *info,
           struct msg *err)
{
    return ip_run(NULL, err, "link set dev '%s' vf %u mac %s vlan %u", port,
                  vf, info->mac, info->vlan);
}

int vf_link(const char *port, unsigned vf, bool up, struct msg *err)
{
    return ip_run(NULL, err, "link set dev '%s' vf %u state %s", port, vf,
                  up ? "auto" : "disable");
}

int vif_link(unsigned domid, unsigned vif, bool up, struct msg *err)
{
    return ip_run(NULL, err, "link set dev vif%u.%u %s", domid, vif,
                  up ? "up" : "down");
}

/* --- counters -------------------------------------------------------------- */

/* What the interface receives, its guest has sent. < 0: it is not told. */
static long long vif_packets(const char *sys, const char *name)
{
    char path[1024];
    long long n = -1;
    FILE *f;

    snprintf(path, sizeof path, "%s/%s/statistics/rx_packets", sys, name);
    f = fopen(path, "re");
    if (!f)
        return -1;
    if (fscanf(f, "%18lld", &n) != 1)
        n = -1;
    fclose(f);
    return n;
}

long long vif_sent(const char *sys, unsigned domid, uint64_t of)
{
    DIR *dir = opendir(sys);
    const struct dirent *e;
    long long sum = -1;

    while (dir && (e = readdir(dir))) {
        unsigned whose, vif;
        long long n;

        if (sscanf(e->d_name, "vif%9u.%9u", &whose, &vif) != 2 ||
            whose != domid || vif > 63 || !(of >> vif & 1))
            continue;
        n = vif_packets(sys, e->d_name);
        if (n >= 0)
            sum = (sum < 0 ? 0 : sum) + n;
    }
    if (dir)
        closedir(dir);
    return sum;
}
