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
                      void *arg, struct strlist *unread)
{
    struct xlcfg_guest g;
    char path[PATH_MAX], *text, *target;
    size_t len;
    int rc = path_in(path, dir, name);

    if (rc)
        return rc;
    text = file_read(path, AUTOSTART_TEXT, &len);
    if (!text) /* what is not there now may be there when xl looks */
        return unread ? strlist_add(unread, name) : 0;
    if (xlcfg_guest(text, len, &g)) {
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
                       void *arg, struct strlist *unread)
{
    struct strlist names = { .n = 0 };
    int rc = names_in(dir, &names);

    for (size_t i = 0; i < names.n && !rc; i++)
        rc = entry_each(dir, names.s[i], found, arg, unread);
    strlist_dispose(&names);
    return rc;
}

int autostart_each(int (*found)(void *arg, const struct autostart_found *f),
                   void *arg, struct strlist *unread)
{
    char dir[PATH_MAX];

    autostart_dir(dir);
    return folder_each(dir, found, arg, unread);
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
    rc = folder_each(dir, entry_found, a, NULL);
    if (rc)
        autostart_dispose(a);
    return rc;
}

int autostart_find(struct autostart *a, const char *guest, const char *uuid)
{
    char dir[PATH_MAX];

    autostart_dir(dir);
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

static bool is_link(const char *path)
{
    struct stat st;

    return !lstat(path, &st) && S_ISLNK(st.st_mode);
}

/* A link that is relative leads nowhere from another folder. */
static int link_copy(const char *from, const char *to)
{
    char text[PATH_MAX], *real;
    ssize_t n = readlink(from, text, sizeof text - 1);
    int rc;

    if (n < 0)
        return -errno;
    text[n] = '\0';
    real = *text == '/' ? NULL : realpath(from, NULL);
    rc = symlink(real ? real : text, to) ? -errno : 0;
    free(real);
    return rc;
}

/* With its mode and owner, and on the disk before the other copy goes. */
static int file_copy(const char *from, const char *to)
{
    struct stat st;
    size_t len;
    char *text =
        stat(from, &st) ? NULL : file_read(from, AUTOSTART_TEXT, &len);
    int fd, rc = 0;

    if (!text)
        return -errno;
    fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || fchown(fd, st.st_uid, st.st_gid) ||
        fchmod(fd, st.st_mode & 0777))
        rc = -errno;
    if (!rc && (write(fd, text, len) != (ssize_t)len || fsync(fd)))
        rc = errno ? -errno : -EIO;
    if (fd >= 0)
        close(fd);
    if (rc && fd >= 0)
        unlink(to);
    free(text);
    return rc;
}

/* Never over a file that is there, and over the border of file systems. */
static int entry_move(const char *from, const char *to)
{
    int rc;

    if (!is_link(from)) {
        if (!renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE))
            return 0;
        if (errno != EXDEV && errno != EINVAL && errno != ENOSYS)
            return -errno;
    }
    rc = is_link(from) ? link_copy(from, to) : file_copy(from, to);
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
    autostart_dir(dir);
    if (!rc)
        rc = path_in(from, dir, name);
    if (!rc && is_link(to) && unlink(to)) /* from an earlier absence */
        rc = -errno;
    return rc ? rc : entry_move(from, to);
}

int autostart_back(const char *uuid, struct strlist *names)
{
    char aside[PATH_MAX], dir[PATH_MAX], from[PATH_MAX], to[PATH_MAX];
    struct strlist all = { .n = 0 };
    int rc;

    dir_aside(aside, uuid);
    autostart_dir(dir);
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
        else if (rc == -EEXIST) /* somebody has made it anew */
            rc = is_link(from) && unlink(from) ? -errno : 0;
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

static bool file_has(const char *path, const char *text)
{
    size_t len;
    char *had = file_read(path, AUTOSTART_TEXT, &len);
    bool same = had && len == strlen(text) && !memcmp(had, text, len);

    free(had);
    return same;
}

/* Writes a file that does not exist, whole or not at all. -EEXIST: there is
 * another one; 0 also if it is there with the same text. */
static int file_add(const char *path, const char *text)
{
    char fresh[PATH_MAX];
    size_t len = strlen(text);
    int fd, rc;

    if (is_there(path))
        return file_has(path, text) ? 0 : -EEXIST;
    if (snprintf(fresh, sizeof fresh, "%s.XXXXXX", path) >= PATH_MAX)
        return -ENAMETOOLONG;
    /* only root's to read: it may hold a password for VNC */
    fd = mkostemp(fresh, O_CLOEXEC);
    if (fd < 0)
        return -errno;
    rc = write(fd, text, len) == (ssize_t)len && !fsync(fd) ? 0 : -EIO;
    close(fd);
    if (!rc && link(fresh, path))
        rc = -errno;
    unlink(fresh);
    return rc;
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
    if (real && etc && !strncmp(real, etc, strlen(etc)) &&
        (!real[strlen(etc)] || real[strlen(etc)] == '/'))
        rc = 0;
    free(real);
    free(etc);
    return rc;
}

static int entry_take(const struct autostart_entry *e, struct strlist *kept)
{
    char dir[PATH_MAX], at[PATH_MAX], file[PATH_MAX];
    int rc;

    autostart_dir(dir);
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
        return strlist_add(kept, file);
    if (!rc && symlink(file, at))
        rc = errno != EEXIST         ? -errno
             : file_has(at, e->text) ? 0
                                     : strlist_add(kept, at);
    return rc;
}

/* Is every text a configuration of that guest? */
static bool texts_are_its(const struct autostart *a)
{
    struct xlcfg_guest g;

    for (unsigned i = 0; i < a->n; i++)
        if (xlcfg_guest(a->entry[i].text, strlen(a->entry[i].text), &g) ||
            (*g.uuid ? strcmp(g.uuid, a->uuid) : strcmp(g.name, a->guest)))
            return false;
    return true;
}

int autostart_take(const struct autostart *a, struct strlist *kept,
                   struct msg *err)
{
    int rc = 0;

    if (!texts_are_its(a)) {
        msg_set(err, "what came is no configuration of %s", a->guest);
        return -EINVAL;
    }
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
    char path[PATH_MAX], dir[PATH_MAX];
    int fd;

    if (path_unsent(uuid, path))
        return;
    if (!is) {
        unlink(path);
        return;
    }
    dir_aside(dir, uuid);
    path_make(dir);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
}
