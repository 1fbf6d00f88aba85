/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The CPU state of an armed guest: its records, its file, and its way into a
 * copy whose CPUs are down. Xen and xenstore are a few variables.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "libxl-ext/context.h"
#include "libxl-ext/hvm_context.h"
#include "libxl-ext/xlx_impl.h"
#include "tests/lib/fakexen.h"
#include "tests/lib/tmpdir.h"

#define UUID "7c0e1d2a-1111-2222-3333-444455556666"
#define MARK "5 hand-1"

/* --- Xen ------------------------------------------------------------------------ */

static struct {
    bool gone, paused, up, refuses, ended, no_vcpus, no_store;
    unsigned loads;
    const char *mark; /* NULL: none */
} xen;

int xc_domain_getinfolist(xc_interface *xch, uint32_t first, unsigned max,
                          xc_domaininfo_t *info)
{
    memset(info, 0, sizeof *info);
    info->domain = (domid_t)(xen.gone ? first + 1 : first);
    info->max_vcpu_id = 1;
    info->flags = (xen.paused ? XEN_DOMINF_paused : 0u) |
                  (xen.ended ? XEN_DOMINF_shutdown : 0u);
    return 1;
}

int xc_vcpu_getinfo(xc_interface *xch, uint32_t domid, uint32_t vcpu,
                    xc_vcpuinfo_t *info)
{
    memset(info, 0, sizeof *info);
    info->online = xen.up && vcpu == 1;
    errno = xen.no_vcpus ? EACCES
            : vcpu       ? 0
                         : ESRCH; /* the first is not there */
    return errno ? -1 : 0;
}

int xc_domain_pause(xc_interface *xch, uint32_t domid)
{
    xen.paused = true;
    return 0;
}

int xc_domain_hvm_setcontext(xc_interface *xch, uint32_t domid, uint8_t *buf,
                             uint32_t size)
{
    uint8_t context[FAKEXEN_CONTEXT];

    fakexen_context(context);
    assert_true(xen.paused); /* or it would run at once */
    assert_int_equal(size, sizeof context);
    assert_memory_equal(buf, context, size);
    if (xen.refuses) {
        errno = EINVAL;
        return -1;
    }
    xen.up = true;
    xen.loads++;
    return 0;
}

int xlx_store_read(struct xlx *x, uint32_t domid, const char *key, char *buf,
                   size_t size)
{
    if (xen.no_store)
        return -ETIMEDOUT;
    if (!xen.mark)
        return -ENOENT;
    snprintf(buf, size, "%s", xen.mark);
    return 0;
}

/* --- the records ------------------------------------------------------------------ */

static void records(void **state)
{
    uint8_t c[FAKEXEN_CONTEXT + 8], fence[HVM_CONTEXT_FENCE];
    size_t n;

    fakexen_context(c);
    assert_true(hvm_context_ok(c, FAKEXEN_CONTEXT));
    for (size_t i = 0; i < FAKEXEN_CONTEXT; i += 7)
        assert_false(hvm_context_ok(c, i));
    memset(c + FAKEXEN_CONTEXT, 0, 8);
    assert_false(hvm_context_ok(c, sizeof c)); /* something behind its end */
    n = hvm_context_fence(c, FAKEXEN_CONTEXT, fence);
    assert_int_equal(n, 8 + FAKEXEN_CONTEXT_HEAD + 8);
    assert_true(hvm_context_ok(fence, n));
    assert_memory_equal(fence, c, n - 8);
    c[0] = 2; /* no head */
    assert_int_equal(hvm_context_fence(c, FAKEXEN_CONTEXT, fence), 0);
}

/* --- the file ------------------------------------------------------------------------ */

static struct xlx host;

struct place {
    char dir[200], file[300];
};

static void place_open(struct place *p, const char *root)
{
    uint8_t context[FAKEXEN_CONTEXT];

    memset(&xen, 0, sizeof xen);
    xen.paused = true;
    xen.mark = MARK;
    snprintf(p->dir, sizeof p->dir, "%s/contexts", root);
    snprintf(p->file, sizeof p->file, "%s/" UUID ".context", p->dir);
    fakexen_context(context);
    assert_int_equal(
        xlx_context_keep(p->dir, UUID, MARK, context, sizeof context), 0);
}

static void change(const char *file, off_t at)
{
    int fd = open(file, O_RDWR);
    char c;

    assert_int_equal(pread(fd, &c, 1, at), 1);
    c ^= 1;
    assert_int_equal(pwrite(fd, &c, 1, at), 1);
    close(fd);
}

static void cut(const char *file)
{
    struct stat st;

    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(truncate(file, st.st_size - 1), 0);
}

static void loads_once(void **state)
{
    char *root = tmpdir_make("context");
    struct place p = { .dir = "" };
    struct msg err = MSG_NONE;
    struct stat st;

    place_open(&p, root);
    assert_int_equal(stat(p.file, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(stat(p.dir, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    xen.paused = false; /* somebody has unpaused it */
    assert_int_equal(xlx_context_load(&host, p.dir, UUID, 12, &err), 0);
    assert_int_equal(xen.loads, 1);
    assert_int_not_equal(stat(p.file, &st), 0);
    /* a copy that is up, and a file that a killed process has left */
    place_open(&p, root);
    xen.up = true;
    assert_int_equal(xlx_context_load(&host, p.dir, UUID, 12, &err), 0);
    assert_int_equal(xen.loads, 0);
    assert_int_not_equal(stat(p.file, &st), 0);
    /* one that ran and halted: its CPUs went down by that */
    place_open(&p, root);
    xen.ended = true;
    assert_int_equal(xlx_context_is_up(&host, 12), 1);
    assert_int_equal(xlx_context_load(&host, p.dir, UUID, 12, &err), 0);
    assert_int_equal(xen.loads, 0);
    /* room is looked for, and nothing is left of that */
    assert_int_equal(xlx_context_try(p.dir, UUID, 100000), 0);
    assert_int_not_equal(stat(p.file, &st), 0);
    assert_int_not_equal(xlx_context_try("/proc/none", UUID, 10), 0);
    tmpdir_remove(root);
}

static void refuses(void **state)
{
    static const struct {
        bool gone, xen_refuses, cut, forgotten, changed, no_vcpus, no_store;
        const char *mark;
        int rc;
        const char *says;
    } rows[] = {
        { .gone = true,
          .mark = MARK,
          .rc = -ESRCH,
          .says = "how the guest's" },
        { .no_vcpus = true,
          .mark = MARK,
          .rc = -EACCES,
          .says = "how the guest's" },
        { .no_store = true,
          .mark = MARK,
          .rc = -ETIMEDOUT,
          .says = "xenstore does not say" },
        { .xen_refuses = true,
          .mark = MARK,
          .rc = -EINVAL,
          .says = "Xen refuses" },
        { .mark = "6 hand-1", .rc = -ENOENT, .says = "there is no CPU state" },
        { .mark = NULL, .rc = -ENOENT, .says = "there is no CPU state" },
        { .cut = true,
          .mark = MARK,
          .rc = -ENOENT,
          .says = "there is no CPU state" },
        { .changed = true,
          .mark = MARK,
          .rc = -ENOENT,
          .says = "there is no CPU state" },
        { .forgotten = true,
          .mark = MARK,
          .rc = -ENOENT,
          .says = "there is no CPU state" },
    };
    char *root = tmpdir_make("context");

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct msg err = MSG_NONE;
        struct place p = { .dir = "" };

        place_open(&p, root);
        xen.mark = rows[i].mark;
        xen.gone = rows[i].gone;
        xen.refuses = rows[i].xen_refuses;
        xen.no_vcpus = rows[i].no_vcpus;
        xen.no_store = rows[i].no_store;
        if (rows[i].cut)
            cut(p.file);
        if (rows[i].changed)
            change(p.file, 5000);
        if (rows[i].forgotten)
            xlx_context_forget(p.dir, UUID);
        /* a look says the same, but for what Xen only says when it loads */
        assert_int_equal(xlx_context_look(&host, p.dir, UUID, 12, &err),
                         rows[i].xen_refuses ? 0 : rows[i].rc);
        assert_int_equal(xlx_context_load(&host, p.dir, UUID, 12, &err),
                         rows[i].rc);
        assert_non_null(strstr(err.text, rows[i].says));
        assert_int_equal(xen.loads, 0);
        /* what was not loaded is not thrown away */
        if (!rows[i].forgotten)
            assert_int_equal(access(p.file, F_OK), 0);
    }
    tmpdir_remove(root);
}

/* A process that is killed leaves what it was writing: that goes as well. */
static void leaves_nothing(void **state)
{
    char *root = tmpdir_make("context"), new[400];
    struct place p = { .dir = "" };
    FILE *f;

    place_open(&p, root);
    snprintf(new, sizeof new, "%s.new", p.file);
    f = fopen(new, "w");
    assert_non_null(f);
    assert_int_equal(fclose(f), 0);
    xlx_context_forget(p.dir, UUID);
    assert_int_equal(access(new, F_OK), -1);
    assert_int_equal(access(p.file, F_OK), -1);
    tmpdir_remove(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records),
        cmocka_unit_test(loads_once),
        cmocka_unit_test(refuses),
        cmocka_unit_test(leaves_nothing),
    };

    return cmocka_run_group_tests_name("context", tests, NULL, NULL);
}
