/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the files of certificates for rackhop-wire. */
#include "tools/move/pki.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/base/file.h"
#include "tools/base/hostpat.h"

enum { CLIENT, SERVER, PATH = 4096 };

/* libvirt's places for them. */
static const struct {
    const char *folder, *name[2];
} files[LANE_PKI_PARTS] = {
    [LANE_PKI_CA] = { "/etc/pki/CA", { "cacert.pem", "cacert.pem" } },
    [LANE_PKI_CRL] = { "/etc/pki/CA", { "cacrl.pem", "cacrl.pem" } },
    [LANE_PKI_CHAIN] = { "/etc/pki/libvirt",
                         { "clientcert.pem", "servercert.pem" } },
    [LANE_PKI_KEY] = { "/etc/pki/libvirt/private",
                       { "clientkey.pem", "serverkey.pem" } },
};

struct pki_wish pki_wish(const struct config *conf)
{
    return (struct pki_wish){ .wanted = strcmp(conf->wire_pki, "off"),
                              .required = !strcmp(conf->wire_pki, "require"),
                              .dir = conf->wire_pki_dir,
                              .hosts = &conf->wire_pki_hosts };
}

/* Behind what is there: the parts come in their order. */
static int pki_add(struct lane_start *s, int part, const void *bytes, size_t n)
{
    if (n > LANE_PKI_MAX - s->part[part])
        return -EFBIG;
    memcpy(s->pki + lane_start_pki_size(s), bytes, n);
    s->part[part] += n;
    return 0;
}

static int pki_add_line(struct lane_start *s, const char *line)
{
    int rc = pki_add(s, LANE_PKI_NAMES, line, strlen(line));

    return rc ? rc : pki_add(s, LANE_PKI_NAMES, "\n", 1);
}

/* --- names ------------------------------------------------------------------- */

/* The host of "root@h2": what is behind the last "@". */
static const char *pki_host_of(const char *address)
{
    const char *at = strrchr(address, '@');

    return at ? at + 1 : address;
}

/* A name that is a pattern would be that of any host. */
static int pki_add_one(struct lane_start *s, const char *name)
{
    return name && hostpat_is_one(name, strlen(name)) ? pki_add_line(s, name)
                                                      : 0;
}

/* The groups of tls_pki.h: the host that was reached, and the list. */
static int pki_add_names(struct lane_start *s, const struct pki_wish *p)
{
    int rc = 0;

    if (s->source) {
        rc = pki_add_one(s, p->host);
        if (!rc && p->address)
            rc = pki_add_one(s, pki_host_of(p->address));
        if (!rc)
            rc = pki_add_line(s, "");
    }
    for (size_t i = 0; i < p->hosts->n && !rc; i++)
        rc = pki_add_line(s, p->hosts->s[i]);
    return rc;
}

/* --- files ------------------------------------------------------------------- */

/* Who else may read a key could be this host; who else may write any of them says
 * who is. -EPERM, and what is wrong with it. */
static int pki_check_mode(int fd, bool secret, const char **wrong_r)
{
    struct stat st;

    if (fstat(fd, &st))
        return -errno;
    if (!S_ISREG(st.st_mode))
        return -EINVAL;
    if (st.st_mode & (S_IWGRP | S_IWOTH))
        *wrong_r = "others may write";
    else if (secret && st.st_mode & S_IROTH)
        *wrong_r = "others may read";
    else if (st.st_uid && st.st_uid != geteuid())
        *wrong_r = "is neither root's nor of the user that rackhop runs as";
    else
        return 0;
    return -EPERM;
}

static int pki_add_file(struct lane_start *s, int part, const char *path,
                        const char **wrong_r)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int rc =
        fd < 0 ? -errno : pki_check_mode(fd, part == LANE_PKI_KEY, wrong_r);
    char *text = NULL;
    size_t n = 0;

    if (!rc) {
        text = file_read_fd(fd, LANE_PKI_MAX, &n);
        rc = text ? 0 : -errno;
    }
    if (!rc)
        rc = n ? pki_add(s, part, text, n) : -ENODATA;
    if (text)
        explicit_bzero(text, n);
    free(text);
    if (fd >= 0)
        close(fd);
    return rc;
}

static int pki_add_part(struct lane_start *s, const struct pki_wish *p,
                        int part, struct msg *why)
{
    const char *who = s->source ? "this host" : "it", *wrong = NULL;
    char path[PATH];
    int rc;

    snprintf(path, sizeof path, "%s/%s", p->dir ? p->dir : files[part].folder,
             files[part].name[s->source ? CLIENT : SERVER]);
    rc = pki_add_file(s, part, path, &wrong);
    if (!rc || (rc == -ENOENT && part == LANE_PKI_CRL))
        return 0;
    if (wrong)
        msg_set(why, "%s does not use %s, which %s", who, path, wrong);
    else
        msg_set(why, "%s can't read %s: %s", who, path, strerror(-rc));
    return rc;
}

/* --- all --------------------------------------------------------------------- */

int pki_load(const struct pki_wish *p, struct lane_start *s, struct msg *why)
{
    int rc;

    s->by_pki = true;
    memset(s->part, 0, sizeof s->part);
    s->pki = malloc(LANE_PKI_PARTS * LANE_PKI_MAX);
    rc = s->pki ? pki_add_names(s, p) : -ENOMEM;
    if (rc)
        msg_set(why, "wire_pki_hosts can't be taken: %s", strerror(-rc));
    for (int i = LANE_PKI_NAMES + 1; i < LANE_PKI_PARTS && !rc; i++)
        rc = pki_add_part(s, p, i, why);
    if (rc)
        pki_forget(s);
    return rc;
}

void pki_forget(struct lane_start *s)
{
    if (s->pki)
        explicit_bzero(s->pki, lane_start_pki_size(s));
    free(s->pki);
    s->pki = NULL;
    s->by_pki = false;
}
