/* SPDX-License-Identifier: LGPL-2.1-only */
/* Finds, moves and writes the files by which a guest is started at boot. */
#include "tools/move/autostart_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/base/file.h"
#include "tools/paths.h"
#include "tools/xlcfg.h"

static const char canonical[] = "/etc/xen", unsent[] = ".unsent";

static void dir_auto(char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%s/auto", path_xen());
}

static void dir_aside(char path[PATH_MAX], const char *uuid)
{
    snprintf(path, PATH_MAX, "%s/autostart%s%s", path_state(),
             *uuid ? "/" : "", uuid);
}

static int path_in(char path[PATH_MAX], const char *dir, const char *name)
{
    int n = snprintf(path, PATH_MAX, "%s/%s", dir, name);

    return n < 0 || n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

static bool is_there(const char *path)
{
    struct stat st;

    return !lstat(path, &st);
}

/* The names in a folder that does not begin with a dot, in order. */
static int names_in(const char *dir, struct strlist *names)
{
    struct dirent **list;
    int n = scandir(dir, &list, NULL, alphasort), rc = 0;

    if (n < 0)
        return errno == ENOENT ? 0 : -errno;
    for (int i = 0; i < n; i++) {
        if (!rc && *list[i]->d_name != '.')
            rc = strlist_add(names, list[i]->d_name);
        free(list[i]);
    }
    free(list);
    return rc;
}

/* --- finding ----------------------------------------------------------------- */

/*
 * What a link leads to, as every host calls it: below /etc/xen as it is, and
 * from elsewhere to /etc/xen under its own name. NULL: it is no link, or leads
 * nowhere.
 */
static char *link_target(const char *path)
{
    const char *etc = path_xen(), *base;
    char *real, *out = NULL;
    struct stat st;
    size_t n = strlen(etc);

    if (lstat(path, &st) || !S_ISLNK(st.st_mode))
        return NULL;
    real = realpath(path, NULL);
    if (!real)
        return NULL;
    base = strrchr(real, '/');
    if (!strncmp(real, etc, n) && real[n] == '/')
        base = real + n;
    if (asprintf(&out, "%s%s", canonical, base) < 0)
        out = NULL;
    free(real);
    return out;
}

static int entry_each(const char *dir, const char *name,
                      int (*found)(void *arg, const struct autostart_found *f),
                      void *arg)
{
    struct xlcfg_guest g;
    char path[PATH_MAX], *text, *target;
    size_t len;
    int rc = path_in(path, dir, name);

    if (rc)
        return rc;
    text = file_read(path, AUTOSTART_TEXT, &len);
    if (!text || xlcfg_guest(text, len, &g)) {
        free(text); /* xl could not start it either */
        return 0;
    }
    target = link_target(path);
    rc = found(arg, &(struct autostart_found){ .name = name,
                                               .path = target,
                                               .text = text,
                                               .guest = g.name,
                                               .uuid = g.uuid });
    free(target);
    free(text);
    return rc;
}

static int folder_each(const char *dir,
                       int (*found)(void *arg,
                                    const struct autostart_found *f),
                       void *arg)
{
    struct strlist names = { .n = 0 };
    int rc = names_in(dir, &names);

    for (size_t i = 0; i < names.n && !rc; i++)
        rc = entry_each(dir, names.s[i], found, arg);
    strlist_dispose(&names);
    return rc;
}

int autostart_each(int (*found)(void *arg, const struct autostart_found *f),
                   void *arg)
{
    char dir[PATH_MAX];

    dir_auto(dir);
    return folder_each(dir, found, arg);
}

static int entry_found(void *arg, const struct autostart_found *f)
{
    struct autostart *a = arg;

    if (*f->uuid ? strcmp(f->uuid, a->uuid) : strcmp(f->guest, a->guest))
        return 0;
    return autostart_add(a, f->name, f->path, f->text);
}

static int folder_find(struct autostart *a, const char *dir, const char *guest,
                       const char *uuid)
{
    int rc;

    memset(a, 0, sizeof *a);
    snprintf(a->uuid, sizeof a->uuid, "%s", uuid);
    snprintf(a->guest, sizeof a->guest, "%s", guest);
    rc = folder_each(dir, entry_found, a);
    if (rc)
        autostart_dispose(a);
    return rc;
}

int autostart_find(struct autostart *a, const char *guest, const char *uuid)
{
    char dir[PATH_MAX];

    dir_auto(dir);
    return folder_find(a, dir, guest, uuid);
}

int autostart_find_aside(struct autostart *a, const char *guest,
                         const char *uuid)
{
    char dir[PATH_MAX];

    dir_aside(dir, uuid);
    return folder_find(a, dir, guest, uuid);
}

/* --- putting aside and back ----------------------------------------------------- */

/* Over the border of two file systems as well. */
static int entry_copy(const char *from, const char *to)
{
    char target[PATH_MAX], *text;
    ssize_t n = readlink(from, target, sizeof target - 1);
    size_t len;
    int rc;

    if (n >= 0) {
        target[n] = '\0';
        return symlink(target, to) ? -errno : 0;
    }
    text = file_read(from, AUTOSTART_TEXT, &len);
    if (!text)
        return -errno;
    rc = file_replace(to, text, len);
    free(text);
    return rc;
}

/* Never over a file that is there. */
static int entry_move(const char *from, const char *to)
{
    int rc;

    if (is_there(to))
        return -EEXIST;
    if (!rename(from, to))
        return 0;
    if (errno != EXDEV)
        return -errno;
    rc = entry_copy(from, to);
    if (!rc && unlink(from))
        rc = -errno;
    return rc;
}

int autostart_aside(const char *uuid, const char *name)
{
    char dir[PATH_MAX], from[PATH_MAX], to[PATH_MAX];
    int rc;

    dir_aside(dir, uuid);
    rc = path_make(dir);
    if (!rc)
        rc = path_in(to, dir, name);
    dir_auto(dir);
    if (!rc)
        rc = path_in(from, dir, name);
    if (!rc && is_there(to) && unlink(to)) /* from an earlier absence */
        rc = -errno;
    return rc ? rc : entry_move(from, to);
}

int autostart_back(const char *uuid, struct strlist *names)
{
    char aside[PATH_MAX], dir[PATH_MAX], from[PATH_MAX], to[PATH_MAX];
    struct strlist all = { .n = 0 };
    int rc;

    dir_aside(aside, uuid);
    dir_auto(dir);
    rc = names_in(aside, &all);
    if (!rc && all.n)
        rc = path_make(dir);
    for (size_t i = 0; i < all.n && !rc; i++) {
        rc = path_in(from, aside, all.s[i]);
        if (!rc)
            rc = path_in(to, dir, all.s[i]);
        if (!rc)
            rc = entry_move(from, to);
        if (!rc)
            rc = strlist_add(names, all.s[i]);
        else if (rc == -EEXIST)
            rc = unlink(from) ? -errno : 0; /* somebody has made it anew */
    }
    strlist_dispose(&all);
    autostart_set_unsent(uuid, false);
    rmdir(aside);
    return rc;
}

int autostart_list(struct strlist *uuids)
{
    char dir[PATH_MAX];

    dir_aside(dir, "");
    return names_in(dir, uuids);
}

int autostart_list_of(const char *uuid, struct strlist *names)
{
    char dir[PATH_MAX];

    dir_aside(dir, uuid);
    return names_in(dir, names);
}

/* --- taking over ------------------------------------------------------------------ */

/* Writes a file that does not exist. -EEXIST: there is another one; 0 also if
 * it is there with the same text. */
static int file_add(const char *path, const char *text)
{
    size_t len = strlen(text), had_len;
    char *had;
    bool same;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                  0600); /* it may hold a password for VNC */

    if (fd >= 0) {
        bool all = write(fd, text, len) == (ssize_t)len && !fsync(fd);

        close(fd);
        if (!all)
            unlink(path);
        return all ? 0 : -EIO;
    }
    if (errno != EEXIST)
        return -errno;
    had = file_read(path, AUTOSTART_TEXT, &had_len);
    same = had && had_len == len && !memcmp(had, text, len);
    free(had);
    return same ? 0 : -EEXIST;
}

/* The folders of a configuration: they are there, and none leads elsewhere. */
static int folder_is_own(const char *path)
{
    char dir[PATH_MAX], *real, *etc;
    char *slash;
    int rc = -ENOTDIR;

    snprintf(dir, sizeof dir, "%s", path);
    slash = strrchr(dir, '/');
    *slash = '\0';
    real = realpath(dir, NULL);
    etc = realpath(path_xen(), NULL);
    if (real && etc && !strncmp(real, etc, strlen(etc)))
        rc = 0;
    free(real);
    free(etc);
    return rc;
}

static int entry_take(const struct autostart_entry *e, struct strlist *kept)
{
    char dir[PATH_MAX], at[PATH_MAX], file[PATH_MAX];
    int rc;

    dir_auto(dir);
    rc = path_make(dir);
    if (!rc)
        rc = path_in(at, dir, e->name);
    if (rc)
        return rc;
    if (!e->path) {
        rc = file_add(at, e->text);
        return rc == -EEXIST ? strlist_add(kept, at) : rc;
    }
    rc = path_in(file, path_xen(), e->path + sizeof canonical);
    if (!rc)
        rc = folder_is_own(file);
    if (!rc)
        rc = file_add(file, e->text);
    if (rc == -EEXIST)
        rc = strlist_add(kept, file);
    if (!rc && !is_there(at) && symlink(file, at))
        rc = -errno;
    return rc;
}

int autostart_take(const struct autostart *a, struct strlist *kept,
                   struct msg *err)
{
    int rc = 0;

    for (unsigned i = 0; i < a->n && !rc; i++) {
        rc = entry_take(&a->entry[i], kept);
        if (rc)
            msg_set(err, "%s could not be set up: %s", a->entry[i].name,
                    strerror(-rc));
    }
    return rc;
}

/* --- what is still to be sent ------------------------------------------------------- */

static int path_unsent(const char *uuid, char path[PATH_MAX])
{
    char dir[PATH_MAX];

    dir_aside(dir, uuid);
    return path_in(path, dir, unsent);
}

bool autostart_unsent(const char *uuid)
{
    char path[PATH_MAX];

    return !path_unsent(uuid, path) && is_there(path);
}

void autostart_set_unsent(const char *uuid, bool is)
{
    char path[PATH_MAX];
    int fd;

    if (path_unsent(uuid, path))
        return;
    if (!is) {
        unlink(path);
        return;
    }
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
}
