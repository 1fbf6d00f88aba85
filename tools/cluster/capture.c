/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads a directory of captures into views, so that a bug report can be
 * replayed without a network. One bad file is a warning and hides no other.
 */
#include "tools/cluster/views.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/doc/facts.h"
#include "tools/doc/json0.h"
#include "tools/base/msg.h"
#include "topology/source.h"

enum what { FACTS, JSON0, SNMP, DOT, KINDS };
static const char *const suffix[KINDS] = { ".facts.json", ".lldp.json0",
                                           ".snmp.txt", ".dot" };

struct file {
    char *name;  /* in the directory */
    size_t stem; /* bytes of NAME */
    enum what what;
};

struct capture {
    struct views *v;
    const char *dir;
    struct file *file;
    size_t n, room;
};

static int note(struct capture *c, const char *name)
{
    size_t len = strlen(name);

    for (int k = 0; k < KINDS; k++) {
        size_t s = strlen(suffix[k]);

        if (len <= s || strcmp(name + len - s, suffix[k]))
            continue;
        if (c->n == c->room) {
            size_t want = c->room ? c->room * 2 : 64;
            struct file *bigger = reallocarray(c->file, want, sizeof *bigger);

            if (!bigger)
                return -ENOMEM;
            c->file = bigger;
            c->room = want;
        }
        c->file[c->n] = (struct file){ strdup(name), len - s, (enum what)k };
        return c->file[c->n].name ? (c->n++, 0) : -ENOMEM;
    }
    return 0;
}

static int by_stem(const void *va, const void *vb)
{
    const struct file *a = va, *b = vb;
    size_t n = a->stem < b->stem ? a->stem : b->stem;
    int r = memcmp(a->name, b->name, n);

    if (r)
        return r;
    if (a->stem != b->stem)
        return a->stem < b->stem ? -1 : 1;
    return (int)a->what - (int)b->what;
}

static int list(struct capture *c)
{
    DIR *d = opendir(c->dir);
    struct dirent *e;
    int rc = 0;

    if (!d)
        return -errno;
    errno = 0;
    while (!rc && (e = readdir(d)))
        if (*e->d_name != '.')
            rc = note(c, e->d_name);
    closedir(d);
    if (c->n)
        qsort(c->file, c->n, sizeof *c->file, by_stem);
    return rc;
}

/* --- one node -------------------------------------------------------------------- */

static char *load(struct capture *c, const struct file *f, size_t *len,
                  struct msg *err)
{
    char *path, *text;

    if (asprintf(&path, "%s/%s", c->dir, f->name) < 0) {
        msg_set(err, "%s: out of memory", f->name);
        return NULL;
    }
    text = views_file(path, len, err);
    free(path);
    return text;
}

static int parse(struct capture *c, const struct file *f, struct topo_view *w,
                 struct msg *err)
{
    size_t len;
    char *text = load(c, f, &len, err);
    int rc;

    if (!text)
        return -EIO;
    rc = f->what == FACTS   ? facts_parse_view(w, f->name, text, len, err)
         : f->what == JSON0 ? json0_parse(w, f->name, text, len, err)
                            : topo_snmptext_parse(w, f->name, text, len, err);
    free(text);
    return rc;
}

/* A node whose facts nobody saved: what has many neighbours is a switch. */
static void guess_role(struct topo_view *w, bool snmp)
{
    size_t ports = 0;

    for (size_t i = 0; i < w->neighbors && !snmp && ports <= 2; i++) {
        bool again = false;

        for (size_t k = 0; k < i && !again; k++)
            again = !strcmp(w->neighbor[k].port, w->neighbor[i].port);
        ports += !again;
    }
    w->is_switch = snmp || ports > 2;
}

/* facts.json that is half read is worse than none: only the name stays. */
static bool keep_name(struct topo_view *w, const char *stem, size_t n)
{
    bool is_switch = w->is_switch && w->role_known;

    topo_view_dispose(w);
    topo_text(w, &w->name, stem, n);
    w->is_switch = is_switch;
    return w->name != NULL;
}

static int one_node(struct capture *c, const struct file *f, size_t n)
{
    struct topo_view *w = views_add(c->v, NULL);
    bool snmp = false;
    struct msg err;

    if (!w)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        int rc = 0;

        c->v->asked++;
        if (f[i].what == FACTS || !w->has_table)
            rc = parse(c, &f[i], w, &err);
        snmp |= f[i].what == SNMP;
        if (!rc)
            continue;
        if (f[i].what == FACTS && !keep_name(w, f[i].name, f[i].stem))
            return -ENOMEM;
        topo_view_clear_table(w);
        char *stem = strndup(f[i].name, f[i].stem);

        views_fail(c->v, "unreadable", w->name ? w->name : stem, err.text);
        free(stem);
    }
    if (!w->name)
        topo_text(w, &w->name, f->name, f->stem);
    if (!w->role_known)
        guess_role(w, snmp);
    if (!w->name)
        return -ENOMEM;
    return 0;
}

struct named {
    const char *name;
    size_t view;
};

static int by_name(const void *va, const void *vb)
{
    const struct named *a = va, *b = vb;
    int r = strcmp(a->name, b->name);

    return r ? r : a->view < b->view ? -1 : 1;
}

/* Two files that say they are the same node: the first counts. */
static int drop_twins(struct views *v)
{
    struct named *n = calloc(v->n + 1, sizeof *n);
    size_t kept = 0;

    if (!n)
        return -ENOMEM;
    for (size_t i = 0; i < v->n; i++)
        n[i] = (struct named){ v->view[i].name, i };
    qsort(n, v->n, sizeof *n, by_name);
    for (size_t i = 1; i < v->n; i++)
        if (!strcmp(n[i].name, n[i - 1].name)) {
            views_fail(v, "unreadable", n[i].name,
                       "a second file says that it is this node; the first "
                       "counts");
            v->view[n[i].view].dropped = SIZE_MAX;
        }
    free(n);
    for (size_t i = 0; i < v->n; i++)
        if (v->view[i].dropped == SIZE_MAX)
            topo_view_dispose(&v->view[i]);
        else
            v->view[kept++] = v->view[i];
    v->n = kept;
    return 0;
}

static void read_cabling(struct capture *c, const struct file *f)
{
    char *path;

    if (asprintf(&path, "%s/%s", c->dir, f->name) < 0)
        return;
    views_cabling(c->v, path);
    free(path);
}

int views_capture(struct views *v, const char *dir, struct msg *err)
{
    struct capture c = { .v = v, .dir = dir };
    int rc = list(&c);

    if (rc)
        msg_set(err, "%s: %s", dir, strerror(-rc));
    else if (!c.n) {
        rc = -ENOENT;
        msg_set(err,
                "%s: no captures in it (NAME.facts.json, NAME.lldp.json0, "
                "NAME.snmp.txt, *.dot)",
                dir);
    }
    for (size_t i = 0, j; i < c.n && !rc; i = j) {
        for (j = i + 1;
             j < c.n && c.file[j].stem == c.file[i].stem &&
             !memcmp(c.file[j].name, c.file[i].name, c.file[i].stem);)
            j++;
        size_t end = c.file[j - 1].what == DOT ? j - 1 : j;

        if (end > i)
            rc = one_node(&c, &c.file[i], end - i);
        if (end < j)
            read_cabling(&c, &c.file[end]);
        if (rc)
            msg_set(err, "%s: out of memory", dir);
    }
    if (!rc)
        rc = drop_twins(v);
    for (size_t i = 0; i < c.n; i++)
        free(c.file[i].name);
    free(c.file);
    return rc;
}
