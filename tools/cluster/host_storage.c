/* SPDX-License-Identifier: LGPL-2.1-only */
/* Names the storage that this host shares, and the storage a disk needs. */
#include "tools/cluster/host_storage.h"

#include <dirent.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int add_once(struct strlist *l, const char *s)
{
    return strlist_has(l, s) ? 0 : strlist_add(l, s);
}

static bool is_shared(const char *type)
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

/* Shared mounts, as "nfs:10.0.0.9:/vm": the one under which a path lies, or
 * every one when path is NULL. */
static int find_mounts(struct strlist *l, const char *path, bool *found_r)
{
    FILE *f = setmntent("/proc/self/mounts", "re");
    size_t best = 0;
    char name[1024] = "";
    struct mntent *m;
    int rc = 0;

    while (f && !rc && (m = getmntent(f))) {
        size_t n = strlen(m->mnt_dir);
        char id[1024];

        if (!is_shared(m->mnt_type))
            continue;
        snprintf(id, sizeof id, "%s:%s",
                 !strncmp(m->mnt_type, "nfs", 3) ? "nfs" : m->mnt_type,
                 m->mnt_fsname);
        if (!path) {
            rc = add_once(l, id);
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
        rc = add_once(l, name);
    }
    return rc;
}

/* Block devices by their World Wide Names, which are the same on every host:
 * the one that a path leads to, or every one when path is NULL. */
static int find_wwns(struct strlist *l, const char *path, bool *found_r)
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
        rc = add_once(l, id);
    }
    closedir(d);
    return rc;
}

int host_storage(struct strlist *l)
{
    int rc = find_mounts(l, NULL, NULL);

    return rc ? rc : find_wwns(l, NULL, NULL);
}

int host_disk_storage(struct strlist *l, const char *node, const char *disk)
{
    char id[1200];
    bool found = false;
    int rc = find_mounts(l, disk, &found);

    if (!rc && !found)
        rc = find_wwns(l, disk, &found);
    if (rc || found)
        return rc;
    snprintf(id, sizeof id, "local:%s:%s", node, disk);
    return add_once(l, id);
}
